"""A span for each event that is handled and for each outside effect that is called, sent in the background.

Its id is the one that the events said because of it name as their parent, so spans need no table of their own to meet.
"""

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags

from order_events import parent_of, span_of
from service_runtime.reading import Received
from service_runtime.work import Effect

SCOPE = InstrumentationScope("service_runtime")
Attributes = Mapping[str, str | int]
LOW_64 = (1 << 64) - 1
WAITING = 65_536  # spans that wait to be sent: 8 s of a service at 1,000 orders a second


class Spans:
    """See `tracing.Tracing`."""

    def __init__(self, service: str, to: SpanProcessor, ratio: float = 1.0) -> None:
        self._service = service
        self._to = to
        self._resource = Resource.create({SERVICE_NAME: service})
        self._bound = TraceIdRatioBased.get_bound_for_rate(ratio)

    def handled(self, events: Sequence[Received[Any]], seconds: float) -> None:
        """One span an event, of those traces that are sampled: the same ones in every service."""
        ended = time.time_ns()
        began = ended - int(seconds * 1e9)
        for event in events:
            trace = event.cause.traceparent
            if trace is not None and self._sampled(trace):
                named = f"{self._service} {event.type}"
                self._end(named, SpanKind.CONSUMER, event.cause.id, trace, began, ended, _of_event(event))

    def called(self, effect: Effect, cause: str, began: int) -> None:
        """One span a call, the child of the handling that wanted it and the parent of what is said of it."""
        if effect.traceparent is not None and self._sampled(effect.traceparent):
            about = {"baesong.effect": cause, "baesong.order_id": effect.order_id}
            named = f"{self._service} {effect.kind}"
            self._end(named, SpanKind.CLIENT, cause, effect.traceparent, began, time.time_ns(), about)

    def _sampled(self, traceparent: str) -> bool:
        return bool(int(traceparent[53:55], 16) & 1) and int(traceparent[3:35], 16) & LOW_64 < self._bound

    def _end(
        self,
        named: str,
        kind: SpanKind,
        cause: str,
        traceparent: str,
        began: int,
        ended: int,
        attributes: Attributes,
    ) -> None:
        trace_id, parent = int(traceparent[3:35], 16), parent_of(traceparent)
        span_id, sampled = int(span_of(self._service, cause), 16), TraceFlags(TraceFlags.SAMPLED)
        span = ReadableSpan(
            name=named,
            context=SpanContext(trace_id, span_id, is_remote=False, trace_flags=sampled),
            parent=SpanContext(trace_id, int(parent, 16), is_remote=True, trace_flags=sampled) if parent else None,
            resource=self._resource,
            kind=kind,
            instrumentation_scope=SCOPE,
            start_time=began,
            end_time=ended,
            attributes=attributes,
        )
        self._to.on_end(span)

    def close(self) -> None:
        """Send what is not sent yet."""
        self._to.shutdown()


def _of_event(event: Received[Any]) -> Attributes:
    return {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.destination.name": event.place.topic,
        "messaging.destination.partition.id": str(event.place.partition),
        "messaging.kafka.offset": event.place.offset,
        "messaging.message.id": event.id,
        "baesong.order_id": event.order_id,
    }


def exported(service: str) -> Spans:
    """Spans that go to where the OTEL_EXPORTER_OTLP_… variables say, at the ratio OTEL_TRACES_SAMPLER_ARG says."""
    ratio = float(os.environ.get("OTEL_TRACES_SAMPLER_ARG", "1.0"))
    return Spans(service, BatchSpanProcessor(OTLPSpanExporter(), max_queue_size=WAITING), ratio)
