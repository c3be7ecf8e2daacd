"""The composition root: the only file that knows every part of the fulfiller."""

from fulfiller import handlers, http, recovery
from fulfiller.settings import Settings
from service_runtime import Service


def build(settings: Settings | None = None) -> Service:
    """The service; its shipments belong to orders, so that the order's lock is the only one."""
    settings = settings or Settings()
    return Service(
        name="fulfiller",
        settings=settings,
        handlers=handlers.HANDLERS,
        routers=[http.router],
        own=recovery.STEPS,
        open=recovery.OPEN,
    )
