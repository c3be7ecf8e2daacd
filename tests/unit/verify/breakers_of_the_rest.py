"""What may be wrong with stock, messages, effects and what stands still, each thing by hand."""

from tests.unit.verify.breaking import BENCH, SWIFT, breaks, notice, stock

from baesong.verify.books import Books
from baesong.verify.held import BlockedRow, EffectRow, OutboxRow, ParkedRow


@breaks("what_left_was_shipped", SWIFT)
def a_unit_that_left_unshipped(books: Books) -> None:
    stock(books, ("mug", SWIFT), on_hand=7, available=7)


@breaks("committed_is_allocated_not_shipped", BENCH)
def a_unit_committed_to_nobody(books: Books) -> None:
    stock(books, ("mug", BENCH), committed=1, available=7)


@breaks("ledger_is_balance", SWIFT)
def a_balance_changed_behind_the_ledger(books: Books) -> None:
    stock(books, ("mug", SWIFT), ledger_too=False, available=7, damaged=1)


@breaks("ledger_is_balance", "NOWHERE")
def a_ledger_row_of_a_shelf_that_is_not_there(books: Books) -> None:
    books.databases.ledger["mug", "NOWHERE"] = books.databases.ledger["mug", SWIFT]


@breaks("no_bucket_negative", SWIFT)
def a_bucket_below_zero(books: Books) -> None:
    stock(books, ("mug", SWIFT), available=9, damaged=-1)


@breaks("on_hand_is_its_buckets", SWIFT)
def buckets_that_do_not_sum_up(books: Books) -> None:
    stock(books, ("mug", SWIFT), quality_control=1)


@breaks("confirmed_once", "o-a")
def an_order_not_confirmed(books: Books) -> None:
    notice(books, "m-a", fact="operator_message")


@breaks("confirmed_once", "o-b")
def an_order_confirmed_twice(books: Books) -> None:
    notice(books, "m-b-cancelled", fact="confirmed")


@breaks("confirmed_once", "o-c")
def a_confirmation_suppressed_for_no_reason(books: Books) -> None:
    notice(books, "m-c", reason=None)


@breaks("confirmed_once", "o-c")
def a_confirmation_that_failed(books: Books) -> None:
    notice(books, "m-c", status="failed")


@breaks("delayed_once", "o-c")
def a_backordered_line_nobody_told_of(books: Books) -> None:
    notice(books, "m-c-delayed", about=("2",))


@breaks("shipped_once", "p-a")
def a_package_nobody_told_of(books: Books) -> None:
    notice(books, "m-a-shipped", about=("o-a-F1/p-z",))


@breaks("shipped_once", "p-b")
def a_package_told_of_twice(books: Books) -> None:
    notice(books, "m-b-cancelled", fact="shipped", about=("o-b-F2/p-b",))


@breaks("every_mail_was_meant", "m-nobody")
def a_mail_without_a_row(books: Books) -> None:
    books.mails.append("m-nobody")


@breaks("every_mail_was_meant", "m-a")
def a_mail_that_came_twice(books: Books) -> None:
    books.mails.append("m-a")


@breaks("every_mail_was_meant", "m-c")
def a_mail_that_was_suppressed(books: Books) -> None:
    books.mails.append("m-c")


@breaks("every_message_sent_is_a_mail", "m-a")
def a_message_sent_without_a_mail(books: Books) -> None:
    books.mails.remove("m-a")


@breaks("one_confirmed_effect_per_key", "key of m-a")
def an_effect_confirmed_twice(books: Books) -> None:
    books.databases.effects.append(books.databases.effects[0])


@breaks("unknown_effects_are_announced", "key of m-c")
def an_unknown_effect_nobody_announced(books: Books) -> None:
    books.databases.effects.append(EffectRow("notifier", "key of m-c", "o-c", "unknown", "lost"))


@breaks("nothing_unpublished", "never-said")
def an_outbox_row_that_no_topic_has(books: Books) -> None:
    books.databases.outbox.append(OutboxRow("allocator", "never-said", "allocation.decided"))


@breaks("nothing_unpublished", "order/o-a@1")
def a_row_still_pending(books: Books) -> None:
    books.databases.pending.append(OutboxRow("order_intake", "order/o-a@1", "order.placed"))


@breaks("nothing_unpublished", "checkout.completed/0/5")
def a_dead_letter_never_copied(books: Books) -> None:
    books.topics.dead_letters.clear()


@breaks("what_stands_still_is_shown", "o-nobody")
def a_blocked_order_that_nobody_knows(books: Books) -> None:
    books.databases.blocked.append(BlockedRow("allocator", "o-nobody", "a rate table is missing", 1))


@breaks("what_stands_still_is_shown", "o-a")
def a_blocked_order_behind_which_nothing_waits(books: Books) -> None:
    books.databases.blocked.append(BlockedRow("allocator", "o-a", "a rate table is missing", 0))


@breaks("what_stands_still_is_shown", "o-nobody")
def a_parked_record_of_an_order_that_nobody_knows(books: Books) -> None:
    books.databases.parked.append(ParkedRow("allocator", "order.placed/0/99", "o-nobody", "not the schema"))
