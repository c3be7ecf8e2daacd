"""Shipments as they were announced, back as they are held. Pure.

Three things are said of a shipment to others than the services, and are put to it from elsewhere: how often its partner
was written to, of how many units it was told, and how many wait for its answer.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from fulfiller.domain.asks import line_of, undecided
from fulfiller.domain.held import Decision, Duty
from fulfiller.domain.new_work import Book
from fulfiller.domain.shipment import Delivery, Line, Milestone, Package, PackageLine, Shipment, waiting
from order_events import PartnerRequest, PartnerShipment
from order_events import Shipment as Body


def shipment_of(body: Body, version: int, held: Shipment | None) -> Shipment:
    """A shipment at the version at which it was announced; what its partner was told is as held."""
    told = {line.line_id: line.requested for line in held.lines} if held else {}
    return Shipment(
        shipment_id=body.shipment_id,
        name=body.name,
        order_id=body.order_id,
        location_id=body.location_id,
        fulfilled_by=body.fulfilled_by,
        partner_id=body.partner_id,
        status=body.status,
        request_status=body.request_status,
        reason=body.reason,
        lines=tuple(
            Line(
                one.line_id, one.sku, one.ordered, one.shipped, one.released, one.answered,
                requested=told.get(one.line_id, 0), reason=one.reason,
            )
            for one in body.lines
        ),
        packages=_packages(body),
        delivery=_delivery(body),
        order_version=body.order_version,
        revision=body.revision,
        version=version,
        said=held.said if held else 0,
    )  # fmt: skip


def _delivery(body: Body) -> Delivery:
    ship_to = body.ship_to.model_dump_json() if body.ship_to else None
    instructions, wishes = body.instructions.model_dump_json(), body.wishes.model_dump_json()
    return Delivery(ship_to, body.service, instructions, wishes, body.fulfil_by)


def _packages(body: Body) -> tuple[Package, ...]:
    return tuple(
        Package(
            one.package_id,
            tuple(PackageLine(line.line_id, line.sku, line.quantity) for line in one.lines),
            one.carrier,
            one.number,
            one.url,
            tuple(Milestone(at.status, at.happened_at, at.message) for at in one.milestones),
        )
        for one in body.packages
    )


def told(shipment: Shipment, letters: Sequence[tuple[int, PartnerShipment]]) -> Shipment:
    """The shipment after these letters to its partner, each with its version: the request names the units."""
    said = max([shipment.said, *(version for version, _ in letters)])
    for _, letter in letters:
        if letter.kind is PartnerRequest.REQUESTED and letter.work:
            asked = {line.line_id: line.quantity for line in letter.work.lines}
            lines = (replace(one, requested=max(one.requested, asked.get(one.line_id, 0))) for one in shipment.lines)
            shipment = shipment._replace(lines=tuple(lines))
    return shipment._replace(said=said)


def with_what_waits(shipments: Sequence[Shipment], decision: Decision) -> list[Shipment]:
    """Those of an order's shipments in which units wait for the partner's answer that nobody had counted.

    What is asked is answered or waits, and it waits only where the partner was asked to let go and has not spoken.
    """
    book = Book({one.shipment_id: one for one in shipments})
    for site in decision.sites:
        for duty in site.duties:
            if there := book.of(site.location_id, duty.line_id):
                _put_what_waits(book, there, duty)
    return [one for one in book.shipments.values() if one not in shipments]


def _put_what_waits(book: Book, shipment_ids: Sequence[str], duty: Duty) -> None:
    """Each holds as much as is its own, the first of them what is beyond all; see `asks`."""
    lines = {id_: line_of(book, id_, duty.line_id) for id_ in shipment_ids}
    waits = max(0, duty.asked - sum(line.answered for line in lines.values()))
    asked = [id_ for id_, line in lines.items() if undecided(book.shipments[id_], line)]
    own = {}
    for id_ in asked:
        own[id_] = min(waits, lines[id_].ordered - lines[id_].released)
        waits -= own[id_]
    for id_ in asked:
        units = own[id_] + (waits if id_ == asked[0] else 0)
        book.put(waiting(book.shipments[id_], duty.line_id, units - lines[id_].waiting))
