"""The house's own timer on a running service: sweeps, counts, and comes again; what is older than the inbox passes by."""

from datetime import UTC, datetime, timedelta

from order_events import Cause, Event
from running_services import eventually, running
from service_runtime.metrics import SWEPT
from toy import Asked
from toy_service import Toy


async def test_a_service_sweeps_when_it_starts_and_every_hour_after(toy: Toy) -> None:
    before = SWEPT.labels("inbox_parts_made")._value.get()
    late = toy.settings.model_copy(update={"clock_offset_s": timedelta(days=60).total_seconds()})
    async with running(Toy(toy.platform, toy.prefix, late, toy.db).service()):
        await eventually(lambda: toy.holds("SELECT to_regclass('inbox_default') IS NOT NULL"))
        await eventually(lambda: SWEPT.labels("inbox_parts_made")._value.get() > before)
        await eventually(
            lambda: toy.holds("SELECT due_at > now() + interval '60 days 50 min' FROM timer WHERE key = 'retention'")
        )


async def test_an_event_older_than_the_inbox_passes_it_by_and_is_said_all_the_same(toy: Toy) -> None:
    then = datetime.now(UTC) - timedelta(days=41)
    event = Event(Asked(order_id="a", n=1), 1, Cause("long ago", then))
    body = event.body.__pydantic_serializer__.to_json(event.body)
    async with running(toy.service()):
        await toy.send((event.destination, b"a", body, list(event.headers("test", then))))
        await eventually(lambda: toy.counts_are({"a": [1]}))
        await eventually(lambda: toy.holds("SELECT NOT EXISTS (SELECT FROM outbox_pending)"))
        assert await toy.holds("SELECT NOT EXISTS (SELECT FROM inbox)")
        assert await toy.holds("SELECT NOT EXISTS (SELECT FROM parked)")
    assert len(await toy.told()) == 1
