"""Microseconds a mail costs the notifier: words on the page, HTML and text, the message as bytes.

Run: .venv/bin/python benchmarks/notifier_render.py
"""

import sys
import time
import timeit
from datetime import UTC, datetime

from notifier.mail.compiling import templates
from notifier.mail.letters import Rendered, Sender, mail_of, rendered
from notifier.mail.pages import House, Spoken, page_of

GOAL_US = 500.0  # rendering; the message as bytes is counted apart
HOUSE = House({}, replies=True)
SENDER = Sender("Orders <orders@shop.example.test>", "help@shop.example.test")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WORDINGS = {"confirmed": "placed", "delayed": "some", "shipped": "rest_late", "cancelled": "some"}
WHATS = {"confirmed": ["ordered"], "delayed": ["now", "late"], "shipped": ["here", "late"], "cancelled": ["cancelled"]}


def letter(fact: str, locale: str, lines: int) -> Spoken:
    """A letter of some lines, with all that its fact can carry."""
    whats = WHATS[fact]
    price = {"amount": 18000, "currency": "KRW"}
    said = [
        {"title": f"파란 머그컵 {n}", "what": whats[n % len(whats)], "quantity": 2, "reason": "out_of_stock",
         "expected": "2026-12-01T00:00:00Z", **(price if fact == "confirmed" else {})} for n in range(lines)
    ]  # fmt: skip
    parcel = {"carrier": "CJ Logistics", "number": "601234567890", "url": "https://track.example.test/601234567890"}
    say = {
        "order": "#1001", "shop": "seoul-craft", "country": "KR", "more": 0, "lines": said,
        "parcels": [parcel] if fact == "shipped" else [], "items": price, "shipping": price,
    }  # fmt: skip
    personal = {"name": "김민아", "address": ["김민아", "세종대로 110", "서울"], "gift_message": "생일 축하해!"}
    return Spoken(fact, WORDINGS[fact], locale, say, personal)


def cost(step: object, number: int = 300) -> float:
    """CPU microseconds of one call, the best of five rounds."""
    return min(timeit.repeat(step, timer=time.process_time, number=number, repeat=5)) / number * 1e6


def measured(spoken: Spoken) -> dict[str, float]:
    """The steps of one mail."""
    made: Rendered = rendered(spoken, HOUSE)
    return {
        "words": cost(lambda: page_of(spoken, HOUSE)),
        "words, HTML, text": cost(lambda: rendered(spoken, HOUSE)),
        "bytes": cost(lambda: mail_of(made, "m1", "mina@example.test", NOW, SENDER)),
    }


def main() -> int:
    """Print a line per fact; fail where rendering misses the goal."""
    start = time.perf_counter()
    templates()
    print(f"templates compiled in {(time.perf_counter() - start) * 1e3:.0f} ms")
    worst = 0.0
    for lines in (2, 20):
        for fact in WORDINGS:
            for locale in ("en-US", "ko-KR"):
                steps = measured(letter(fact, locale, lines))
                worst = max(worst, steps["words, HTML, text"])
                shown = "  ".join(f"{name} {us:5.0f}" for name, us in steps.items())
                print(f"{lines:3} lines  {fact:9} {locale}  {shown} us")
    print(f"slowest rendering {worst:.0f} us, goal {GOAL_US:.0f}")
    return 0 if worst < GOAL_US else 1


if __name__ == "__main__":
    sys.exit(main())
