"""What is rehearsed is handed over in portions in which an order stands whole."""

from hypothesis import given
from hypothesis import strategies as st

from console.domain.items import Item
from console.ways.rehearsing import portions


def item(n: int, order: str) -> Item:
    return Item(
        n=n, item=f"e{n}", topic="order.placed", partition=0, offset=n, recorded_at=0, event_id=f"e{n}",
        order_id=order, subject=f"order/{order}", version=1,
    )  # fmt: skip


@given(st.lists(st.sampled_from("abcdefgh"), max_size=60))
def test_an_order_stands_in_one_portion_and_none_is_too_large(orders: list[str]) -> None:
    items = [item(n, order) for n, order in enumerate(orders)]
    made = list(portions(items, 60))
    assert sorted(one.n for some in made for one in some) == list(range(len(items)))
    small = list(portions(items, 20))
    assert all(0 < len(some) <= 20 for some in small)
    whole = {order for order in orders if orders.count(order) <= 10}
    for order in whole:
        assert sum(any(one.order_id == order for one in some) for some in portions(items, 20)) == 1
