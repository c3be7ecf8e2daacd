"""Which instance an auditor looks at: addresses, and nothing of the services' own words about themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from baesong.connection import Connection
from baesong.databases import at
from baesong.feed.evidence import evidence_folder


@dataclass(frozen=True)
class View:
    """Where an instance's books are.

    Args:
        bootstrap: where Kafka is.
        topic_prefix: what stands before the name of each of its topics.
        dsns: per service (by package) its database, as somebody who may read all of it.
        mail_dir: the mail sink's folder; None where mail goes elsewhere, and mails are then not counted.
        evidence_dir: where the outsiders' own lists are; a list that is not there is not compared.
    """

    bootstrap: str
    topic_prefix: str
    dsns: Mapping[str, str]
    mail_dir: Path | None
    evidence_dir: Path


def view_of(connection: Connection) -> View:
    """Give the view on an instance that runs: its databases as the administrator, where the server is his."""
    own_sink = connection.smtp_url is not None and connection.maildir.is_dir()
    return View(
        bootstrap=connection.bootstrap,
        topic_prefix=connection.topic_prefix,
        dsns={service: _as_administrator(connection.admin_dsn, dsn) for service, dsn in connection.dsns.items()},
        mail_dir=connection.maildir if own_sink else None,
        evidence_dir=evidence_folder(connection.state),
    )


def _as_administrator(admin_dsn: str, dsn: str) -> str:
    admin, own = urlsplit(admin_dsn), urlsplit(dsn)
    same = (admin.hostname, admin.port) == (own.hostname, own.port)
    return at(admin_dsn, own.path.lstrip("/")) if same else dsn
