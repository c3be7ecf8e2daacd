"""The toy service in the simulation: its rule over a dict, its inputs, and what must hold when the world is quiet."""

from datetime import timedelta
from random import Random

from order_events import Event
from running_services import said
from service_runtime import Answers, Batch, Retry, Timer, Work, consumes, fires
from service_runtime.decoding import Routes
from service_runtime.protocol import Protocol
from service_runtime.simulation import Chance, Input, MemoryLog, MemoryStore, Outcome, World
from toy import Asked, Told

ORDERS, PARTITIONS = 6, 2
LATER, REMINDER = timedelta(seconds=5), 1000


@consumes(Asked)
async def on_asks(batch: Batch[Asked], work: Work) -> Answers:
    """Count; an ask that must fail first is tried again, and a count follows the one before."""
    retries = {}
    for event in batch:
        tries = work.conn[event.id] = work.conn.get(event.id, 0) + 1
        if tries <= event.body.failures:
            retries[event.id] = Retry("not yet")
            continue
        said_so_far = (*work.conn.get(event.order_id, ()), event.body.n)
        work.conn[event.order_id] = said_so_far
        if len(said_so_far) == 1:
            work.set_timer(Timer(f"remind|{event.order_id}", "remind", event.order_id, work.now + LATER))
        told = Told(order_id=event.order_id, count=len(said_so_far))
        work.emit(Event(told, len(said_so_far), event.cause))
    return Answers.but(batch, retries)


@fires("remind")
async def on_reminders(batch: Batch[Timer], work: Work) -> Answers:
    """Tell an order once more, a while after its first ask: count 0."""
    work.emit_all(Event(Told(order_id=event.order_id, count=0), REMINDER, event.cause) for event in batch)
    return Answers.done(batch)


def inputs_of(seed: int, orders: int = ORDERS) -> tuple[list[Input], dict[str, int]]:
    """Some asks of some orders, a few of them repeated or failing first; and how many each order has."""
    random = Random(seed)
    wanted = {f"order-{n}": random.randint(1, 4) for n in range(orders)}
    rows = []
    for order, most in wanted.items():
        asks = [Asked(order_id=order, n=n, failures=random.choice([0, 0, 0, 1, 2])) for n in range(1, most + 1)]
        rows.append([_record(ask) for ask in asks])
    records = []
    while any(rows):
        row = random.choice([row for row in rows if row])
        records.append(row.pop(0))
        if random.random() < 0.2:
            records.append(random.choice(records))
    return records, wanted


def _record(ask: Asked) -> Input:
    topic, key, value, headers = said(ask, ask.n, f"{ask.order_id} {ask.n}")
    assert key is not None
    assert value is not None
    return Input(topic, key, value, tuple(headers))


async def simulate(seed: int, world: type[World] = World) -> tuple[Outcome, dict[str, int]]:
    """One world from its seed to its end."""
    chance = Chance(seed, world.crash_rate)
    log, store = MemoryLog(PARTITIONS, chance), MemoryStore(chance)
    protocol = Protocol("toy", Routes.of([on_asks, on_reminders]), (), store, log, chance)
    inputs, wanted = inputs_of(seed)
    return await world(protocol, log, store, chance).run(inputs, [Asked.event_type]), wanted


class Reset(World):
    """Nobody crashes; when all is quiet an operator resets every offset to the beginning, once."""

    said = 0
    replicas = 1

    async def _disturb(self) -> None:
        """Nothing happens by chance."""

    def _quiet(self, waiting: list[Input]) -> bool:
        if not super()._quiet(waiting):
            return False
        if not self.said:
            self.said = len(self.log.of(Told.event_type))
            self.log.committed.update(dict.fromkeys(self.owners, 0))
            self.moves.update(list(self.owners))
            return False
        return True


async def said_again_by_a_reset(seed: int) -> int:
    """How many records an offset reset of the live group to the beginning added."""
    chance = Chance(seed, crashes_left=0)
    log, store = MemoryLog(PARTITIONS, chance), MemoryStore(chance)
    protocol = Protocol("toy", Routes.of([on_asks, on_reminders]), (), store, log, chance)
    world = Reset(protocol, log, store, chance)
    await world.run(inputs_of(seed, 5 * ORDERS)[0], [Asked.event_type])
    return len(log.of(Told.event_type)) - world.said


def broken(outcome: Outcome, wanted: dict[str, int]) -> list[str]:
    """What is lost, doubled or out of sequence; nothing, when the protocol is right."""
    own = outcome.store.tables.own
    told = {dict(r.headers)["ce_id"]: r.value for r in outcome.log.of(Told.event_type)}
    bodies = {(dict(r.headers)["ce_id"], r.value) for r in outcome.log.of(Told.event_type)}
    breaks = [] if outcome.settled else ["it never settled"]
    for order, most in wanted.items():
        counted = own.get(order, ())
        if tuple(sorted(counted) if outcome.skipped else counted) != tuple(range(1, most + 1)):
            breaks.append(f"{order}: counted {counted}, asked {most} times in sequence")
    reminded = [id_ for id_, value in told.items() if b'"count":0' in (value or b"")]
    if len(told) - len(reminded) != sum(wanted.values()):
        breaks.append(f"told {len(told) - len(reminded)} of {sum(wanted.values())}")
    if len(reminded) != len(wanted):
        breaks.append(f"reminded {len(reminded)} times of {len(wanted)} orders")
    if len(bodies) != len(told):
        breaks.append("one id was published with two bodies")
    return breaks
