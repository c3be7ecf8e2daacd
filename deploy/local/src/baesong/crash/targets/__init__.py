"""What can be broken, each kind in a module of its own."""

from collections.abc import Mapping, Sequence

from baesong.crash.targets.foundation import Broker, Postgres
from baesong.crash.targets.replicas import Replicas, Rolling, Zombies
from baesong.crash.targets.services import NaiveInbox, OffsetsFirst, Services
from baesong.crash.targets.target import Target

TARGETS: Mapping[str, Sequence[type[Target]]] = {
    "services": [Services],
    "broker": [Broker],
    "postgres": [Postgres],
    "zombie": [Zombies],
    "replicas": [Replicas],
    "rolling": [Rolling],
    "controls": [NaiveInbox, OffsetsFirst],
}
