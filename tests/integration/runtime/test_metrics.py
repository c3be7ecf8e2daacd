"""What a running service tells of itself, as Prometheus reads it."""

import asyncio
import math
from dataclasses import replace

import httpx
from prometheus_client.parser import text_string_to_metric_families

from running_services import Raw, eventually, running
from service_runtime.running import Running
from service_runtime.standing import read_standing
from stuck_toy import abandoned, impatient
from stuck_toy import on_asks as never_ends
from toy_service import Toy, ask

Values = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scraped(toy: Toy, it: Running) -> Values:
    app = toy.service().app()
    app.state.running = it
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toy") as http:
        text = (await http.get("/metrics")).text
    families = text_string_to_metric_families(text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(values: Values, name: str, **labels: str) -> float:
    return values.get((name, frozenset(labels.items())), 0.0)


async def test_a_batch_is_counted_and_timed_by_phase(toy: Toy) -> None:
    async with running(toy.service()) as it:
        before = await scraped(toy, it)
        wrong: Raw = ("toy.asked", b"a", b"{}", ask("a", 1)[3])
        await toy.send(ask("a", 1), ask("a", 1), ask("b", 1), wrong)
        await eventually(lambda: toy.counts_are({"a": [1], "b": [1]}))
        await eventually(lambda: toy.holds("SELECT count(*) = 1 FROM parked"))
        await asyncio.sleep(0.3)
        after = await scraped(toy, it)

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("baesong_records_total", kind="fresh") >= 2
    assert grown("baesong_records_total", kind="parked") == 1
    assert grown("baesong_emitted_events_total", topic="toy.told") == grown("baesong_records_total", kind="fresh")
    batches = grown("baesong_batch_records_count")
    assert batches >= 1
    for phase in ("decode", "decide", "commit", "publish"):
        assert grown("baesong_phase_seconds_count", phase=phase) == batches
    phases = sum(grown("baesong_phase_seconds_sum", phase=phase) for phase in ("decode", "decide", "commit", "publish"))
    assert 0 < phases <= grown("baesong_batch_seconds_sum")


async def test_what_stands_in_the_tables_is_read_at_the_scrape(toy: Toy) -> None:
    async with running(toy.service()) as it:
        await toy.send(ask("a", 1, failures=9))
        await eventually(lambda: toy.holds("SELECT EXISTS (SELECT FROM blocked)"))
        await toy.db.execute(
            "UPDATE blocked SET blocked_at = now() - interval '1 hour';"
            "INSERT INTO effect (key, kind, order_id, payload, state) VALUES ('k', 'post', 'a', '{}', 'unknown');"
            "INSERT INTO outbox_pending VALUES ('c', 0, now() + interval '1 hour')"
        )
        values = await scraped(toy, it)
        assert value(values, "baesong_blocked_orders") == 1
        assert 3600 <= value(values, "baesong_oldest_blocked_seconds") < 3700
        assert value(values, "baesong_unknown_effects") == 1
        assert value(values, "baesong_outbox_unpublished") == 1


async def test_while_the_database_is_away_its_gauges_are_not_a_number(toy: Toy) -> None:
    async with running(toy.service()) as it:
        await read_standing(it.store.pool)
    await read_standing(it.store.pool)
    assert math.isnan(value(await scraped(toy, it), "baesong_blocked_orders"))


async def test_lag_is_told_in_messages_and_in_seconds(toy: Toy) -> None:
    service = replace(impatient(toy).service(), handlers=[never_ends])
    async with abandoned(service, []) as it:
        await asyncio.sleep(0.5)
        assert value(await scraped(toy, it), "baesong_lag_messages", topic="toy.asked") == 0
        await toy.send(*[ask("a", n) for n in range(7)])
        await asyncio.sleep(1.2)
        values = await scraped(toy, it)
    assert value(values, "baesong_lag_messages", topic="toy.asked") == 7
    assert 0.9 <= value(values, "baesong_lag_seconds", topic="toy.asked") <= 2.5
    assert value(values, "baesong_stood_seconds") > 0
