"""The mail port: a letter is sent once under its Message-ID, looked up by it when nobody knows, and announced."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import aiosmtplib
import httpx

from notifier import store
from notifier.mail.connections import Connections
from notifier.mail.letters import Sender, mail_id, mail_of, rendered
from notifier.mail.pages import House, Spoken
from notifier.notices import notice_of
from notifier.store import Settled
from order_events import Event, MessageStatus
from service_runtime import (
    CannotFind,
    Confirmed,
    Effect,
    EffectFailed,
    EffectRefusedForNow,
    EffectUnknown,
    Failed,
    OncePerKey,
    Suppressed,
    Told,
    Unknown,
    Work,
)

MAX_REFERENCE = 255
# Together under the 10 s the runtime gives a call, so that we know on which side of the handing over the time ran out.
ADDRESS_S, ANSWER_S = 4.0, 5.0
GONE = (aiosmtplib.SMTPException, OSError)


class MailPort:
    """Sends letters by SMTP. The runtime looks up what is unknown only after its lease of 30 s: no connection that
    could still carry the letter lives that long (the local sink drops an idle one after 10 s).
    """

    replay = OncePerKey(by_name=True)

    def __init__(self, connections: Connections, sender: Sender, house: House, find_url: str | None) -> None:
        self._connections = connections
        self._sender = sender
        self._house = house
        self._find_url = find_url

    async def perform(self, effect: Effect) -> str:
        """Send the letter; the server's answer is the reference.

        Raises:
            EffectFailed: the server refused it for good (5xx), or it cannot be written.
            EffectRefusedForNow: the server refused it for now (4xx), or could not be reached.
            EffectUnknown: the connection broke, or the time was up, after the letter was handed over.
        """
        letter = effect.payload
        to = str(letter["personal"]["to"])
        mail = self._written(letter, to)
        try:
            async with asyncio.timeout(ADDRESS_S) as limit, self._connections.one() as connection:
                await _address(connection, self._sender.mailbox, to)
                limit.reschedule(None)
                return (await _hand_over(connection, mail))[:MAX_REFERENCE]
        except GONE as error:
            raise EffectRefusedForNow(f"the mail server is away: {error!r}"[:500]) from error

    def _written(self, letter: Mapping[str, Any], to: str) -> bytes:
        at = datetime.fromisoformat(letter["at"])
        try:
            return mail_of(rendered(spoken_of(letter), self._house), letter["message_id"], to, at, self._sender)
        except ValueError as error:
            raise EffectFailed(f"cannot be written: {error}") from error

    async def find(self, effect: Effect) -> str | None:
        """Ask the sink for the letter's Message-ID: a reference if it is there, None if it never came.

        Raises:
            CannotFind: there is nobody to ask (plain SMTP).
            OSError: the sink is away; it is asked again.
        """
        if self._find_url is None:
            raise CannotFind("plain SMTP cannot say whether it took a message")
        known_as = mail_id(effect.payload["message_id"], self._sender)
        url = f"{self._find_url.rstrip('/')}/messages/{sha256(known_as.encode()).hexdigest()}"
        try:
            async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
                answer = await client.get(url)
        except httpx.HTTPError as error:
            raise ConnectionError(f"the mail sink cannot be asked: {error!r}") from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.status_code == httpx.codes.OK:
            return f"found {known_as}"[:MAX_REFERENCE]
        raise ConnectionError(f"the mail sink answered {answer.status_code}")

    async def announce(self, work: Work, told: Sequence[Told]) -> None:
        """Store what became of the messages and say so; nothing is said twice of one outcome."""
        settled = [_settled(one) for one in told]
        versions = await store.settle(work.conn, settled)
        for one, what in zip(told, settled, strict=True):
            if what.message_id in versions:
                notice = notice_of(
                    one.effect.order_id,
                    one.effect.payload,
                    what.status,
                    what.reason,
                    what.provider_reference,
                    work.now,
                )
                work.emit(Event(notice, versions[what.message_id], one.cause))

    async def close(self) -> None:
        """Close the connections that are idle."""
        await self._connections.close()


def spoken_of(letter: Mapping[str, Any]) -> Spoken:
    """What is shown of a letter, from an effect's payload or a row."""
    return Spoken(letter["fact"], letter["wording"], letter["locale"], letter["say"], letter["personal"])


async def _address(connection: aiosmtplib.SMTP, sender: str, to: str) -> None:
    """Everything before the letter itself: whatever goes wrong here, nothing was sent. A refused sender is our own
    mistake and passes once it is mended; a refused recipient is final where the server says so.
    """
    await connection.mail(sender)
    try:
        await connection.rcpt(to)
    except aiosmtplib.SMTPRecipientRefused as error:
        raise _refused(error.code, error.message) from error


async def _hand_over(connection: aiosmtplib.SMTP, mail: bytes) -> str:
    """The letter itself: from here on only the server's answer tells whether it was taken."""
    try:
        return (await connection.data(mail, timeout=ANSWER_S)).message
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(error.code, error.message) from error
    except GONE as error:
        raise EffectUnknown(f"no answer after the letter was handed over: {error!r}"[:500]) from error


def _refused(code: int, message: str) -> EffectFailed | EffectRefusedForNow:
    """A refusal by its code: 5xx is final, all others pass."""
    words = f"{code} {' '.join(message.split())}"[:500]
    return EffectFailed(words) if 500 <= code < 600 else EffectRefusedForNow(words)


def _settled(told: Told) -> Settled:
    message_id = str(told.effect.payload["message_id"])
    match told.outcome:
        case Confirmed(reference):
            return Settled(message_id, MessageStatus.SENT, None, reference)
        case Failed(reason):
            return Settled(message_id, MessageStatus.FAILED, reason, None)
        case Suppressed(reason):
            return Settled(message_id, MessageStatus.SUPPRESSED, reason, None)
        case Unknown(reason):
            return Settled(message_id, MessageStatus.UNKNOWN, reason, None)
