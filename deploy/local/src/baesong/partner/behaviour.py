"""How the simulated partner behaves: chances drawn from a seed and a shipment's id, the same in every run."""

from dataclasses import dataclass
from hashlib import blake2b

REJECTIONS = (
    ("inventory_out_of_stock", "We counted again: not enough on the shelf."),
    ("undeliverable_destination", "Our carriers do not serve this address."),
    ("incorrect_address", "The street could not be found."),
    ("order_too_large", "Too large for our packing line."),
)
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How often the partner does what, and how long it takes (seconds).

    Args:
        seed: another seed draws another run.
        reject: share of shipments it will not ship.
        parts: share it dispatches in two parts, of those with two units or more.
        late: share it answers late.
        double: share whose every answer it sends twice.
        keep: share of cancellations it does not let go.
        travel: share of packages it reports on after dispatch.
        pack_s: from accepted to dispatched.
        late_s: how late a late answer is.
    """

    seed: str = "swift"
    reject: float = 0.03
    parts: float = 0.2
    late: float = 0.04
    double: float = 0.04
    keep: float = 0.4
    travel: float = 0.3
    pack_s: Range = (0.0, 0.0)
    late_s: Range = (2.5, 4.0)

    def rejects(self, shipment_id: str) -> bool:
        """Say whether it will not ship this."""
        return self.draw(shipment_id, "reject") < self.reject

    def is_late(self, shipment_id: str) -> bool:
        """Say whether its first answer comes late."""
        return self.draw(shipment_id, "late") < self.late

    def doubles(self, shipment_id: str) -> bool:
        """Say whether it sends every answer twice."""
        return self.draw(shipment_id, "double") < self.double

    def keeps(self, shipment_id: str) -> bool:
        """Say whether it insists on shipping when asked to let go."""
        return self.draw(shipment_id, "keep") < self.keep

    def reports(self, package_id: str) -> bool:
        """Say whether it tells how a package travels."""
        return self.draw(package_id, "travel") < self.travel

    def in_parts(self, shipment_id: str) -> bool:
        """Say whether it dispatches in two parts, if it can."""
        return self.draw(shipment_id, "parts") < self.parts

    def why_rejected(self, shipment_id: str) -> tuple[str, str]:
        """Give the reason of a rejection, as code and in words."""
        return REJECTIONS[int(self.draw(shipment_id, "why") * len(REJECTIONS))]

    def lateness_s(self, shipment_id: str) -> float:
        """Give how long its first answer takes."""
        low, high = self.late_s if self.is_late(shipment_id) else (0.0, 0.0)
        return low + (high - low) * self.draw(shipment_id, "lateness")

    def packing_s(self, shipment_id: str) -> float:
        """Give how long it packs."""
        low, high = self.pack_s
        return low + (high - low) * self.draw(shipment_id, "packing")

    def draw(self, about: str, what: str) -> float:
        """Give a number in [0, 1) that is the same for the same seed, thing and question."""
        digest = blake2b(f"{self.seed}\n{what}\n{about}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64


# Rates that look sane on past orders, as fast as it goes; and a small run that shows everything often enough to count.
BUSY = Behaviour()
SHOWING = Behaviour(reject=0.12, late=0.1, double=0.1, pack_s=(0.8, 1.8))
BEHAVIOURS = {"busy": BUSY, "showing": SHOWING}
