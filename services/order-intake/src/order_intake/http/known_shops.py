"""Which shops are known, for doors that ask with every request, before anybody has shown who they are."""

from time import monotonic
from typing import Annotated

from fastapi import Depends, Request

from order_intake.store.shops import AtHand, Registry
from service_runtime.http import running


async def known_shops(request: Request) -> Registry:
    """The registry, at most half a second old; raises what answers 503 where the database is away."""
    state = request.app.state
    if not hasattr(state, "shops"):
        state.shops = AtHand(monotonic)
    at_hand: AtHand = state.shops
    return await at_hand.now(running(request).store.pool)


KnownShops = Annotated[Registry, Depends(known_shops)]
