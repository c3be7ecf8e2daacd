"""The mails in the local sink, each by the message its Message-ID names; a second copy stands twice."""

import re
from pathlib import Path

from baesong.mail.maildir import mails

HEAD_BYTES = 16 * 1024  # our mails' headers are under 2 kB
MESSAGE_ID = re.compile(rb"^message-id:\s*<?([^<>@\s]+)", re.IGNORECASE | re.MULTILINE)


def message_ids(folder: Path) -> list[str]:
    """Give the id of the message that each mail in the sink carries, or the mail's file where it carries none."""
    return [_message_id(mail.path) for mail in mails(folder)]


def _message_id(mail: Path) -> str:
    """Read the headers alone; a message's id stands before the sign @ of the Message-ID."""
    with mail.open("rb") as file:
        head = file.read(HEAD_BYTES).replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found = MESSAGE_ID.search(head)
    return found[1].decode("ascii", "replace") if found else mail.name
