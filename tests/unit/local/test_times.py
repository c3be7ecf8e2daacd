"""Times as an operator says them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from baesong.errors import BaesongError
from baesong.times import shown, time_said

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=ZoneInfo("Asia/Seoul"))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("09:00", "2026-11-23T09:00:00+09:00"),
        ("9:00", "2026-11-23T09:00:00+09:00"),
        ("2026-11-22", "2026-11-22T00:00:00+09:00"),
        ("2026-11-22 09:00", "2026-11-22T09:00:00+09:00"),
        ("2026-11-22T09:00:00Z", "2026-11-22T09:00:00+00:00"),
        ("2026-11-22T09:00-03:00", "2026-11-22T09:00:00-03:00"),
        ("yesterday", None),
    ],
)
def test_a_time_is_here_and_today_unless_it_says_otherwise(word: str, said: str | None) -> None:
    if said is None:
        with pytest.raises(BaesongError, match="say 09:00"):
            time_said(word, NOW)
    else:
        assert shown(time_said(word, NOW)) == said
