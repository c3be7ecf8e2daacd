"""TCP ports on the loopback address: free ones, and who sits on a taken one."""

import random
import socket
from collections.abc import Iterable

import psutil

LOOPBACK = "127.0.0.1"
# Below the range that systems give to outgoing connections (32768 up on Linux, 49152 up elsewhere): a client that keeps
# trying to reach a killed server on a port of that range is one day given that very port and talks to itself.
CHOICE = range(18_000, 32_768)


def free_ports(count: int, but: Iterable[int] = ()) -> list[int]:
    """Give that many distinct ports that are free now, none of them among `but`."""
    taken, found = set(but), list[int]()
    for port in random.sample(CHOICE, len(CHOICE)):
        if len(found) == count:
            break
        if port not in taken and is_free(port):
            found.append(port)
    return found


def is_free(port: int) -> bool:
    """Say whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def kept_or_free(recorded: Iterable[int | None]) -> list[int]:
    """Keep each recorded port that is still free and give a free one for each of the others."""
    wanted = list(recorded)
    kept = [port if port and is_free(port) else None for port in wanted]
    fresh = iter(free_ports(len(wanted), [port for port in wanted if port]))
    return [port or next(fresh) for port in kept]


def sitter(port: int) -> str:
    """Name the process that listens on the port, as well as may be known."""
    try:
        found = [c for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == port and c.pid]
        return f"pid {found[0].pid} ({psutil.Process(found[0].pid).name()})" if found else "another process"
    except psutil.Error:
        return "another process"
