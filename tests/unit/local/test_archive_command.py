"""`baesong archive list` and `verify` say what lies there, and exit 1 where it is not what was sealed."""

import json
from pathlib import Path

from tests.unit.runtime.test_archive_lines import written
from typer.testing import CliRunner

from baesong.cli import app


def said(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["archive", *words])
    return result.exit_code, result.stdout


def test_what_lies_there_is_listed_and_verified_without_an_instance(tmp_path: Path) -> None:
    written(tmp_path, [b"a", b"\xff", None])
    code, told = said("list", "--archive", str(tmp_path), "--json")
    assert (code, [(one["topic"], one["day"], one["records"], one["lost"]) for one in json.loads(told)]) == (
        0,
        [("t", "2026-11-20", 3, 0)],
    )
    assert said("verify", "--archive", str(tmp_path), "--json") == (0, "[]\n")


def test_a_damaged_file_is_named_by_both(tmp_path: Path) -> None:
    path = written(tmp_path, [b"a"])
    path.write_bytes(path.read_bytes()[:-1])
    code, told = said("verify", "--archive", str(tmp_path), "--json")
    assert (code, json.loads(told)) == (1, [{"topic": "t", "day": "2026-11-20", "problem": "it is cut off"}])
    code, told = said("list", "--archive", str(tmp_path), "--json")
    assert json.loads(told) == [{"topic": "t", "day": "2026-11-20", "damaged": "it is cut off"}]


def test_an_empty_archive_is_no_mistake(tmp_path: Path) -> None:
    assert said("list", "--state", str(tmp_path)) == (0, "nothing is archived\n")
    assert said("verify", "--state", str(tmp_path), "--json") == (0, "[]\n")
