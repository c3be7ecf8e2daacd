"""What shops said of orders bit by bit: one function per query."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from order_intake.domain.facts import Fact, newest
from order_intake.store import SQL
from service_runtime import Connection

_written, _read = msgspec.json.Encoder().encode, msgspec.json.Decoder(Fact).decode


async def save(conn: Connection, facts: Mapping[str, Sequence[Fact]]) -> None:
    """Keep the newest state of each bit, by its order."""
    rows = [(order_id, fact) for order_id, those in facts.items() for fact in newest(those)]
    if rows:
        await conn.execute(
            SQL.save_facts,
            [order_id for order_id, _ in rows],
            [fact.kind.value for _, fact in rows],
            [fact.fact_id for _, fact in rows],
            [fact.at for _, fact in rows],
            [_written(fact).decode() for _, fact in rows],
        )


async def of(conn: Connection, order_ids: Sequence[str]) -> dict[str, list[Fact]]:
    """What was said of these orders, held or not."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for row in await conn.fetch(SQL.facts_of, order_ids) if order_ids else []:
        found[row["order_id"]].append(_read(row["document"]))
    return found
