"""What both doors do with what comes in: read what is held, decide, write, say."""

from collections.abc import Sequence

from order_intake import store
from order_intake.domain.booking import Answer, Delivery, book, names_wanted
from order_intake.domain.receiving import Accepted, receive
from order_intake.store import raw_inputs
from service_runtime import Work, json_of


async def take(work: Work, deliveries: Sequence[Delivery]) -> list[Answer]:
    """Take each order once and answer each delivery; no two deliveries may be of one order.

    The orders' locks are held. Five statements at most, however many deliveries there are.
    """
    held = await store.held_orders(work.conn, [delivery.reading.order_id for delivery in deliveries])
    outcomes = [receive(delivery.reading, held.get(delivery.reading.order_id)) for delivery in deliveries]
    numbers = await store.take_numbers(work.conn, names_wanted(outcomes))
    books = book(deliveries, outcomes, numbers)
    accepted = [one for one, outcome in zip(deliveries, outcomes, strict=True) if isinstance(outcome, Accepted)]
    documents = [json_of(one.event.body) for one in books.booked]  # once: what is kept is what is said
    await store.add_orders(work.conn, books.booked, documents, work.now)
    await raw_inputs.keep(work.conn, accepted, work.now)
    await store.keep_refused(work.conn, books.turned_away, work.now)
    said = zip(books.booked, documents, strict=True)
    work.emit_all(one.event._replace(payload=document) for one, document in said)
    return books.answers
