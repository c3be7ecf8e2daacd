"""Say which Python on this machine runs Python fastest: one that was built without profiles costs a tenth more.

Run by `make setup`; `make setup PYTHON=/path/to/python` takes that one and asks nobody.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("python3", "python3.11", "python3.12", "python3.13", "python3.14")
OLDEST = (3, 11)
TIMED = """
import sys, time
def work():
    texts = {}
    for number in range(20000):
        text = str(number)
        texts[text] = {"number": number, "text": text.upper(), "all": [number for number in range(5)]}
def once():
    began = time.process_time()
    work()
    return time.process_time() - began
if sys.version_info < (3, 11):
    sys.exit(1)
print(min(once() for _ in range(7)))
"""


def candidates() -> list[str]:
    """Every Python of a usable name on the path, each once."""
    folders = os.get_exec_path()
    found = [shutil.which(name, path=folder) for folder in folders for name in NAMES]
    return list({os.path.realpath(path): path for path in reversed(found) if path}.values())


def seconds(python: str) -> float:
    """The CPU time of some ordinary Python; infinite where it is too old or does not run."""
    try:
        timed = subprocess.run(  # noqa: S603 - what stands on the path
            [python, "-c", TIMED], capture_output=True, text=True, check=True, timeout=60
        )
        return float(timed.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return float("inf")


def main() -> None:
    """Print the path of the fastest one."""
    timed = {python: seconds(python) for python in candidates()}
    fastest = min(timed, key=lambda python: timed[python], default=None)
    if fastest is None or timed[fastest] == float("inf"):
        sys.exit(f"Baesong needs Python {OLDEST[0]}.{OLDEST[1]} or newer: make PYTHON=/path/to/python")
    sys.stdout.write(f"{fastest}\n")


if __name__ == "__main__":
    main()
