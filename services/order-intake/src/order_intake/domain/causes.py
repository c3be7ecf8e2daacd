"""What an order waits for: a reason in Shopify's words, and what of the order it is. Pure values."""

from enum import StrEnum
from hashlib import sha256

from msgspec import Struct

_UNREAD = ".unread."


class HoldReason(StrEnum):
    """Shopify's FulfillmentHoldReason: the 8 reasons why an order waits."""

    AWAITING_PAYMENT = "awaiting_payment"
    HIGH_RISK_OF_FRAUD = "high_risk_of_fraud"
    INCORRECT_ADDRESS = "incorrect_address"
    INVENTORY_OUT_OF_STOCK = "inventory_out_of_stock"
    UNKNOWN_DELIVERY_DATE = "unknown_delivery_date"
    ONLINE_STORE_POST_PURCHASE_CROSS_SELL = "online_store_post_purchase_cross_sell"
    AWAITING_RETURN_ITEMS = "awaiting_return_items"
    OTHER = "other"


class Cause(Struct, frozen=True):
    """Something in an order that must be mended or waited for, in words; `of`: what makes it another one.

    `unread`: it lies in words of the shop that could not be understood, so only reading them again can tell.
    """

    reason: HoldReason
    note: str
    of: str
    line_ids: tuple[str, ...] = ()
    unread: bool = False

    @property
    def hold_id(self) -> str:
        """The same cause sets the same hold: one that was released does not come again."""
        return f"{self.reason}{_UNREAD if self.unread else '.'}{sha256(self.of.encode()).hexdigest()[:12]}"


def is_unread(hold_id: str) -> bool:
    """Whether a hold is of words that could not be understood."""
    return _UNREAD in hold_id
