"""`python -m order_events.schemas` writes, checks and releases."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from order_events.schemas import EVENTS, HOME, file_name, main, schema_of, texts, write

NAME = "order.placed.v1.schema.json"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write(tmp_path)
    (tmp_path / "released").mkdir()
    return tmp_path


def check(home: Path, *more: str) -> int:
    return main(["--home", str(home), "--check", *more])


def edit(path: Path, **fields: Any) -> None:
    schema = json.loads(path.read_text())
    schema["properties"].update(fields)
    path.write_text(json.dumps(schema))


def test_what_is_written_holds(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(home) == 0
    assert capsys.readouterr().out == ""


def test_the_same_models_make_the_same_bytes(home: Path) -> None:
    before = {path.name: path.read_bytes() for path in (home / "schemas").iterdir()}
    assert main(["--home", str(home)]) == 0
    assert {path.name: path.read_bytes() for path in (home / "schemas").iterdir()} == before
    assert all(text.endswith(b"}\n") for text in before.values())


@pytest.mark.parametrize("drift", ["edited", "missing", "stray"])
def test_each_file_that_drifted_is_named(home: Path, drift: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "schemas" / NAME
    if drift == "edited":
        path.write_text(path.read_text() + " ")
    elif drift == "missing":
        path.unlink()
    else:
        shutil.copy(path, home / "schemas" / "order.eaten.v1.schema.json")
    assert check(home) == 1
    named = "order.eaten.v1.schema.json" if drift == "stray" else NAME
    assert capsys.readouterr().out == f"schemas/{named} is not what the models say: run make schemas\n"
    assert main(["--home", str(home)]) == 0
    assert check(home) == 0


def test_a_break_with_what_was_released_fails(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(home), "--release"]) == 0
    edit(home / "released" / NAME, eaten={"type": "boolean"})
    assert check(home) == 1
    assert capsys.readouterr().out.startswith(f"released/{NAME}: $.eaten: field removed: ")


def test_a_released_event_stays(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "released" / "order.eaten.v1.schema.json").write_text("{}")
    assert check(home) == 1
    assert "released, and no longer there" in capsys.readouterr().out


def test_an_optional_field_may_be_new(home: Path) -> None:
    assert main(["--home", str(home), "--release"]) == 0
    path = home / "released" / NAME
    released = json.loads(path.read_text())
    del released["properties"]["tags"]
    path.write_text(json.dumps(released))
    assert check(home) == 0


def test_a_release_copies_all_and_only_what_holds(home: Path) -> None:
    edit(home / "schemas" / NAME, eaten={"type": "boolean"})
    assert main(["--home", str(home), "--release"]) == 1
    assert list((home / "released").iterdir()) == []
    assert main(["--home", str(home)]) == 0
    assert main(["--home", str(home), "--release"]) == 0
    assert {path.name: path.read_text() for path in (home / "released").iterdir()} == texts()


def test_the_schemas_of_this_repository_hold() -> None:
    assert check(HOME) == 0


def test_an_event_has_one_schema_per_version() -> None:
    assert len({file_name(model) for model in EVENTS}) == len(EVENTS)
    assert len({schema_of(model)["$id"] for model in EVENTS}) == len(EVENTS)
