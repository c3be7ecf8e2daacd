"""The protocol's ports in memory, under a seeded scheduler that may crash a process between any two steps."""

from service_runtime.simulation.chance import Chance, Crash
from service_runtime.simulation.log import MemoryLog
from service_runtime.simulation.store import MemoryStore
from service_runtime.simulation.world import Input, Outcome, World

__all__ = ["Chance", "Crash", "Input", "MemoryLog", "MemoryStore", "Outcome", "World"]
