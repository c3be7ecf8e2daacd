"""How shipments are said: to the other services, to partners, to the bench. Pure."""

from collections.abc import Iterator

from orjson import Fragment

from fulfiller.domain.asks import Settled
from fulfiller.domain.fulfilment import Changes, Said
from fulfiller.domain.shipment import Line, Package, Shipment
from order_events import (
    Cause,
    Event,
    PartnerRequest,
    PartnerShipment,
    Problem,
    ShipmentCreated,
    ShipmentUpdated,
    order_of_shipment,
    trusted,
)
from order_events.partners import Work, WorkLine
from order_events.shipments import Milestone as SaidMilestone
from order_events.shipments import Package as SaidPackage
from order_events.shipments import PackageLine as SaidPackageLine
from order_events.shipments import Settled as SaidSettled
from order_events.shipments import ShipmentLine, Staying

NOBODYS = "unknown"  # the shipment and order of a message that names none


def events_of(changes: Changes, cause: Cause) -> Iterator[Event]:
    """One event per changed shipment, and one per thing a partner is told."""
    for shipment in changes.shipments:
        yield Event(body_of(shipment, changes.settled), shipment.version, cause)
    for said in changes.said:
        yield Event(_work_of(said), said.shipment.said, cause, f"partner.{said.shipment.partner_id}.shipments")


def refusal_of(
    partner_id: str,
    message_id: str,
    shipment_id: str | None,
    problems: tuple[Problem, ...],
    version: int,
    cause: Cause,
) -> Event:
    """What a partner is told of a message that was refused; `version` counts refusals of this message id."""
    body = trusted(
        PartnerShipment,
        kind=PartnerRequest.REFUSED,
        order_id=order_of_shipment(shipment_id) if shipment_id else NOBODYS,
        shipment_id=shipment_id or NOBODYS,
        work=None,
        message_id=message_id,
        problems=problems,
    )
    return Event(body, version, cause, f"partner.{partner_id}.shipments")


def body_of(shipment: Shipment, settled: Settled | None = None) -> ShipmentCreated | ShipmentUpdated:
    """The whole shipment as the other services read it; what was read as JSON is said as it."""
    delivery, over = shipment.delivery, shipment.over
    born = shipment.version <= 1 and shipment.untouched
    model: type[ShipmentCreated | ShipmentUpdated] = ShipmentCreated if born else ShipmentUpdated
    return trusted(
        model,
        shipment_id=shipment.shipment_id,
        name=shipment.name,
        order_id=shipment.order_id,
        order_version=shipment.order_version,
        revision=shipment.revision,
        location_id=shipment.location_id,
        fulfilled_by=shipment.fulfilled_by,
        partner_id=shipment.partner_id,
        status=shipment.status,
        request_status=shipment.request_status,
        reason=shipment.reason,
        lines=tuple([_line(line, over=over) for line in shipment.lines]),
        packages=tuple([_package(package) for package in shipment.packages]),
        ship_to=delivery.ship_to and Fragment(delivery.ship_to),
        service=delivery.service,
        instructions=Fragment(delivery.instructions),
        wishes=Fragment(delivery.wishes),
        fulfil_by=delivery.fulfil_by,
        settled=settled and _settled(settled),
    )


def _settled(settled: Settled) -> SaidSettled:
    lines = [trusted(Staying, line_id=line_id, units=units) for line_id, units in settled.staying.items()]
    return trusted(SaidSettled, order_version=settled.order_version, lines=tuple(lines))


def _line(line: Line, *, over: bool) -> ShipmentLine:
    return trusted(
        ShipmentLine,
        line_id=line.line_id,
        sku=line.sku,
        ordered=line.ordered,
        shipped=line.shipped,
        released=line.released,
        answered=line.answered,
        difference=line.ordered - line.shipped if over else 0,
        reason=line.reason,
    )


def _package(package: Package) -> SaidPackage:
    return trusted(
        SaidPackage,
        package_id=package.package_id,
        parcel_id=package.package_id,
        lines=tuple(
            [trusted(SaidPackageLine, line_id=one.line_id, sku=one.sku, quantity=one.quantity) for one in package.lines]
        ),
        carrier=package.carrier,
        number=package.number,
        url=package.url,
        milestones=tuple(
            [
                trusted(SaidMilestone, status=one.status, happened_at=one.happened_at, message=one.message)
                for one in package.milestones
            ]
        ),
    )


def _work_of(said: Said) -> PartnerShipment:
    return trusted(
        PartnerShipment,
        kind=said.kind,
        order_id=said.shipment.order_id,
        shipment_id=said.shipment.shipment_id,
        work=_work(said.shipment),
        message_id=None,
        problems=(),
    )


def _work(shipment: Shipment) -> Work:
    """What a partner sees of a shipment: what is still to be shipped, without the customer."""
    delivery = shipment.delivery
    lines = [(line, line.open) for line in shipment.lines]
    return trusted(
        Work,
        name=shipment.name,
        location_id=shipment.location_id,
        lines=tuple(
            [trusted(WorkLine, line_id=line.line_id, sku=line.sku, quantity=units) for line, units in lines if units]
        ),
        ship_to=delivery.ship_to and Fragment(delivery.ship_to),
        service=delivery.service,
        instructions=Fragment(delivery.instructions),
        wishes=Fragment(delivery.wishes),
        fulfil_by=delivery.fulfil_by,
    )
