"""Fails when a function or a file of the product has grown past what a reader holds in mind."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_FILE = 300


def too_large(path: Path) -> Iterator[str]:
    """Give a line for the file and for each of its functions that is too long."""
    text = path.read_text()
    lines = len(text.splitlines())
    if lines > MOST_LINES_OF_A_FILE:
        yield f"{path}: {lines} lines, at most {MOST_LINES_OF_A_FILE}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MOST_LINES_OF_A_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, at most {MOST_LINES_OF_A_FUNCTION}"


def main(folders: list[str]) -> int:
    """Print what is too large under the folders; 1 if anything is."""
    files = [path for folder in folders for path in sorted(Path(folder).rglob("*.py"))]
    found = [line for path in files for line in too_large(path)]
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
