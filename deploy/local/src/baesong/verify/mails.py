"""The mails in the local sink, each by the hash of its Message-ID; a second copy stands twice."""

from pathlib import Path

from baesong.mail.maildir import mails


def mail_keys(folder: Path) -> list[str]:
    """Give the key of every mail in the sink."""
    return [mail.key for mail in mails(folder)]
