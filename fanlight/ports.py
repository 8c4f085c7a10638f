"""Ports of the loopback interface: one that is free, and whether somebody listens or answers on one."""

import contextlib
import errno
import http.client
import random
import socket
from pathlib import Path

from fanlight.errors import StackError
from schemas.topics import VIEWS

_PORT_MIN = 10_000  # below lie the ports that programs are known by


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on just now.

    It lies below the range from which the kernel takes ports for outgoing connections: a client that keeps trying to
    reach a broker that is down would sooner or later be given that very port, connect to itself, and keep it.
    """
    lowest_outgoing = 32768
    with contextlib.suppress(OSError, ValueError):
        lowest_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(_PORT_MIN, max(lowest_outgoing, 2 * _PORT_MIN))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def demand_port(port: int, name: str) -> None:
    """Raise if another program listens on the port, or this account may not."""
    with socket.socket() as probe:
        # Without it, connections of our own last run that linger in TIME_WAIT would look like a listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            fact = "is taken by another program" if taken else f"cannot be listened on ({error.strerror})"
            # To all others the stack itself gives ports that are free.
            way_out = "name another with --port" if name == VIEWS else "start the stack again, which takes another"
            raise StackError(f"port {port}, which {name} needs, {fact}: {way_out}") from error


def listening(port: int) -> bool:
    """Whether somebody accepts connections on the port: the cheap question before the thorough one."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(port: int, path: str) -> bool:
    """Whether somebody answers 200 to a GET on the port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
