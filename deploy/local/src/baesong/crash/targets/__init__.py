"""What can be broken, each kind in a module of its own."""

from collections.abc import Mapping, Sequence

from baesong.crash.targets.services import NaiveInbox, OffsetsFirst, Services
from baesong.crash.targets.target import Target

TARGETS: Mapping[str, Sequence[type[Target]]] = {
    "services": [Services],
    "controls": [NaiveInbox, OffsetsFirst],
}
