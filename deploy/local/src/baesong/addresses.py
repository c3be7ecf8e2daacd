"""Which addresses of the environment an instance may use, and what of the environment its processes see."""

from collections.abc import Mapping
from dataclasses import dataclass

from baesong.services import WITH_CONSOLE, setting

# A throwaway instance hands down nothing else, so no address in the environment can reach its processes.
HARMLESS = {
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "TERM",
    "VIRTUAL_ENV",
    "BAESONG_CHECK_SAID",
    "BAESONG_LOG_LEVEL",
}
HARMLESS_STARTS = ("LC_", "COVERAGE_", "PYTHON")
FOR_THROWAWAY = "BAESONG_TEST_"


@dataclass(frozen=True)
class Addresses:
    """Parts that run elsewhere; None where the instance is to start its own."""

    kafka: str | None = None
    database: str | None = None
    smtp: str | None = None
    smtp_find: str | None = None
    service_databases: tuple[tuple[str, str], ...] = ()


def given_addresses(environment: Mapping[str, str], mark: str) -> Addresses:
    """Read the addresses an instance with this mark may use.

    Args:
        environment: of the process.
        mark: a throwaway instance reads only the names that begin with `BAESONG_TEST_`.
    """
    start = FOR_THROWAWAY if mark == "throwaway" else ""
    said = {name.removeprefix(start): value for name, value in environment.items() if name.startswith(start) and value}
    own = [(service, said.get(setting(service, "DATABASE_URL"))) for service in WITH_CONSOLE]
    return Addresses(
        kafka=said.get("KAFKA_BOOTSTRAP_SERVERS"),
        database=said.get("DATABASE_URL"),
        smtp=said.get("SMTP_URL"),
        smtp_find=said.get("SMTP_FIND_URL"),
        service_databases=tuple((service, url) for service, url in own if url),
    )


def handed_down(environment: Mapping[str, str], mark: str) -> dict[str, str]:
    """Give what of our environment a process of the instance gets."""
    if mark != "throwaway":
        return dict(environment)
    return {name: value for name, value in environment.items() if name in HARMLESS or name.startswith(HARMLESS_STARTS)}
