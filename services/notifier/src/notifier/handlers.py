"""What the notifier listens to: it keeps the newest of everything, and tells each fact once all it needs is there."""

from collections.abc import Collection
from datetime import datetime

from notifier import store
from notifier.domain.letters import Letter
from notifier.domain.sending import Policy
from notifier.domain.telling import Heard, eventful, heard, heard_of_uneventful
from notifier.domain.things import Thing
from notifier.news import thing_of
from notifier.notices import payload_of, suppressed
from notifier.reads import ChangedRead, DecidedRead, PlacedRead, Read, ShipmentRead
from notifier.settings import Settings
from order_events import Cause, Event
from service_runtime import Answers, Batch, ByVersion, Connection, Effect, Projection, Work, consumes
from service_runtime.reading import Handler


def all_of(settings: Settings) -> list[Handler]:
    """The one handler: whatever comes, the same is decided from all that is held."""
    policy = settings.policy

    @consumes(
        PlacedRead, ChangedRead, DecidedRead, ShipmentRead,
        selector=lambda body: bool(body.matters), replay=ByVersion(store.versions),
    )  # fmt: skip
    async def on_news(batch: Batch[Read], work: Work) -> Answers:
        """Hold the newest of each thing, and tell what it makes due and nobody was told."""
        await tell(batch, work, policy)
        return Answers.done(batch)

    return [on_news]


async def tell(batch: Batch[Read], work: Work, policy: Policy) -> None:
    """Read, decide, write: only messages whose key was free are sent, or announced as suppressed."""
    decided = await learn(batch, work, policy)
    claimed = await store.claim(work.conn, [letter for answer in decided for letter in answer.letters], work.now)
    causes = {
        letter.key: event.cause for event, answer in zip(batch, decided, strict=True) for letter in answer.letters
    }
    for letter in claimed:
        _dispatch(causes[letter.key], letter, work)


async def learn(batch: Batch[Read], work: Work, policy: Policy) -> list[Heard]:
    """Keep what is news; of each event, what it makes due."""
    decided = await _decided(work.conn, [thing_of(event) for event in batch], policy, work.now)
    await store.save(work.conn, [answer.learned for answer in decided if answer.learned])
    return decided


def projections_of(settings: Settings, on_news: Handler) -> list[Projection]:
    """What is held of orders is what was heard of them; what they were told is not rebuilt, and nobody is told."""

    async def save(batch: Batch[Read], work: Work) -> None:
        await learn(batch, work, settings.policy)

    return [Projection("order", ("eventful", "customer_order", "decision", "shipment"), on_news, save)]


async def _decided(conn: Connection, news: Collection[Thing], policy: Policy, now: datetime) -> list[Heard]:
    """What is held is read only of orders of which something eventful is heard, now or before; of most, nothing."""
    order_ids = [one.order_id for one in news]
    known = await store.eventful_among(conn, order_ids)
    looked_at = known.union(one.order_id for one in news if eventful(one))
    held = await store.held(conn, list(looked_at)) if looked_at else {}
    return [
        heard(held[one.order_id], one, policy, now) if one.order_id in held else heard_of_uneventful(one, policy, now)
        for one in news
    ]


def _dispatch(cause: Cause, letter: Letter, work: Work) -> None:
    if letter.reason is None:
        work.intend(cause, Effect(letter.key, "mail", letter.order_id, payload_of(letter, work.now)))
    else:
        work.emit(Event(suppressed(letter, work.now), 1, cause))
