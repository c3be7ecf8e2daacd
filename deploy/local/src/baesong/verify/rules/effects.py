"""Rules about outside effects: none twice, and none unknown in silence. Pure."""

from collections import Counter

from baesong.verify.books import Books
from baesong.verify.rules.rule import Verdicts, equal, rule


@rule
def one_confirmed_effect_per_key(books: Books) -> Verdicts:
    """An outside effect is confirmed at most once under its key."""
    confirmed = [(row.service, row.key) for row in books.databases.effects if row.state == "confirmed"]
    for (service, key), times in Counter(confirmed).items():
        yield equal(times, 1, key, service, of="times confirmed")


@rule
def unknown_effects_are_announced(books: Books) -> Verdicts:
    """An effect whose outcome nobody knows is announced as unknown."""
    message_ids = {row.key: row.message_id for row in books.databases.messages}
    for row in books.databases.effects:
        if row.state == "unknown":
            notice = books.notices.get(message_ids.get(row.key, ""))
            yield equal(notice.status if notice else "nothing said", "unknown", row.key, row.service)
