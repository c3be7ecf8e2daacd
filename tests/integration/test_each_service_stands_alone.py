"""Each service installs by itself, and what it imports is what it says it needs."""

import asyncio
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UV = ROOT / ".tools" / "bin" / "uv"


async def said_by(*command: str, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


@pytest.mark.parametrize("service", ["order-intake", "allocator", "fulfiller", "notifier", "console"])
async def test_a_service_installs_alone_and_its_app_can_be_imported(service: str, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    # a wheel that uv built of an earlier state of these very sources has the same version
    fresh = [f"--refresh-package={name}" for name in ("order-events", "service-runtime", service)]
    sync = (str(UV), "sync", "--quiet", "--locked", "--no-dev", "--no-editable", "--package", service, *fresh)
    await said_by(*sync, UV_PROJECT_ENVIRONMENT=str(home), VIRTUAL_ENV="")
    package = service.replace("-", "_")
    others = (
        "sorted(m for m in sys.modules if m in {'order_intake','allocator','fulfiller','notifier','console','baesong'})"
    )
    said = await said_by(str(home / "bin" / "python"), "-c", f"import sys, {package}.app; print({others})")
    assert said.strip() == f"['{package}']"
