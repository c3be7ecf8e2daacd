"""What writes our AsyncAPI document, and the official JSON Schema of such documents.

The schema comes from the npm package that its authors publish and is kept in the user's cache.
"""

import json
import subprocess
import tarfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from baesong.cache import cache_folder, made_once

PACKAGE = "@asyncapi/specs@6.11.1"
SCHEMA = "package/schemas/3.0.0-without-$id.json"
PATIENCE_S = 60


def the_tool() -> ModuleType:
    """`tools/asyncapi.py`, which is a script and in no package."""
    spec = spec_from_file_location("asyncapi_tool", Path(__file__).parents[2] / "tools" / "asyncapi.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def official_schema() -> dict[str, Any]:
    """The schema; a test that needs it is skipped, with the reason, where it cannot be had."""
    try:
        path = made_once(cache_folder() / "asyncapi-3.0.0-of-specs-6.11.1.json", _fetch)
    except (OSError, subprocess.SubprocessError, tarfile.TarError) as error:
        pytest.skip(f"the official schema of AsyncAPI 3.0 ({PACKAGE}) cannot be had by npm: {error}")
    schema: dict[str, Any] = json.loads(path.read_text())
    return schema


def _fetch(target: Path) -> None:
    argv = ["npm", "pack", "--silent", PACKAGE]
    subprocess.run(argv, cwd=target.parent, check=True, capture_output=True, timeout=PATIENCE_S)
    with tarfile.open(next(target.parent.glob("*.tgz"))) as archive:
        member = archive.extractfile(SCHEMA)
        assert member is not None
        target.write_bytes(member.read())
