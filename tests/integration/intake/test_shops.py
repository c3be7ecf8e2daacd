"""The shop registry of a running order-intake, on real PostgreSQL: its API, its rows, and that no secret gets out."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from tests.integration.intake.conftest import Intake

from order_intake.domain.shops import PaymentPolicy, Shop, unregistered
from order_intake.http.known_shops import known_shops
from order_intake.http.shops import MOST_KEYS
from order_intake.store import shops as store
from order_intake.store.shops import LOOK_AGAIN_S, AtHand, Key, Registered, Secret, ShopMovedError
from service_runtime import Connection

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DRAMATIC = "shpss_Kq3-8fN0pWvL2"  # no test may ever read it back
NEXT = "shpss_Zt7-1mR9xYcD5"


@pytest.fixture
def code() -> str:
    """A shop of this test's own."""
    return f"s{uuid4().hex[:8]}"


async def put(intake: Intake, code: str, version: int | None = None, **document: Any) -> httpx.Response:
    return await intake.http.put(
        f"/shops/{code}", json={"actor": "mina", "reason": "opening", "version": version, "shop": document}
    )


async def shown(intake: Intake, code: str) -> dict[str, Any]:
    return dict((await intake.http.get(f"/shops/{code}")).json())


async def put_secret(intake: Intake, code: str, secret: str | None, **more: Any) -> httpx.Response:
    return await intake.http.put(f"/shops/{code}/secrets", json={"actor": "mina", "secret": secret, **more})


async def secrets_of(intake: Intake, code: str) -> list[str]:
    return [one.get_secret_value() for one in await store.secrets_of(intake.db, code)]


def problem(response: httpx.Response) -> tuple[int, str, str]:
    [one] = response.json()["problems"]
    return response.status_code, one["field"], one["rule"]


async def test_a_shop_is_registered_changed_and_shown_with_who_did_what(intake: Intake, code: str):
    made = await put(intake, code, 0, currency="KRW", skus={"BLUE": "MUG-BLUE"})
    assert (made.status_code, made.json()["version"], made.json()["changed"]) == (201, 1, True)
    changed = await put(intake, code.upper(), currency="KRW", calendar={"cut_off": "16:00"})
    assert (changed.status_code, changed.json()["version"], changed.json()["shop"]) == (200, 2, code)
    told = await shown(intake, code)
    assert told["document"]["calendar"]["cut_off"] == "16:00"
    assert (told["version"], told["secrets"], told["keys"]) == (2, [], [])
    last, first = told["acts"]
    assert (last["actor"], last["reason"], last["did"], last["version"]) == ("mina", "opening", "save", 2)
    assert last["changed"] == {"skus.BLUE": ["MUG-BLUE", None], "calendar.cut_off": ["14:00", "16:00"]}
    assert (first["version"], first["changed"]["currency"]) == (1, [None, "KRW"])
    [listed] = [one for one in (await intake.http.get("/shops")).json()["shops"] if one["shop"] == code]
    assert (listed["currency"], listed["aliases"]["skus"], listed["secrets"]) == ("KRW", 0, 0)


async def test_what_is_said_again_is_no_new_version_and_no_act(intake: Intake, code: str):
    first = (await put(intake, code, locale="ko")).json()
    again = (await put(intake, code, locale="ko")).json()
    assert again == {**first, "changed": False}
    assert len((await shown(intake, code))["acts"]) == 1


async def test_a_change_made_from_an_older_version_is_not_taken(intake: Intake, code: str):
    await put(intake, code, 0, locale="ko")
    assert problem(await put(intake, code, 0, locale="en")) == (409, "version", "moved")
    assert (await put(intake, code, 1, locale="en")).status_code == 200
    assert problem(await put(intake, code, 1, locale="ja")) == (409, "version", "moved")
    assert problem(await put(intake, f"{code}x", 3)) == (404, "shop", "unknown")
    assert (await shown(intake, code))["document"]["locale"] == "en"


async def test_of_changes_at_once_from_one_version_one_is_taken(intake: Intake, code: str):
    await put(intake, code, 0)
    answers = await asyncio.gather(*(put(intake, code, 1, locale=locale) for locale in ("ko", "ja", "de", "fr")))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    assert (await shown(intake, code))["version"] == 2


