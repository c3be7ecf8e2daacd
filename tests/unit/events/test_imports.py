"""The contract can be read without a framework."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import order_events

ALLOWED = {"order_events", "pydantic", "pydantic_core", *sys.stdlib_module_names}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield (node.module or "").partition(".")[0]


def test_order_events_imports_pydantic_and_the_standard_library_only() -> None:
    files = sorted(Path(order_events.__file__).parent.rglob("*.py"))
    found = {(path.name, name) for path in files for name in imported(path)}
    assert len(files) > 10
    assert {pair for pair in found if pair[1] not in ALLOWED} == set()
