"""The mails in the local sink, each by the hash of its Message-ID."""

from pathlib import Path

from baesong.mail.maildir import mail_names
