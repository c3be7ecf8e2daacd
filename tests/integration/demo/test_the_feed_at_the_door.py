import asyncio
from collections import Counter
from datetime import UTC, datetime

from baesong.connection import Connection
from baesong.demo.watch import Watch
from baesong.feed.evidence import FEEDER, EvidenceList, evidence_folder, listed
from baesong.feed.feeder import Feeder
from baesong.feed.generated import AT_ONCE, IN_PACKING, ORDERS, TOO_LATE, drafts_of_generated
from baesong.feed.sendings import sendings
from baesong.instance import InstanceSpec
from baesong.running import running


async def fed(connection: Connection) -> Watch:
    """Feed the generated run, and give what was seen once every record on Kafka is answered."""
    evidence = EvidenceList(evidence_folder(connection.state) / FEEDER)
    async with Watch(connection).following() as watch:
        await Feeder(connection, evidence, None).feed(sendings("t", drafts_of_generated(datetime.now(UTC))))
        sent = list(listed(evidence_folder(connection.state) / FEEDER))
        on_kafka = {row["ce_id"] for row in sent if row["door"] == "kafka"}
        async with asyncio.timeout(60):
            while watch.tally.events["checkout.answered"] < len(on_kafka):
                await asyncio.sleep(0.1)
            await watch.caught_up()
    evidence.close()
    return watch


async def test_what_comes_of_each_record_is_what_the_list_expects() -> None:
    async with running(InstanceSpec(services=("order_intake",))) as instance:
        watch = await fed(instance.connection)
        sent = list(listed(evidence_folder(instance.connection.state) / FEEDER))
    assert Counter(row["expect"] for row in sent)["placed"] == ORDERS
    assert watch.tally.orders.keys() == {row["order_id"] for row in sent if row["expect"] == "placed"}
    # A record sent twice under one id is one record.
    answered = Counter({row["ce_id"]: row["expect"] for row in reversed(sent) if row["door"] == "kafka"}.values())
    names = {"accepted": "placed"}
    assert Counter({names.get(n, n): count for n, count in watch.tally.answers.items()}) == answered
    assert sum(order.is_cancelled for order in watch.tally.orders.values()) == AT_ONCE + IN_PACKING + TOO_LATE
