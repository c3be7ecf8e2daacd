"""The shop registry: one function per query, and the registry whole, read again only when its stamp changes.

A secret is handed on as `SecretStr`, so that no log line and no traceback shows it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
import orjson
from pydantic import SecretStr

from order_intake.domain.aliases import as_looked_up
from order_intake.domain.registering import document_of
from order_intake.domain.shops import Shop, unregistered
from order_intake.store import SQL, Reader
from service_runtime import Connection

LOOK_AGAIN_S = 0.5  # of the second after which nobody may work with what another process has changed
MOST_REGISTRIES = 4  # in one process there is one database; the tests have some more
_JSON = msgspec.json.Encoder()


class ShopMovedError(RuntimeError):
    """A shop changed under its lock: whoever wrote it did not hold the lock."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A shop as it is registered, at a version."""

    shop: Shop
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Registry:
    """All shops as of one stamp, and what opens their doors; `keys` are by the SHA-256 of a key."""

    shops: Mapping[str, Shop]
    secrets: Mapping[str, tuple[SecretStr, ...]]
    keys: Mapping[bytes, str]

    def shop(self, code: str) -> Shop:
        """The shop of this folded code; one that nobody registered has all defaults."""
        return self.shops.get(code) or unregistered(code)

    def secrets_of(self, code: str) -> tuple[SecretStr, ...]:
        """What its webhooks may be signed with, the newest first; none where the shop is not registered."""
        return self.secrets.get(code, ())

    def shop_of_key(self, key: str) -> str | None:
        """The shop that an API key was made for."""
        return self.keys.get(hash_of(key))


_registries: dict[UUID, Registry] = {}  # those this process has read last, by their stamps


async def registry(reader: Reader) -> Registry:
    """The registry as it stands: one statement of one row, unless it was changed since it was read."""
    row = await reader.fetchrow(SQL.registry_stamp)
    assert row is not None, "the migration made this row, and nobody deletes it"
    return _registries.get(row["stamp"]) or await _read(reader)


async def _read(reader: Reader) -> Registry:
    rows = await reader.fetch(SQL.registry)
    known = [row for row in rows if row["shop"] is not None]
    found = Registry(
        {row["shop"]: as_looked_up(shop_of(row)) for row in known},
        {row["shop"]: tuple(map(SecretStr, row["secrets"])) for row in known},
        {hash_: row["shop"] for row in known for hash_ in row["keys"]},
    )
    _registries[rows[0]["stamp"]] = found
    while len(_registries) > MOST_REGISTRIES:
        del _registries[next(iter(_registries))]
    return found


async def shops_of(reader: Reader, codes: Collection[str]) -> dict[str, Shop]:
    """The shops of these folded codes as they stand; one that nobody registered has all defaults."""
    known = await registry(reader)
    return {code: known.shop(code) for code in codes}


async def secrets_of(reader: Reader, code: str) -> tuple[SecretStr, ...]:
    """What a shop's webhooks may be signed with as it stands, the newest first."""
    return (await registry(reader)).secrets_of(code)


