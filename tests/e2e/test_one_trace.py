"""One trace from checkout to mail: each service says what it says in the trace of what it read."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import orjson
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import pipeline as simulated
from baesong.platform_only import Platform
from pipeline import Partner, Pipeline, copied, migrated, pipeline
from running_services import eventually
from service_runtime import Effect
from service_runtime.effect_ports import EffectPort
from service_runtime.effects import EffectWorker
from service_runtime.protocol import handle
from service_runtime.spans import Spans

SENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE, UPSTREAM = SENT[3:35], SENT[36:52]
PLACE = {
    "location_id": "L1", "name": "Place", "country_code": "KR", "postal_code": "04524", "latitude": 37.0,
    "longitude": 127.0, "kind": "partner", "partner_id": "swift",
}  # fmt: skip
CHECKOUT = {
    "source": "web", "source_id": "S-1", "updated_at": "2026-11-23T00:00:00Z", "placed_at": "2026-11-23T00:00:00Z",
    "shop": "seoul", "locale": "ko-KR", "currency": "KRW", "payment": {"status": "paid"},
    "customer": {"email": "c@example.test"},
    "destination": {"country_code": "KR", "latitude": 37.0, "longitude": 127.0},
    "ship_to": {"name": "김민아", "address1": "세종대로 110", "city": "서울"},
    "lines": [
        {"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 2, "weight_g": 300,
         "price": {"amount": 1000, "currency": "KRW"}},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
async def dsns(platform: Platform) -> Mapping[str, str]:
    return await migrated(platform, f"trace_{uuid4().hex[:6]}")


@pytest.fixture
async def pipe(platform: Platform, dsns: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pipeline]:
    monkeypatch.setenv("NOTIFIER_MAIL", "off")
    async with stocked(platform, dsns) as pipe:
        yield pipe


@pytest.fixture
async def mailing(platform: Platform, dsns: Mapping[str, str]) -> AsyncIterator[Pipeline]:
    """Where mails are meant to go out."""
    async with stocked(platform, dsns) as pipe:
        yield pipe


@asynccontextmanager
async def stocked(platform: Platform, dsns: Mapping[str, str]) -> AsyncIterator[Pipeline]:
    async with pipeline(platform, await copied(platform, dsns)) as pipe:
        rates = {"currency": "KRW", "parcel": "3000", "per_kg": "500", "per_100km": "100"}
        await pipe.put("allocator", "/locations", {"locations": [PLACE], "rates": rates})
        levels = [{"sku": "MUG", "location_id": "L1", "on_hand": 100}]
        await pipe.put(
            "allocator", "/stock", {"skus": [{"sku": "MUG", "weight_g": 300, "title": "MUG"}], "levels": levels}
        )
        yield pipe


async def order(pipe: Pipeline, traceparent: str | None) -> None:
    headers = [("ce_id", b"c-1"), ("ce_type", b"checkout.completed")]
    headers += [("traceparent", traceparent.encode())] if traceparent else []
    pipe.log.append("checkout.completed", b"S-1", orjson.dumps(CHECKOUT), headers)
    await pipe.settle(react=Partner("swift"))


def traceparents(pipe: Pipeline, topic: str) -> list[str]:
    return [dict(record.headers)["traceparent"].decode() for record in pipe.log.of(topic)]


OURS = (
    "checkout.answered",
    "order.placed",
    "allocation.decided",
    "shipment.created",
    "partner.swift.shipments",
    "customer.notified",
)


async def test_a_checkouts_trace_reaches_the_customers_message(pipe: Pipeline) -> None:
    await order(pipe, SENT)
    for topic in OURS[:-1]:
        assert {said[3:35] for said in traceparents(pipe, topic)} == {TRACE}, topic
    confirmed, *others = traceparents(pipe, "customer.notified")
    assert confirmed[3:35] == TRACE
    assert others, "the parcel left, and the customer was told"


@pytest.mark.parametrize("sent", [None, "00-zz-yy-01", SENT.replace("4bf9", "4BF9")])
async def test_without_a_valid_traceparent_all_that_happens_to_an_order_is_one_trace(
    pipe: Pipeline, sent: str | None
) -> None:
    await order(pipe, sent)
    traces = {said[3:35] for topic in (*OURS, "shipment.updated") for said in traceparents(pipe, topic)}
    assert len(traces) == 1
    assert TRACE not in traces


def traced_into(memory: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the services handle from now on is kept as spans."""

    async def traced(protocol: Any, *given: Any) -> Any:
        handled = await handle(protocol, *given)
        Spans(protocol.service, SimpleSpanProcessor(memory)).handled(handled.decided.done, 0.01)
        return handled

    monkeypatch.setattr(simulated, "handle", traced)


