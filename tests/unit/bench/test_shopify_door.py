"""The same orders as a Shopify shop sends them."""

import hmac
import json
from base64 import b64decode
from datetime import datetime

from baesong.bench.orders import Checkout, catalogue
from baesong.bench.shopify_door import PATH, SECRET, SHOP, number_of, webhook_of
from order_events import Money
from order_intake.domain.checkouts import Readable
from order_intake.domain.reading import read_shopify
from order_intake.domain.shops import Shop, System


def a_checkout(tmp_path) -> Checkout:
    return next(catalogue(tmp_path, tmp_path).checkouts("0a0b0c", 7, 1))


def test_the_order_is_read_as_what_the_checkout_says(tmp_path):
    checkout = a_checkout(tmp_path)
    request, order_id = webhook_of(checkout, "host:1")
    said, reading = (
        json.loads(checkout.body),
        read_shopify(request.partition(b"\r\n\r\n")[2], Shop(SHOP, System.SHOPIFY)),
    )
    assert isinstance(reading, Readable), reading
    order = reading.order
    assert (order.order_id, order.customer.email) == (order_id, said["customer"]["email"])
    wanted = [(line["sku"], line["quantity"], line["weight_g"]) for line in said["lines"]]
    assert [(line.sku, line.quantity, line.weight_g) for line in order.lines] == wanted
    assert order.ship_to is not None
    assert order.ship_to.address1 == said["ship_to"]["address1"]
    assert order.placed_at == datetime.fromisoformat(said["placed_at"])
    assert isinstance(order.lines[0].price, Money)


def test_it_is_signed_by_the_shop_and_no_two_have_one_number(tmp_path):
    request, _ = webhook_of(a_checkout(tmp_path), "host:1")
    head, _, body = request.partition(b"\r\n\r\n")
    signed = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"x-shopify-hmac-sha256: "))
    assert b64decode(signed[23:]) == hmac.digest(SECRET.encode(), body, "sha256")
    assert head.startswith(f"POST {PATH} ".encode())
    numbers = {number_of(one) for one in catalogue(tmp_path, tmp_path).checkouts("0a0b0c", 0, 500)}
    assert len(numbers) == 500
