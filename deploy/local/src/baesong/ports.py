"""TCP ports on the loopback address: free ones, and who sits on a taken one."""

import socket
from collections.abc import Iterable

import psutil

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Give distinct ports that are free now; all are held open until the last is known, so none comes twice."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


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
    fresh = free_ports(len(wanted))
    return [old if old and is_free(old) else new for old, new in zip(wanted, fresh, strict=True)]


def sitter(port: int) -> str:
    """Name the process that listens on the port, as well as may be known."""
    try:
        found = [c for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == port and c.pid]
        return f"pid {found[0].pid} ({psutil.Process(found[0].pid).name()})" if found else "another process"
    except psutil.Error:
        return "another process"
