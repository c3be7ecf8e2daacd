"""Proves an instance's books: waits until it has settled, reads everything, holds it against the rules."""

import time

from baesong.part import Say, silent
from baesong.verify.books import Books
from baesong.verify.databases import ServiceDatabases, opened_databases
from baesong.verify.evidence import read_evidence
from baesong.verify.log import Ends, Log, opened
from baesong.verify.mails import message_ids
from baesong.verify.reading import read_topics
from baesong.verify.report import Report, report_of
from baesong.verify.rules import RULES
from baesong.verify.settling import QUIET_S, Watch
from baesong.verify.view import View

TIMEOUT_S = 120.0


async def verify(view: View, timeout_s: float = TIMEOUT_S, say: Say = silent, *, quiet_s: float = QUIET_S) -> Report:
    """Prove the books of an instance.

    Args:
        view: where its books are.
        timeout_s: how long to wait for it to settle.
        say: told of each step, one line each.
        quiet_s: for how long nothing may move.

    Raises:
        BaesongError: Kafka or a database cannot be read.
    """
    deadline = time.monotonic() + timeout_s
    async with opened(view.bootstrap, view.topic_prefix) as log, opened_databases(view.dsns) as databases:
        watch = Watch(log, databases, quiet_s)
        while True:
            say("waits until nothing moves")
            standing = await watch.settled(deadline)
            if standing.waits:
                return Report(waits=standing.waits)
            say(f"reads {sum(standing.ends.values())} records")
            books = await read_books(view, log, databases, standing.ends)
            if await log.ends() == standing.ends:  # else it moved while it was read
                return report_of(books, tuple(rule.audit(books) for rule in RULES))


async def read_books(view: View, log: Log, databases: ServiceDatabases, ends: Ends) -> Books:
    """Read all that is known of an instance, its topics up to these ends."""
    topics = await read_topics(log, ends)
    mails = message_ids(view.mail_dir) if view.mail_dir else None
    return Books(topics, await databases.read(), read_evidence(view.evidence_dir), mails)
