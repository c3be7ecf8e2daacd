"""What a service stands on and cannot reach: since when, and whom to tell. One line when it goes, one when it lasts."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from service_runtime.metrics import AWAY_SECONDS, FAILURES

LOG = structlog.get_logger("infrastructure")
ALERT_AFTER_S = 60.0  # design: back-off for ever, alert after 60 s


@dataclass
class Absence:
    """Since when something fails, and whether the alert was given."""

    since: float
    alerted: bool = False


class Infrastructure:
    """What fails now, by who noticed it: a batch, the publisher, the relay, the look at the log."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._absences: dict[str, Absence] = {}

    def failed(self, what: str, error: BaseException) -> None:
        """Something tried and could not; only the first of its failures in a row is worth a line."""
        FAILURES.labels(what).inc()
        if what not in self._absences:
            self._absences[what] = Absence(self._clock())
            LOG.warning("infrastructure is away, trying again", what=what, error=repr(error))

    def well(self, what: str) -> None:
        """It works, or works again."""
        absence = self._absences.pop(what, None)
        if absence is not None:
            AWAY_SECONDS.labels(what).set(0)
            LOG.info("infrastructure is back", what=what, away_s=round(self._clock() - absence.since, 1))

    @property
    def away(self) -> list[str]:
        """Who cannot reach it now."""
        return sorted(self._absences)

    def tell(self) -> None:
        """Bring the gauge up to date, and give the alert once for what has been away too long."""
        for what, absence in self._absences.items():
            away_s = self._clock() - absence.since
            AWAY_SECONDS.labels(what).set(away_s)
            if away_s >= ALERT_AFTER_S and not absence.alerted:
                absence.alerted = True
                LOG.error("alert: infrastructure has been away for a minute", what=what, away_s=round(away_s, 1))
