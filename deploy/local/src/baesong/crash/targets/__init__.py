"""What can be broken, each kind in a module of its own."""

from collections.abc import Mapping, Sequence

from baesong.crash.targets.disk import Disk
from baesong.crash.targets.foundation import Broker, Postgres
from baesong.crash.targets.offsets import OffsetReset
from baesong.crash.targets.put_back import PutBack
from baesong.crash.targets.replicas import Replicas, Rolling, Zombies
from baesong.crash.targets.services import NaiveInbox, OffsetsFirst, Services
from baesong.crash.targets.target import Target

TARGETS: Mapping[str, Sequence[type[Target]]] = {
    "services": [Services],
    "broker": [Broker],
    "postgres": [Postgres],
    "zombie": [Zombies],
    "offset-reset": [OffsetReset],
    "replicas": [Replicas],
    "rolling": [Rolling],
    "put-back": [PutBack],
    "disk": [Disk],
    "controls": [NaiveInbox, OffsetsFirst],
}
