from baesong.crash.feed import checkouts

ORDERS = 1100


def test_so_many_orders_are_placed_each_once() -> None:
    placed = [sending.order_id for sending in checkouts(3, ORDERS) if sending.expect == "placed"]
    assert len(placed) == len(set(placed)) == ORDERS


def test_a_record_is_sent_again_for_its_own_order_only() -> None:
    orders: dict[str, set[str]] = {}
    for sending in checkouts(3, ORDERS):
        orders.setdefault(sending.ce_id, set()).add(sending.order_id)
    assert all(len(ids) == 1 for ids in orders.values())


def test_the_feed_holds_cancels_requests_repeats_and_wrong_records() -> None:
    sent = list(checkouts(3, ORDERS))
    assert sum(sending.cancel_after_s is not None for sending in sent) > 80
    assert sum(sending.door == "http" for sending in sent) > ORDERS / 6
    assert {sending.expect for sending in sent} == {"placed", "repeated", "refused"}
