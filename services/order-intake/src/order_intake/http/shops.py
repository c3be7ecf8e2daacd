"""The shop registry: a channel is described, its secrets are set, keys are made for it. No answer shows a secret."""

from secrets import token_hex, token_urlsafe
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from order_events import Cause
from order_intake.domain.aliases import newly_known
from order_intake.domain.changing import Moved, Saved, TooMany, Unchanged, registration, rotated
from order_intake.domain.codes import folded
from order_intake.domain.registering import changes, document_of, some_of
from order_intake.domain.shops import unregistered
from order_intake.http.shapes import PROBLEMS, UNKNOWN
from order_intake.http.shop_shapes import By, KeyIn, KeyMade, Name, SecretsIn, SecretsShown, ShopSaved, ShopSet, Why
from order_intake.http.sized import SizedRoute
from order_intake.store import shops as store
from order_intake.store.shops import Key, Registered, Secret
from order_intake.timers import words_timer
from service_runtime import Act, Read, Reply, Work

MOST_KEYS = 20
ACTS_SHOWN = 20
router = APIRouter(route_class=SizedRoute, tags=["shops"])
Code = Annotated[str, Path(pattern=r"^[!-.0-~]{1,128}$", description="The shop's code, in whatever case")]
KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]
UNKNOWN_SHOP: dict[int | str, dict[str, Any]] = {**PROBLEMS, **UNKNOWN}


