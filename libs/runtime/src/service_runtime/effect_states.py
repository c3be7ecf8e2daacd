"""What is said of an outside effect on `<service>.effects`, from which a database that was put back is mended. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from order_events import Cause, EffectRecorded, EffectState, Event, begun, said_in, span_of
from service_runtime.work import Effect, Work


def wanted(service: str, work: Work) -> list[Effect]:
    """The effects that are wanted, each in the trace of the event that wants it, by the span of its handling."""
    return [replace(effect, traceparent=_asked_by(service, effect, cause)) for effect, cause in work.effects]


def _asked_by(service: str, effect: Effect, cause: Cause) -> str:
    return said_in(cause.traceparent or begun(effect.order_id), span_of(service, cause.id))


def intents(service: str, work: Work, fresh: Collection[str]) -> list[Event]:
    """That these effects are intended, each said because of the event that wanted it."""
    first = {effect.key: (effect, cause) for effect, cause in reversed(work.effects) if effect.key in fresh}
    return [recorded(service, work, effect, EffectState.INTENT, 0, cause) for effect, cause in first.values()]


def recorded(
    service: str,
    work: Work,
    effect: Effect,
    state: EffectState,
    attempts: int,
    cause: Cause,
    reference: str | None = None,
) -> Event:
    """The state of one effect: its version counts two a try, once for the lease and once for what came of it."""
    body = EffectRecorded(
        effect_key=effect.key,
        order_id=effect.order_id,
        kind=effect.kind,
        state=state,
        provider_reference=reference,
        attempts=attempts,
        at=work.now,
    )
    version = 2 * attempts + (state is not EffectState.LEASED)
    return Event(body, version, cause, f"{service}.effects")


def leases(service: str, work: Work, leased: Sequence[tuple[Effect, int]]) -> list[Event]:
    """That these effects are being tried for the n-th time."""
    return [_leased(service, work, effect, attempts) for effect, attempts in leased]


def _leased(service: str, work: Work, effect: Effect, attempts: int) -> Event:
    cause = Cause(f"{effect.key}/{attempts}/leased", work.now, effect.traceparent)
    return recorded(service, work, effect, EffectState.LEASED, attempts, cause)
