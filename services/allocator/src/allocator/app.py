"""The allocator put together; the only file that knows everything."""

from allocator import handlers, http
from allocator.recovery import OPEN, Lost
from allocator.settings import Settings
from service_runtime import Service


def build(settings: Settings | None = None) -> Service:
    """The service, from its settings or those of the environment."""
    return Service(
        name="allocator",
        settings=settings or Settings(),
        handlers=[handlers.on_orders_and_shipments],
        locks=[handlers.lock_stock],
        routers=[http.router],
        own=Lost().steps,
        open=OPEN,
    )
