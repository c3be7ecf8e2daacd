"""What every target brings: the instance it wants, how many strikes it makes, and the strikes."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from baesong.crash.stage import Stage
from baesong.crash.wish import Wish
from baesong.instance import InstanceSpec


class Target(ABC):
    """Something that is broken while orders flow."""

    name: ClassVar[str]
    loses: ClassVar[bool] = False  # a negative control: it must lose orders
    gated: ClassVar[bool] = True  # orders are released in portions, one with each strike
    by_http: ClassVar[bool] = True  # some of the orders
    longest_pause_s: ClassVar[float | None] = None  # a longer one breaks the promise

    def __init__(self, wish: Wish, failpoints: Path) -> None:
        self.wish = wish
        self.failpoints = failpoints

    @property
    def strikes(self) -> int:
        """How many strikes it makes."""
        return self.wish.kills

    def spec(self) -> InstanceSpec:
        """Give the instance it wants."""
        return InstanceSpec()

    @abstractmethod
    async def strike(self, stage: Stage) -> None:
        """Break things while orders flow; all is well again when this returns."""
