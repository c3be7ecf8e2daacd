"""What order-intake serves: the doors for orders, what is done to them, looks at what is held and refused, shops."""

from order_intake.http import acts, browsing, bulk, orders, refused, reinterpreting, shopify, shops

ROUTERS = (
    browsing.router,
    orders.router,
    bulk.router,
    acts.router,
    refused.router,
    reinterpreting.router,
    shops.router,
    shopify.router,
)