async def test_mistakes_are_told_all_at_once_by_field_and_nothing_is_written(intake: Intake, code: str):
    answer = await put(
        intake, code, time_zone="Asia/Soul", calendar={"cut_off": "2pm"}, colour="blue", skus={"A": "B", "B": "C"}
    )
    assert answer.status_code == 422
    assert {(one["field"], one["rule"]) for one in answer.json()["problems"]} == {
        ("shop.time_zone", "time_zone"), ("shop.calendar.cut_off", "time"), ("shop.colour", "extra_forbidden"), ("shop.skus", "chained"),
    }  # fmt: skip
    assert (await intake.http.get(f"/shops/{code}")).status_code == 404


@pytest.mark.parametrize(
    "raw", [b"{", b"[]", b'{"actor": "m", "shop": {"locale": "\\ud800"}}', b'{"actor": "\\u0000", "shop": {}}']
)
async def test_what_is_no_registration_is_a_mistake_not_a_failure(intake: Intake, code: str, raw: bytes):
    answer = await intake.http.put(f"/shops/{code}", content=raw, headers={"content-type": "application/json"})
    assert (answer.status_code, "problems" in answer.json()) == (422, True)


async def test_nobody_without_the_services_key_sees_or_changes_a_shop(intake: Intake, code: str):
    for method, path in [("GET", "/shops"), ("GET", f"/shops/{code}"), ("PUT", f"/shops/{code}"), ("PUT", f"/shops/{code}/secrets"),
                         ("POST", f"/shops/{code}/keys"), ("DELETE", f"/shops/{code}/keys/{'0' * 12}?actor=m")]:  # fmt: skip
        body = {"actor": "m", "shop": {}} if path.endswith(code) else {"actor": "m", "drop_old": True}
        answer = await intake.http.request(method, path, json=body, headers={"Authorization": "Bearer nokey"})
        assert (method, path, answer.status_code) == (method, path, 401)


async def test_a_request_repeated_under_its_key_is_answered_alike_and_done_once(intake: Intake, code: str):
    body = {"actor": "mina", "shop": {"locale": "ko"}, "version": 0}
    answers = [
        await intake.http.put(f"/shops/{code}", json=body, headers={"Idempotency-Key": f"k-{code}"}) for _ in range(3)
    ]
    assert [one.status_code for one in answers] == [201] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()


async def test_a_new_secret_stands_beside_the_old_one_until_that_is_dropped(intake: Intake, code: str):
    await put(intake, code)
    first = (await put_secret(intake, code, DRAMATIC)).json()
    assert await secrets_of(intake, code) == [DRAMATIC]
    both = (await put_secret(intake, code, NEXT)).json()
    assert await secrets_of(intake, code) == [NEXT, DRAMATIC]
    assert (len(both["secrets"]), both["secrets"][1]) == (2, first["secrets"][0])
    assert problem(await put_secret(intake, code, "a-third-one")) == (409, "secret", "two_at_most")
    again = (await put_secret(intake, code, NEXT)).json()
    assert (again["secrets"], again["changed"]) == (both["secrets"], False)
    dropped = (await put_secret(intake, code, None, drop_old=True)).json()
    assert (dropped["secrets"], await secrets_of(intake, code)) == (both["secrets"][:1], [NEXT])
    assert (await shown(intake, code))["secrets"] == both["secrets"][:1]
    acts = [(one["did"], one["held"], one["set"], one["drop_old"]) for one in (await shown(intake, code))["acts"][:-1]]
    assert acts == [("secrets", 1, False, True), ("secrets", 2, True, False), ("secrets", 1, True, False)]


async def test_only_a_registered_shop_has_secrets_and_keys(intake: Intake, code: str):
    assert problem(await put_secret(intake, code, DRAMATIC)) == (404, "shop", "unknown")
    assert problem(await intake.http.post(f"/shops/{code}/keys", json={"actor": "m"})) == (404, "shop", "unknown")


