"""The Python that `make setup` makes the environment with."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[3] / "tools" / "fastest_python.py"


def found(path: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, TOOL], env={"PATH": path}, capture_output=True, text=True, check=False)


def fake(folder: Path, name: str, answer: str) -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    return program


def test_it_is_the_one_that_took_least_of_those_that_are_new_enough(tmp_path: Path) -> None:
    fake(tmp_path, "python3", "echo 0.030")
    fast = fake(tmp_path, "python3.12", "echo 0.020")
    fake(tmp_path, "python3.11", "exit 1")
    assert found(str(tmp_path)).stdout.strip() == str(fast)


@pytest.mark.parametrize("answer", ["exit 1", "echo"])
def test_where_none_will_do_it_says_what_to_do(tmp_path: Path, answer: str) -> None:
    fake(tmp_path, "python3", answer)
    said = found(str(tmp_path))
    assert said.returncode == 1
    assert "make PYTHON=" in said.stderr
