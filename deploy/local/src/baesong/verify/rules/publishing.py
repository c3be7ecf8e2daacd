"""Rules about what services said and what stands still: nothing unpublished, nothing hidden. Pure."""

from collections import Counter

from baesong.verify.books import Books
from baesong.verify.rules.rule import Verdicts, Wrong, equal, rule

NO_ORDER = "an order nobody placed"


@rule
def nothing_unpublished(books: Books) -> Verdicts:
    """Every row of an outbox is found in its topic, and none is pending."""
    found = {(one.topic, one.id) for one in books.topics.said} | books.topics.dead_letters
    for row in books.databases.outbox:
        yield None if (row.topic, row.id) in found else Wrong((row.id, row.service), f"in {row.topic}", "not there")
    for row in books.databases.pending:
        yield Wrong((row.id, row.service), "nothing pending", f"pending for {row.topic}")


@rule
def what_stands_still_is_shown(books: Books) -> Verdicts:
    """An order that a blocked or parked row names can be shown, and a blocked one says what waits behind it."""
    known = books.orders.keys() | {row.order_id for row in books.evidence.sent or ()}
    parked = Counter(row.order_id for row in books.databases.parked)
    for blocked in books.databases.blocked:
        ids = (blocked.order_id, blocked.service)
        waits = bool(blocked.queued or parked[blocked.order_id])
        yield equal("events wait" if waits else "nothing waits", "events wait", *ids) or _shown(known, ids)
    for row in books.databases.parked:
        yield _shown(known, (row.order_id, row.place)) if row.order_id else None


def _shown(known: set[str], ids: tuple[str, ...]) -> Wrong | None:
    return None if ids[0] in known else Wrong(ids, "an order that can be shown", NO_ORDER)
