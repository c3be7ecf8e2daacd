"""Shopify's REST payloads, of the version 2026-07 and older ones, in our own words. Pure."""

from order_intake.domain.shopify.fulfilments import FulfilmentCame, FulfilmentLine, FulfilmentStatus, read_fulfilment
from order_intake.domain.shopify.orders import WRAPPERS, Translated, read_order
from order_intake.domain.shopify.refunds import RefundCame, read_refund
from order_intake.domain.shopify.signatures import signed_by

__all__ = [
    "WRAPPERS",
    "FulfilmentCame",
    "FulfilmentLine",
    "FulfilmentStatus",
    "RefundCame",
    "Translated",
    "read_fulfilment",
    "read_order",
    "read_refund",
    "signed_by",
]
