"""When database or broker are away: a line when they go, one alert after a minute, a line when they are back."""

from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from service_runtime.infrastructure import Infrastructure


class Times:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def away_s(what: str) -> float | None:
    return REGISTRY.get_sample_value("baesong_infrastructure_away_seconds", {"what": what})


def test_the_alert_comes_once_after_a_minute_whatever_the_number_of_tries() -> None:
    times = Times()
    infrastructure = Infrastructure(times)
    with capture_logs() as lines:
        for _ in range(120):
            infrastructure.failed("batch of toy", OSError("refused"))
            infrastructure.tell()
            times.now += 1
    assert [line["log_level"] for line in lines] == ["warning", "error"]
    assert lines[1]["away_s"] == 60.0
    assert away_s("batch of toy") == 119.0


def test_what_is_back_is_away_no_more_and_the_next_absence_begins_anew() -> None:
    times = Times()
    infrastructure = Infrastructure(times)
    with capture_logs() as lines:
        infrastructure.failed("publish", OSError())
        times.now += 59
        infrastructure.tell()
        infrastructure.well("publish")
        assert infrastructure.away == []
        infrastructure.failed("publish", OSError())
        times.now += 59
        infrastructure.tell()
    assert [line["log_level"] for line in lines] == ["warning", "info", "warning"]
    assert away_s("publish") == 59.0


def test_each_that_notices_has_its_own_clock() -> None:
    times = Times()
    infrastructure = Infrastructure(times)
    infrastructure.failed("relay", OSError())
    times.now += 30
    infrastructure.failed("look", OSError())
    infrastructure.well("relay")
    assert infrastructure.away == ["look"]
    infrastructure.tell()
    assert away_s("relay") == 0.0
