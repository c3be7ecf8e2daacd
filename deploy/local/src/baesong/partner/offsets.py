"""Which offsets may be committed when answers are acknowledged in any order. Pure."""

from dataclasses import dataclass, field

from aiokafka import TopicPartition


@dataclass(slots=True)
class _Open:
    """One partition: how many answers of each offset are not acknowledged, and the offset after the last one read."""

    answers: dict[int, int] = field(default_factory=dict)
    next: int = 0
    committed: int = 0


class Offsets:
    """Counts open answers; a partition may be committed up to its first offset that has one."""

    def __init__(self) -> None:
        self._partitions: dict[TopicPartition, _Open] = {}

    def begun(self, partition: TopicPartition, offset: int, answers: int) -> bool:
        """Note a record and how many answers it wants; False if it was read before and is not to be answered again."""
        known = self._partitions.setdefault(partition, _Open())
        if offset < known.next:
            return False
        known.next = offset + 1
        if answers:
            known.answers[offset] = answers
        return True

    def finished(self, partition: TopicPartition, offset: int) -> None:
        """Note that one answer is acknowledged, or no longer wanted."""
        answers = self._partitions[partition].answers
        answers[offset] -= 1
        if not answers[offset]:
            del answers[offset]

    def ready(self) -> dict[TopicPartition, int]:
        """Give what may be committed now and was not given before."""
        ready = {}
        for partition, known in self._partitions.items():
            through = min(known.answers, default=known.next)
            if through > known.committed:
                ready[partition] = known.committed = through
        return ready
