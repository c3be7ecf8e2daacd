"""Rules about the door: what was sent in, and what came of it. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from baesong.verify.books import Books, grouped
from baesong.verify.held import Sent
from baesong.verify.rules.rule import Verdicts, Wrong, equal, rule
from baesong.verify.said import Answer

HTTP = "http"
REPLIES = {201: "placed", 200: "repeated", 409: "refused", 413: "refused", 422: "refused"}


@rule
def sent_is_placed_repeated_or_refused(books: Books) -> Verdicts:
    """What the feeder's own list names is placed, repeated or refused as the list says, order by order."""
    sent = books.evidence.sent or []
    for order_id, rows in grouped(sent, (row.order_id for row in sent)).items():
        yield _placed_as_sent(books, order_id, rows) or _answered_as_sent(books, order_id, rows)


def _placed_as_sent(books: Books, order_id: str, rows: Sequence[Sent]) -> Wrong | None:
    expected = sum(row.expect == "placed" for row in rows)
    return equal(int(order_id in books.orders), expected, *_ids(order_id, rows), of="orders placed")


def _answered_as_sent(books: Books, order_id: str, rows: Sequence[Sent]) -> Wrong | None:
    """The answers to all records of an order are those expected, whichever of two doors was quicker."""
    expected = Counter(row.expect for row in rows)
    records = Counter((row.door, row.ce_id) for row in rows)
    found = Counter(each for record, times in records.items() for each in _outcomes(books, record, times))
    return None if found == expected else Wrong(_ids(order_id, rows), _counted(expected), _counted(found))


def _outcomes(books: Books, record: tuple[str, str], times: int) -> Iterator[str]:
    """Say what became of the records under one id: sent again it is the same record, and is not answered again."""
    answers = _answers(books, *record)
    yield from answers[:times]
    if answers:
        again = "refused" if answers[0] == "refused" else "repeated"
        yield from [again] * (times - len(answers))


def _answers(books: Books, door: str, ce_id: str) -> list[str]:
    if door == HTTP:
        status = books.databases.replies.get(ce_id)
        return [] if status is None else [REPLIES.get(status, f"answered {status}")]
    answers = [*books.answers_of.get(ce_id, ()), *books.conflicts_of.get(ce_id, ())]
    return [_outcome(answer) for answer in answers]


def _outcome(answer: Answer) -> str:
    """Say what became of a record, in the feeder's words."""
    if answer.status in {"accepted", "held"}:
        return "repeated" if answer.repeated else "placed"
    return answer.status


def _ids(order_id: str, rows: Sequence[Sent]) -> tuple[str, ...]:
    return (order_id, *sorted({row.ce_id for row in rows}))


def _counted(outcomes: Counter[str]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())) or "no answer"


@rule
def nothing_placed_that_was_not_sent(books: Books) -> Verdicts:
    """An order of a source that the feeder feeds stands in the feeder's own list."""
    sent = books.evidence.sent or []
    fed, listed = {(row.shop, row.source) for row in sent}, {row.order_id for row in sent}
    for order in books.orders.values():
        if (order.shop, order.source) in fed:
            known = order.order_id in listed
            yield None if known else Wrong((order.order_id, order.name), "sent by the feeder", "placed all the same")


@rule
def every_checkout_answered(books: Books) -> Verdicts:
    """Every record of checkout.completed has one answer; a record that is sent again is still one."""
    bodies = {(one.record_id, one.body_hash) for one in books.topics.checkouts}
    for record_id, hashes in grouped(sorted(bodies), (record_id for record_id, _ in sorted(bodies))).items():
        told_apart = {f"{record_id}#{body_hash}" for _, body_hash in hashes}
        ids = [record_id] * len(books.answers_of.get(record_id, ()))
        ids += [each for each in told_apart for _ in books.answers_of.get(each, ())]
        right = len(ids) == len(hashes) == len(set(ids))
        yield None if right else Wrong((record_id,), f"{len(hashes)} answered once each", f"{len(ids)} answers")


@rule
def garbage_is_parked(books: Books) -> Verdicts:
    """A record that cannot be read is parked by a service that reads its topic."""
    parked = {row.place for row in books.databases.parked}
    for place in books.topics.unreadable:
        yield None if place in parked else Wrong((place,), "parked", "nowhere")
