"""How a plugin serves Pulumi's engine: on a free port, which it writes to standard output."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import grpc

LIMIT = 400 * 2**20
"""Bytes of a message, as Pulumi's own plugins allow."""


def serve(add: Callable[[grpc.Server], None]) -> None:
    """Serve what `add` puts on a server, until the process is killed."""
    sizes = [("grpc.max_receive_message_length", LIMIT), ("grpc.max_send_message_length", LIMIT)]
    server = grpc.server(ThreadPoolExecutor(16), options=sizes)
    add(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):  # how the engine ends a language host
        server.wait_for_termination()
