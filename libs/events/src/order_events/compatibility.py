"""Whether a schema may take an older one's place: old readers read the new events, new readers the old ones. Pure.

Within a version a field may be added that need not be there, and a value to a closed set (a reader that does not know
it reads `other`). Everything else is a break, also what this module does not understand.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any

Json = Mapping[str, Any]

_WORDS = frozenset({"$id", "$schema", "$defs", "$comment", "title", "description", "examples"})
_LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_COMPARED = frozenset({"type", "enum", "const", "properties", "required", "items", "additionalProperties"})
_SILENT = _WORDS | _LOWER | _UPPER | _COMPARED
_NOTHING = object()


class Rule(StrEnum):
    """How a schema can break those who rely on its older one."""

    FIELD_REMOVED = "field removed"
    FIELD_REQUIRED = "field now required"
    FIELD_OPTIONAL = "field no longer required"
    TYPE_NARROWED = "type narrowed"
    TYPE_WIDENED = "type widened"
    VALUE_REMOVED = "value removed"
    BOUND_NARROWED = "bound narrowed"
    BOUND_WIDENED = "bound widened"
    KEYWORD_CHANGED = "keyword changed"


@dataclass(frozen=True, slots=True, order=True)
class Break:
    """One way in which the new schema breaks a reader or a writer of the old one; `path` as in `$.lines[].sku`."""

    path: str
    rule: Rule
    detail: str

    def __str__(self) -> str:
        return f"{self.path}: {self.rule}: {self.detail}"


@dataclass(frozen=True, slots=True)
class _Roots:
    """The two documents, in which references are looked up, and the pairs of their nodes being compared already."""

    old: Json
    new: Json
    seen: frozenset[tuple[int, int]] = frozenset()


def breaks(old: Json, new: Json) -> list[Break]:
    """What breaks when `new` takes the place of `old`, both whole JSON Schemas; nothing when it may."""
    return sorted(set(_compared(_Roots(old, new), "$", old, new)))


def _compared(roots: _Roots, path: str, old: Json | bool, new: Json | bool) -> Iterator[Break]:
    pair = (id(old), id(new))
    if pair in roots.seen:
        return
    roots = _Roots(roots.old, roots.new, roots.seen | {pair})
    old_around, old_choices = _choices(roots.old, old)
    new_around, new_choices = _choices(roots.new, new)
    yield from _keywords(path, old_around, new_around)
    for before, after in _paired(old_choices, new_choices):
        yield from _choice(roots, path, before, after)


def _resolved(root: Json, schema: Json | bool) -> dict[str, Any]:
    """The schema with its reference followed."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    found = dict(schema)
    while "$ref" in found:
        target: Any = root
        for step in str(found.pop("$ref")).removeprefix("#/").split("/"):
            target = target[step]
        found = {**target, **found}
    return found


def _choices(root: Json, schema: Json | bool) -> tuple[Json, list[Json]]:
    """What stands around a choice (its default), and all that may be chosen, each of one type."""
    found = _resolved(root, schema)
    around = {"default": found.pop("default")} if "default" in found else {}
    options = found.pop("anyOf", None) or found.pop("oneOf", None)
    if options is not None:
        return {**found, **around}, [each for option in options for each in _choices(root, option)[1]]
    types = found.get("type")
    return around, [{**found, "type": one} for one in types] if isinstance(types, list) else [found]


def _paired(old: list[Json], new: list[Json]) -> Iterator[tuple[Json | None, Json | None]]:
    for kind in sorted({_kind(each) for each in (*old, *new)}):
        yield from zip_longest(_of(kind, old), _of(kind, new))


def _of(kind: str, choices: Iterable[Json]) -> list[Json]:
    return [each for each in choices if _kind(each) == kind]


def _kind(schema: Json) -> str:
    return str(schema.get("type", "anything"))


def _choice(roots: _Roots, path: str, old: Json | None, new: Json | None) -> Iterator[Break]:
    if new is None and old is not None:
        yield Break(path, Rule.TYPE_NARROWED, f"{_kind(old)} is no longer allowed")
    elif old is None and new is not None:
        yield Break(path, Rule.TYPE_WIDENED, f"{_kind(new)} is new, and an old reader cannot read it")
    elif old is not None and new is not None:
        yield from _values(path, old, new)
        yield from _bounds(path, old, new)
        yield from _keywords(path, old, new)
        yield from _fields(roots, path, old, new)
        yield from _inner(roots, f"{path}[]", "items", old, new)
        yield from _inner(roots, f"{path}.*", "additionalProperties", old, new)


def _values(path: str, old: Json, new: Json) -> Iterator[Break]:
    before, after = _closed_set(old), _closed_set(new)
    if before is None and after is not None:
        yield Break(path, Rule.TYPE_NARROWED, f"only these are still allowed: {', '.join(after)}")
    elif before is not None and after is None:
        yield Break(path, Rule.TYPE_WIDENED, "what was a closed set is free")
    elif before is not None and after is not None:
        yield from (Break(path, Rule.VALUE_REMOVED, value) for value in before if value not in after)


def _closed_set(schema: Json) -> list[str] | None:
    if "const" in schema:
        return [str(schema["const"])]
    return [str(value) for value in schema["enum"]] if "enum" in schema else None


def _bounds(path: str, old: Json, new: Json) -> Iterator[Break]:
    for word in sorted((_LOWER | _UPPER) & (old.keys() | new.keys())):
        before, after = old.get(word), new.get(word)
        if before != after:
            tighter = before is None or (after is not None and (after > before) == (word in _LOWER))
            rule = Rule.BOUND_NARROWED if tighter else Rule.BOUND_WIDENED
            yield Break(path, rule, f"{word} {_said(before)}, now {_said(after)}")


def _said(bound: object) -> str:
    return "none" if bound is None else str(bound)


def _keywords(path: str, old: Json, new: Json) -> Iterator[Break]:
    """Words of which any change is a break: pattern, format, default, marks of ours, and what is not known here."""
    for word in sorted((old.keys() | new.keys()) - _SILENT):
        before, after = old.get(word, "nothing"), new.get(word, "nothing")
        if before != after and not (word == "default" and _says_as_much(before, after)):
            yield Break(path, Rule.KEYWORD_CHANGED, f"{word} {before}, now {after}")


def _says_as_much(before: Any, after: Any) -> bool:
    """A default object that gained fields, because its type did, still says all that it said."""
    return isinstance(before, Mapping) and isinstance(after, Mapping) and before.items() <= after.items()


def _fields(roots: _Roots, path: str, old: Json, new: Json) -> Iterator[Break]:
    before, after = old.get("properties", {}), new.get("properties", {})
    was, now = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before.keys() | after.keys() | was | now):
        here = f"{path}.{name}"
        if name in before and name not in after:
            yield Break(here, Rule.FIELD_REMOVED, "old readers and writers rely on it")
        elif name in now - was:
            yield Break(here, Rule.FIELD_REQUIRED, "what was written without it can no longer be read")
        elif name in was - now:
            yield Break(here, Rule.FIELD_OPTIONAL, "an old reader cannot do without it")
        if name in before and name in after:
            yield from _compared(roots, here, before[name], after[name])


def _inner(roots: _Roots, path: str, word: str, old: Json, new: Json) -> Iterator[Break]:
    """The schema of what stands inside: `items` of a list, `additionalProperties` of an object."""
    before, after = old.get(word, True), new.get(word, True)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _compared(roots, path, before, after)
    elif before != after:
        yield Break(path, Rule.KEYWORD_CHANGED, f"{word} {before}, now {after}")
