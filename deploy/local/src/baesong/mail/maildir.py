"""A folder of mails, named so that a mail is found by its Message-ID without looking into any other."""

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import compat32, default
from pathlib import Path


def key_of(message_id: str) -> str:
    """Give the sha256 of a Message-ID, which is taken without outer spaces and angle brackets."""
    return hashlib.sha256(message_id.strip().strip("<>").encode()).hexdigest()


def key_of_mail(content: bytes) -> str:
    """Give the key of a raw mail; one without a Message-ID is known by its whole content."""
    said = BytesHeaderParser(policy=compat32).parsebytes(content)["Message-ID"]
    return key_of(str(said)) if said else hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Mail:
    """A mail as it came; a second copy with the same Message-ID has the copy number 1."""

    key: str
    copy: int
    path: Path

    @property
    def id(self) -> str:
        """What an operator types to see it."""
        return self.key[:12] if self.copy == 0 else f"{self.key[:12]}.{self.copy}"

    @property
    def received_at(self) -> datetime:
        """When it came."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    def message(self) -> EmailMessage:
        """Give it parsed."""
        parsed = message_from_bytes(self.path.read_bytes(), policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed


class Maildir:
    """The mails under a folder: written under `tmp`, then renamed into `new` as `<key>.<copy>`."""

    def __init__(self, folder: Path) -> None:
        self._tmp, self._new = folder / "tmp", folder / "new"
        for each in (self._tmp, self._new, folder / "cur"):
            each.mkdir(parents=True, exist_ok=True)
        self._copies: dict[str, int] = {}
        for mail in _scan(self._new):
            self._copies[mail.key] = max(self._copies.get(mail.key, 0), mail.copy + 1)

    def add(self, content: bytes) -> Mail:
        """Keep a mail. A crash loses it or keeps it whole; it is not synced to disk: a sink owes nobody that."""
        key = key_of_mail(content)
        copy = self._copies.get(key, 0)
        writing = self._tmp / f"{key}.{copy}"
        writing.write_bytes(content)
        self._copies[key] = copy + 1
        return Mail(key, copy, writing.rename(self._new / writing.name))

    def holds(self, key: str) -> bool:
        """Say whether a mail with this key is there."""
        return key in self._copies


def _scan(new: Path) -> list[Mail]:
    if not new.is_dir():
        return []
    with os.scandir(new) as entries:
        return [_named(Path(entry.path)) for entry in entries]


def _named(path: Path) -> Mail:
    key, _, copy = path.name.partition(".")
    return Mail(key, int(copy or 0), path)


def mails(folder: Path) -> list[Mail]:
    """Give all mails of a folder, oldest first."""
    return sorted(_scan(folder / "new"), key=lambda mail: (mail.received_at, mail.key, mail.copy))


def mails_with(folder: Path, start: str) -> list[Mail]:
    """Give the mails whose id, key or Message-ID (then whole) it is."""
    return [
        mail for mail in mails(folder) if mail.id == start or mail.key.startswith(start) or mail.key == key_of(start)
    ]
