"""What the notifier listens to: it keeps the newest of everything, and tells each fact once all it needs is there."""

from notifier import store
from notifier.domain.letters import Letter
from notifier.domain.sending import Policy
from notifier.domain.telling import heard
from notifier.news import thing_of
from notifier.notices import payload_of, suppressed
from notifier.readers import ChangedRead, CreatedRead, DecidedRead, PlacedRead, Read, UpdatedRead
from notifier.settings import Settings
from order_events import Event
from service_runtime import Answers, Batch, Effect, Received, Work, consumes
from service_runtime.reading import Handler


def all_of(settings: Settings) -> list[Handler]:
    """The one handler: whatever comes, the same is decided from all that is held."""
    policy = settings.policy

    @consumes(PlacedRead, ChangedRead, DecidedRead, CreatedRead, UpdatedRead)
    async def on_news(batch: Batch[Read], work: Work) -> Answers:
        """Hold the newest of each thing, and tell what it makes due and nobody was told."""
        await tell(batch, work, policy)
        return Answers.done(batch)

    return [on_news]


async def tell(batch: Batch[Read], work: Work, policy: Policy) -> None:
    """Read, decide, write: only messages whose key was free are sent, or announced as suppressed."""
    held = await store.held(work.conn, batch.order_ids)
    decided = [(event, heard(held[event.order_id], thing_of(event), policy, work.now)) for event in batch]
    await store.save(work.conn, [answer.learned for _, answer in decided if answer.learned])
    claimed = await store.claim(work.conn, [letter for _, answer in decided for letter in answer.letters])
    for event, answer in decided:
        for letter in answer.letters:
            if letter.message_id in claimed:
                _dispatch(event, letter, work)


def _dispatch(event: Received[Read], letter: Letter, work: Work) -> None:
    if letter.reason is None:
        work.intend(event.cause, Effect(letter.key, "mail", letter.order_id, payload_of(letter)))
    else:
        work.emit(Event(suppressed(letter, work.now), 1, event.cause))
