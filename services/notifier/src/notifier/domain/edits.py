"""What the customer is told of an order that was edited. Pure."""

from collections.abc import Mapping, Sequence

from notifier.domain.cancels import settled
from notifier.domain.messages import Message, Said
from notifier.domain.things import Decision, Edit, Line, Order, Shipment, Told
from notifier.domain.wordings import edited
from order_events import Fact

CHANGED = Fact.ORDER_CHANGED.value


def changed(order: Order, decision: Decision, shipments: Mapping[str, Shipment], told: Told) -> tuple[Message, ...]:
    """One message for the edits nobody was told of, once the order as it is held is decided and what it asks back is
    answered: what is in it now, what is new, what was taken off. Overtaken where the order is cancelled.
    """
    new = [edit for edit in order.edits if (CHANGED, name_of(edit)) not in told]
    if not new or not settled(order.version, decision, shipments):
        return ()
    said = _said(order, decision, shipments, new)
    at = max([order.at, decision.at, *(shipment.at for shipment in shipments.values())])
    wording = edited(lines=any(one.of_lines for one in new), address=any(one.of_address for one in new))
    about = tuple(name_of(edit) for edit in new)
    return (Message(Fact.ORDER_CHANGED, wording, about, at, said, overtaken=order.cancel_version is not None),)


def name_of(edit: Edit) -> str:
    """An edit as `about` names it."""
    return f"v{edit.version}"


def _said(order: Order, decision: Decision, shipments: Mapping[str, Shipment], new: Sequence[Edit]) -> tuple[Said, ...]:
    """Each line as it stands now. Of units that were taken off, those that could not be stopped are said so."""
    touched = {line_id for edit in new for line_id in edit.touched}
    anything = any(edit.of_lines and not edit.touched for edit in new)
    before, said = _lines_before(order, new[0]), list[Said]()
    late = _not_stopped(decision, shipments)
    for n, line in enumerate(order.lines):
        known = line.line_id in touched
        said += [Said(line.line_id, _what(n >= before, known), line.wanted)] if line.wanted else []
        said += _taken_off(line, late.get(line.line_id, 0)) if known or anything else []
    return tuple(said)


def _what(is_new: bool, is_touched: bool) -> str:
    if is_new:
        return "added"
    return "changed" if is_touched else "stays"


def _taken_off(line: Line, late: int) -> list[Said]:
    kept = min(late, line.cancelled)
    off = [Said(line.line_id, "taken_off", line.cancelled - kept)] if kept < line.cancelled else []
    return off + ([Said(line.line_id, "kept", kept)] if kept else [])


def _lines_before(order: Order, first: Edit) -> int:
    """How many lines the order had before an edit, as far as is known; new lines stand behind those."""
    return max([order.fewest_lines, *(edit.lines for edit in order.edits if edit.version < first.version)])


def _not_stopped(decision: Decision, shipments: Mapping[str, Shipment]) -> dict[str, int]:
    """Units per line that were asked back and not given back, once every ask is answered."""
    late: dict[str, int] = {}
    for asked in decision.asked:
        late[asked.line_id] = late.get(asked.line_id, 0) + asked.quantity
    for line in (line for shipment in shipments.values() for line in shipment.lines):
        if line.line_id in late:
            late[line.line_id] = max(0, late[line.line_id] - line.released)
    return late
