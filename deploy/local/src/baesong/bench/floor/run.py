"""One run of the floor."""

from baesong.bench.drain import Backlog, Drained, Ground, drain
from baesong.bench.floor.checking import check
from baesong.bench.floor.hops import database_of, group_of, reads, started
from baesong.bench.shape import Shape
from baesong.bench.showing import Show
from baesong.instance import InstanceSpec
from baesong.running import Instance, running
from baesong.services import SERVICES

SPEC = InstanceSpec(services=(), mail=False)


async def run_floor(backlog: Backlog, shape: Shape, show: Show) -> Drained:
    """Relay a backlog through the four hops, in a throwaway instance, and check by id that nothing is missing.

    Raises:
        BaesongError: a record is missing or doubled.
    """
    async with running(SPEC, show.say) as instance:
        await started(instance, shape)
        drained = await drain(_ground(instance), backlog, show)
        await check(instance.connection, shape, drained, show)
    return drained


def _ground(instance: Instance) -> Ground:
    connection = instance.connection
    hops = [f"floor-{service}" for service in SERVICES]
    return Ground(
        instance=instance,
        counted=[*hops, "kafka"],
        stand_ins=(),
        databases={database_of(service): f"floor-{service}" for service in SERVICES},
        reads=reads(connection),
        first=(group_of(connection, SERVICES[0]), hops[0]),
    )
