"""What a rule is: a sentence about the books, and a check that yields one verdict for each thing it looks at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from baesong.verify.books import Books


class Wrong(NamedTuple):
    """A verdict: these things are not as the rule says."""

    ids: tuple[str, ...]
    expected: str
    found: str


Verdicts = Iterator[Wrong | None]
Check = Callable[[Books], Verdicts]


@dataclass(frozen=True, slots=True)
class Break:
    """Something that breaks a rule."""

    rule: str
    ids: tuple[str, ...]
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule came to: how many things it looked at, and which break it."""

    rule: "Rule"
    checked: int
    breaks: tuple[Break, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its name; the sentence is what its check says of itself."""

    name: str
    sentence: str
    check: Check

    def audit(self, books: Books) -> Outcome:
        """Look at everything the rule speaks of."""
        verdicts = list(self.check(books))
        breaks = tuple(Break(self.name, *wrong) for wrong in verdicts if wrong)
        return Outcome(self, len(verdicts), breaks)


def rule(check: Check) -> Rule:
    """Make a rule of a check; its name and the first line of its docstring are what a reader of the report sees."""
    return Rule(check.__name__, (check.__doc__ or "").strip().splitlines()[0], check)


def equal(found: object, expected: object, *ids: str, of: str = "") -> Wrong | None:
    """Judge two values that must be the same; `of` says what they are."""
    if found == expected:
        return None
    return Wrong(ids, f"{expected} {of}".strip(), f"{found} {of}".strip())
