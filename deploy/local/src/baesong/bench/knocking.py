"""A door for orders over HTTP as 32 clients use it: one connection each, answers counted, orders looked up after."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from baesong.bench import shopify_door
from baesong.bench.checking import placed_in
from baesong.bench.drain import Ground, Meter, Spent
from baesong.bench.figures import percentile, rounded
from baesong.bench.machine import settings
from baesong.bench.orders import Catalogue, Checkout
from baesong.bench.pipeline import SPEC
from baesong.bench.profiling import spied
from baesong.bench.result import Result
from baesong.bench.showing import Show
from baesong.connection import Connection
from baesong.errors import BaesongError
from baesong.running import Instance, running

ALONE = replace(SPEC, services=("order_intake",))
CREATED = b"201"
Door = Literal["api", "shopify"]
Asking = Callable[[Checkout], tuple[bytes, str]]  # a checkout as it goes over the wire, and which order it is


@dataclass
class Knocks:
    """What was answered: milliseconds by request, and which orders were taken."""

    waits_ms: list[float] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    refused: list[bytes] = field(default_factory=list)


def request_of(checkout: Checkout, place: str, key: str) -> bytes:
    """Write a request as it goes over the wire, once: the client's CPU is not what is measured."""
    head = (
        f"POST /orders HTTP/1.1\r\nHost: {place}\r\nAuthorization: {key}\r\nIdempotency-Key: {checkout.ce_id}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(checkout.body)}\r\n\r\n"
    )
    return head.encode() + checkout.body


def asking_at(connection: Connection, door: Door = "api") -> Asking:
    """How an order is posted at a door of this instance."""
    place = urlsplit(connection.url("order_intake")).netloc
    if door == "shopify":
        return lambda checkout: shopify_door.webhook_of(checkout, place)
    key = connection.key_header("order_intake")["Authorization"]
    return lambda checkout: (request_of(checkout, place, key), checkout.order_id)


async def knock(
    connection: Connection, checkouts: Iterator[Checkout], clients: int, per_s: float | None, door: Door = "api"
) -> Knocks:
    """Post orders from so many connections at once, each as soon as it was answered, or when the next is due.

    Args:
        connection: to the instance.
        checkouts: what is posted; shared by all clients.
        clients: how many.
        per_s: the pace of all together; None is as fast as it is answered.
        door: at which door.
    """
    knocks, place = Knocks(), urlsplit(connection.url("order_intake"))
    asking, due = asking_at(connection, door), _due(per_s)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(clients):
            tasks.create_task(_client(place.hostname or "", place.port or 0, asking, checkouts, due, knocks))
    return knocks


def _due(per_s: float | None) -> Iterator[float | None]:
    begun, number = time.perf_counter(), 0
    while True:
        yield None if per_s is None else begun + number / per_s
        number += 1


async def _client(
    host: str, port: int, asking: Asking, checkouts: Iterator[Checkout], due: Iterator[float | None], knocks: Knocks
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    with closing(writer):
        for checkout in checkouts:
            (request, order_id), at = asking(checkout), next(due)
            await asyncio.sleep(0 if at is None else max(0.0, at - time.perf_counter()))
            begun = time.perf_counter() if at is None else at
            writer.write(request)
            status = await _answer(reader)
            knocks.waits_ms.append((time.perf_counter() - begun) * 1000)
            if status == CREATED:
                knocks.taken.add(order_id)
            else:
                knocks.refused.append(status)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """Read an answer to its end and give its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(length)
    return head[9:12]


@dataclass(frozen=True)
class Knocking:
    """What is posted: so many orders by so many clients; then at a pace, to see how long an answer takes.

    Where `stacks` names a folder, the service's stacks are sampled into it while it goes as fast as it can.
    """

    catalogue: Catalogue
    run: str
    orders: int
    warm_up: int
    clients: int
    paced_per_s: float
    door: Door = "api"
    stacks: Path | None = None


async def run_intake(wish: Knocking, show: Show) -> Result:
    """Post orders to one order-intake that stands alone.

    Raises:
        BaesongError: an order was refused, or accepted and is not in the topic exactly once.
    """
    async with running(ALONE, show.say) as instance:
        connection, ground = instance.connection, _ground(instance)
        if wish.door == "shopify":
            await shopify_door.register(connection)
        numbers = iter(wish.catalogue.checkouts(wish.run, 0, wish.warm_up + 2 * wish.orders))
        warm = await knock(connection, _some(numbers, wish.warm_up, show, "warm-up"), wish.clients, None, wish.door)
        meter = Meter(ground)
        with spied(ground.services(), wish.stacks) if wish.stacks else nullcontext():
            quick = _some(numbers, wish.orders, show, "as fast as it goes")
            fast = await knock(connection, quick, wish.clients, None, wish.door)
            spent = meter.until(time.perf_counter())
        calm = _some(numbers, wish.orders, show, f"{wish.paced_per_s:.0f} a second")
        slow = await knock(connection, calm, wish.clients, wish.paced_per_s, wish.door)
        compared([warm, fast, slow], await placed_in(connection), wish.warm_up + 2 * wish.orders)
        under = await settings(instance.admin_dsn)
    return _result(wish, fast, slow, spent, under)


def _ground(instance: Instance) -> Ground:
    name = urlsplit(instance.connection.dsns["order_intake"]).path.lstrip("/")
    return Ground(instance, ("order_intake", "kafka"), (), {name: "order_intake"}, {}, ("", "order_intake"))


def _some(checkouts: Iterator[Checkout], orders: int, show: Show, what: str) -> Iterator[Checkout]:
    tell = show.steps(what, orders)
    for number in range(1, orders + 1):
        yield next(checkouts)
        if number % 100 == 0 or number == orders:
            tell(number)


def compared(all_knocks: Sequence[Knocks], placed: Mapping[str, int], sent: int) -> None:
    """Fail unless each order that was sent was taken, and each that was taken stands in the topic once.

    Raises:
        BaesongError: says how many are wrong.
    """
    refused = [status for knocks in all_knocks for status in knocks.refused]
    taken = {order_id for knocks in all_knocks for order_id in knocks.taken}
    twice = [order_id for order_id, times in placed.items() if times > 1]
    if refused or len(taken) != sent or placed.keys() != taken or twice:
        raise BaesongError(
            f"no figure: of {sent} orders {len(taken)} were taken, {len(refused)} refused ({refused[:3]}), "
            f"{len(placed)} placed, {len(twice)} of them twice"
        )


def _result(wish: Knocking, fast: Knocks, slow: Knocks, spent: Spent, under: Mapping[str, Any]) -> Result:
    return Result(
        "intake" if wish.door == "api" else f"intake-{wish.door}",
        orders=wish.orders,
        orders_per_s=wish.orders / spent.wall,
        cpu_us_per_order=spent.total / wish.orders * 1e6,
        p50_ms=percentile(slow.waits_ms, 0.5),
        p99_ms=percentile(slow.waits_ms, 0.99),
        more={
            "clients": wish.clients,
            "paced_per_s": wish.paced_per_s,
            "fast_p50_ms": rounded(percentile(fast.waits_ms, 0.5)),
            "fast_p99_ms": rounded(percentile(fast.waits_ms, 0.99)),
            "cpu_us_by_process": {name: round(us, 1) for name, us in spent.us_per(wish.orders).items()},
            "left_out": {"clients_us_per_order": rounded(spent.bench / wish.orders * 1e6)},
            "cores_busy": rounded(spent.machine / spent.wall, 2),
            "cores_busy_with_others": rounded(spent.others / spent.wall, 2),
            "orders_from": wish.catalogue.source,
            "settings": under,
        },
    )
