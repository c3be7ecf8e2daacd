"""The notifier's tables: one message per fact whatever is read again, and nothing once per order."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import orjson
import pytest
from tests.integration.notifier.saying import cancelled, decided, placed, updated

from notifier import store
from notifier.domain.sending import Policy
from notifier.domain.telling import heard
from notifier.domain.things import Held
from notifier.handlers import tell
from notifier.news import thing_of
from notifier.reads import ChangedRead, DecidedRead, PlacedRead, ShipmentRead
from order_events import Body, Cause, MessageStatus
from service_runtime import Batch, Place, Received, Record, Work

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
READERS = {model.event_type: model for model in (PlacedRead, ChangedRead, DecidedRead, ShipmentRead)}
OFF, ON = Policy(mail_on=False, hash_key=b"k"), Policy(mail_on=True, hash_key=b"k")


def received(body: Body, version: int) -> Received[Any]:
    """An event as the service reads it: through the bytes, by its own slim model."""
    read = msgspec.json.decode(body.model_dump_json(), type=READERS[body.event_type])
    id_ = f"{body.subject}/{version}"
    record = Record(Place(body.event_type, 0, 0), body.key.encode(), b"", (), 0)
    return Received(id_, body.event_type, body.subject, version, NOW, body.key, read, Cause(id_, NOW), record)


async def tells(conn: Any, *said: tuple[Body, int], policy: Policy = OFF, now: datetime = NOW) -> Work:
    """One batch for events of different orders."""
    work = Work(conn, now)
    await tell(Batch(tuple(received(body, version) for body, version in said)), work, policy)
    return work


async def messages(conn: Any, order_id: str) -> list[tuple[str, str, str]]:
    rows = await store.messages_of(conn, order_id)
    return [(row["fact"], row["status"], row["reason"]) for row in rows]


class Counting:
    """A connection that counts what is asked of it."""

    def __init__(self, conn: Any) -> None:
        self.conn, self.statements = conn, 0

    async def fetch(self, *args: Any) -> Any:
        self.statements += 1
        return await self.conn.fetch(*args)

    async def execute(self, *args: Any) -> Any:
        self.statements += 1
        return await self.conn.execute(*args)


async def test_what_is_saved_is_held_again_as_it_was(conn: Any) -> None:
    said = [(placed("o1"), 1), (decided("o1", 1, asked=1), 1), (updated("o1", 1, 1), 3)]
    things = [thing_of(received(body, version)) for body, version in said]
    await store.save(conn, things)
    held = (await store.held(conn, ["o1", "o2"]))["o1"]
    assert [held.order, held.decision, held.shipments["o1-F1"]] == things


async def test_an_order_never_heard_of_is_held_as_nothing(conn: Any) -> None:
    held = (await store.held(conn, ["o9"]))["o9"]
    assert (held.order, held.decision, held.shipments, held.told) == (None, None, {}, frozenset())


async def test_an_older_version_never_overwrites_a_newer_one(conn: Any) -> None:
    for version in (3, 2):
        await store.save(conn, [thing_of(received(placed("o1", name=f"#{version}"), version))])
        await store.save(conn, [thing_of(received(decided("o1", revision=version), version))])
        await store.save(conn, [thing_of(received(updated("o1"), version))])
    held = (await store.held(conn, ["o1"]))["o1"]
    assert held.order is not None
    assert held.decision is not None
    assert (held.order.name, held.decision.revision, held.shipments["o1-F1"].version) == ("#3", 3, 3)


async def test_events_read_again_make_no_second_message(conn: Any) -> None:
    story = [
        (placed("o1"), 1),
        (decided("o1", 1), 1),
        (updated("o1"), 1),
        (updated("o1", 1), 2),
        (updated("o1", 1, 1), 3),
    ]
    first = [await tells(conn, one) for one in story]
    again = [await tells(conn, one) for one in (*story, *reversed(story))]
    assert sum(len(work.events) for work in first) == 4
    assert sum(len(work.events) + len(work.effects) for work in again) == 0
    assert [fact for fact, _, _ in await messages(conn, "o1")] == ["confirmed", "delayed", "shipped", "shipped"]


async def test_a_value_that_would_be_taken_for_two_is_written_nowhere(conn: Any) -> None:
    with pytest.raises(ValueError, match=r"U\+001F"):
        await tells(conn, (placed("o1"), 1), (placed("o2").model_copy(update={"locale": "ko\x1fen"}), 1))
    assert await messages(conn, "o1") == []


async def test_a_key_that_is_taken_is_neither_sent_nor_announced(conn: Any) -> None:
    await tells(conn, (placed("o1"), 1))
    await conn.execute("DELETE FROM customer_order")
    work = Work(conn, NOW)
    heard_anew = thing_of(received(placed("o1"), 1))
    held = (await store.held(conn, ["o1"]))["o1"]
    assert ("confirmed", "") in held.told
    assert await store.claim(conn, _letters(heard_anew), NOW) == []
    assert (work.events, work.effects) == ([], [])


def _letters(thing: Any) -> Sequence[Any]:
    return heard(Held(), thing, OFF, NOW).letters


async def test_a_message_to_be_sent_is_an_effect_under_the_facts_key_and_not_announced_yet(conn: Any) -> None:
    work = await tells(conn, (placed("o1"), 1), policy=ON)
    ((effect, _),) = work.effects
    assert work.events == []
    assert (effect.key, effect.kind, effect.order_id) == ("o1|confirmed|order", "mail", "o1")
    assert effect.payload["personal"]["to"] == "mina@example.test"
    assert orjson.loads(orjson.dumps(effect.payload)) == effect.payload
    assert await messages(conn, "o1") == [("confirmed", "intended", None)]


async def test_a_suppressed_message_is_announced_at_once_with_its_reason(conn: Any) -> None:
    work = await tells(conn, (placed("o1", test=True), 1), (placed("o2"), 1), policy=ON, now=NOW + timedelta(days=4))
    notices = [(event.body.order_id, event.body.status, event.body.reason, event.version) for event in work.events]  # type: ignore[attr-defined]
    assert notices == [("o1", "suppressed", "test_order", 1), ("o2", "suppressed", "stale", 1)]
    assert work.effects == []


async def words(conn: Any, order_id: str, fact: str) -> Any:
    ids = [row["message_id"] for row in await store.messages_of(conn, order_id) if row["fact"] == fact]
    row = await store.message(conn, ids[0])
    assert row is not None
    return row["say"], await store.words_of(conn, row)


async def test_a_message_that_is_not_sent_keeps_no_words_and_is_shown_as_it_would_be_told_now(conn: Any) -> None:
    for event in ((placed("o1"), 1), (decided("o1", 1), 1), (updated("o1", 1), 2)):
        await tells(conn, event)
    await tells(conn, (placed("o1", name="#1001-B"), 2))
    for fact, what in (("confirmed", ["ordered"]), ("delayed", ["late"]), ("shipped", ["here", "late"])):
        kept, shown = await words(conn, "o1", fact)
        assert kept is None
        assert (shown.say["order"], [line["what"] for line in shown.say["lines"]]) == ("#1001-B", what)
    await conn.execute("DELETE FROM decision")
    assert await words(conn, "o1", "shipped") == (None, None)


async def test_a_message_that_is_sent_is_shown_as_it_was_told(conn: Any) -> None:
    await tells(conn, (placed("o1"), 1), policy=ON)
    await tells(conn, (placed("o1", name="#1001-B"), 2), policy=ON)
    _, shown = await words(conn, "o1", "confirmed")
    assert (shown.say["order"], shown.personal["to"]) == ("#1001", "mina@example.test")


async def test_nothing_is_read_of_an_order_of_which_nothing_eventful_is_known(conn: Any) -> None:
    asked = []
    for event in ((placed("o1"), 1), (decided("o1"), 1), (updated("o1"), 1), (updated("o1", 1), 2), (updated("o1"), 1)):
        counting = Counting(conn)
        await tells(counting, event)
        asked.append(counting.statements)
    assert asked == [3, 2, 2, 1 + 4 + 2 + 1, 1 + 4]


async def test_a_batch_costs_the_same_number_of_statements_however_many_orders_it_holds(conn: Any) -> None:
    counts = []
    for orders in (1, 200):
        counting = Counting(conn)
        batch = [(placed(f"x{orders}-{n}"), 1) for n in range(orders)]
        await tells(counting, *batch)
        counts.append(counting.statements)
    assert counts[0] == counts[1] == 3


async def test_a_cancel_is_told_when_its_answers_are_there(conn: Any) -> None:
    await tells(conn, (placed("o1"), 1))
    await tells(conn, (decided("o1"), 1))
    await tells(conn, (cancelled("o1"), 2))
    await tells(conn, (decided("o1", revision=2, order_version=2, asked=2), 2))
    assert len(await messages(conn, "o1")) == 1
    await tells(conn, (updated("o1", released=2, answered=2), 3))
    assert [fact for fact, _, _ in await messages(conn, "o1")] == ["cancelled", "confirmed"]


async def test_what_became_of_a_message_is_stored_and_counted_once(conn: Any) -> None:
    work = await tells(conn, (placed("o1"), 1), policy=ON)
    message_id = work.effects[0][0].payload["message_id"]
    unknown = store.Settled(message_id, MessageStatus.UNKNOWN, "cut off", None)
    assert await store.settle(conn, [unknown]) == {message_id: 1}
    assert await store.settle(conn, [unknown]) == {}
    assert await store.settle(conn, [store.Settled(message_id, MessageStatus.SENT, None, "ref")]) == {message_id: 2}
    assert await messages(conn, "o1") == [("confirmed", "sent", None)]


@pytest.mark.parametrize("name", sorted(store.SQL.blocks))
async def test_every_statement_is_prepared_against_the_tables(conn: Any, name: str) -> None:
    await conn.prepare(store.SQL.blocks[name])


async def test_what_is_held_is_found_by_an_index(conn: Any) -> None:
    for body in (placed, decided, updated):
        for n in range(0, 3000, 500):
            await tells(conn, *((body(f"y{n + k}"), 1) for k in range(500)))
    ids = "\x1f".join(f"y{n}" for n in range(5))
    for name in ("eventful_among", "held_orders", "held_decisions", "held_shipments", "told"):
        plan = "\n".join(row[0] for row in await conn.fetch(f"EXPLAIN {store.SQL.blocks[name]}", ids))
        assert "Index Scan" in plan, name
        assert "Seq Scan" not in plan, name


@pytest.mark.parametrize(
    "change",
    ["status = 'suppressed', reason = NULL, version = 1", "status = 'sent'", "version = 1", "status = 'posted'"],
)
async def test_a_message_cannot_be_stored_in_a_state_that_is_none(conn: Any, change: str) -> None:
    await tells(conn, (placed("o1"), 1), policy=ON)
    with pytest.raises(asyncpg.CheckViolationError):
        await conn.execute(f"UPDATE message SET {change}")
