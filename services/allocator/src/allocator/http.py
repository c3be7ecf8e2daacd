"""What the allocator serves: locations, rates and stock, and what is held of an order."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from allocator import store
from allocator.domain.announcing import allocation_decided, events_of
from allocator.domain.codes import sku_key
from allocator.domain.counting import Count as Counting
from allocator.domain.counting import Counted, counted
from allocator.domain.settling import Heard, settle
from order_events import Cause
from order_events.types import Code, Count, CountryCode, Currency, Grams, Id, Latitude, Line, Longitude, Sku
from service_runtime import Act, Read, Reply, Work

router = APIRouter()
MAX_ROWS = 10_000  # of a request; a loader sends more in several
SERVED_AT_ONCE = 500  # waiting orders decided anew by one request: a batch of events, no more
Rate = Annotated[Decimal, Field(ge=0, le=10**9, max_digits=18)]


class Part(BaseModel):
    """A part of a request: what it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LocationIn(Part):
    """A place that holds stock; a partner's place names the partner who does the work there."""

    location_id: Id
    name: Line
    country_code: CountryCode
    postal_code: Code | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    kind: Literal["manual", "partner"] = "manual"
    partner_id: Id | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "LocationIn":
        if (self.kind == "partner") != (self.partner_id is not None):
            raise ValueError("partner_id belongs to a location of kind partner, and to no other")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude come together")
        return self


class RatesIn(Part):
    """What shipping costs, in major units: a parcel, each kilogram, each 100 km."""

    currency: Currency
    parcel: Rate
    per_kg: Rate
    per_100km: Rate


class LocationsIn(Part):
    """Locations to add or to replace, by id; rates replace those there are."""

    locations: tuple[LocationIn, ...] = Field(default=(), max_length=MAX_ROWS)
    rates: RatesIn | None = None

    @model_validator(mode="after")
    def _once_each(self) -> "LocationsIn":
        _refuse_repeated([one.location_id for one in self.locations], "locations")
        return self


class SkuIn(Part):
    """What a SKU is."""

    sku: Sku
    weight_g: Grams = 0
    title: Line = ""


class LevelIn(Part):
    """How many units of a SKU were counted on hand at a location."""

    sku: Sku
    location_id: Id
    on_hand: Count


class StockIn(Part):
    """SKUs to add or to replace, and counts."""

    skus: tuple[SkuIn, ...] = Field(default=(), max_length=MAX_ROWS)
    levels: tuple[LevelIn, ...] = Field(default=(), max_length=MAX_ROWS)

    @model_validator(mode="after")
    def _once_each(self) -> "StockIn":
        _refuse_repeated([sku_key(one.sku) for one in self.skus], "skus")
        _refuse_repeated([(sku_key(one.sku), one.location_id) for one in self.levels], "levels")
        return self

    @property
    def keys(self) -> set[str]:
        """The SKUs it names, as they are compared."""
        return {sku_key(one.sku) for one in self.skus} | {sku_key(one.sku) for one in self.levels}


def _refuse_repeated(keys: Sequence[object], name: str) -> None:
    seen: set[object] = set()
    for position, key in enumerate(keys):
        if key in seen:
            raise ValueError(f"{name}[{position}] names again what stands above it")
        seen.add(key)


@router.put("/locations")
async def put_locations(body: LocationsIn, act: Act) -> Any:
    """Add or replace locations, and the rates."""

    async def decide(work: Work, _: Cause) -> Reply:
        await store.save_locations(work.conn, [one.model_dump() for one in body.locations])
        if body.rates:
            await store.save_rates(work.conn, body.rates.model_dump())
        return Reply(200, {"locations": len(body.locations), "rates": body.rates is not None})

    return (await act.once([], decide)).response()


@router.get("/locations")
async def get_locations(read: Read) -> Any:
    """All locations and the rates, as they are put."""
    return await store.locations_and_rates(read)


@router.put("/stock")
async def put_stock(body: StockIn, act: Act, read: Read) -> Any:
    """Set what is on hand; orders that wait for it are served first, the oldest before the others."""
    waiting = await store.waiting_for(read, body.keys, SERVED_AT_ONCE)

    async def decide(work: Work, cause: Cause) -> Reply:
        return await _count_and_serve(body, waiting, work, cause)

    return (await act.once(waiting, decide)).response()


async def _count_and_serve(body: StockIn, waiting: Sequence[str], work: Work, cause: Cause) -> Reply:
    network = await store.network(work.conn)
    held = await store.held(work.conn, waiting)
    skus = body.keys.union(*(one.skus for one in held.values()))
    await store.save_skus(work.conn, [(sku_key(one.sku), one.sku, one.weight_g, one.title) for one in body.skus])
    counts = [Counting(f"levels[{n}]", sku_key(o.sku), o.location_id, o.on_hand) for n, o in enumerate(body.levels)]
    levels = [(one.sku_key, one.location_id) for one in counts if one.location_id in network.locations]
    await store.add_levels(work.conn, levels)
    await store.lock_stock(work.conn, skus, [])
    shelf = await store.shelf(work.conn, skus)
    outcome = counted(counts, shelf, frozenset(network.locations), cause)
    shelf.book(outcome.moves, cause)
    settled = settle([Heard(order_id, cause) for order_id in waiting], held, shelf, network)
    await store.save(work.conn, held, settled, shelf, work.now)
    work.emit_all(events_of(settled, shelf, network, work.now))
    still = await store.how_many_wait(work.conn, body.keys)
    return _answer(body, outcome, decided=len(settled.said), waiting=still)


def _answer(body: StockIn, outcome: Counted, *, decided: int, waiting: int) -> Reply:
    """What was refused stands beside what was taken; only where all was refused is the request."""
    problems = [one._asdict() for one in outcome.refused]
    if problems and len(problems) == len(body.levels) and not body.skus:
        return Reply(422, {"problems": problems})
    changed = len(outcome.moves)
    unchanged = len(body.levels) - changed - len(problems)
    counts = {"changed": changed, "unchanged": unchanged, "decided": decided, "waiting": waiting}
    return Reply(200, {"skus": len(body.skus), **counts, "refused": problems})


@router.get("/stock/audit")
async def get_audit(read: Read) -> Any:
    """Whether every bucket is what its ledger adds up to, and what left without having been there."""
    unbalanced, missing = await store.unbalanced(read), await store.missing(read)
    return {"balanced": not unbalanced, "unbalanced": unbalanced, "missing": missing}


@router.get("/stock/{sku:path}")
async def get_stock(sku: str, read: Read) -> Any:
    """A SKU and its stock at every location."""
    found = await store.stock_levels(read, sku_key(sku))
    return found or Reply.problem(404, "sku", "unknown_sku", "no such SKU").response()


@router.get("/orders/{order_id}")
async def get_order(order_id: str, read: Read) -> Any:
    """The decision that is held of an order, what its shipments came to, and what it waits for."""
    held = (await store.held(read, [order_id])).get(order_id)
    if held is None or held.order is None:
        return Reply.problem(404, "order_id", "unknown_order", "no such order was decided here").response()
    decision = allocation_decided(held, await store.network(read)).model_dump(mode="json")
    shipments = {
        id_: {**one._asdict(), "lines": {line_id: sums._asdict() for line_id, sums in one.lines.items()}}
        for id_, one in held.shipments.items()
    }
    return {**decision, "shipments": shipments, "excluded": held.excluded, "waiting_for": sorted(held.waiting_for)}
