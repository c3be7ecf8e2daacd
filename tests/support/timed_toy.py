"""The toy as a process of its own, which tells each order once more a moment after its first ask: python -m timed_toy."""

from datetime import timedelta

from order_events import Event
from service_runtime import Answers, Batch, Service, ServiceSettings, Timer, Work, consumes, fires, run
from toy import SQL, Asked, Told, lock_counts

LATER = timedelta(milliseconds=300)
REMINDER = 1000  # the version of what the timer says; the asks' own count up from 1


@consumes(Asked)
async def on_asks(batch: Batch[Asked], work: Work) -> Answers:
    """Count, say nothing, and set a timer."""
    await work.conn.fetch(SQL.count, [event.order_id for event in batch], [event.body.n for event in batch])
    for event in batch:
        work.set_timer(Timer(f"remind|{event.order_id}", "remind", event.order_id, work.now + LATER))
    return Answers.done(batch)


@fires("remind")
async def on_reminders(batch: Batch[Timer], work: Work) -> Answers:
    """Say it."""
    work.emit_all(Event(Told(order_id=event.order_id, count=0), REMINDER, event.cause) for event in batch)
    return Answers.done(batch)


if __name__ == "__main__":
    run(Service("toy", ServiceSettings(), [on_asks, on_reminders], locks=[lock_counts]))
