"""What a payload says in words for which an order has no field: kept as properties, never dropped. Pure."""

from collections.abc import Sequence

from order_events import Problem, Property
from order_intake.domain.problems import problem

LONGEST_NAME, LONGEST_TEXT, MOST_PROPERTIES = 255, 5000, 100  # order_events: Line, Text, Wishes.properties


class Aside:
    """Words that found no place of their own, in the sequence in which they came."""

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self._kept: list[Property] = []

    def keep(self, name: str, value: str, line_id: str | None = None) -> None:
        """Keep all of it: a text that is longer than a property can be becomes several of the same name."""
        if len(name) > LONGEST_NAME:
            name, value = "", f"{name}: {value}"
        self._kept += [Property(name=name, value=part, line_id=line_id) for part in _parts(value)]

    def fitting(self, name: str, text: str | None, longest: int) -> str | None:
        """The text where it fits its field; where it does not, none, and it is kept here."""
        if text is not None and len(text) > longest:
            self.keep(name, text)
            return None
        return text

    def properties(self) -> tuple[Property, ...] | Problem:
        """Everything that is kept, in at most a hundred properties: where it is more, the last ones hold several."""
        if len(self._kept) <= MOST_PROPERTIES:
            return tuple(self._kept)
        apart = MOST_PROPERTIES - len(_together(self._kept))
        if apart < 0:
            most = LONGEST_TEXT * MOST_PROPERTIES
            return problem("line_items", "properties_length", f"properties and notes must not exceed {most} characters")
        rest = (Property(name="", value=text) for text in _together(self._kept[apart:]))
        return (*self._kept[:apart], *rest)


def _parts(text: str) -> list[str]:
    return [text[start : start + LONGEST_TEXT] for start in range(0, len(text), LONGEST_TEXT)] or [""]


def _together(properties: Sequence[Property]) -> list[str]:
    """One line for each property, as many to a text as fit; a line that fits no text alone is cut into several."""
    texts: list[str] = []
    for line in (part for each in properties for part in _parts(_as_line(each))):
        if texts and len(texts[-1]) + 1 + len(line) <= LONGEST_TEXT:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return texts


def _as_line(each: Property) -> str:
    return f"[{each.line_id}] {each.name}: {each.value}" if each.line_id else f"{each.name}: {each.value}"
