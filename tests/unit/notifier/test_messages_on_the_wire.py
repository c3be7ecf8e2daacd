"""The message a mail server gets: two parts, its own id, and headers no order can write into."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from notifier.mail.letters import Rendered, Sender, mail_id, mail_of

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SENDER = Sender("주문 <orders@shop.example.test>", "help@shop.example.test")


def wire(subject="Order #1001 confirmed", to="mina@example.test", html="<p>안녕</p>", text="안녕\n"):
    return mail_of(Rendered(subject, html, text), "abc", to, AT, SENDER)


def read(raw):
    return message_from_bytes(raw, policy=policy.default)


def test_both_parts_arrive_as_they_were_written():
    mail = read(wire(html="<p>" + "긴 줄 " * 2000 + "</p>"))
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail.get_body(("plain",)).get_content() == "안녕\n"
    assert mail.get_body(("html",)).get_content() == "<p>" + "긴 줄 " * 2000 + "</p>"
    assert not mail.defects


def test_its_headers_say_who_when_and_that_a_machine_wrote_it():
    mail = read(wire())
    assert mail["From"] == "주문 <orders@shop.example.test>"
    assert mail["Reply-To"] == "help@shop.example.test"
    assert mail["To"] == "mina@example.test"
    assert mail["Message-ID"] == f"<{mail_id('abc', SENDER)}>" == "<abc@shop.example.test>"
    assert mail["Date"].datetime == AT
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("subject", ["주문 #1001: 일부 상품이 늦어집니다 " * 5, "=?utf-8?b?eA==?=", "plain", "é" * 200])
def test_any_subject_arrives_as_it_was(subject):
    assert read(wire(subject))["Subject"] == subject


def test_the_same_letter_is_the_same_bytes():
    assert wire() == wire()


def test_every_line_fits_the_wire():
    raw = wire(subject="긴 제목 " * 50, html="x" * 5000)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()


@pytest.mark.parametrize("to", ["a@example.test\r\nBcc: b@example.test", "a@example.test\n", "김@example.test"])
def test_an_address_cannot_write_headers(to):
    with pytest.raises(ValueError, match="header To"):
        wire(to=to)
