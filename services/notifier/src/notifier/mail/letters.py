"""Letters as mail: HTML and text in one message, which says that a machine wrote it."""

from base64 import encodebytes
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr, parseaddr

from notifier.mail.compiling import templates
from notifier.mail.pages import House, Spoken, page_of


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter as it is seen."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, by the settings: nothing in it comes from an order."""

    address: str
    reply_to: str | None

    @property
    def mailbox(self) -> str:
        """The bare address, for the envelope."""
        return parseaddr(self.address)[1]

    @property
    def domain(self) -> str:
        """The domain that message ids are made in."""
        return self.mailbox.rpartition("@")[2]


def rendered(spoken: Spoken, house: House) -> Rendered:
    """A letter in HTML and text, in the customer's language."""
    page, pair = page_of(spoken, house), templates()[spoken.fact]
    return Rendered(page.subject, pair.html.render(page=page), pair.text.render(page=page))


def mail_id(message_id: str, sender: Sender) -> str:
    """The Message-ID without its angle brackets: by it a mail that may have been sent is looked up."""
    return f"{message_id}@{sender.domain}"


def mail_of(letter: Rendered, message_id: str, to: str, at: datetime, sender: Sender) -> bytes:
    """The message as it goes over the wire; the same bytes however often it is made.

    Raises:
        ValueError: a header would hold a line break or what is not ASCII.
    """
    mail = EmailMessage(policy=_PLAIN)
    mail["From"] = formataddr(parseaddr(sender.address))
    mail["To"] = to
    if sender.reply_to:
        mail["Reply-To"] = formataddr(parseaddr(sender.reply_to))
    mail["Subject"] = _encoded(letter.subject)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{mail_id(message_id, sender)}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    mail["X-Auto-Response-Suppress"] = "All"  # the same, for Exchange
    mail["List-Id"] = f"Order messages <orders.{sender.domain}>"
    mail["MIME-Version"] = "1.0"
    mail["Content-Type"] = f'multipart/alternative; boundary="part-{message_id}"'
    mail.set_payload([_part(letter.text, "plain"), _part(letter.html, "html")])
    return mail.as_bytes()


class _PlainPolicy(EmailPolicy):
    """Headers as they are: ours are ASCII and folded already; parsing each one again costs 2 ms a mail (measured)."""

    def header_max_count(self, name: str) -> int | None:  # noqa: ARG002 - the policy's own signature
        return None

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        unfolded = value.replace("\r\n ", "")
        if not value.isascii() or "\r" in unfolded or "\n" in unfolded:
            raise ValueError(f"header {name} holds a line break or is not ASCII")
        return name, value

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002
        return value

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}\r\n"

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


_PLAIN = _PlainPolicy(linesep="\r\n")


def _part(content: str, subtype: str) -> EmailMessage:
    part = EmailMessage(policy=_PLAIN)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(encodebytes(content.encode()).decode("ascii"))
    return part


def _encoded(subject: str) -> str:
    """A subject as a header may carry it; one that only looks encoded is encoded too."""
    if subject.isascii() and "=?" not in subject:
        return subject
    return Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")
