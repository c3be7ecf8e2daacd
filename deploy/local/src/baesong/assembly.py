"""Puts an instance together: topics and databases, and what each service is told when it is started."""

import asyncio
import json
from collections.abc import Mapping

from baesong.addresses import Addresses, handed_down
from baesong.archiving import archive_folder
from baesong.connection import Connection
from baesong.databases import Credentials, claim_database, drop_database, prepare_database
from baesong.errors import BaesongError
from baesong.foundation import Foundation
from baesong.instance import InstanceSpec, State
from baesong.ports import LOOPBACK, free_ports, is_free, sitter
from baesong.services import SERVICES, WITH_CONSOLE, Service, part_name, setting
from baesong.supervisor import Supervisor
from baesong.topics import create_topics, delete_topics, described_topics, instantiated


async def topics_made(spec: InstanceSpec, state: State, bootstrap: str) -> list[str]:
    """Make the topics of the topic files; partners and services fill their placeholders."""
    if not spec.topics:
        return []
    named = {"partner_id": spec.partners, "service": [service.replace("_", "-") for service in SERVICES]}
    return await create_topics(bootstrap, instantiated(described_topics(), named), state.topic_prefix)


async def databases_made(spec: InstanceSpec, state: State, given: Addresses, admin_dsn: str) -> dict[str, str]:
    """Make a database and a role per service that has none given, and give the address of each."""
    elsewhere = {name: dsn for name, dsn in given.service_databases if name in spec.services}
    await asyncio.gather(*(claim_database(dsn, spec.mark) for dsn in elsewhere.values()))
    own = [service for service in spec.services if service not in elsewhere]
    made = await asyncio.gather(
        *(prepare_database(admin_dsn, _credentials(state, service), spec.mark) for service in own)
    )
    return dict(zip(own, made, strict=True)) | elsewhere


def _credentials(state: State, service: str) -> Credentials:
    return Credentials(state.database_name(service), state.secret(f"{service} database password"))


async def undone(spec: InstanceSpec, state: State, given: Addresses, topics: list[str]) -> None:
    """Remove what a throwaway instance made on a Kafka or a PostgreSQL that is not its own."""
    if spec.mark != "throwaway":
        return
    if given.kafka and topics:
        await delete_topics(given.kafka, topics)
    if given.database:
        for service in spec.services:
            await drop_database(given.database, state.database_name(service))


def http_ports(spec: InstanceSpec) -> dict[tuple[str, int], int]:
    """Give each replica its HTTP port: the ones counted up from `first_http_port`, the others free ones.

    Raises:
        BaesongError: a port that was asked for is taken; says by whom.
    """
    replicas = [(service, ordinal) for service in spec.services for ordinal in range(spec.replicas_of(service))]
    if spec.first_http_port is None:
        return dict(zip(replicas, free_ports(len(replicas)), strict=True))
    first = {(service, 0): spec.first_http_port + WITH_CONSOLE.index(service) for service in spec.services}
    for (service, _), port in first.items():
        if not is_free(port):
            raise BaesongError(
                f"port {port} of {service} is taken by {sitter(port)}: stop that, or `baesong up --port N` for others"
            )
    others = [replica for replica in replicas if replica not in first]
    return first | dict(zip(others, free_ports(len(others), first.values()), strict=True))


def connection_to(
    spec: InstanceSpec,
    state: State,
    foundation: Foundation,
    dsns: Mapping[str, str],
    ports: Mapping[tuple[str, int], int],
) -> Connection:
    """Collect how to reach all of it."""
    urls: dict[str, list[str]] = {service: [] for service in spec.services}
    for (service, _), port in sorted(ports.items()):
        urls[service].append(f"http://{LOOPBACK}:{port}")
    return Connection(
        state=state.folder,
        mark=spec.mark,
        topic_prefix=state.topic_prefix,
        partners=spec.partners,
        bootstrap=foundation.bootstrap,
        admin_dsn=foundation.admin_dsn,
        dsns=dsns,
        urls=urls,
        api_keys={service: state.secret(f"{service} api key") for service in spec.services},
        replay_key=state.secret("replay key"),
        smtp_url=foundation.smtp_url,
        smtp_find_url=foundation.smtp_find_url,
        maildir=state.folder / "mail",
    )


def add_services(
    spec: InstanceSpec,
    connection: Connection,
    ports: Mapping[tuple[str, int], int],
    supervisor: Supervisor,
    environment: Mapping[str, str],
) -> list[str]:
    """Hand the services to the supervisor, not started yet, and give their names."""
    for (service, ordinal), port in ports.items():
        told = {"BAESONG_ARCHIVE": str(archive_folder(connection.state))}
        told |= handed_down(environment, spec.mark) | settings_of(connection, service, ordinal, port)
        told |= dict(spec.environment) | dict(spec.own.get(service, {}))
        log = connection.state / "logs" / f"{part_name(service, ordinal)}.log"
        supervisor.add(Service(service, ordinal, port, log, told, spec.modules.get(service, [service])))
    return [part_name(*replica) for replica in ports]


def settings_of(connection: Connection, service: str, ordinal: int, port: int) -> dict[str, str]:
    """Give the settings of one replica: the addresses all share, and of the services' own only its own."""
    shared = {
        "KAFKA_BOOTSTRAP_SERVERS": connection.bootstrap,
        "BAESONG_TOPIC_PREFIX": connection.topic_prefix,
        "BAESONG_INSTANCE_MARK": connection.mark,
        "BAESONG_STATIC_MEMBERSHIP": "on",
        "BAESONG_REPLAY_KEY": connection.replay_key,
        "BAESONG_PARTNERS": ",".join(connection.partners),
        "SMTP_URL": connection.smtp_url or "",
        "SMTP_FIND_URL": connection.smtp_find_url or "",
    }
    own = {
        "DATABASE_URL": connection.dsns[service],
        "API_KEY": connection.api_keys[service],
        "HTTP_HOST": LOOPBACK,
        "HTTP_PORT": str(port),
        "ORDINAL": str(ordinal),
    }
    if service == "console":
        own["SERVICES"] = json.dumps(_doors(connection))
    return shared | {setting(service, name): value for name, value in own.items()}


def _doors(connection: Connection) -> dict[str, dict[str, str]]:
    """Where the console finds the services, as they call themselves, and their keys."""
    found = [service for service in SERVICES if connection.urls.get(service)]
    return {
        service.replace("_", "-"): {"url": connection.url(service), "key": connection.api_keys[service]}
        for service in found
    }
