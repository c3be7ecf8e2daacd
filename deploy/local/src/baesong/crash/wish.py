"""What a crash run is asked to do. Pure."""

from dataclasses import dataclass

DEFAULT_ORDERS, DEFAULT_KILLS, DEFAULT_RATE = 600, 12, 100.0


@dataclass(frozen=True)
class Wish:
    """How much is broken, and while how many orders flow.

    Args:
        orders: how many are sent.
        kills: how often something is broken.
        seed: of the kills and of the orders.
        rate: records per second; None is as fast as it goes.
    """

    orders: int = DEFAULT_ORDERS
    kills: int = DEFAULT_KILLS
    seed: int = 1
    rate: float | None = DEFAULT_RATE
