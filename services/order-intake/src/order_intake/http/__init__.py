"""What order-intake serves: the door for orders, their cancel, looks at what is held and refused, reading it anew."""

from order_intake.http import orders, refused, reinterpreting

ROUTERS = (orders.router, refused.router, reinterpreting.router)
