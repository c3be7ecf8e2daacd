"""The mail port against a real SMTP server: what it says is what happened, and unknown only where nobody can know."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.integration.notifier.post_office import PostOffice, open_post_office

from notifier.mail import connections, port
from notifier.mail.connections import Connections, Server
from notifier.mail.letters import Sender
from notifier.mail.pages import House
from notifier.mail.port import MailPort
from service_runtime import CannotFind, Effect, EffectFailed, EffectRefusedForNow, EffectUnknown

SENDER = Sender("Orders <orders@shop.example.test>", None)
SAY = {
    "order": "#1001", "shop": "seoul-craft", "country": "KR", "more": 0, "parcels": [], "items": None, "shipping": None,
    "lines": [{"title": "Mug", "what": "ordered", "quantity": 1, "reason": None, "expected": None}],
}  # fmt: skip


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with open_post_office() as office:
        yield office


@pytest.fixture
async def mail(office: PostOffice) -> AsyncIterator[MailPort]:
    one = port_to(office.smtp_url, office.find_url)
    yield one
    await one.close()


def port_to(smtp_url: str, find_url: str | None) -> MailPort:
    pool = Connections(Server.of(smtp_url), SENDER.domain)
    return MailPort(pool, SENDER, House({}, replies=False), find_url)


def a_letter(name: str = "mina", message_id: str = "m1") -> Effect:
    payload: dict[str, Any] = {
        "message_id": message_id, "fact": "confirmed", "wording": "placed", "about": [], "locale": "ko-KR",
        "recipient": "hash", "at": "2026-11-23T09:00:00+00:00", "say": SAY,
        "personal": {"to": f"{name}@example.test", "name": "김민아", "address": ["서울"], "gift_message": None},
    }  # fmt: skip
    return Effect(f"o1|confirmed|{message_id}", "mail", "o1", payload)


async def test_a_letter_that_is_taken_gives_the_servers_own_reference(mail: MailPort, office: PostOffice) -> None:
    assert await mail.perform(a_letter()) == "OK queued as 1"
    (taken,) = office.taken
    assert taken["To"] == "mina@example.test"
    assert taken["Message-ID"] == "<m1@shop.example.test>"
    assert "주문 #1001" in taken["Subject"]
    assert "Mug" in taken.get_body(("plain",)).get_content()  # type: ignore[union-attr]


async def test_a_refusal_for_now_is_tried_again_and_taken(mail: MailPort, office: PostOffice) -> None:
    with pytest.raises(EffectRefusedForNow, match="451"):
        await mail.perform(a_letter("later"))
    assert await mail.perform(a_letter("later")) == "OK queued as 1"


@pytest.mark.parametrize(("name", "code"), [("nobody", "550"), ("spam", "554")])
async def test_a_final_refusal_is_a_failure(mail: MailPort, office: PostOffice, name: str, code: str) -> None:
    with pytest.raises(EffectFailed, match=code):
        await mail.perform(a_letter(name))
    assert office.taken == []


async def test_a_refusal_of_the_letter_for_now_is_known_not_to_have_happened(mail: MailPort) -> None:
    with pytest.raises(EffectRefusedForNow, match="452"):
        await mail.perform(a_letter("full"))


async def test_a_connection_that_breaks_before_the_letter_is_handed_over_has_sent_nothing(mail: MailPort) -> None:
    with pytest.raises(EffectRefusedForNow):
        await mail.perform(a_letter("cut-early"))


async def test_a_server_that_is_away_has_sent_nothing(office: PostOffice) -> None:
    with pytest.raises(EffectRefusedForNow, match="away"):
        await port_to("smtp://127.0.0.1:1", None).perform(a_letter())


@pytest.mark.parametrize(
    ("name", "found"), [("cut", True), ("cut-lost", False), ("silent", True), ("silent-lost", False)]
)
async def test_after_the_letter_is_handed_over_silence_is_unknown_until_it_is_looked_up(
    mail: MailPort, office: PostOffice, monkeypatch: pytest.MonkeyPatch, name: str, found: bool
) -> None:
    monkeypatch.setattr(port, "ANSWER_S", 0.3)
    with pytest.raises(EffectUnknown):
        await mail.perform(a_letter(name))
    assert await mail.find(a_letter(name)) == ("found m1@shop.example.test" if found else None)


async def test_without_a_list_nobody_can_find_a_letter(office: PostOffice) -> None:
    with pytest.raises(CannotFind):
        await port_to(office.smtp_url, None).find(a_letter())


async def test_a_list_that_is_away_is_infrastructure_and_asked_again(office: PostOffice) -> None:
    with pytest.raises(OSError, match="cannot be asked"):
        await port_to(office.smtp_url, "http://127.0.0.1:1").find(a_letter())


async def test_a_letter_that_cannot_be_written_has_failed(mail: MailPort) -> None:
    with pytest.raises(EffectFailed, match="cannot be written"):
        await mail.perform(a_letter("김"))


async def test_letters_one_after_another_share_a_connection(mail: MailPort, office: PostOffice) -> None:
    for n in range(5):
        await mail.perform(a_letter(message_id=f"m{n}"))
    assert (len(office.taken), office.opened) == (5, 1)


async def test_many_letters_at_once_never_share_one(mail: MailPort, office: PostOffice) -> None:
    await asyncio.gather(*(mail.perform(a_letter(message_id=f"m{n}")) for n in range(100)))
    assert len({taken["Message-ID"] for taken in office.taken}) == 100
    assert office.opened <= connections.MAX_OPEN


async def test_a_connection_that_failed_is_not_used_again(mail: MailPort, office: PostOffice) -> None:
    with pytest.raises(EffectFailed):
        await mail.perform(a_letter("nobody"))
    await mail.perform(a_letter())
    assert office.opened == 2


async def test_a_connection_idle_for_long_is_not_used_again(
    mail: MailPort, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    await mail.perform(a_letter())
    monkeypatch.setattr(connections, "IDLE_S", 0.0)
    await mail.perform(a_letter(message_id="m2"))
    assert office.opened == 2


@pytest.mark.parametrize("url", ["http://x", "smtp://", "127.0.0.1:25"])
def test_an_address_that_is_no_mail_server_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL must look like"):
        Server.of(url)


def test_a_server_may_want_a_name_and_a_password() -> None:
    server = Server.of("smtps://us%40er:p%2Fw@mail.example.test")
    assert (server.user, server.password, server.port, server.tls) == ("us@er", "p/w", 465, True)
