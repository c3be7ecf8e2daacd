"""Times as an operator says them, and as they are shown: with the offset, always."""

from datetime import datetime, time, tzinfo

from baesong.errors import BaesongError


def time_said(word: str, now: datetime) -> datetime:
    """`09:00` is today; a day is its beginning; what has no offset is in the zone of `now`.

    Raises:
        BaesongError: it is no time.
    """
    zone = now.tzinfo
    word = f"0{word}" if word[1:2] == ":" else word
    try:
        at = datetime.combine(now.date(), time.fromisoformat(word)) if _is_time(word) else datetime.fromisoformat(word)
    except ValueError as error:
        raise BaesongError(f"{word} is no time: say 09:00 for today, or 2026-11-23T09:00, or with an offset") from error
    return at if at.tzinfo else _in_zone(at, zone)


def _is_time(word: str) -> bool:
    return ":" in word[:3] and "-" not in word[:5]


def _in_zone(at: datetime, zone: tzinfo | None) -> datetime:
    return at.replace(tzinfo=zone)


def shown(at: datetime) -> str:
    """In ISO form, to the second, with its offset."""
    return at.isoformat(timespec="seconds")
