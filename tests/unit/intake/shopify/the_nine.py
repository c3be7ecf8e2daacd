"""What stands in each of the shared REST payloads, read and written down by hand."""

from typing import Any

from order_intake.domain.shops import Shop, System

Json = dict[str, Any]
SHOP = Shop(shop="craft", system=System.SHOPIFY, locale="en-US", services={"Free Shipping": "standard"})


def money(amount: int, currency: str) -> Json:
    return {"amount": amount, "currency": currency}


def line(line_id: str, sku: str, title: str, price: int, currency: str = "USD", **changes: Any) -> Json:
    return {
        "line_id": line_id,
        "sku": sku,
        "title": title,
        "quantity": 1,
        "price": money(price, currency),
        "weight_g": 0,
        "delivery_method": "shipping",
        "kind": "goods",
        "fulfilled_elsewhere": 0,
        "removed": 0,
        **changes,
    }


def ids(**names: str) -> list[Json]:
    return [{"name": name, "value": value} for name, value in names.items()]


def properties(*each: tuple[str, str, str | None]) -> Json:
    return {
        "properties": [{"name": n, "value": v, **({"line_id": line_id} if line_id else {})} for n, v, line_id in each]
    }


def order(**said: Any) -> Json:
    """What an order says that says little."""
    return {
        "source": "shopify",
        "shop": "craft",
        "channel": "web",
        "locale": "en-US",
        "test": False,
        "tags": [],
        "customer": {},
        "destination": {"country_code": "ZZ"},
        "wishes": {"properties": []},
        "instructions": {"gift_wrap": False, "sample_skus": []},
        "shipping": {},
        "refunds": [],
        **said,
    }


BOB = {"id": "207119551", "name": "Bob Norman", "email": "bob.norman@mail.example.com", "phone": "+16136120707"}
LOUISVILLE = {
    "country_code": "US",
    "province_code": "KY",
    "postal_code": "40202",
    "latitude": 45.41634,
    "longitude": -75.6868,
}
TO_BOB = {
    "name": "Bob Norman",
    "address1": "Chestnut Street 92",
    "city": "Louisville",
    "phone": "+1(502)-459-2181",
}
ENGRAVED = (
    ("custom engraving", "Happy Birthday", None),
    ("colour", "green", None),
    ("Custom Engraving Front", "Happy Birthday", "466157049"),
    ("Custom Engraving Back", "Merry Christmas", "466157049"),
)
NANO = {
    "466157049": ("IPOD2008GREEN", "IPod Nano - 8gb - green"),
    "518995019": ("IPOD2008RED", "IPod Nano - 8gb - red"),
    "703073504": ("IPOD2008BLACK", "IPod Nano - 8gb - black"),
}
ORDER_1001 = {
    "source_id": "450789469",
    "placed_at": "2008-01-10T16:00:00Z",
    "currency": "USD",
    "customer": {**BOB, "phone": "+557734881234"},
    "destination": LOUISVILLE,
    "ship_to": TO_BOB,
    "wishes": properties(*ENGRAVED),
    "shipping": {"service": "standard", "title": "Free Shipping", "price": money(0, "USD")},
    "upstream": {
        "name": "#1001",
        "ids": ids(
            order_number="1001",
            number="1",
            admin_graphql_api_id="gid://shopify/Order/450789469",
            checkout_id="901414060",
            source_identifier="fhwdgads",
            po_number="ABC123",
            source_name="web",
        ),
        "placed_at": "2008-01-10T11:00:00-05:00",
    },
}


def of_test_app(number: str, confirmation: str, placed: str) -> Json:
    """How an order that an app made by API calls itself."""
    return {
        "name": "#1002",
        "ids": ids(
            order_number="1002",
            number="2",
            confirmation_number=confirmation,
            admin_graphql_api_id=f"gid://shopify/Order/{number}",
            source_name="755357713",
        ),
        "placed_at": placed,
    }