async def test_a_key_opens_its_shop_until_it_is_deleted_and_is_shown_once(intake: Intake, code: str):
    await put(intake, code)
    once = {"Idempotency-Key": f"key-{code}"}
    body = {"actor": "mina", "note": "the till"}
    made = await intake.http.post(f"/shops/{code}/keys", json=body, headers=once)
    assert made.status_code == 201
    key = made.json()["key"]
    assert (await store.registry(intake.db)).shop_of_key(key) == code
    assert (await store.registry(intake.db)).shop_of_key(key[:-1]) is None
    repeated = await intake.http.post(f"/shops/{code}/keys", json=body, headers=once)
    assert (repeated.status_code, repeated.json()) == (201, {**made.json(), "key": None})
    [known] = (await shown(intake, code))["keys"]
    assert known == {name: made.json()[name] for name in ("key_id", "note", "made_at")}
    path = f"/shops/{code}/keys/{known['key_id']}?actor=mina"
    assert (await intake.http.delete(path)).status_code == 200
    assert problem(await intake.http.delete(path)) == (404, "key_id", "unknown")
    assert (await store.registry(intake.db)).shop_of_key(key) is None
    assert [one["did"] for one in (await shown(intake, code))["acts"]] == ["drop_key", "make_key", "save"]


async def test_a_shop_has_no_more_keys_than_somebody_can_oversee(intake: Intake, code: str):
    await put(intake, code)
    made = [await intake.http.post(f"/shops/{code}/keys", json={"actor": "m"}) for _ in range(MOST_KEYS + 1)]
    assert [one.status_code for one in made] == [201] * MOST_KEYS + [409]


