"""A bug parks its culprit alone; a release with too many of them stops, and stays stopped until another comes."""

import asyncio

import pytest

from running_services import Raw, eventually, read_all, running, said
from service_runtime.service import Running
from sizes import size
from toy import Asked
from toy_service import Toy, ask

TOO_LARGE = 10**12  # larger than the toy's column: nobody expected it


def a_bug(order: str, n: int = 1) -> Raw:
    return said(Asked(order_id=order, n=TOO_LARGE + n), n, f"bug {order} {n}")


def release(toy: Toy, name: str) -> Toy:
    settings = toy.settings.model_copy(update={"release": name})
    return Toy(toy.platform, toy.prefix, settings, toy.db)


async def test_only_the_culprit_of_a_batch_is_parked_and_its_order_waits(toy: Toy) -> None:
    orders = [f"o{n}" for n in range(40)]
    await toy.send(*(ask(order, 1) for order in orders[:20]), a_bug("bad"), ask("bad", 2))
    await toy.send(*(ask(order, 1) for order in orders[20:]))
    async with running(toy.service()):
        await eventually(lambda: toy.counts_are({order: [1] for order in orders}))
        await eventually(lambda: toy.holds("SELECT count(*) = 2 FROM blocked_event"))
    [parked] = await toy.db.fetch("SELECT event_id, order_id, error_class, reason, value, state FROM parked")
    assert (parked["order_id"], parked["error_class"], parked["state"]) == ("bad", "bug", "parked")
    assert parked["reason"].startswith("DataError at ")
    assert "Traceback" in parked["reason"]
    assert str(TOO_LARGE + 1).encode() in parked["value"]
    assert await toy.holds("SELECT due_at IS NULL FROM blocked WHERE order_id = 'bad'")
    [letter] = await read_all(toy.platform, toy.prefix + "toy.asked.dlq")
    assert dict(letter.headers)["x-dlq-error"].startswith(b"DataError at ")
    assert b"Traceback" not in dict(letter.headers)["x-dlq-error"]


async def test_a_release_that_fails_every_tenth_event_stops_after_fifty(toy: Toy) -> None:
    records = [a_bug(f"bad{n}") if n % 10 == 0 else ask(f"o{n}", 1) for n in range(1200)]
    await toy.send(*records)
    async with running(release(toy, "1").service()) as it:
        await eventually(lambda: it.brake.reason, 60)
        await stays_stopped(toy, it)
    async with running_braked(toy, "1") as it:
        await stays_stopped(toy, it)
    async with running_braked(toy, "2") as it:
        await eventually(lambda: toy.holds("SELECT count(*) > 50 FROM parked"), 60)


def running_braked(toy: Toy, name: str):
    return running(release(toy, name).service(), wait=False)


async def stays_stopped(toy: Toy, it: Running) -> None:
    """What waits is in the log and not parked; the process lives, joined to its group, and is not ready."""
    await eventually(lambda: any("brake" in one or "resume" in one for one in it.waits_for()))
    await asyncio.sleep(1.0)
    assert await toy.holds("SELECT count(*) = 50 FROM parked")
    assert await toy.holds("SELECT sum(consumed_through) < 1200 FROM progress")


async def test_another_release_lifts_the_brake_and_loses_nothing(toy: Toy) -> None:
    await toy.send(*(a_bug(f"bad{n}") for n in range(60)), *(ask(f"o{n}", 1) for n in range(100)))
    async with running(release(toy, "1").service()) as it:
        await eventually(lambda: it.brake.reason, 60)
    async with running_braked(toy, "2"):
        await eventually(lambda: toy.counts_are({f"o{n}": [1] for n in range(100)}), 60)
        await eventually(lambda: toy.holds("SELECT count(*) = 60 FROM parked"))


async def test_a_hostile_topic_is_paused_alone_and_tried_again(toy: Toy) -> None:
    garbage: list[Raw] = [("toy.outside", b"k", b"not json", []) for _ in range(120)]
    good: Raw = ("toy.outside", b"k", b"1", [("ce_id", b"m-1"), ("ce_type", b"toy.outside")])
    patient = toy.settings.model_copy(update={"hostile_pause_s": 3.0})
    async with running(Toy(toy.platform, toy.prefix, patient, toy.db).service()) as it:
        await toy.send(*garbage)
        await eventually(lambda: toy.holds("SELECT count(*) > 50 FROM parked"))
        await eventually(lambda: any(one.holding.paused for one in it.subscribers))
        outside = next(one for one in it.subscribers if one.holding.paused)
        assert set(outside.holding.paused) == {"toy.outside"}
        await toy.send(good, ask("a", 1))
        await eventually(lambda: toy.counts_are({"a": [1]}))
        assert it.brake.reason is None
        assert await toy.holds("SELECT count(*) = 0 FROM heard")
        await eventually(lambda: toy.holds("SELECT count(*) = 1 FROM heard"))
        assert await toy.holds("SELECT count(*) = 120 FROM parked")


@pytest.mark.parametrize("seconds", [size(2, 600)])
async def test_a_schema_newer_than_this_release_waits_and_parks_nothing(toy: Toy, seconds: int) -> None:
    topic, key, value, headers = ask("a", 2)
    newer = [(name, b"toy.asked/2" if name == "x-schema" else text) for name, text in headers]
    async with running(toy.service()) as it:
        await toy.send(ask("a", 1))
        await eventually(lambda: toy.counts_are({"a": [1]}))
        await toy.send((topic, key, value, newer))
        await eventually(it.waits_for)
        await asyncio.sleep(seconds)
        assert await toy.holds("SELECT count(*) = 0 FROM parked")
        assert it.waits_for() == ["its infrastructure: batch of toy"]
    Asked.schema_version = 2  # a release that reads it
    try:
        async with running(toy.service()):
            await eventually(lambda: toy.counts_are({"a": [1, 2]}))
    finally:
        Asked.schema_version = 1
