"""How news changes what is held: the newest version wins, and what only an older one said is not lost. Pure."""

from msgspec.structs import replace

from notifier.domain.things import Decision, Edit, Held, Need, Order, Shipment, Short, Thing, Units

SHORT = ("backordered", "declined")


def hear(held: Held, news: Thing) -> Held:
    """What is held once the news is known; the very same object where the news says nothing new."""
    match news:
        case Order():
            order = newest_order(held.order, news)
            return held if order is held.order else held._replace(order=order)
        case Decision():
            decision = newest_decision(held.decision, news)
            return held if decision is held.decision else held._replace(decision=decision)
        case Shipment():
            known = held.shipments.get(news.shipment_id)
            if known is not None and known.version >= news.version:
                return held
            return held._replace(shipments={**held.shipments, news.shipment_id: news})


def newest_order(held: Order | None, news: Order) -> Order:
    """The newer of two versions, with the lowest version that is known to be cancelled, and every edit and hold that
    either of them said.
    """
    if held is None:
        return news
    newest = news if news.version > held.version else held
    cancelled = [one.cancel_version for one in (held, news) if one.cancel_version is not None]
    both = newest._replace(
        cancel_version=min(cancelled, default=None),
        edits=_all(held.edits, news.edits),
        needs=_needs(held.needs + news.needs),
        fewest=_fewest(newest, min(held.fewest_lines, news.fewest_lines)),
    )
    return newest if newest == both else both


def _fewest(newest: Order, lines: int) -> int | None:
    return lines if lines < len(newest.lines) else None


def _all(one: tuple[Edit, ...], other: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """The edits of both, by version."""
    return tuple(edit for _, edit in sorted({edit.version: edit for edit in one + other}.items()))


def _needs(needs: tuple[Need, ...]) -> tuple[Need, ...]:
    """Each hold once, as it was set first."""
    first: dict[str, Need] = {}
    for need in sorted(needs, key=lambda one: (one.version, one.hold_id)):
        first.setdefault(need.hold_id, need)
    return tuple(first.values())


def newest_decision(held: Decision | None, news: Decision) -> Decision:
    """The newer of two revisions, with every shortage that either of them said."""
    if held is None:
        return news
    newest = news if news.revision > held.revision else held
    short = union(held.short, news.short)
    return newest if newest.short == short else replace(newest, short=short)


def union(one: tuple[Short, ...], other: tuple[Short, ...]) -> tuple[Short, ...]:
    """Both, each (line, outcome) once: what was held first stays."""
    known = {(s.line_id, s.outcome) for s in one}
    return one + tuple(s for s in other if (s.line_id, s.outcome) not in known)


def short_in(units: tuple[Units, ...]) -> tuple[Short, ...]:
    """The lines a decision could not serve, each (line, outcome) once."""
    first: dict[tuple[str, str], Short] = {}
    for one in units:
        if one.outcome in SHORT:
            first.setdefault((one.line_id, one.outcome), Short(one.line_id, one.outcome, one.expected_at))
    return tuple(first.values())
