"""What is seen while a benchmark runs: its steps on stderr, so that results stay alone on stdout."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Show:
    """A line per step, with how far it is."""

    def __init__(self, progress: Progress, what: str = "") -> None:
        self._progress = progress
        self._what = what

    def named(self, what: str) -> "Show":
        """Give the same, with a name before each step."""
        return Show(self._progress, f"{what}: ")

    def steps(self, name: str, of: int) -> Callable[[int], None]:
        """Begin a step; call what it gives with how many are done."""
        task = self._progress.add_task(f"{self._what}{name}", total=of)
        return lambda done: self._progress.update(task, completed=done)

    def say(self, line: str) -> None:
        """Say what is being done now."""
        self._progress.update(self._now(), description=f"{self._what}{line}")

    def note(self, line: str) -> None:
        """Leave a line that stays."""
        self._progress.console.print(f"{self._what}{line}", markup=False, soft_wrap=True)

    def _now(self) -> TaskID:
        if not self._progress.task_ids:
            self._progress.add_task("", total=None)
        return self._progress.task_ids[0]


@contextmanager
def shown(console: Console) -> Iterator[Show]:
    """Show progress for as long as the block lasts."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True, refresh_per_second=2) as progress:
        yield Show(progress)