class AtHand:
    """The registry for doors that must know a shop before they take a lock, many times a second.

    It is looked at again after `LOOK_AGAIN_S`, so that a secret that is dropped opens no door for longer.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._found: tuple[float, Registry] | None = None

    async def now(self, reader: Reader) -> Registry:
        """The registry, at most `LOOK_AGAIN_S` old."""
        asked_at = self._clock()
        if self._found and asked_at - self._found[0] < LOOK_AGAIN_S:
            return self._found[1]
        found = await registry(reader)
        if self._found is None or self._found[0] <= asked_at:  # of two that looked at once the later stays
            self._found = (asked_at, found)
        return found


async def one(reader: Reader, code: str) -> Registered | None:
    """A shop as it is registered, or None."""
    row = await reader.fetchrow(SQL.shop, code)
    return Registered(shop_of(row), row["version"], row["updated_at"]) if row else None


async def listed(reader: Reader) -> list[tuple[Registered, int, int]]:
    """Every shop by its code, each with how many secrets and keys it has."""
    rows = await reader.fetch(SQL.shops)
    return [(Registered(shop_of(r), r["version"], r["updated_at"]), r["secrets"], r["keys"]) for r in rows]


async def save(conn: Connection, registered: Registered) -> None:
    """Write a shop's next version; its lock is held.

    Raises:
        ShopMovedError: it is not at the version before.
    """
    shop = registered.shop
    document = _JSON.encode(document_of(shop)).decode()
    saved = await conn.fetchval(SQL.save_shop, shop.shop, document, registered.version, registered.updated_at)
    if saved is None:
        raise ShopMovedError(f"shop {shop.shop} is not at version {registered.version - 1}")
    await conn.execute(SQL.new_registry_stamp)


class Secret(NamedTuple):
    """A webhook secret, and since when it is held."""

    secret: SecretStr
    set_at: datetime


async def secrets_held(conn: Connection, code: str) -> list[Secret]:
    """A shop's secrets, to be changed: the newest first; its lock is held."""
    return [Secret(SecretStr(row["secret"]), row["set_at"]) for row in await conn.fetch(SQL.shop_secrets, code)]


async def set_secrets(conn: Connection, code: str, secrets: Sequence[Secret]) -> None:
    """Write a shop's secrets, the newest first, in place of those it had; at most two."""
    await conn.execute(SQL.forget_shop_secrets, code)
    await conn.execute(
        SQL.add_shop_secrets,
        code,
        [n == 0 for n in range(len(secrets))],
        [one.secret.get_secret_value() for one in secrets],
        [one.set_at for one in secrets],
    )
    await conn.execute(SQL.new_registry_stamp)


async def secrets_set(reader: Reader, code: str) -> list[datetime]:
    """Since when a shop's secrets are held, the newest first: all that is ever shown of them."""
    return [row["set_at"] for row in await reader.fetch(SQL.secrets_set, code)]


class Key(NamedTuple):
    """What is kept of an API key beside its hash."""

    key_id: str
    note: str | None
    made_at: datetime


async def keys_of(reader: Reader, code: str) -> list[Key]:
    """A shop's API keys, the oldest first."""
    return [Key(row["key_id"], row["note"], row["made_at"]) for row in await reader.fetch(SQL.shop_keys, code)]


async def add_key(conn: Connection, code: str, key: Key, secret: str) -> None:
    """Write an API key: its hash, never itself."""
    await conn.execute(SQL.add_shop_key, hash_of(secret), key.key_id, code, key.note, key.made_at)
    await conn.execute(SQL.new_registry_stamp)


async def drop_key(conn: Connection, code: str, key_id: str) -> bool:
    """Open no door to this key any more; False where the shop has none of this id."""
    if await conn.fetchval(SQL.drop_shop_key, code, key_id) is None:
        return False
    await conn.execute(SQL.new_registry_stamp)
    return True


def hash_of(key: str) -> bytes:
    """What is kept of an API key: it is random and long, so that one plain hash gives nothing away."""
    return sha256(key.encode()).digest()


async def write_act(
    conn: Connection, code: str, by: tuple[str, str | None], detail: Mapping[str, Any], at: datetime
) -> None:
    """Write who changed what of a shop, and why."""
    told = orjson.dumps({"shop": code, **detail}).decode()
    await conn.execute(SQL.write_shop_act, *by, told, at)


async def acts_on(reader: Reader, code: str, limit: int) -> list[asyncpg.Record]:
    """What was done to a shop, the last first."""
    return await reader.fetch(SQL.shop_acts, code, limit)


def shop_of(row: asyncpg.Record) -> Shop:
    """A shop's row, read back."""
    document = orjson.loads(row["document"])
    return msgspec.convert({"shop": row["shop"], **document}, Shop)
