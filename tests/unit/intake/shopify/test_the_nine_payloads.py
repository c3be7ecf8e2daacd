"""Each REST payload of the shared examples against what we read in it ourselves, field by field."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.intake.shopify.the_nine import EXPECTED, SHOP

from order_intake.domain.shopify import Translated, read_order

PAYLOADS = Path(__file__).resolve().parents[5] / "shared" / "data" / "order-payloads" / "shopify-rest"
Json = dict[str, Any]

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason=f"the shared order payloads are not at {PAYLOADS}")


def test_every_payload_has_an_expectation():
    assert {path.name for path in PAYLOADS.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_payload_becomes_what_stands_in_it(name: str):
    result = read_order((PAYLOADS / name).read_bytes(), SHOP)
    assert isinstance(result, Translated), result
    said = result.checkout.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    expected, beside = EXPECTED[name]
    assert {key: said.get(key) for key in said | expected} == {key: expected.get(key) for key in said | expected}
    assert _beside(result) == {"fulfilments": [], **beside}


@pytest.mark.parametrize("wrapper", ["order", "draft_order"])
@pytest.mark.parametrize("name", EXPECTED)
def test_a_payload_that_stands_under_a_name_says_the_same(name: str, wrapper: str):
    raw = (PAYLOADS / name).read_bytes()
    assert read_order(b'{"%s": %s}' % (wrapper.encode(), raw), SHOP) == read_order(raw, SHOP)


def _beside(result: Translated) -> Json:
    """What the merchant alone can explain, where there is any of it."""
    said = {name: getattr(result, name) for name in result.__struct_fields__ if name != "checkout"}
    units = [
        (each.fulfilment_id, each.status.value, *((u.line_id, u.quantity) for u in each.lines))
        for each in result.fulfilments
    ]
    return {**{name: value for name, value in said.items() if value}, "fulfilments": units}
