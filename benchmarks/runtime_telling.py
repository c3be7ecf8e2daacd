"""Microseconds that traces, spans and the batch's log line cost an event.

Run: .venv/bin/python benchmarks/runtime_telling.py
The spans need service-runtime[otel]; they are encoded as the exporter sends them, and go nowhere.
"""

import gc
import json
import os
import sys
import time
import timeit
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from order_events import Cause, Event, begun, read_traceparent, said_in, span_of
from order_events.notifications import CustomerNotified
from service_runtime import logs, telling
from service_runtime.outgoing import Speaker
from service_runtime.ports import Outgoing
from service_runtime.protocol import Handled
from service_runtime.reading import Place, Received, Record
from service_runtime.rounds import Decided
from service_runtime.spans import WAITING, Spans

BATCH = 500
SENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NOW = datetime.now(UTC)
IDS = [str(uuid4()) for _ in range(BATCH)]


class Nowhere(SpanExporter):
    """Encodes spans as the OTLP exporter does, and sends them nowhere."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        encode_spans(spans).SerializeToString()
        return SpanExportResult.SUCCESS


def notified(number: int) -> CustomerNotified:
    return CustomerNotified.model_construct(message_id=f"m-{number}", order_id=f"o-{number}")


def handled() -> Handled:
    read = [
        Received(
            id=id_, type="order.placed", subject=f"order/{n}", version=1, time=NOW,
            order_id=f"jyx2kxq5o7mfzqkcrqz{n:05d}", body=None, cause=Cause(id_, NOW, SENT),
            record=Record(Place("order.placed", n % 12, n), b"", b"", (), 0),
        )
        for n, id_ in enumerate(IDS)
    ]  # fmt: skip
    said = [Outgoing(id_, 0, str(UUID(int=n)), "allocation.decided", b"", (), b"") for n, id_ in enumerate(IDS)]
    return Handled(Decided(read), 0, 0, said, 0)


def best_us(step: Callable[[], Any], per: int = BATCH) -> float:
    return min(timeit.repeat(step, timer=time.process_time, number=1, repeat=60)) / per * 1e6


def traceparents(causes: Sequence[Cause]) -> None:
    for cause in causes:
        said_in(read_traceparent(cause.traceparent) or begun(cause.id), span_of("allocator", cause.id))


def spans_us(batch: Handled) -> dict[str, float]:
    """A span made in the way of the batch; and all of it, with the background thread that encodes it."""
    quiet = Spans("allocator", BatchSpanProcessor(Nowhere(), max_queue_size=WAITING, schedule_delay_millis=600_000))
    made = best_us(lambda: quiet.handled(batch.decided.done, 0.1))
    quiet.close()
    sending = Spans("allocator", BatchSpanProcessor(Nowhere(), max_queue_size=WAITING))
    began = time.process_time()
    for _ in range(40):
        sending.handled(batch.decided.done, 0.1)
    sending.close()
    return {"a span, made": made, "a span, made and encoded": (time.process_time() - began) / (40 * BATCH) * 1e6}


def measured() -> dict[str, float]:
    batch = handled()
    causes = [event.cause for event in batch.decided.done]
    events = [Event(notified(n), 1, cause) for n, cause in enumerate(causes)]
    for event in events:
        event.__dict__["payload"] = b"{}"
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
        logs.configure("allocator", "info", nowhere)
        line = best_us(lambda: telling.tell_batch([None] * BATCH, batch, 0.1))  # type: ignore[list-item]
    gone = best_us(lambda: traceparents(causes))
    return {
        "traceparent: read the cause's, make one": gone,
        "an outbox row, traceparent included": best_us(lambda: Speaker("allocator", NOW).rows(events)),
        "the batch's line: one event read, one said": line,
        **spans_us(batch),
    }


def main() -> None:
    """Print the table, and as its last line the same as JSON."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # as a service does
    steps = measured()
    for name, us in steps.items():
        print(f"{us:8.2f} us  {name}")
    print(json.dumps({"us_per_event": steps, "load_average": os.getloadavg()[0], "python": sys.version.split()[0]}))


if __name__ == "__main__":
    main()
