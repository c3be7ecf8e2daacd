"""The composition root: what order-intake is made of."""

from order_intake import handlers, http, recovery
from order_intake.settings import Settings
from service_runtime import ByDays, Service


def build(settings: Settings | None = None) -> Service:
    """The service, from these settings or the environment's."""
    return Service(
        name="order-intake",
        settings=settings or Settings(),
        handlers=handlers.HANDLERS,
        routers=http.ROUTERS,
        own=recovery.STEPS,
        open=recovery.OPEN,
        projections=handlers.PROJECTIONS,
        by_days=[ByDays("raw_batch", 30), ByDays("refused", 30)],
    )
