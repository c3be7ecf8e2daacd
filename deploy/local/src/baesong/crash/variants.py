"""Runs a service with a function of the runtime replaced: `python -m baesong.crash.variants VARIANT[,VARIANT] PACKAGE`.

Two variants are broken on purpose: a suite that does not see them lose orders proves nothing. The third is right, and
only makes a service come by a point that it else comes by too seldom. The product holds none of them.
"""

import runpy
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zlib import crc32

from service_runtime import course, protocol, start_check
from service_runtime.offsets import Offsets
from service_runtime.ports import Outgoing
from service_runtime.reading import Answers, Batch, Handler, Record, Retry
from service_runtime.subscriber import Last, Subscriber
from service_runtime.work import Work

YOUNG_S = 3.0  # less than a killed service takes to come back and read
ONE_IN = 15


def naive_inbox() -> None:
    """An inbox that skips what it has seen, and publishes none of its rows again."""

    async def nothing_again(*_: Any) -> list[Outgoing]:
        return []

    _replaced(protocol, "_published_before_a_crash", nothing_again)


def offsets_first() -> None:
    """Offsets are committed before the transaction, as with acknowledgement on receipt."""
    handled = Subscriber._handle  # noqa: SLF001 - this is what is broken here

    async def committed_then_handled(self: Subscriber, consumer: Any, records: Sequence[Record], last: Last) -> None:
        Offsets.handled(self.offsets, last)
        await Offsets.commit(self.offsets, consumer)
        await handled(self, consumer, records, last)

    _replaced(Subscriber, "_handle", committed_then_handled)
    for module in (start_check, course):  # else it would not start again: the group is ahead of its database
        _replaced(module, "put_back", nothing_noticed)


def nothing_noticed(*_: Any) -> list[str]:
    """See nothing wrong with a group that has read further than its database."""
    return []


def hesitant() -> None:
    """One event in fifteen is put off at first sight, so that its order is blocked and run again a second later.

    Only a young one: a process that was killed has forgotten what it put off, and each time more the schedule waits
    longer, up to minutes.
    """
    decided, seen = Handler.__call__, set[str]()

    async def put_off(self: Handler, batch: Batch[Any], work: Work) -> Answers:
        oldest = (time.time() - YOUNG_S) * 1000
        young = [event.id for event in batch if event.record.timestamp > oldest]
        late = {id_ for id_ in young if crc32(id_.encode()) % ONE_IN == 0} - seen
        seen.update(late)
        rest = Batch(tuple(event for event in batch if event.id not in late))
        answers = await decided(self, rest, work) if len(rest) else Answers({})
        return Answers({**answers.by_id, **{id_: Retry("put off by the crash suite") for id_ in late}})

    _replaced(Handler, "__call__", put_off)


VARIANTS: Mapping[str, Callable[[], None]] = {
    "naive-inbox": naive_inbox,
    "offsets-first": offsets_first,
    "hesitant": hesitant,
}


def _replaced(owner: Any, name: str, by: Any) -> None:
    """Replace what is there: where it is no more, the variant would break nothing and the suite prove nothing."""
    getattr(owner, name)
    setattr(owner, name, by)


def main(variants: str, package: str) -> None:
    """Alter the runtime, then run the service's own `__main__`."""
    for variant in variants.split(","):
        VARIANTS[variant]()
    sys.argv = [package]
    runpy.run_module(package, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