async def test_no_secret_and_no_key_is_ever_answered_logged_or_kept_where_it_need_not_be(
    intake: Intake, code: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    """Greps all that is answered, all that is logged, and every table but the one that must hold the secret."""
    caplog.set_level("DEBUG")
    as_json = {"content-type": "application/json"}
    path, keyed = f"/shops/{code}/secrets", {"Idempotency-Key": f"grep-{code}"}
    await put(intake, code)
    answers = [
        await intake.http.put(path, json={"actor": "m", "secret": DRAMATIC}, headers=keyed),
        await intake.http.put(path, json={"actor": "m", "secret": DRAMATIC}, headers=keyed),
        await intake.http.put(path, json={"actor": "m", "secret": f"{DRAMATIC}-other"}, headers=keyed),
        await put_secret(intake, code, NEXT),
        await put_secret(intake, code, f"third-{DRAMATIC}"),
        await put_secret(intake, code, f"{DRAMATIC}\n"),
        await put_secret(intake, code, DRAMATIC * 40),
        await put_secret(intake, code, DRAMATIC, drop_old={"no": DRAMATIC}),
        await put_secret(intake, code, None, **{DRAMATIC[:5]: 1}),
        await intake.http.put(path, content=f'{{"secret": "{DRAMATIC}", '.encode(), headers=as_json),
        await intake.http.put(path, content=b'{"secret": "\xff' + DRAMATIC.encode() + b'"}', headers=as_json),
        await intake.http.get("/shops"),
        await intake.http.get(f"/shops/{code}"),
    ]
    made = await intake.http.post(f"/shops/{code}/keys", json={"actor": "m"}, headers={"Idempotency-Key": f"g2-{code}"})
    key = made.json()["key"]
    answers.append(await intake.http.get(f"/shops/{code}"))
    assert [one.status_code for one in answers] == [200, 200, 422, 200, 409, *[422] * 4, 422, 400, 200, 200, 200]
    told = "\n".join(one.text for one in answers) + caplog.text + "".join(capfd.readouterr())
    tables = await _tables(intake.db)
    assert {"shop", "shop_key", "operator_act", "idempotency"} <= set(tables)
    assert DRAMATIC in await _whole(intake.db, "shop_secret")
    for table in set(tables) - {"shop_secret"}:
        told += await _whole(intake.db, table)
    for secret in (DRAMATIC, NEXT, key):
        assert secret not in told
        assert secret not in repr(await store.registry(intake.db))
    assert key not in await _whole(intake.db, "shop_secret")


async def _tables(db: Any) -> list[str]:
    rows = await db.fetch(
        "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
    )
    return [row["relname"] for row in rows]


async def _whole(db: Any, table: str) -> str:
    """Every row of a table as text; bytes as the text they may be, too."""
    rows = await db.fetch(f'SELECT t::text AS text, row_to_json(t)::text AS json FROM "{table}" t')
    return "\n".join(row["text"] + row["json"] for row in rows)


async def save(conn: Connection, shop: Shop, version: int) -> None:
    await store.save(conn, Registered(shop, version, NOW))


async def test_the_hot_path_finds_each_shop_and_one_nobody_registered_by_its_defaults(conn: Connection):
    card = Shop("a", skus={"Blue": "B"}, payment={"Card": PaymentPolicy(hours=1)})
    await save(conn, card, 1)
    found = await store.shops_of(conn, ["a", "b"])
    assert found["b"] == unregistered("b")
    assert (found["a"].skus["Blue"], found["a"].skus["blue"], found["a"].payment["card"].hours) == ("B", "B", 1)


async def test_a_change_is_seen_at_once_by_who_asks_and_costs_who_does_not_change_one_statement(conn: Connection):
    await save(conn, Shop("a"), 1)
    first = await store.registry(conn)
    assert await store.registry(conn) is first
    await save(conn, Shop("a", locale="ko"), 2)
    assert (await store.shops_of(conn, ["a"]))["a"].locale == "ko"
    await store.set_secrets(conn, "a", [Secret(SecretStr("x" * 8), NOW)])
    assert len(await store.secrets_of(conn, "a")) == 1
    await store.add_key(conn, "a", Key("k", None, NOW), "bsk_1")
    assert (await store.registry(conn)).shop_of_key("bsk_1") == "a"


async def test_a_shop_is_saved_from_the_version_before_or_not_at_all(conn: Connection):
    await save(conn, Shop("a"), 1)
    for version in (1, 3):
        with pytest.raises(ShopMovedError):
            await save(conn, Shop("a", locale="ko"), version)
    found = await store.one(conn, "a")
    assert found == Registered(Shop("a"), 1, NOW)


async def test_three_secrets_cannot_be_stored_and_the_error_shows_none(conn: Connection):
    await save(conn, Shop("a"), 1)
    with pytest.raises(asyncpg.UniqueViolationError) as error:
        await store.set_secrets(conn, "a", [Secret(SecretStr(f"{DRAMATIC}{n}"), NOW) for n in range(3)])
    assert DRAMATIC not in str(error.value) + repr(error.value.as_dict())


class Counting:
    """A reader that counts what it is asked."""

    def __init__(self, db: Any) -> None:
        self.db, self.asked = db, 0

    async def fetch(self, sql: str, /, *values: Any) -> Any:
        self.asked += 1
        return await self.db.fetch(sql, *values)

    async def fetchrow(self, sql: str, /, *values: Any) -> Any:
        self.asked += 1
        return await self.db.fetchrow(sql, *values)


@pytest.fixture
async def elsewhere(migrated: str) -> AsyncIterator[Connection]:
    """Another process on the same database."""
    conn = await asyncpg.connect(migrated)
    yield conn
    await conn.execute("TRUNCATE shop, shop_secret, shop_key")
    await conn.close()


async def test_what_another_process_commits_is_known_at_hand_within_the_time(migrated: str, elsewhere: Connection):
    clock = [0.0]
    at_hand, here = AtHand(lambda: clock[0]), Counting(await asyncpg.connect(migrated))
    assert (await at_hand.now(here)).secrets_of("a") == ()
    await save(elsewhere, Shop("a"), 1)
    await store.set_secrets(elsewhere, "a", [Secret(SecretStr(DRAMATIC), NOW)])
    asked = here.asked
    clock[0] = LOOK_AGAIN_S - 0.01
    assert (await at_hand.now(here)).secrets_of("a") == ()
    assert here.asked == asked
    clock[0] = LOOK_AGAIN_S
    assert (await at_hand.now(here)).secrets_of("a") == (SecretStr(DRAMATIC),)
    assert LOOK_AGAIN_S < 1
    await here.db.close()


async def test_a_door_knows_the_shops_without_a_key_and_without_asking_each_time(intake: Intake, code: str):
    await put(intake, code, locale="ko")
    door: Any = SimpleNamespace(app=intake.http._transport.app)  # type: ignore[attr-defined]
    known = [await known_shops(door) for _ in range(3)]
    assert known[0].shop(code).locale == "ko"
    assert known[0] is known[1] is known[2]


async def test_the_acts_on_a_shop_are_read_last_first(conn: Connection):
    for n in range(3):
        await store.write_act(conn, "a", ("mina", None), {"did": n}, NOW)
    await store.write_act(conn, "b", ("mina", "why"), {"did": 9}, NOW)
    assert [json.loads(one["detail"])["did"] for one in await store.acts_on(conn, "a", 2)] == [2, 1]
