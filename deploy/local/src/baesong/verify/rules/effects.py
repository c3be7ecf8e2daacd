"""Rules about outside effects: none twice, and none unknown in silence. Pure."""

from collections import Counter

from baesong.verify.books import Books
from baesong.verify.rules.rule import Verdicts, Wrong, equal, rule


@rule
def one_confirmed_effect_per_key(books: Books) -> Verdicts:
    """An outside effect is confirmed at most once under its key."""
    confirmed = [(row.service, row.key) for row in books.databases.effects if row.state == "confirmed"]
    for (service, key), times in Counter(confirmed).items():
        yield equal(times, 1, key, service, of="times confirmed")


@rule
def unknown_effects_are_announced(books: Books) -> Verdicts:
    """An effect whose outcome nobody knows is announced as unknown."""
    announced = {notice.message_id for notice in books.notices.values() if notice.status == "unknown"}
    for row in books.databases.effects:
        if row.state == "unknown":
            yield None if row.key in announced else Wrong((row.key, row.order_id), "announced as unknown", "silence")
