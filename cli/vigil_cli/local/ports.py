"""Ports on loopback: taken before anything starts, so that one in use is found while nothing is half-done."""

import errno
import random
import socket

from vigil_cli.errors import CommandError

HOST = "127.0.0.1"


def listen(port: int, *, purpose: str, option: str) -> socket.socket:
    """Return a socket that listens on loopback; port 0 takes a free one.

    Raises CommandError where the port is in use or not permitted; `purpose` and `option` make its message.
    """
    # asyncio turns Nagle's algorithm off where the protocol is named; without it each answer waits for an ACK, 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise CommandError(
            f"Port {port} of {HOST}, wanted for {purpose}, {why}.",
            remedy=f"Choose another with {option}, or 0 for any free one; `lsof -i :{port}` shows who has it.",
        ) from error
    listener.setblocking(False)
    return listener


def port_of(listener: socket.socket) -> int:
    """Return the port that the socket listens on."""
    port: int = listener.getsockname()[1]
    return port


def free_port() -> int:
    """Return a port of loopback that nobody listens on, for a server that cannot be handed a socket.

    It lies below those that the kernel gives to outgoing connections (`ip_local_port_range`, from 32768), so that none
    of them takes it before the server does.

    Raises OSError where none of many is free.
    """
    for _ in range(100):
        port = random.randrange(20_000, 32_000)  # noqa: S311 - no secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port of loopback between 20000 and 32000")
