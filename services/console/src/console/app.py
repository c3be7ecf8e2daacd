"""The console put together; the only file that knows everything."""

from console.http import Replays
from console.runner import Runner
from console.settings import Settings
from service_runtime import Service


def build(settings: Settings | None = None) -> Service:
    """The service, from its settings or those of the environment; it listens to nothing, and runs jobs."""
    settings = settings or Settings()
    signs = bool(settings.replay_key.get_secret_value())
    replays = Replays(frozenset(settings.services), settings.approvers, signs=signs)
    return Service(
        name="console",
        settings=settings,
        handlers=[],
        routers=[replays.router],
        loops=[Runner(settings).run],
    )
