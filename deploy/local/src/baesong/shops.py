"""Shops as an operator describes them: read from a file and from words, told to order-intake over HTTP."""

import json
import os
import re
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from baesong.api import Api
from baesong.connection import Connection
from baesong.errors import BaesongError

INTAKE = "order_intake"
Json = dict[str, Any]
_STEP = re.compile(r'"([^"]*)"|([^.]+)')


def document_in(file: Path) -> Json:
    """Give the shop that a JSON file describes.

    Raises:
        BaesongError: there is no such file, or it is no JSON object.
    """
    try:
        document = json.loads(file.read_text())
    except OSError as error:
        raise BaesongError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BaesongError(f"{file} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise BaesongError(f"{file} must be a JSON object, such as {{}}")
    return document


def with_words(document: Json, words: Sequence[str], gone: Sequence[str]) -> Json:
    """Give the document with `payment.card.hours=48` set and `skus.OLD` taken out.

    A name that has a dot stands in quotes: `skus."A.1"=A1`. A value is JSON or, where it is none, a text.

    Raises:
        BaesongError: a word has no `=`, or a path leads through what is no object.
    """
    document = json.loads(json.dumps(document))
    for word in words:
        path, equals, text = word.partition("=")
        if not equals or not path:
            raise BaesongError(f"{word}: say it as PATH=VALUE")
        *above, last = _steps(path)
        _inside(document, above, path)[last] = _value(text)
    for path in gone:
        *above, last = _steps(path)
        if _inside(document, above, path).pop(last, None) is None:
            raise BaesongError(f"{path}: there is none to take out")
    return document


def _steps(path: str) -> list[str]:
    steps = [quoted or plain for quoted, plain in _STEP.findall(path)]
    if not steps:
        raise BaesongError(f"{path}: that is no path, such as calendar.cut_off")
    return steps


def _inside(document: Json, above: Sequence[str], path: str) -> Json:
    for step in above:
        document = document.setdefault(step, {})
        if not isinstance(document, dict):
            raise BaesongError(f"{path}: there is nothing in {step}")
    return document


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def secret_from(file: Path | None, variable: str, *, stdin: bool) -> str | None:
    """Give a secret from where nobody else reads it: a file, the environment or standard input; never an argument.

    Raises:
        BaesongError: several are named, or there is nothing in it.
    """
    if sum((file is not None, bool(variable), stdin)) > 1:
        raise BaesongError("one secret at a time: --secret-file, --secret-env or --secret-stdin")
    if file is not None:
        return _not_empty(_read(file), str(file))
    if variable:
        return _not_empty(os.environ.get(variable, ""), f"the environment's {variable}")
    return _not_empty(sys.stdin.read(), "standard input") if stdin else None


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except UnicodeDecodeError:
        raise BaesongError(f"{file} is no text") from None
    except OSError as error:
        raise BaesongError(f"{file} cannot be read: {error.strerror}") from error


def _not_empty(secret: str, where: str) -> str:
    if not secret.strip():
        raise BaesongError(f"there is no secret in {where}")
    return secret.strip()


async def all_shops(connection: Connection) -> list[Json]:
    """Every shop, with how many secrets and keys it has."""
    async with Api(connection, INTAKE) as api:
        return list((await api.get("/shops") or {"shops": []})["shops"])


async def one_shop(connection: Connection, code: str) -> Json:
    """One shop whole.

    Raises:
        BaesongError: nobody registered it.
    """
    async with Api(connection, INTAKE) as api:
        found = await api.get(_path(code))
    if found is None:
        raise BaesongError(f"there is no shop {code}: `baesong shop add {code}` registers it")
    return found


async def save(connection: Connection, code: str, document: Json, version: int, by: Json) -> Json:
    """Tell what a shop is from now on, if it is still at this version; 0 for one that is to be new."""
    return await _told(connection, "PUT", _path(code), {"shop": document, "version": version, **by})


async def set_secret(connection: Connection, code: str, secret: str | None, by: Json, *, drop_old: bool) -> Json:
    """Set a webhook secret, drop the older one, or both."""
    return await _told(connection, "PUT", _path(code, "secrets"), {"secret": secret, "drop_old": drop_old, **by})


async def make_key(connection: Connection, code: str, note: str | None, by: Json) -> Json:
    """Make an API key; the answer is the only place it is ever shown."""
    return await _told(connection, "POST", _path(code, "keys"), {"note": note, **by})


async def drop_key(connection: Connection, code: str, key_id: str, by: Json) -> Json:
    """Let an API key open nothing any more."""
    said = urlencode({name: value for name, value in by.items() if value})
    return await _told(connection, "DELETE", f"{_path(code, 'keys', key_id)}?{said}", {})


def _path(*parts: str) -> str:
    return "/shops/" + "/".join(quote(part, safe="") for part in parts)


async def _told(connection: Connection, method: str, path: str, body: Json) -> Json:
    async with Api(connection, INTAKE) as api:
        answer = await api.write(method, path, body, str(uuid.uuid4()))
    if answer.is_error:  # 404 alone: what else is refused was raised
        raise BaesongError("; ".join(one["message"] for one in answer.json()["problems"]))
    return dict(answer.json())
