"""The outsiders' own lists: what the feeder sent and what the partner dispatched."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from baesong.feed.evidence import FEEDER, PARTNER, listed
from baesong.verify.books import Evidence
from baesong.verify.held import PartnerPackage, Sent
from baesong.verify.slim import lines_of


def read_evidence(folder: Path) -> Evidence:
    """Read the lists that are there."""
    feeder, partner = folder / FEEDER, folder / PARTNER
    return Evidence(
        sent=[_sent(row) for row in listed(feeder)] if feeder.exists() else None,
        partner_packages=[_package(row) for row in listed(partner)] if partner.exists() else None,
    )


def _sent(row: Mapping[str, Any]) -> Sent:
    return Sent(*(str(row[name]) for name in Sent._fields))


def _package(row: Mapping[str, Any]) -> PartnerPackage:
    return PartnerPackage(row["shipment_id"], row["package_id"], lines_of(row["lines"]))
