"""Whether the spans of what is handled go to an OpenTelemetry collector: not unless the environment says so."""

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol

from service_runtime.reading import Received
from service_runtime.settings import ServiceSettings
from service_runtime.work import Effect


class Tracing(Protocol):
    """Where spans go."""

    def handled(self, events: Sequence[Received[Any]], seconds: float) -> None:
        """These events were handled just now, in one batch that took so long."""

    def called(self, effect: Effect, cause: str, began: int) -> None:
        """This effect was called, or looked up, just now; `cause` names that to what is said of it, `began` in ns."""

    def close(self) -> None:
        """Send what is not sent yet."""


def tracing_of(service: str, settings: ServiceSettings) -> Tracing | None:
    """The tracing that BAESONG_OTEL=on or an OTEL_EXPORTER_OTLP_ENDPOINT asks for; None, at no cost, without them.

    Raises:
        ModuleNotFoundError: it is asked for, and `service-runtime[otel]` is not installed.
    """
    if not settings.otel and "OTEL_EXPORTER_OTLP_ENDPOINT" not in os.environ:
        return None
    spans: Tracing = import_module("service_runtime.spans").exported(service)
    return spans
