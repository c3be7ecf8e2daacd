import socket

from baesong.ports import CHOICE, free_ports, is_free, kept_or_free


def test_free_ports_are_distinct_and_outside_the_range_of_outgoing_connections() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50
    assert all(port in CHOICE and port < 32_768 for port in ports)


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_a_recorded_port_is_kept_unless_it_is_taken() -> None:
    [mine] = free_ports(1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        kept, other, fresh = kept_or_free([mine, taken, None])
    assert kept == mine
    assert len({kept, other, fresh, taken}) == 4
