"""What order-intake serves: the door for orders, their cancel, and looks at what is held and what was refused."""

from order_intake.http import orders, refused

ROUTERS = (orders.router, refused.router)
