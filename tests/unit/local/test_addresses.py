import pytest

from baesong.addresses import Addresses, given_addresses, handed_down

ENVIRONMENT = {
    "PATH": "/bin",
    "LC_ALL": "C.UTF-8",
    "KAFKA_BOOTSTRAP_SERVERS": "prod:9092",
    "DATABASE_URL": "postgresql://prod/",
    "ALLOCATOR_DATABASE_URL": "postgresql://prod/allocator",
    "SMTP_URL": "smtp://prod",
    "https_proxy": "http://proxy",
    "PGHOST": "prod",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://prod",
    "BAESONG_TEST_DATABASE_URL": "postgresql://test/",
}


def test_a_live_instance_takes_the_addresses_given() -> None:
    assert given_addresses(ENVIRONMENT, "live") == Addresses(
        kafka="prod:9092",
        database="postgresql://prod/",
        smtp="smtp://prod",
        service_databases=(("allocator", "postgresql://prod/allocator"),),
    )


def test_a_throwaway_instance_takes_only_what_is_named_for_tests() -> None:
    assert given_addresses(ENVIRONMENT, "throwaway") == Addresses(database="postgresql://test/")


def test_a_throwaway_instance_hands_down_no_address() -> None:
    assert handed_down(ENVIRONMENT, "throwaway") == {"PATH": "/bin", "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize("mark", ["live", "test"])
def test_other_instances_hand_down_what_they_have(mark: str) -> None:
    assert handed_down(ENVIRONMENT, mark) == ENVIRONMENT


def test_an_empty_address_is_none() -> None:
    assert given_addresses({"KAFKA_BOOTSTRAP_SERVERS": ""}, "live").kafka is None
