import asyncio
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from baesong.mail import sink as sink_module
from baesong.mail.spool import key_of, mails, mails_with
from baesong.ports import free_ports
from baesong.services import MailSink


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[MailSink]:
    port, find_port = free_ports(2)
    part = MailSink(tmp_path / "mail", tmp_path / "mail.log", port, find_port, {})
    await part.start()
    yield part
    await part.stop()


def mail(message_id: str, subject: str = "배송 안내") -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = message_id
    message["From"], message["To"], message["Subject"] = "shop@example.test", "mina@example.test", subject
    message.set_content("안녕하세요")
    message.add_alternative("<p>안녕하세요</p>", subtype="html")
    return message


def send(sink: MailSink, *messages: EmailMessage) -> dict[str, str]:
    with smtplib.SMTP("127.0.0.1", sink.port) as smtp:
        for message in messages:
            smtp.send_message(message)
        return smtp.esmtp_features


async def held(sink: MailSink, message_id: str) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{sink.find_url}/messages/{key_of(message_id)}")).status_code


async def test_a_mail_is_found_by_its_message_id(sink: MailSink) -> None:
    await asyncio.to_thread(send, sink, mail("<a@example.test>"), mail("<b@example.test>"))
    assert [await held(sink, f"<{name}@example.test>") for name in "abc"] == [200, 200, 404]
    [found] = mails_with(sink.maildir, "<b@example.test>")
    assert found.message()["Subject"] == "배송 안내"
    assert found.message()["X-Envelope-To"] == "mina@example.test"


async def test_it_is_found_still_after_the_sink_was_killed(sink: MailSink) -> None:
    await asyncio.to_thread(send, sink, mail("<kept@example.test>"))
    await sink.kill()
    await sink.start()
    assert await held(sink, "kept@example.test") == 200


async def test_the_same_message_id_twice_is_two_mails(sink: MailSink) -> None:
    await asyncio.to_thread(send, sink, mail("<twice@example.test>"), mail("<twice@example.test>"))
    found = mails(sink.maildir)
    assert [each.copy for each in found] == [0, 1]
    assert found[1].id == f"{found[0].id}.1"


async def test_it_takes_utf8_in_eight_bits(sink: MailSink) -> None:
    features = await asyncio.to_thread(send, sink)
    with smtplib.SMTP("127.0.0.1", sink.port) as smtp:
        smtp.ehlo()
        features = smtp.esmtp_features
    assert {"smtputf8", "8bitmime"} <= set(features)


async def test_a_connection_that_is_silent_is_dropped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sink_module, "IDLE_S", 0.2)
    port, find_port = free_ports(2)
    serving = asyncio.create_task(sink_module.serve(sink_module.Spool(tmp_path), port, find_port))
    await asyncio.sleep(0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert (await reader.readline()).startswith(b"220")
    assert await asyncio.wait_for(reader.read(), 3) == b""
    writer.close()
    serving.cancel()


async def talk(sink: MailSink, said: bytes) -> list[str]:
    """All the replies to something said at once, up to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
    writer.write(said)
    replies = (await asyncio.wait_for(reader.read(), 5)).decode().splitlines()
    writer.close()
    return [reply[:3] for reply in replies if reply[3:4] != "-"]


GREETED = b"EHLO me\r\n"
ENVELOPE = b"MAIL FROM:<shop@example.test> SIZE=100\r\nRCPT TO:<mina@example.test>\r\nDATA\r\n"


async def test_what_is_said_at_once_is_answered_in_its_order(sink: MailSink) -> None:
    letters = [b"Message-ID: <%d@example.test>\r\n\r\n%d\r\n.\r\n" % (n, n) for n in range(3)]
    replies = await talk(sink, GREETED + b"".join([ENVELOPE + letter for letter in letters]) + b"QUIT\r\n")
    assert replies == ["220", "250", *["250", "250", "354", "250"] * 3, "221"]
    assert [mail.message().get_content() for mail in mails(sink.maildir)] == ["0\r\n", "1\r\n", "2\r\n"]


async def test_a_mail_that_comes_in_any_pieces_is_kept_as_it_was_sent(sink: MailSink) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
    letter = b"Message-ID: <p@example.test>\r\n\r\n..dots\r\n...\r\n.a\r\nend.\r\n"
    for byte in GREETED + ENVELOPE + letter + b".\r\nQUIT\r\n":
        writer.write(bytes([byte]))
        await asyncio.sleep(0)
    assert b"221" in await asyncio.wait_for(reader.read(), 5)
    writer.close()
    [kept] = mails(sink.maildir)
    assert kept.content().endswith(b"\r\n\r\n.dots\r\n..\r\na\r\nend.\r\n")


@pytest.mark.parametrize(
    ("said", "replies"),
    [
        (b"MAIL FROM:<a@b>\r\n", ["503"]),
        (GREETED + b"RCPT TO:<a@b>\r\nDATA\r\n", ["250", "503", "503"]),
        (GREETED + b"MAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\n", ["250", "250", "503"]),
        (GREETED + b"MAIL FROM:<a@b>\r\nRSET\r\nRCPT TO:<a@b>\r\n", ["250", "250", "250", "503"]),
        (GREETED + b"MAIL TO:<a@b>\r\nMAIL FROM:<>\r\nRCPT TO:<>\r\n", ["250", "501", "250", "501"]),
        (GREETED + b"MAIL FROM:<a@b> SIZE=99999999\r\n", ["250", "552"]),
        (GREETED + ENVELOPE + b".\r\n", ["250", "250", "250", "354", "250"]),
        (b"noop\r\nVRFY x\r\nWHAT\r\nHELO me\r\n", ["250", "252", "502", "250"]),
    ],
)
async def test_what_is_said_out_of_turn_is_refused(sink: MailSink, said: bytes, replies: list[str]) -> None:
    assert await talk(sink, said + b"QUIT\r\n") == ["220", *replies, "221"]


async def test_a_mail_that_is_too_large_is_refused_and_the_next_one_taken(sink: MailSink) -> None:
    large, small = b"x" * 1024 * 1024 * 21 + b".\r\n.\r\n", b"small\r\n.\r\n"
    replies = await talk(sink, GREETED + ENVELOPE + large + ENVELOPE + small + b"QUIT\r\n")
    assert replies == ["220", *["250"] * 3, "354", "552", "250", "250", "354", "250", "221"]
    assert len(mails(sink.maildir)) == 1


async def test_a_line_without_an_end_is_dropped(sink: MailSink) -> None:
    assert await talk(sink, b"x" * 10_000) == ["220", "500"]
