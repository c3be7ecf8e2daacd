"""What order-intake waits for: holds that end, payments that do not come."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from order_events import Event, Order
from order_intake import store
from order_intake.domain.acting import expire_hold, expire_payment
from order_intake.domain.cancelling import Changed, OrderState
from order_intake.domain.editing import Same
from order_intake.domain.holding import UNPAID
from order_intake.domain.shipments import ShipmentState
from order_intake.store import words
from service_runtime import Answers, Batch, Received, Timer, Work, fires

Decide = Callable[[Received[Timer], OrderState, Sequence[ShipmentState]], Changed | Same]
HOLD_EXPIRES, PAYMENT_EXPIRES = "hold_expires", "payment_expires"
WORDS_KNOWN, READ_AGAIN = "words_known", "read_again"
# A batch that read the registration before it was saved has written its orders by then.
SOON = timedelta(seconds=2)


def hold_key(order_id: str, hold_id: str) -> str:
    """The key of the timer that ends a hold."""
    return f"hold/{order_id}/{hold_id}"


def hold_timer(order_id: str, hold_id: str, at: datetime) -> Timer:
    """The timer that ends a hold."""
    return Timer(hold_key(order_id, hold_id), HOLD_EXPIRES, order_id, at)


def words_timer(shop: str, now: datetime) -> Timer:
    """The timer that looks for the orders of a shop of which a word is known now; its name is no order's."""
    return Timer(f"words/{shop}", WORDS_KNOWN, f"shop/{shop}", now + SOON)


def read_again_timer(order_id: str, now: datetime) -> Timer:
    """The timer that has an order read again."""
    return Timer(f"read_again/{order_id}", READ_AGAIN, order_id, now)


@fires(WORDS_KNOWN)
async def on_words_known(batch: Batch[Timer], work: Work) -> Answers:
    """Have every order read again that waits for a word of these shops, each under its own lock."""
    for order_id in await words.waiting(work.conn, [timer.order_id.removeprefix("shop/") for timer in batch]):
        work.set_timer(read_again_timer(order_id, work.now))
    return Answers.done(batch)


def mind_payments(work: Work, orders: Iterable[Order]) -> None:
    """Have each order that is not paid looked at when its time is over, and no longer one that is."""
    for order in orders:
        key, until = f"payment/{order.order_id}", order.payment.reserve_until
        if order.payment.status in UNPAID and until is not None and order.cancellation is None:
            work.set_timer(Timer(key, PAYMENT_EXPIRES, order.order_id, until))
        elif order.payment.status not in UNPAID:
            work.clear_timer(key)


@fires(HOLD_EXPIRES)
async def on_hold_expires(batch: Batch[Timer], work: Work) -> Answers:
    """Release each hold whose time is over."""
    await _changed(batch, work, lambda timer, held, _: expire_hold(held, timer.body.key.rpartition("/")[2], work.now))
    return Answers.done(batch)


@fires(PAYMENT_EXPIRES)
async def on_payment_expires(batch: Batch[Timer], work: Work) -> Answers:
    """Cancel each order that nobody paid in time."""
    await _changed(batch, work, lambda _, held, shipments: expire_payment(held, shipments, work.now))
    return Answers.done(batch)


async def _changed(batch: Batch[Timer], work: Work, decide: Decide) -> None:
    order_ids = [timer.order_id for timer in batch]
    held = await store.order_states(work.conn, order_ids)
    shipments = await store.shipments_of(work.conn, order_ids)
    decided = [(timer, decide(timer, held[timer.order_id], shipments[timer.order_id])) for timer in batch]
    changes = [(timer, outcome) for timer, outcome in decided if isinstance(outcome, Changed)]
    await store.change_orders(work.conn, [outcome for _, outcome in changes], work.now)
    work.emit_all(Event(outcome.event, outcome.state.version, timer.cause) for timer, outcome in changes)
