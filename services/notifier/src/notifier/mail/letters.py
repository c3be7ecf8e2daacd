"""Letters as mail: HTML and text, in one message that says it was written by a machine."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from notifier.mail.compiling import templates
from notifier.mail.pages import House, Page, Spoken, page_of


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
    page: Page = page_of(spoken, house)
    pair = templates()[spoken.fact]
    return Rendered(page.subject, pair.html.render(page=page), pair.text.render(page=page))
