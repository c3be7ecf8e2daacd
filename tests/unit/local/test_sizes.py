import importlib.util
from pathlib import Path

spec = importlib.util.spec_from_file_location("sizes", Path(__file__).parents[3] / "tools" / "sizes.py")
assert spec
assert spec.loader
sizes = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sizes)


def test_a_function_or_file_that_has_grown_too_long_is_named(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("def f():\n" + "    x = 1\n" * 40 + "\n" * 260)
    found = list(sizes.too_large(tmp_path / "long.py"))
    assert [line.rpartition("/")[2] for line in found] == [
        "long.py: 301 lines, at most 300",
        "long.py:1: f has 41 lines, at most 40",
    ]


def test_what_is_short_enough_passes(tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text("def f():\n" + "    x = 1\n" * 39)
    assert list(sizes.too_large(tmp_path / "short.py")) == []
