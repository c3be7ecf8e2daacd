"""Mails as customers see them: complete in both languages, with nothing of an order taken for markup."""

from html.parser import HTMLParser

import pytest
from tests.unit.notifier.given import an_order
from tests.unit.notifier.letters import EVERY, HOUSE, STORIES, a_letter, spoken

from notifier.domain.things import Customer, Line, Money, ShipTo, Wishes
from notifier.mail.letters import rendered
from notifier.mail.pages import House
from notifier.mail.speech import LANGUAGES, catalogue

EVIL = "<script>alert(1)</script>\"'{{ 7 * 7 }}{% raw %}&amp;"
CLOSED_BY_THEMSELVES = {"br", "meta", "img", "hr", "link", "input"}


class Seen(HTMLParser):
    """The text and links of a page, and whether every element is closed where it should be."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.tags, self._open = "", [], set(), []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]
        if tag not in CLOSED_BY_THEMSELVES:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, text):
        self.text += text if "style" not in self._open else ""


def mail_of(name, locale="en-US", house=HOUSE, /, **order):
    return rendered(spoken(a_letter(name, locale, **order)), house)


@pytest.mark.parametrize(("name", "locale"), EVERY)
def test_every_mail_says_in_both_parts_which_order_and_which_items_it_is_about(name, locale):
    mail = mail_of(name, locale)
    html = Seen(mail.html)
    assert "#1001" in mail.subject
    for text in (html.text, mail.text):
        assert "#1001" in text
        assert "Seoul Craft" in text
        assert "Item 2" in text
    assert not [mark for mark in ("{{", "{%", "[[", "[%", "<mj-") if mark in mail.html]


@pytest.mark.parametrize(("name", "locale"), EVERY)
def test_nothing_of_an_order_is_taken_for_markup(name, locale):
    lines = tuple(
        Line(line_id, f"{EVIL} {line_id}", units, Money(100, "KRW")) for line_id, units in (("1", 2), ("2", 1))
    )
    people = {"customer": Customer(EVIL, "a@example.test"), "ship_to": ShipTo(EVIL, city=EVIL)}
    order = {"name": f"#1001 {EVIL}", "shop": EVIL.replace(" ", ""), "lines": lines, "wishes": Wishes(EVIL)}
    mail = mail_of(name, locale, House({}, replies=True), **people, **order)
    page = Seen(mail.html)
    assert "script" not in page.tags
    assert f"{EVIL} 2" in page.text
    assert "<script" not in mail.html
    assert "49" not in page.text


@pytest.mark.parametrize("name", STORIES)
def test_a_mail_is_in_the_customers_language_and_says_which(name):
    english, korean = mail_of(name, "en-GB"), mail_of(name, "ko")
    assert 'lang="en"' in english.html
    assert 'lang="ko"' in korean.html
    assert english.subject != korean.subject
    assert not any("가" <= c <= "힣" for c in english.subject)


def test_a_language_we_do_not_write_gets_english():
    assert mail_of("shipped.all", "pt-BR").subject == mail_of("shipped.all", "en").subject
    assert mail_of("shipped.all", "kok-IN").subject == mail_of("shipped.all", "en").subject


def test_both_catalogues_say_the_same_things_with_the_same_words():
    english, korean = (catalogue(language) for language in LANGUAGES)
    assert english.keys() == korean.keys()
    for name in english:
        assert words(english[name]) == words(korean[name]), name
        assert english[name].strip()
        assert korean[name].strip()


def words(string):
    return {part.split("}")[0] for part in string.split("{")[1:]}


def test_a_confirmation_says_what_was_ordered_what_it_costs_and_where_it_goes():
    mail = mail_of("confirmed.placed", "ko-KR")
    for text in (Seen(mail.html).text, mail.text):
        for word in ("₩36,000", "₩18,000", "₩54,000", "₩3,000", "세종대로 110", "생일 축하해!"):
            assert word in text


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "written"),
    [
        ("ko-KR", 18000, "KRW", "₩18,000"),
        ("en-US", 123456, "USD", "$1,234.56"),
        ("pt-BR", 3645, "BRL", "R$36.45"),
        ("en-US", 12345, "KWD", "KWD12.345"),
        ("en-US", 12345, "ALL", "ALL123.45"),
    ],
)
def test_money_has_its_currencys_own_decimals(locale, amount, currency, written):
    line = (Line("1", "Item 2", 1, Money(amount, currency)),)
    assert written in mail_of("confirmed.placed", locale, lines=line, shipping=None).text


def test_sums_over_two_currencies_are_not_made_up():
    mixed = (Line("1", "Item 1", 1, Money(100, "EUR")), Line("2", "Item 2", 1, Money(100, "USD")))
    text = mail_of("confirmed.placed", "en-US", lines=mixed, shipping=Money(300, "EUR")).text
    assert "Items:" not in text
    assert "Shipping: €3.00" in text


@pytest.mark.parametrize(
    ("locale", "country", "day"),
    [("ko-KR", "KR", "2026년 12월 2일"), ("en-GB", "KR", "2 December 2026"), ("en-US", "US", "December 1, 2026")],
)
def test_a_day_is_the_customers_own_where_their_country_has_one(locale, country, day):
    assert day in mail_of("delayed.some", locale, country=country).text


def test_a_delay_says_why_and_that_the_day_is_not_known():
    assert "It is out of stock. We do not know the day yet." in mail_of("delayed.all").text


def test_a_free_way_to_cancel_is_offered_only_where_somebody_reads_replies():
    assert "Reply to this e-mail" in mail_of("delayed.some").text
    assert "Reply to this e-mail" not in mail_of("delayed.some", "en-US", House({}, replies=False)).text


def test_each_parcel_has_its_link_in_both_parts():
    mail = mail_of("shipped.all")
    assert Seen(mail.html).links == ["https://track.example.test/1"]
    assert "https://track.example.test/1" in mail.text
    assert "CJ Logistics N-p1" in mail.text


def test_a_parcel_without_carrier_and_number_is_said_to_have_none():
    letter = a_letter("shipped.all")
    letter.words.say["parcels"] = [{"carrier": None, "number": None, "url": None}]
    mail = rendered(spoken(letter), HOUSE)
    assert "Sent without a tracking number." in mail.text
    assert Seen(mail.html).links == []


def test_a_line_break_in_a_title_makes_no_line_of_its_own():
    lines = (Line("1", "Mug\r\n\u2028Bcc: x", 2, Money(100, "KRW")), Line("2", "Item 2", 1, Money(100, "KRW")))
    mail = mail_of("shipped.all", lines=lines, name="#1001\nBcc: x")
    assert "- 2 × Mug Bcc: x" in mail.text.splitlines()
    assert mail.subject == "Order #1001 Bcc: x is on its way"


def test_a_very_long_order_is_told_in_part_and_counted():
    order = an_order(wants={str(n): 1 for n in range(250)})
    mail = mail_of("confirmed.placed", lines=order.lines)
    assert "and 150 more lines" in mail.text
    assert len(mail.html.encode()) < 102_000


def test_a_shop_without_a_set_name_is_called_by_its_id_in_words():
    assert "Busan Tea House" in mail_of("shipped.all", shop="busan-tea_house").text
