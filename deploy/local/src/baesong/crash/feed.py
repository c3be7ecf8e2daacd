"""What is ordered while things break: the demo's generated run, over and over with new orders, and its oddities."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from baesong.feed.generated import drafts_of_generated
from baesong.feed.sendings import Draft, Sending, sendings

HTTP_EVERY = 5


def checkouts(seed: int, orders: int, *, by_http: bool = True) -> Iterator[Sending]:
    """Give the records of so many orders: cancels, repeats, conflicts and wrong ones among them.

    The partner's lateness, rejections and repeats follow from the orders' ids.
    """
    drafts = _drafts(seed)
    return sendings(f"crash-{seed}", _until(orders, drafts if by_http else (replace(d, door="kafka") for d in drafts)))


def _drafts(seed: int) -> Iterator[Draft]:
    now, sent = datetime.now(UTC), 0
    for run in count():
        drafts = drafts_of_generated(now, f"crash-{seed}-{run}", f"C{run}")
        yield from _more_by_http(_counted_from(sent, draft) for draft in drafts)
        sent += len(drafts)


def _counted_from(before: int, draft: Draft) -> Draft:
    """A record that is sent again is named by its number among all that are sent."""
    return draft if draft.ce_id_of is None else replace(draft, ce_id_of=before + draft.ce_id_of)


def _more_by_http(drafts: Iterable[Draft]) -> Iterator[Draft]:
    """Send every fifth order by HTTP, so that requests die too; what is sent again comes by its own door."""
    known: set[object] = set()
    for draft in drafts:
        id_ = draft.body["source_id"]
        first = not draft.wrong and id_ not in known
        known.add(id_)
        yield replace(draft, door="http") if first and len(known) % HTTP_EVERY == 0 else draft


def _until(orders: int, drafts: Iterator[Draft]) -> Iterator[Draft]:
    """End after so many orders; what is sent again or wrong is none."""
    placed: set[object] = set()
    for draft in drafts:
        yield draft
        if not draft.wrong:
            placed.add(draft.body["source_id"])
        if len(placed) == orders:
            return
