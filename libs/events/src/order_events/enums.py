"""Closed sets of the field's own words (Shopify's where one exists), complete from the first version."""

from order_events.types import OpenEnum


class PaymentStatus(OpenEnum):
    """What is paid of an order."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"
    EXPIRED = "expired"
    OTHER = "other"


class ShortagePolicy(OpenEnum):
    """What to do with units that are not there."""

    SHIP_AVAILABLE = "ship_available"
    ALL_OR_NOTHING = "all_or_nothing"
    HOLD_UNTIL_COMPLETE = "hold_until_complete"
    CANCEL_MISSING = "cancel_missing"
    OTHER = "other"


class DeliveryMethod(OpenEnum):
    """How a line reaches the customer; only shipping, local and pickup_point need an address."""

    SHIPPING = "shipping"
    PICKUP = "pickup"
    LOCAL = "local"
    PICKUP_POINT = "pickup_point"
    DIGITAL = "digital"
    NONE = "none"
    OTHER = "other"


class LineKind(OpenEnum):
    """What a line sells; only goods lie in a warehouse."""

    GOODS = "goods"
    GIFT_CARD = "gift_card"
    DIGITAL = "digital"
    SERVICE = "service"
    TIP = "tip"
    POSTAGE = "postage"
    FEE = "fee"
    OTHER = "other"


class AddressClass(OpenEnum):
    """What kind of place an address is, where that decides who can deliver to it."""

    STREET = "street"
    PO_BOX = "po_box"
    MILITARY = "military"
    ISLAND = "island"
    LOCKER = "locker"
    OTHER = "other"


class RiskLevel(OpenEnum):
    """How likely the shop thinks an order to be fraud (Shopify's RiskAssessmentResult)."""

    PENDING = "pending"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    NONE = "none"
    OTHER = "other"


class CancelReason(OpenEnum):
    """Why an order was cancelled."""

    CUSTOMER = "customer"
    DECLINED = "declined"
    FRAUD = "fraud"
    INVENTORY = "inventory"
    STAFF = "staff"
    OTHER = "other"


class ChangeKind(OpenEnum):
    """What happened to an order after it was placed."""

    CANCELLED = "cancelled"
    KEPT = "kept"  # part of a cancel that came too late
    HELD = "held"
    RELEASED = "released"
    EDITED = "edited"
    PAID = "paid"
    EXPIRED = "expired"
    OTHER = "other"


class UnitOutcome(OpenEnum):
    """What becomes of a unit that was ordered."""

    ALLOCATED = "allocated"
    BACKORDERED = "backordered"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    OTHER = "other"


class DecisionOutcome(OpenEnum):
    """What becomes of an order as a whole."""

    ALLOCATED = "allocated"
    PARTIALLY_ALLOCATED = "partially_allocated"
    BACKORDERED = "backordered"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    OTHER = "other"


class FulfilledBy(OpenEnum):
    """Who does the work at a location."""

    MANUAL = "manual"
    PARTNER = "partner"
    DIGITAL = "digital"
    OTHER = "other"


class ShipmentStatus(OpenEnum):
    """Shopify's FulfillmentOrderStatus."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    SCHEDULED = "scheduled"
    ON_HOLD = "on_hold"
    INCOMPLETE = "incomplete"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    OTHER = "other"


class RequestStatus(OpenEnum):
    """Shopify's FulfillmentOrderRequestStatus: where the talk with the partner stands."""

    UNSUBMITTED = "unsubmitted"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLATION_REQUESTED = "cancellation_requested"
    CANCELLATION_ACCEPTED = "cancellation_accepted"
    CANCELLATION_REJECTED = "cancellation_rejected"
    CLOSED = "closed"
    OTHER = "other"


class RejectionReason(OpenEnum):
    """Shopify's FulfillmentOrderRejectionReason: the 14 reasons a partner may give."""

    INCORRECT_ADDRESS = "incorrect_address"
    INVENTORY_OUT_OF_STOCK = "inventory_out_of_stock"
    INELIGIBLE_PRODUCT = "ineligible_product"
    UNDELIVERABLE_DESTINATION = "undeliverable_destination"
    INTERNATIONAL_SHIPPING_UNAVAILABLE = "international_shipping_unavailable"
    INCORRECT_PRODUCT_INFO = "incorrect_product_info"
    MISSING_CUSTOMS_INFO = "missing_customs_info"
    INVALID_SKU = "invalid_sku"
    PAYMENT_DECLINED = "payment_declined"
    PACKAGE_PREFERENCE_NOT_SET = "package_preference_not_set"
    INVALID_CONTACT_INFORMATION = "invalid_contact_information"
    ORDER_TOO_LARGE = "order_too_large"
    MERCHANT_BLOCKED_OR_SUSPENDED = "merchant_blocked_or_suspended"
    OTHER = "other"


class MilestoneStatus(OpenEnum):
    """Shopify's FulfillmentEventStatus, and `dispatched` for the moment a package leaves."""

    DISPATCHED = "dispatched"
    CONFIRMED = "confirmed"
    LABEL_PURCHASED = "label_purchased"
    LABEL_PRINTED = "label_printed"
    READY_FOR_PICKUP = "ready_for_pickup"
    CARRIER_PICKED_UP = "carrier_picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED_DELIVERY = "attempted_delivery"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    FAILURE = "failure"
    OTHER = "other"


class PartnerRequest(OpenEnum):
    """What we say to a partner about one shipment."""

    REQUESTED = "requested"
    CANCELLATION_REQUESTED = "cancellation_requested"
    CHANGED = "changed"
    REFUSED = "refused"
    OTHER = "other"


class PartnerAnswer(OpenEnum):
    """What a partner says to us about one shipment."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLATION_ACCEPTED = "cancellation_accepted"
    CANCELLATION_REJECTED = "cancellation_rejected"
    DISPATCHED = "dispatched"
    EVENT = "event"
    CLOSED = "closed"
    OTHER = "other"


class AnswerStatus(OpenEnum):
    """How a door answers a checkout."""

    ACCEPTED = "accepted"
    HELD = "held"
    CHANGED = "changed"
    REFUSED = "refused"
    OTHER = "other"


class Fact(OpenEnum):
    """What a customer is told, once each."""

    CONFIRMED = "confirmed"
    ORDER_CHANGED = "order_changed"
    ON_HOLD = "on_hold"  # because the customer is needed
    DELAYED = "delayed"
    CONSENT_ASKED = "consent_asked"
    CONSENT_ANSWERED = "consent_answered"
    SHIPPED = "shipped"
    TRACKING_CHANGED = "tracking_changed"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    LOCATION_CHANGED = "location_changed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    RETURN_STEP = "return_step"
    CHECKOUT_ABANDONED = "checkout_abandoned"
    OPERATOR_MESSAGE = "operator_message"
    OTHER = "other"


class MessageStatus(OpenEnum):
    """What became of one message."""

    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    OTHER = "other"


class EffectState(OpenEnum):
    """Where an outside effect stands."""

    INTENT = "intent"
    LEASED = "leased"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    OTHER = "other"
