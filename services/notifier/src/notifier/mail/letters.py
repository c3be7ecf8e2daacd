"""Letters as mail: HTML and text in one message, which says that a machine wrote it."""

from binascii import b2a_base64
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import cached_property, lru_cache

from notifier.mail.compiling import templates
from notifier.mail.pages import House, Spoken, page_of

LINE = 76  # of base64, by RFC 2045


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter as it is seen."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Sender:
    """Who writes, by the settings: nothing in it comes from an order."""

    address: str
    reply_to: str | None

    @cached_property
    def mailbox(self) -> str:
        """The bare address, for the envelope."""
        return parseaddr(self.address)[1]

    @cached_property
    def domain(self) -> str:
        """The domain that message ids are made in."""
        return self.mailbox.rpartition("@")[2]

    @cached_property
    def written(self) -> str:
        """The address as a header carries it."""
        return formataddr(parseaddr(self.address))

    @cached_property
    def replies_to(self) -> str | None:
        """Where replies go, as a header carries it."""
        return formataddr(parseaddr(self.reply_to)) if self.reply_to else None


def rendered(spoken: Spoken, house: House) -> Rendered:
    """A letter in HTML and text, in the customer's language."""
    page, pair = page_of(spoken, house), templates()[spoken.fact]
    return Rendered(page.subject, pair.html.render(page=page), pair.text.render(page=page))


def mail_id(message_id: str, sender: Sender) -> str:
    """The Message-ID without its angle brackets: by it a mail that may have been sent is looked up."""
    return f"{message_id}@{sender.domain}"


def mail_of(letter: Rendered, message_id: str, to: str, at: datetime, sender: Sender) -> bytes:
    """The message as it goes over the wire; the same bytes however often it is made.

    Written by hand: an `EmailMessage` takes 0.4 ms for it, this a twentieth (measured).

    Raises:
        ValueError: a header would hold a line break or what is not ASCII.
    """
    boundary = f"part-{message_id}"
    headers = {
        "From": sender.written,
        "To": to,
        **({"Reply-To": sender.replies_to} if sender.replies_to else {}),
        "Subject": _encoded(letter.subject),
        "Date": _date(at),
        "Message-ID": f"<{mail_id(message_id, sender)}>",
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers, please
        "X-Auto-Response-Suppress": "All",  # the same, for Exchange
        "List-Id": f"Order messages <orders.{sender.domain}>",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{boundary}"',
    }
    head = "".join([_line(name, value) for name, value in headers.items()])
    parts = [_part(boundary, letter.text, "plain"), _part(boundary, letter.html, "html")]
    return b"".join([head.encode("ascii"), *parts, f"\r\n--{boundary}--\r\n".encode()])


@lru_cache(maxsize=64)
def _date(at: datetime) -> str:
    """A time as a header carries it; letters of one batch share theirs."""
    return format_datetime(at)


def _line(name: str, value: str) -> str:
    unfolded = value.replace("\r\n ", "")
    if not value.isascii() or "\r" in unfolded or "\n" in unfolded:
        raise ValueError(f"header {name} holds a line break or is not ASCII")
    return f"{name}: {value}\r\n"


def _part(boundary: str, content: str, subtype: str) -> bytes:
    head = (
        f'\r\n--{boundary}\r\nContent-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    code = b2a_base64(content.encode(), newline=False)
    lines = [code[at : at + LINE] for at in range(0, len(code), LINE)]
    return head.encode("ascii") + b"\r\n".join(lines)


def _encoded(subject: str) -> str:
    """A subject as a header may carry it; one that only looks encoded is encoded too."""
    if subject.isascii() and "=?" not in subject:
        return subject
    return Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")