EXPECTED: dict[str, tuple[Json, Json]] = {
    "paid_three_lines.json": (
        order(
            source_id="1073459963",
            updated_at="2025-07-02T16:30:45Z",
            placed_at="2025-07-02T16:30:45Z",
            channel="755357713",
            currency="USD",
            payment={"status": "paid", "total": money(27037, "USD"), "paid": money(27037, "USD")},
            upstream=of_test_app("1073459963", "UEL2XH9LG", "2025-07-02T11:30:45-05:00"),
            lines=[
                line("1071823173", "unknown/1071823173", "Red Leather Coat", 12999, weight_g=1700),
                line("1071823174", "unknown/1071823174", "Blue Suede Shoes", 8595, weight_g=750),
                line("1071823175", "unknown/1071823175", "Raspberry Beret", 1999, weight_g=320, quantity=2),
            ],
        ),
        {"unknown_sku_lines": ("1071823173", "1071823174", "1071823175"), "unknown_country": True},
    ),
    "paid_fulfilled.json": (
        order(
            source_id="1073459972",
            updated_at="2025-07-02T16:31:05Z",
            placed_at="2025-07-02T16:31:05Z",
            channel="755357713",
            currency="USD",
            payment={"status": "paid", "total": money(19900, "USD"), "paid": money(19900, "USD")},
            customer={"id": "1073339470", "email": "foo@example.com"},
            upstream=of_test_app("1073459972", "XQN8Y1N51", "2025-07-02T11:31:05-05:00"),
            lines=[
                line(
                    "1071823184",
                    "IPOD2009BLACK",
                    "IPod Touch 8GB - Black",
                    19900,
                    weight_g=567,
                    fulfilled_elsewhere=1,
                ),
            ],
        ),
        {"unknown_country": True, "fulfilments": [("1069019863", "success", ("1071823184", 1))]},
    ),
    "pending.json": (
        order(
            source_id="1073459983",
            updated_at="2025-07-02T16:31:40Z",
            placed_at="2025-07-02T16:31:40Z",
            channel="755357713",
            currency="USD",
            payment={"status": "pending", "total": money(19900, "USD"), "paid": money(0, "USD")},
            customer=BOB,
            upstream=of_test_app("1073459983", "8A254F5WZ", "2025-07-02T11:31:40-05:00"),
            lines=[line("1071823195", "IPOD2009BLACK", "IPod Touch 8GB - Black", 19900, weight_g=567)],
        ),
        {"unknown_country": True},
    ),
    "eur_currency.json": (
        order(
            source_id="1073459976",
            updated_at="2025-07-02T16:31:26Z",
            placed_at="2025-07-02T16:31:26Z",
            channel="755357713",
            currency="EUR",
            payment={"status": "paid", "total": money(23847, "EUR"), "paid": money(23847, "EUR")},
            upstream=of_test_app("1073459976", "82IFATIRQ", "2025-07-02T11:31:26-05:00"),
            lines=[
                line(
                    "1071823188",
                    "unknown/1071823188",
                    "Big Brown Bear Boots",
                    7499,
                    "EUR",
                    quantity=3,
                    weight_g=1300,
                )
            ],
        ),
        {"unknown_sku_lines": ("1071823188",), "unknown_country": True},
    ),
    # One red iPod is left; green and black came back. The one fulfilment failed, so nothing was sent.
    "partially_refunded_with_fulfillment.json": (
        order(
            **ORDER_1001,
            updated_at="2008-01-10T16:00:00Z",
            payment={
                "status": "partially_refunded",
                "method": "bogus",
                "total": money(59894, "USD"),
                "paid": money(59894, "USD"),
            },
            refunds=[
                {
                    "refund_id": "509562969",
                    "at": "2025-07-02T16:29:59Z",
                    "amount": money(20900, "USD"),
                    "lines": [
                        {"line_id": "703073504", "quantity": 1},
                        {"line_id": "466157049", "quantity": 1},
                    ],
                    "note": "it broke during shipping",
                }
            ],
            lines=[
                line("466157049", *NANO["466157049"], 19900, weight_g=200, removed=1),
                line("518995019", *NANO["518995019"], 19900, weight_g=200),
                line("703073504", *NANO["703073504"], 19900, weight_g=200, removed=1),
            ],
        ),
        {"fulfilments": [("255858046", "failure", ("466157049", 1))]},
    ),
    # The whole order came back, of which 10.00 in money; the price it had is still said to be outstanding.
    "refunded_and_cancelled.json": (
        order(
            **ORDER_1001,
            updated_at="2025-07-02T16:31:21Z",
            payment={
                "status": "refunded",
                "method": "bogus",
                "total": money(59894, "USD"),
                "paid": money(59894, "USD"),
            },
            refunds=[
                {
                    "refund_id": "929361465",
                    "at": "2025-07-02T16:31:21Z",
                    "amount": money(1000, "USD"),
                    "lines": [
                        {"line_id": "466157049", "quantity": 1},
                        {"line_id": "518995019", "quantity": 1},
                        {"line_id": "703073504", "quantity": 1},
                    ],
                    "note": "Order canceled",
                }
            ],
            lines=[line(line_id, *named, 19900, weight_g=200, removed=1) for line_id, named in NANO.items()],
            cancelled={"at": "2025-07-02T16:31:21Z", "reason": "other"},
        ),
        {"fulfilments": [("255858046", "failure", ("466157049", 1))]},
    ),
    # Both lines have an empty SKU and no variant; the card was charged in AUD, the order is in USD.
    "go-shopify_order_with_transaction.json": (
        order(
            source_id="123456",
            updated_at="2016-05-17T08:14:36Z",
            placed_at="2016-05-17T04:14:36Z",
            currency="USD",
            test=True,
            payment={"status": "voided", "method": "visa", "total": money(1000, "USD"), "paid": money(0, "USD")},
            customer={"name": "John Smith", "email": "jon@doe.ca"},
            destination={"country_code": "US", "province_code": "KY", "postal_code": "K2P0S0"},
            ship_to={
                "name": "Steve Shipper",
                "company": "Shipping Company",
                "address1": "123 Shipping Street",
                "city": "Shippington",
                "phone": "555-555-SHIP",
            },
            shipping={"service": "Generic Shipping", "title": "Generic Shipping", "price": money(1000, "USD")},
            upstream={
                "name": "#9999",
                "ids": ids(
                    order_number="1234",
                    number="234",
                    source_name="web",
                    payment_gateway_names="visa, bogus",
                ),
                "placed_at": "2016-05-17T04:14:36-00:00",
            },
            lines=[
                line("254721536", "product/111475476", "Soda", 0),
                line("5", "product/5410685889", "Another Beer For Good Times", 500, weight_g=500),
            ],
            cancelled={"at": "2016-05-17T08:14:36Z", "reason": "customer"},
        ),
        {"unknown_sku_lines": ("254721536", "5"), "unknown_service": "Generic Shipping"},
    ),
    # A draft that became order 1073459985; nothing is due any more. The engraving is done, not sent.
    "draft_three_lines.json": (
        order(
            source_id="1073459985",
            updated_at="2025-07-02T16:34:20Z",
            placed_at="2025-07-02T16:29:59Z",
            channel="shopify_draft_order",
            currency="USD",
            payment={"status": "paid", "total": money(88556, "USD"), "paid": money(88556, "USD")},
            customer=BOB,
            destination=LOUISVILLE,
            ship_to=TO_BOB,
            wishes={"note_to_packer": "rush order", "properties": []},
            shipping={"service": "custom shipping", "title": "custom shipping", "price": money(1000, "USD")},
            upstream={
                "name": "#D1",
                "ids": ids(
                    admin_graphql_api_id="gid://shopify/DraftOrder/622762746",
                    draft_order_id="622762746",
                ),
                "placed_at": "2025-07-02T11:29:59-05:00",
            },
            lines=[
                line("466157049", *NANO["466157049"], 19900, weight_g=567),
                line(
                    "605833968",
                    "IPODENGRAVING",
                    "IPod Nano Engraving",
                    3000,
                    kind="digital",
                    delivery_method="digital",
                ),
                line("783764327", *NANO["703073504"], 19900, weight_g=567, quantity=3),
            ],
        ),
        {"unknown_service": "custom shipping"},
    ),
    # A draft that became order 450789469, whose lines have no ids; what is due it does not say.
    "shopify_python_api_draft_order_completed.json": (
        order(
            source_id="450789469",
            updated_at="2017-02-02T18:14:38Z",
            placed_at="2017-02-02T18:14:38Z",
            channel="shopify_draft_order",
            currency="CAD",
            payment={"status": "pending", "total": money(102741, "CAD"), "paid": money(0, "CAD")},
            customer={"id": "207119551", "name": "Bob Norman", "email": "montana_hilpert@example.com"},
            destination={
                "country_code": "US",
                "province_code": "VA",
                "postal_code": "24093",
                "latitude": 45.416311,
                "longitude": -75.68683,
            },
            ship_to={
                "name": "Jan Fisher",
                "company": "Steuber and Sons",
                "address1": "512 Ernestina Forks",
                "address2": "Apt. 702",
                "city": "Lakefurt",
                "phone": "(639) 372 1289",
            },
            wishes={
                "note_to_packer": "This is a note",
                **properties(("Custom Engraving", "Happy Birthday", "position/1")),
            },
            shipping={"service": "Custom shipping", "title": "Custom shipping", "price": money(2000, "CAD")},
            upstream={"name": "#D1", "ids": ids(draft_order_id="517119332"), "placed_at": "2017-02-02T13:14:38-05:00"},
            lines=[
                line("position/1", "IPOD2008GREEN", "IPod Nano - 8gb - green", 19900, "CAD", weight_g=200),
                line(
                    "position/2",
                    "unknown/position/2",
                    "Custom item",
                    49414,
                    "CAD",
                    quantity=2,
                    kind="digital",
                    delivery_method="digital",
                ),
            ],
        ),
        {"unknown_service": "Custom shipping"},
    ),
}
