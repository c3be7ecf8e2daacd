"""Rules about who says what: one body per id, one id per version, no version left out. Pure."""

from collections import defaultdict
from collections.abc import Mapping

from baesong.verify.books import Books, grouped
from baesong.verify.rules.rule import Verdicts, Wrong, equal, rule
from baesong.verify.said import Said

Thing = tuple[str, str]


@rule
def one_body_per_id(books: Books) -> Verdicts:
    """Records with the same id have the same body, and then count once."""
    for id_, copies in grouped(books.topics.said, (one.id for one in books.topics.said)).items():
        places = ", ".join(one.place for one in copies)
        yield None if len(copies) == 1 else Wrong((id_,), "one body", f"{len(copies)} bodies: {places}")


@rule
def one_id_per_version(books: Books) -> Verdicts:
    """A version of a thing is said under one id."""
    for (_, subject), versions in _versions(books).items():
        for version, ids in versions.items():
            name = f"{subject} version {version}"
            yield None if len(ids) == 1 else Wrong((name,), "one id", f"{len(ids)} ids: {', '.join(sorted(ids))}")


@rule
def no_version_left_out(books: Books) -> Verdicts:
    """The versions of a thing are 1 to n without a gap."""
    for (_, subject), versions in _versions(books).items():
        missing = sorted(set(range(1, max(versions) + 1)) - set(versions))
        yield equal(missing[:5], [], subject, of="missing")


def _versions(books: Books) -> Mapping[Thing, dict[int, set[str]]]:
    """Per thing and version the ids it was said under."""
    things: dict[Thing, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in books.topics.said:
        things[_thing(one)][one.version].add(one.id)
    return things


def _thing(one: Said) -> Thing:
    """Give what tells a thing from others; what is said to a partner is the partner's own."""
    return (one.topic if one.topic.startswith("partner.") else "", one.subject)
