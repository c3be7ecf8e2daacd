"""Whether an address can be delivered to, and what kind of place it is. Pure; the package's words are its surface."""

from order_intake.domain.addresses.address import Address, AddressClass, Finding
from order_intake.domain.addresses.checking import check
from order_intake.domain.addresses.countries import tidy_postcode
from order_intake.domain.addresses.korea_reading import KoreanReading, korean_reading
from order_intake.domain.addresses.proposing import Proposal, propose

__all__ = [
    "Address",
    "AddressClass",
    "Finding",
    "KoreanReading",
    "Proposal",
    "check",
    "korean_reading",
    "propose",
    "tidy_postcode",
]
