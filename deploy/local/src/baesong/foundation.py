"""What the services of an instance stand on: Kafka, PostgreSQL and a place for mail, its own or given ones."""

import asyncio
from dataclasses import dataclass

from baesong.addresses import Addresses, handed_down
from baesong.databases import connect
from baesong.errors import BaesongError
from baesong.instance import InstanceSpec, State
from baesong.kafka import Kafka, answers
from baesong.part import Part, Say
from baesong.postgres import Postgres
from baesong.services import MailSink
from baesong.supervisor import Supervisor

PORTS = ("kafka", "kafka-controller", "postgres", "mail", "mail-find")


@dataclass(frozen=True)
class Foundation:
    """Where Kafka, PostgreSQL and the mail's door are."""

    bootstrap: str
    admin_dsn: str
    smtp_url: str | None
    smtp_find_url: str | None


async def founded(
    spec: InstanceSpec, state: State, given: Addresses, supervisor: Supervisor, say: Say, environment: dict[str, str]
) -> Foundation:
    """Start at once whatever is not given, and check whatever is."""
    ports, logs = state.ports(PORTS), state.folder / "logs"
    kafka = Kafka(state.folder / "kafka", logs / "kafka.log", ports["kafka"], ports["kafka-controller"], say)
    password = state.secret("postgres password")
    postgres = Postgres(state.folder / "postgres", logs / "postgres.log", ports["postgres"], password)
    mail = MailSink(
        state.folder / "mail",
        logs / "mail.log",
        ports["mail"],
        ports["mail-find"],
        handed_down(environment, spec.mark),
    )
    own_mail = spec.mail and not given.smtp
    wanted: list[tuple[Part, bool]] = [(kafka, not given.kafka), (postgres, not given.database), (mail, own_mail)]
    for part in (part for part, own in wanted if own):
        supervisor.add(part)
    await asyncio.gather(supervisor.start([part.name for part, own in wanted if own]), _reachable(given))
    return Foundation(
        given.kafka or kafka.bootstrap,
        given.database or postgres.admin_dsn,
        mail.smtp_url if own_mail else given.smtp,
        mail.find_url if own_mail else given.smtp_find,
    )


async def _reachable(given: Addresses) -> None:
    """Check the addresses given, so that a wrong one is named at once."""
    if given.kafka and not await answers(given.kafka):
        raise BaesongError(f"no Kafka answers at {given.kafka}: start it, or unset KAFKA_BOOTSTRAP_SERVERS")
    if given.database:
        await (await connect(given.database)).close()
