"""What a merchant may say of a shop, and what each mistake is told."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pydantic import ValidationError

from order_events import LineKind, ShortagePolicy
from order_intake.domain.registering import MOST_TOLD, ShopIn, changes, document_of, some_of
from order_intake.domain.shops import Calendar, Mailer, PaymentPolicy, Rate, Shop, System, Unpaid, Wish

WHOLE = {
    "system": "shopify",
    "currency": "KRW",
    "locale": "ko-KR",
    "time_zone": "Asia/Seoul",
    "order_prefix": "SC-",
    "mails": {"shipped": "shop", "*": "we"},
    "skus": {"머그-파랑": "MUG-BLUE"},
    "services": {"로켓배송": "express"},
    "places": {"강남점": "gangnam"},
    "knows_services": True,
    "kinds": {"Gift Card": "gift_card"},
    "wishes": {"선물 메시지": "gift_message"},
    "payment": {"invoice": {"unpaid": "wait", "hours": 72}},
    "shortage": {"pos": "all_or_nothing"},
    "calendar": {
        "handling_days": 2,
        "cut_off": "09:30",
        "closed_weekdays": [6],
        "closed_dates": ["2026-12-25"],
        "deliver_days": {"*": 2},
    },
    "rate": {"per_s": 5, "burst": 10},
    "holds_high_risk": False,
    "customs_countries": ["US"],
}


def problems(**said: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        ShopIn.model_validate(said)
    return [(".".join(map(str, one["loc"])), one["type"]) for one in error.value.errors()]


def message(**said: Any) -> str:
    with pytest.raises(ValidationError) as error:
        ShopIn.model_validate(said)
    return error.value.errors()[0]["msg"]


def test_every_field_of_a_shop_can_be_said():
    assert ShopIn.model_validate(WHOLE).of("seoul-craft") == Shop(
        shop="seoul-craft",
        system=System.SHOPIFY,
        currency="KRW",
        locale="ko-KR",
        time_zone="Asia/Seoul",
        order_prefix="SC-",
        mails={"shipped": Mailer.SHOP, "*": Mailer.WE},
        skus={"머그-파랑": "MUG-BLUE"},
        services={"로켓배송": "express"},
        places={"강남점": "gangnam"},
        knows_services=True,
        kinds={"Gift Card": LineKind.GIFT_CARD},
        wishes={"선물 메시지": Wish.GIFT_MESSAGE},
        payment={"invoice": PaymentPolicy(Unpaid.WAIT, 72)},
        shortage={"pos": ShortagePolicy.ALL_OR_NOTHING},
        calendar=Calendar(2, "09:30", (6,), ("2026-12-25",), {"*": 2}),
        rate=Rate(5, 10),
        holds_high_risk=False,
        customs_countries=("US",),
    )
    assert {*ShopIn.model_fields} == {*Shop.__struct_fields__} - {"shop", "is_registered"}


def test_a_shop_of_which_nothing_is_said_has_the_defaults_of_one_nobody_registered():
    assert ShopIn().of("s") == Shop("s")


def test_a_shop_is_stored_said_and_read_back_as_it_is():
    shop = ShopIn.model_validate(WHOLE).of("s")
    stored = msgspec.json.encode(document_of(shop))
    assert msgspec.convert({"shop": "s", **msgspec.json.decode(stored)}, Shop) == shop
    assert ShopIn.model_validate(msgspec.json.decode(stored)).of("s") == shop


@pytest.mark.parametrize(
    ("said", "field", "rule"),
    [
        ({"colour": "blue"}, "colour", "extra_forbidden"),
        ({"system": "magento"}, "system", "enum"),
        ({"currency": "WON"}, "currency", "currency"),
        ({"currency": "krw"}, "currency", "currency"),
        ({"locale": "한국어"}, "locale", "locale"),
        ({"time_zone": "Asia/Soul"}, "time_zone", "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "time_zone"),
        ({"order_prefix": "#\n"}, "order_prefix", "string_pattern_mismatch"),
        ({"mails": {"shipped": "they"}}, "mails.shipped", "enum"),
        ({"mails": {"shiped": "we"}}, "mails", "fact"),
        ({"kinds": {"Mug": "toy"}}, "kinds.Mug", "value_error"),
        ({"kinds": {"Mug": "other"}}, "kinds.Mug", "value_error"),
        ({"wishes": {"Note": "poem"}}, "wishes.Note", "enum"),
        ({"payment": {"card": {"unpaid": "hope"}}}, "payment.card.unpaid", "enum"),
        ({"payment": {"card": {"hours": 0}}}, "payment.card.hours", "greater_than_equal"),
        ({"payment": {"card": {"hours": 8761}}}, "payment.card.hours", "less_than_equal"),
        ({"payment": {"card": {"hours": "48"}}}, "payment.card.hours", "int_type"),
        ({"payment": {"card": {"days": 2}}}, "payment.card.days", "extra_forbidden"),
        ({"shortage": {"*": "shrug"}}, "shortage.*", "value_error"),
        ({"calendar": {"cut_off": "2pm"}}, "calendar.cut_off", "time"),
        ({"calendar": {"cut_off": "24:00"}}, "calendar.cut_off", "time"),
        ({"calendar": {"cut_off": "9:00\n"}}, "calendar.cut_off", "time"),
        ({"calendar": {"handling_days": -1}}, "calendar.handling_days", "greater_than_equal"),
        ({"calendar": {"closed_weekdays": [7]}}, "calendar.closed_weekdays.0", "less_than_equal"),
        ({"calendar": {"closed_weekdays": [1, 1]}}, "calendar.closed_weekdays", "unique"),
        ({"calendar": {"closed_weekdays": [0, 1, 2, 3, 4, 5, 6]}}, "calendar.closed_weekdays", "open"),
        ({"calendar": {"closed_dates": ["25/12/2026"]}}, "calendar.closed_dates.0", "date"),
        ({"calendar": {"closed_dates": ["20261225"]}}, "calendar.closed_dates.0", "date"),
        ({"calendar": {"closed_dates": ["2026-02-30"]}}, "calendar.closed_dates.0", "date"),
        ({"calendar": {"deliver_days": {"*": 366}}}, "calendar.deliver_days.*", "less_than_equal"),
        ({"rate": {"per_s": 0}}, "rate.per_s", "greater_than_equal"),
        ({"holds_high_risk": "no"}, "holds_high_risk", "bool_type"),
        ({"customs_countries": ["UK"]}, "customs_countries.0", "country"),
        ({"skus": {"A": ""}}, "skus.A", "string_too_short"),
        ({"skus": {"  ": "A"}}, "skus", "name"),
        ({"skus": {"A": "x", "Ａ": "y"}}, "skus", "unique"),
        ({"skus": {"A": "B", "b": "C"}}, "skus", "chained"),
        ({"services": {"A": "b", "B": "a"}}, "services", "chained"),
        ({"skus": {"A": "x\x00"}}, "skus.A", "value_error"),
        ({"skus": {"A": "\ud800"}}, "skus.A", "string_unicode"),
        ({"skus": {f"s{n}": "x" for n in range(10_001)}}, "skus", "too_long"),
    ],
)
def test_each_mistake_is_told_by_its_field_and_rule(said: dict[str, Any], field: str, rule: str):
    assert problems(**said) == [(field, rule)]


def test_all_mistakes_are_told_at_once():
    assert {field for field, _ in problems(currency="X", rate={"burst": 0}, systme="native")} == {
        "currency", "rate.burst", "systme",
    }  # fmt: skip


def test_a_mistyped_time_zone_is_told_the_nearest():
    assert "Asia/Seoul" in message(time_zone="Asia/Soul")


def test_a_chain_of_aliases_says_which():
    assert message(skus={"A": "B", "B": "C"}) == "A stands for B, which stands for C: say it directly"


def test_an_alias_may_stand_for_itself():
    assert ShopIn(skus={"MUG": "mug"}).of("s").skus == {"MUG": "mug"}
    services = {"standard": "standard", "Economy": "standard"}
    assert ShopIn(services=services).of("s").services == services


def test_names_are_kept_without_outer_spaces_and_in_one_form():
    assert ShopIn(skus={" Ｍug ": " MUG-1 "}).of("s").skus == {"Mug": "MUG-1"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), json_values, max_size=4))
def test_whatever_is_said_is_a_shop_that_can_be_stored_or_a_mistake(said: dict[str, Any]):
    try:
        shop = ShopIn.model_validate(said).of("s")
    except ValidationError:
        return
    stored = msgspec.json.decode(msgspec.json.encode(document_of(shop)))
    assert msgspec.convert({"shop": "s", **stored}, Shop) == shop


def test_what_changed_is_said_by_its_path():
    before = Shop("s", skus={"A": "a", "B": "b"})
    after = replace(before, skus={"A": "a", "C": "c"}, calendar=Calendar(cut_off="12:00"))
    assert changes(document_of(before), document_of(after)) == {
        "skus.B": ["b", None],
        "skus.C": [None, "c"],
        "calendar.cut_off": ["14:00", "12:00"],
    }
    assert changes(document_of(after), document_of(after)) == {}
    assert changes(None, {"locale": "en"}) == {"locale": [None, "en"]}


def test_of_very_many_changes_some_are_told_and_the_others_counted():
    told = some_of({f"skus.{n}": [None, "x"] for n in range(MOST_TOLD + 3)})
    assert (len(told["changed"]), told["changed_more"]) == (MOST_TOLD, 3)
    assert some_of({"locale": ["en", "ko"]}) == {"changed": {"locale": ["en", "ko"]}, "changed_more": 0}