def conflict(description: str) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a 409."""
    return {409: {"description": description}}


@router.put(
    "/shops/{shop}",
    response_model=ShopSaved,
    responses={
        **PROBLEMS,
        **conflict("It is at another version"),
        201: {"model": ShopSaved, "description": "A new shop"},
    },
)
async def save_shop(shop: Code, asked: ShopSet, act: Act) -> JSONResponse:
    """Register a shop, or say anew what it is: the whole of it, what is left out has its default."""
    code = folded(shop)
    wanted = asked.shop.of(code)

    async def decide(work: Work, _: Cause) -> Reply:
        held = await store.one(work.conn, code)
        match registration(wanted, held.shop if held else None, held.version if held else 0, asked.version):
            case Moved(version):
                return _moved(code, version)
            case Unchanged():
                assert held is not None
                return _saved(held, changed=False)
            case Saved(version):
                saved = Registered(wanted, version, work.now)
                await store.save(work.conn, saved)
                before = document_of(held.shop) if held else None
                told = {"did": "save", "version": version, **some_of(changes(before, document_of(wanted)))}
                await store.write_act(work.conn, code, asked.by, told, work.now)
                if newly_known(held.shop if held else unregistered(code), wanted):
                    work.set_timer(words_timer(code, work.now))
                return _saved(saved, changed=True)

    return (await act.once([_lock(code)], decide)).response()


def _lock(code: str) -> str:
    return f"shop/{code}"  # no order's id has a slash


def _moved(code: str, version: int) -> Reply:
    if version == 0:
        return _unknown_shop(code)
    message = f"shop {code} is at version {version}: look at it again, and say it anew from there"
    return Reply.problem(409, "version", "moved", message)


def _saved(saved: Registered, *, changed: bool) -> Reply:
    status = 201 if changed and saved.version == 1 else 200
    return Reply(status, {**_told(saved), "changed": changed})


def _told(one: Registered) -> dict[str, Any]:
    return {
        "shop": one.shop.shop,
        "version": one.version,
        "updated_at": one.updated_at.isoformat(),
        "document": document_of(one.shop),
    }


def _unknown_shop(code: str) -> Reply:
    return Reply.problem(404, "shop", "unknown", f"there is no shop {code}: register it with PUT /shops/{code}")


@router.get("/shops", response_model=dict[str, Any])
async def list_shops(read: Read) -> JSONResponse:
    """Every shop, with how many secrets and keys it has; its aliases and policies are with the shop itself."""
    rows = await store.listed(read)
    return JSONResponse({"shops": [_row(registered, secrets, keys) for registered, secrets, keys in rows]})


def _row(one: Registered, secrets: int, keys: int) -> dict[str, Any]:
    shop = one.shop
    counts = {name: len(getattr(shop, name)) for name in ("skus", "services", "places")}
    return {
        "shop": shop.shop,
        "system": shop.system,
        "currency": shop.currency,
        "time_zone": shop.time_zone,
        "version": one.version,
        "updated_at": one.updated_at.isoformat(),
        "aliases": counts,
        "secrets": secrets,
        "keys": keys,
    }


@router.get("/shops/{shop}", response_model=dict[str, Any], responses=UNKNOWN_SHOP)
async def show_shop(shop: Code, read: Read) -> JSONResponse:
    """A shop whole, when its secrets were set, which keys it has, and what was done to it last."""
    code = folded(shop)
    found = await store.one(read, code)
    if found is None:
        return _unknown_shop(code).response()
    acts = await store.acts_on(read, code, ACTS_SHOWN)
    body = {
        **_told(found),
        "secrets": [{"set_at": at.isoformat()} for at in await store.secrets_set(read, code)],
        "keys": [_key(key) for key in await store.keys_of(read, code)],
        "acts": [_act(**row) for row in acts],
    }
    return JSONResponse(body)


def _key(key: Key) -> dict[str, Any]:
    return {"key_id": key.key_id, "note": key.note, "made_at": key.made_at.isoformat()}


def _act(actor: str, reason: str | None, detail: str, at: Any) -> dict[str, Any]:
    told = orjson.loads(detail)
    told.pop("shop")
    return {"at": at.isoformat(), "actor": actor, "reason": reason, **told}


@router.put(
    "/shops/{shop}/secrets",
    response_model=SecretsShown,
    responses={**UNKNOWN_SHOP, **conflict("Two secrets are held")},
)
async def set_secrets(shop: Code, asked: SecretsIn, act: Act) -> JSONResponse:
    """Set a webhook secret; the one before stays good beside it until `drop_old`. The answer says when each was set."""
    code = folded(shop)

    async def decide(work: Work, _: Cause) -> Reply:
        if await store.one(work.conn, code) is None:
            return _unknown_shop(code)
        held = await store.secrets_held(work.conn, code)
        after = rotated(held, asked.secret, work.now, drop_old=asked.drop_old)
        if isinstance(after, TooMany):
            message = "two secrets are held: say `drop_old` once the shop signs with the newer one"
            return Reply.problem(409, "secret", "two_at_most", message)
        if after != held:
            await store.set_secrets(work.conn, code, [Secret(*each) for each in after])
            did = {"did": "secrets", "held": len(after), "set": bool(asked.secret), "drop_old": asked.drop_old}
            await store.write_act(work.conn, code, asked.by, did, work.now)
        shown = [{"set_at": set_at.isoformat()} for _, set_at in after]
        return Reply(200, {"shop": code, "secrets": shown, "changed": after != held})

    return (await act.once([_lock(code)], decide)).response()


@router.post(
    "/shops/{shop}/keys",
    status_code=201,
    response_model=KeyMade,
    responses={**UNKNOWN_SHOP, **conflict("It has too many keys")},
)
async def make_key(shop: Code, asked: KeyIn, act: Act) -> JSONResponse:
    """Make an API key for a shop; it is shown in this answer and nowhere else. A repeat names it, and shows none."""
    code, shown = folded(shop), f"bsk_{token_urlsafe(32)}"
    made = token_hex(6)

    async def decide(work: Work, _: Cause) -> Reply:
        if await store.one(work.conn, code) is None:
            return _unknown_shop(code)
        if len(await store.keys_of(work.conn, code)) >= MOST_KEYS:
            return Reply.problem(409, "shop", "keys", f"shop {code} has {MOST_KEYS} keys: delete those not in use")
        key = Key(made, asked.note, work.now)
        await store.add_key(work.conn, code, key, shown)
        await store.write_act(work.conn, code, asked.by, {"did": "make_key", "key_id": made}, work.now)
        return Reply(201, {"shop": code, **_key(key), "key": None})

    reply = await act.once([_lock(code)], decide)
    if reply.body.get("key_id") == made:  # what is remembered under an Idempotency-Key never holds the key itself
        reply.body["key"] = shown
    return reply.response()


@router.delete("/shops/{shop}/keys/{key_id}", response_model=dict[str, Any], responses=UNKNOWN_SHOP)
async def delete_key(
    shop: Code, key_id: KeyId, actor: Annotated[Name, Query()], act: Act, reason: Annotated[Why | None, Query()] = None
) -> JSONResponse:
    """Let an API key open nothing any more, within a second in every process."""
    code, by = folded(shop), By(actor=actor, reason=reason)

    async def decide(work: Work, _: Cause) -> Reply:
        if not await store.drop_key(work.conn, code, key_id):
            return Reply.problem(404, "key_id", "unknown", f"shop {code} has no key {key_id}")
        await store.write_act(work.conn, code, by.by, {"did": "drop_key", "key_id": key_id}, work.now)
        return Reply(200, {"shop": code, "key_id": key_id, "deleted": True})

    return (await act.once([_lock(code)], decide)).response()