async def test_with_opentelemetry_on_each_span_is_the_child_of_the_one_that_spoke(
    pipe: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = InMemorySpanExporter()
    traced_into(memory, monkeypatch)
    await order(pipe, SENT)
    spans = {f"{span.context.span_id:016x}": span for span in memory.get_finished_spans() if span.context}
    of_trace = {id_: span for id_, span in spans.items() if span.context and f"{span.context.trace_id:032x}" == TRACE}
    assert {span.name for span in of_trace.values()} >= {
        "order-intake checkout.completed", "allocator order.placed", "fulfiller allocation.decided",
        "notifier order.placed", "notifier allocation.decided",
    }  # fmt: skip
    assert {parent_in(span) for span in of_trace.values()} <= {UPSTREAM, *of_trace}
    assert way_of(of_trace, "notifier allocation.decided") == [
        "notifier allocation.decided", "allocator order.placed", "order-intake checkout.completed",
    ]  # fmt: skip


class Postbox:
    """Takes every letter at once; what became of it is announced by the real port."""

    def __init__(self, port: EffectPort) -> None:
        self.announce = port.announce

    async def perform(self, effect: Effect) -> str:
        return "taken"

    async def find(self, effect: Effect) -> str | None:
        return None


async def test_the_call_of_a_mail_is_a_span_between_its_event_and_what_is_said_of_it(
    mailing: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = InMemorySpanExporter()
    traced_into(memory, monkeypatch)
    await order(mailing, SENT)
    notifier = mailing.member("notifier")
    protocol, store = notifier.running.protocol, notifier.running.store
    ports = {"mail": Postbox(notifier.service.effects["mail"])}
    worker = EffectWorker(protocol, store, ports, Spans(protocol.service, SimpleSpanProcessor(memory)))
    working = asyncio.create_task(worker.run())
    await eventually(lambda: len(mailing.log.of("customer.notified")) == 2)
    await worker.finished()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    spans = {f"{span.context.span_id:016x}": span for span in memory.get_finished_spans() if span.context}
    calls = {id_: span for id_, span in spans.items() if span.name == "notifier mail"}
    assert len(calls) == 2
    assert {said[36:52] for said in traceparents(mailing, "customer.notified")} == set(calls)
    assert {spans[parent_in(call)].name for call in calls.values()} <= {
        "notifier order.placed", "notifier allocation.decided", "notifier shipment.created", "notifier shipment.updated",
    }  # fmt: skip
    of_trace = {id_: span for id_, span in spans.items() if span.context and f"{span.context.trace_id:032x}" == TRACE}
    assert way_of(of_trace, "notifier mail")[-1] == "order-intake checkout.completed"
    assert all(call.start_time < call.end_time for call in calls.values())


def parent_in(span: ReadableSpan) -> str:
    assert span.parent is not None
    return f"{span.parent.span_id:016x}"


def way_of(spans: Mapping[str, ReadableSpan], name: str) -> list[str]:
    """The names from a span up to the one that the upstream caused."""
    span: ReadableSpan | None = next(span for span in spans.values() if span.name == name)
    way = []
    while span is not None:
        way.append(span.name)
        span = spans.get(parent_in(span))
    return way


async def test_the_same_work_done_again_says_the_same_traceparent(pipe: Pipeline) -> None:
    await order(pipe, SENT)
    before = {topic: traceparents(pipe, topic) for topic in OURS}
    for member in pipe.members.values():
        member.offsets.clear()
        member.progress.published.clear()
        await member.running.store.pool.execute("UPDATE progress SET published_through = 0")
        for topic in member.topics:
            await member.read(topic)
    for topic, first in before.items():
        again = traceparents(pipe, topic)
        assert len(again) > len(first), topic
        assert set(again) == set(first), topic
