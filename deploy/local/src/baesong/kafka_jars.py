"""Apache Kafka from its Maven artifacts, and the Java that runs it."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from baesong.cache import cache_folder, made_once
from baesong.errors import BaesongError

KAFKA_VERSION = "4.3.1"
POM = Path(__file__).with_name("kafka.pom.xml")
LEAST_JAVA = 17
ELSEWHERE = "or set KAFKA_BOOTSTRAP_SERVERS to a Kafka that runs"


@dataclass(frozen=True)
class Java:
    """A Java that is new enough."""

    program: Path
    version: str


def find_java() -> Java:
    """Give the machine's Java, or say what to install."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else None
    found = found or shutil.which("java")
    if not found:
        raise BaesongError(
            f"Kafka needs Java {LEAST_JAVA} or newer: apt-get install openjdk-17-jre-headless, {ELSEWHERE}"
        )
    java = Java(Path(found).resolve(), _java_version(Path(found).resolve()))
    if int(java.version.split(".")[0]) < LEAST_JAVA:
        raise BaesongError(f"Java {java.version} at {found} is too old: Kafka needs {LEAST_JAVA} or newer, {ELSEWHERE}")
    return java


def _java_version(program: Path) -> str:
    release = program.parent.parent / "release"
    text = release.read_text() if release.exists() else _said_by([str(program), "-version"])
    found = re.search(r'(?:JAVA_VERSION=|version )"(?:1\.)?([0-9][0-9.]*)', text)
    return found.group(1) if found else "0"


def _said_by(argv: list[str]) -> str:
    said = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    return said.stdout + said.stderr


def kafka_folder() -> Path:
    """Where this version's jars and its class archives are kept."""
    return cache_folder() / f"kafka-{KAFKA_VERSION}"


def kafka_jars(say: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Give Kafka's jars in a fixed order, fetched by Maven the first time.

    Args:
        say: told when something slow begins.
    """
    folder = kafka_folder() / "lib"
    if not folder.exists():
        say(f"fetching Apache Kafka {KAFKA_VERSION} (44 MB, once)")
    return sorted(made_once(folder, _fetch).glob("*.jar"))


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if not maven:
        raise BaesongError(f"Maven is needed once, to fetch Apache Kafka: apt-get install maven, {ELSEWHERE}")
    argv = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if ran.returncode != 0 or not list(folder.glob("kafka_*.jar")):
        raise BaesongError(f"Maven could not fetch Apache Kafka: {_first_error(ran.stdout + ran.stderr)}; {ELSEWHERE}")


def _first_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return next((line for line in lines if "ERROR" in line), lines[-1] if lines else "it said nothing")[:300]


def class_archive(java: Java, jars: list[Path], flags: list[str]) -> Path:
    """Where the archive of loaded classes lies that fits this Java, these jars and these flags.

    Java ignores an archive made by another build, class path or collector, so each has its own name.
    """
    stamp = java.program.parent.parent / "lib" / "modules"
    build = str(stamp.stat().st_mtime_ns) if stamp.exists() else ""
    told = "\n".join([str(java.program), java.version, build, *map(str, jars), *flags])
    return kafka_folder() / f"classes-{hashlib.sha256(told.encode()).hexdigest()[:16]}.jsa"
