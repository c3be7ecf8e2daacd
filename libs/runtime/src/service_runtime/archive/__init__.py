"""What the log no longer holds: each topic's UTC day as one sealed file, read like the topic.

A day is a stretch of each partition, not a set of times: from where the day before ended (at first, where the log
began) to the first record that Kafka finds at or after the next midnight. So each record lies in exactly one day,
whatever time it carries, days join without looking at times again, and what comes late belongs to the day it came in.
"""

from service_runtime.archive.checking import Problem, problems
from service_runtime.archive.days import DamagedError, Manifest, Sealed, Stretch
from service_runtime.archive.reading import Archive, ArchiveGapError, records_of
from service_runtime.archive.sealing import ArchiveError, Due, alone, due, seal

__all__ = [
    "Archive",
    "ArchiveError",
    "ArchiveGapError",
    "DamagedError",
    "Due",
    "Manifest",
    "Problem",
    "Sealed",
    "Stretch",
    "alone",
    "due",
    "problems",
    "records_of",
    "seal",
]
