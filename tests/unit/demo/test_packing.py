from typing import Any

from baesong.partner.behaviour import Behaviour
from baesong.partner.packing import parcels_of

WHOLE, IN_PARTS = Behaviour(parts=0), Behaviour(parts=1)


def shipment(*lines: tuple[int, int, int], packages: int = 0) -> dict[str, Any]:
    said = [
        {"line_id": str(n), "sku": f"S{n}", "ordered": ordered, "shipped": shipped, "released": released}
        for n, (ordered, shipped, released) in enumerate(lines)
    ]
    return {"shipment_id": "o-F1", "location_id": "KR-SEO", "lines": said, "packages": [{}] * packages}


def units(parcels) -> int:
    return sum(line["quantity"] for parcel in parcels for line in parcel.body["lines"])


def test_all_open_units_go_into_one_package():
    [parcel] = parcels_of(shipment((3, 0, 0), (2, 1, 1)), WHOLE)
    assert parcel.body["lines"] == [{"line_id": "0", "quantity": 3}]
    assert parcel.body["carrier"]
    assert parcel.body["number"]


def test_two_packages_hold_every_unit_once():
    parcels = parcels_of(shipment((3, 0, 0), (1, 0, 0)), IN_PARTS)
    assert [parcel.package_id for parcel in parcels] == ["o-F1-B1", "o-F1-B2"]
    assert units(parcels) == 4


def test_what_is_left_after_a_package_goes_into_one_with_the_next_id():
    parcels = parcels_of(shipment((3, 2, 0), packages=1), IN_PARTS)
    assert [parcel.package_id for parcel in parcels] == ["o-F1-B2"]
    assert units(parcels) == 1


def test_nothing_open_is_nothing_to_pack():
    assert parcels_of(shipment((3, 2, 1)), WHOLE) == []
