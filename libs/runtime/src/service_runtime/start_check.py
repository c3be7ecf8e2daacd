"""What is asked before a service does anything: whether its database knows all that its groups have read.

What was meant in a copy made earlier may be done long since, so neither effects nor timers nor requests may find it.
Partitions are checked once more as they are assigned.
"""

from collections.abc import Mapping, Sequence

import structlog

from service_runtime.past import Past
from service_runtime.ports import Store
from service_runtime.retained import OffsetNotInLogError, advice, put_back

LOG = structlog.get_logger("start")


async def refuse_a_copy(
    service: str, store: Store, bootstrap: str, prefix: str, inputs: Mapping[str, Sequence[str]]
) -> None:
    """Return if the database is not behind its groups.

    Args:
        service: for the advice.
        store: the service's own.
        bootstrap: Kafka.
        prefix: of the instance's topics and groups.
        inputs: topics by the group that reads them.

    Raises:
        OffsetNotInLogError: it was put back, or somebody moved a group.
    """
    async with Past(bootstrap, prefix) as past:
        lines = [line for group, topics in inputs.items() for line in await _behind(past, store, group, topics)]
    if lines:
        LOG.error("not started: the database is behind what was read", missing=lines, do=advice(service))
        raise OffsetNotInLogError("; ".join(lines))


async def _behind(past: Past, store: Store, group: str, topics: Sequence[str]) -> list[str]:
    """The group is asked first: other replicas go on meanwhile, and none commits what is not stored."""
    committed = await past.committed(group, await past.parts(topics))
    return put_back(committed, await store.consumed_through(list(committed)))
