"""A benchmark ends when every group has read what it reads: a topic nobody reads would be waited for in vain."""

from fnmatch import fnmatchcase

from baesong.bench.pipeline import READS
from baesong.services import SERVICES
from pipeline import built


def test_the_benchmarks_wait_for_exactly_what_the_services_read() -> None:
    reads: dict[str, list[str]] = {}
    for name in SERVICES:
        reads |= built(name, "nowhere:9092", "postgresql://nobody@nowhere/none").inputs
    assert READS.keys() == reads.keys()
    for group, topics in READS.items():
        assert len(topics) == len(reads[group]), group
        assert all(any(fnmatchcase(topic, pattern) for pattern in reads[group]) for topic in topics), group
