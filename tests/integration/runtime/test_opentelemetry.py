"""OpenTelemetry on by setting: spans reach the collector that the environment names; off, nothing is even loaded."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from background import served
from baesong.ports import free_ports
from order_events import span_of
from running_services import eventually, running
from toy_service import Toy, ask


@asynccontextmanager
async def collector(port: int) -> AsyncIterator[list[Any]]:
    """A collector that keeps the spans it is sent."""
    app, spans = FastAPI(), list[Any]()

    @app.post("/v1/traces")
    async def traces(request: Request) -> Response:
        sent = ExportTraceServiceRequest.FromString(await request.body())
        spans.extend(span for one in sent.resource_spans for scope in one.scope_spans for span in scope.spans)
        return Response(b"", media_type="application/x-protobuf")

    async with served(uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))):
        yield spans


async def test_spans_of_a_running_service_reach_the_collector(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_ports(1)[0]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    async with collector(port) as spans:
        async with running(toy.service()):
            await toy.send(ask("a", 1), ask("b", 1))
            await eventually(lambda: toy.counts_are({"a": [1], "b": [1]}))
        await eventually(lambda: len(spans) == 2)
    told = {dict(record.headers)["traceparent"].decode() for record in await toy.told()}
    assert {f"00-{span.trace_id.hex()}-{span.span_id.hex()}-01" for span in spans} == told
    assert {span.name for span in spans} == {"toy toy.asked"}
    ids = {one.value.string_value for span in spans for one in span.attributes if one.key == "messaging.message.id"}
    assert {span_of("toy", id_) for id_ in ids} == {span.span_id.hex() for span in spans}


async def test_without_a_setting_there_is_no_tracing(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.delitem(sys.modules, "service_runtime.spans", raising=False)
    async with running(toy.service()) as it:
        assert it.tracing is None
    assert "service_runtime.spans" not in sys.modules
