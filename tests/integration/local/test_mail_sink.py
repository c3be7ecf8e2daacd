import asyncio
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from baesong.mail import sink as sink_module
from baesong.mail.maildir import key_of, mails, mails_with
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
    serving = asyncio.create_task(sink_module.serve(sink_module.Maildir(tmp_path), port, find_port))
    await asyncio.sleep(0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert (await reader.readline()).startswith(b"220")
    assert await asyncio.wait_for(reader.read(), 3) == b""
    writer.close()
    serving.cancel()
