"""The pipeline as it is measured: the four services, mail recorded as suppressed, the partner silent."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from baesong.api import Api
from baesong.bench.checking import Count, counted
from baesong.bench.drain import Backlog, Drained, Ground, drain
from baesong.bench.orders import Catalogue
from baesong.bench.profiling import page
from baesong.bench.sending import TOPIC
from baesong.bench.showing import Show
from baesong.connection import Connection
from baesong.instance import InstanceSpec
from baesong.running import Instance, running
from baesong.services import SERVICES, part_name

SPEC = InstanceSpec(own={"notifier": {"NOTIFIER_MAIL": "off"}}, mail=False)
OF_THE_ORDER = ("order.placed", "order.changed")
OF_SHIPMENTS = ("shipment.updated",)  # that one was made says nothing that anybody waits for
# Which group reads what; what a partner and an operator say comes in some benchmarks only.
READS: Mapping[str, Sequence[str]] = {
    "order-intake.outside": (TOPIC,),
    "order-intake": OF_SHIPMENTS,
    "allocator": (*OF_THE_ORDER, *OF_SHIPMENTS),
    "fulfiller": (*OF_THE_ORDER, "allocation.decided"),
    "fulfiller.outside": ("partner.swift.inbound",),
    "notifier": (*OF_THE_ORDER, "allocation.decided", *OF_SHIPMENTS),
}


async def run_pipeline(
    backlog: Backlog, show: Show, spec: InstanceSpec = SPEC, stacks: Path | None = None
) -> tuple[Drained, Count]:
    """Put a backlog through the pipeline, in a throwaway instance, and count by id what came of it.

    Args:
        backlog: what goes through.
        show: told of each step.
        spec: the instance.
        stacks: a folder for samples of the services' stacks, where they are wanted.

    Raises:
        BaesongError: an order is missing or a shipment is doubled.
    """
    async with running(spec, show.say) as instance:
        await stocked(instance.connection, backlog.catalogue, backlog.warm_up + backlog.orders, show)
        drained = await drain(ground_of(instance, spec), backlog, show, stacks)
        count = await counted(instance.connection, {*drained.order_ids, *drained.warm_ids}, show)
    return drained, count


async def profiled(backlog: Backlog, show: Show) -> str:
    """Run once for the profile alone, and give it as a page."""
    with tempfile.TemporaryDirectory() as folder:
        drained, _ = await run_pipeline(backlog, show.named("profile"), stacks=Path(folder))
        return page(Path(folder), drained.spent.us_per(backlog.orders))


async def stocked(
    connection: Connection, catalogue: Catalogue, orders: int, show: Show, *, all_partner: bool = False
) -> None:
    """Tell the allocator the places, and stock for so many orders."""
    bodies = [("/locations", catalogue.locations(all_partner=all_partner))]
    bodies += [("/stock", body) for body in catalogue.stock(orders)]
    tell = show.steps("stock loaded", len(bodies))
    async with Api(connection, "allocator") as allocator:
        for number, (path, body) in enumerate(bodies, 1):
            await allocator.write("PUT", path, dict(body), str(uuid4()))
            tell(number)


def ground_of(
    instance: Instance,
    spec: InstanceSpec,
    stand_ins: Sequence[str] = (),
    more_reads: Mapping[str, Sequence[str]] | None = None,
) -> Ground:
    """Say what of an instance of the product counts, and what groups beside its own must have read everything."""
    connection = instance.connection
    parts = [part_name(service, n) for service in spec.services for n in range(spec.replicas_of(service))]
    prefix = connection.topic_prefix
    return Ground(
        instance=instance,
        counted=[*parts, "kafka"],
        stand_ins=stand_ins,
        databases={urlsplit(connection.dsns[service]).path.lstrip("/"): service for service in spec.services},
        reads={prefix + group: [prefix + topic for topic in topics] for group, topics in READS.items()}
        | dict(more_reads or {}),
        first=(f"{prefix}order-intake.outside", SERVICES[0]),
    )
