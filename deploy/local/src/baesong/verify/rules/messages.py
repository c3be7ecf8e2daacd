"""Rules about messages: each fact told once, and every mail one that was meant. Pure."""

from collections import Counter
from hashlib import sha256

from baesong.verify.books import Books
from baesong.verify.rules.rule import Verdicts, Wrong, equal, rule
from baesong.verify.said import Notice

TOLD = {"sent", "unknown"}  # an unknown one may have arrived, and is listed apart

LONGEST_ID = 128


def settled(notice: Notice) -> bool:
    """Say whether a message is sent, perhaps sent, or suppressed with its reason."""
    return notice.status in TOLD or (notice.status == "suppressed" and bool(notice.reason))


@rule
def confirmed_once(books: Books) -> Verdicts:
    """Every placed order has one message order confirmed, sent or suppressed with its reason."""
    for order in books.orders.values():
        found = books.told.get((order.order_id, "confirmed"), [])
        yield _one(found, order.order_id, order.name)


@rule
def shipped_once(books: Books) -> Verdicts:
    """Every package that left stands in one message shipped, sent or suppressed with its reason."""
    for shipment in books.shipments.values():
        notices = books.told.get((shipment.order_id, "shipped"), [])
        for package in shipment.packages:
            name = package_name(shipment.shipment_id, package.package_id)
            found = [notice for notice in notices if name in notice.about]
            yield _one(found, shipment.shipment_id, package.package_id)


def package_name(shipment_id: str, package_id: str) -> str:
    """Name a package as messages do: by its shipment and itself, which is hashed where the name would be no id."""
    name = f"{shipment_id}/{package_id}"
    return name if len(name) <= LONGEST_ID else f"{shipment_id}/h-{sha256(package_id.encode()).hexdigest()[:32]}"


@rule
def delayed_once(books: Books) -> Verdicts:
    """Every line that was ever backordered stands in one message delayed, sent or suppressed with its reason."""
    for order_id, decisions in books.decisions_of.items():
        units = [each for decision in decisions for each in decision.units]
        for line_id in sorted({each.line_id for each in units if each.outcome == "backordered"}):
            notices = books.told.get((order_id, "delayed"), [])
            found = [notice for notice in notices if line_id in notice.about]
            yield _one(found, order_id, f"line {line_id}")


def _one(found: list[Notice], *ids: str) -> Wrong | None:
    if len(found) == 1 and settled(found[0]):
        return None
    said = ", ".join(f"{each.message_id} {each.status} ({each.reason})" for each in found)
    return Wrong(ids, "one message, sent or suppressed with its reason", said or "no message")


@rule
def every_mail_was_meant(books: Books) -> Verdicts:
    """Every mail in the sink has one row in the notifier's ledger and one final customer.notified, and came once."""
    rows = Counter(row.message_id for row in books.databases.messages)
    for message_id, mails in Counter(books.mails or ()).items():
        status = _status(books, message_id)
        right = (mails, rows[message_id]) == (1, 1) and status in TOLD
        found = f"{mails} mails, {rows[message_id]} rows, {status}"
        yield None if right else Wrong((message_id,), "1 mail, 1 row, sent", found)


@rule
def every_message_sent_is_a_mail(books: Books) -> Verdicts:
    """Every message said to be sent is one mail in the sink, and one row in the notifier's ledger."""
    if books.mails is None:
        return
    rows, mails = {row.message_id for row in books.databases.messages}, set(books.mails)
    for message_id, notice in books.notices.items():
        if notice.status == "sent":
            found = f"{'a' if message_id in mails else 'no'} mail, {'a' if message_id in rows else 'no'} row"
            yield equal(found, "a mail, a row", message_id, notice.order_id, notice.fact)


def _status(books: Books, message_id: str) -> str:
    notice = books.notices.get(message_id)
    return notice.status if notice else "nothing said"
