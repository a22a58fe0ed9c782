"""A webhook as probe: this process listens where a notification channel of the stack points to."""

import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self

from vigil_verify.probe import Notification, OpenIncident, Probe, ProbeError, State

LAST_PORT: Final = 65535
LARGEST: Final = 1024 * 1024
"""Bytes of a notification; Google's are a few KB."""
SLOWEST: Final = 10.0
"""Wall seconds in which a sender must have sent its whole request."""


class _Six(ThreadingHTTPServer):
    address_family = socket.AF_INET6


@dataclass(slots=True)
class Webhook(Probe):
    """Takes notifications by POST at `host` and `port`, any path; port 0 is a free one, set on entering.

    It asks nobody who they are: whoever reaches it can make believe that a notification came.
    """

    host: str
    port: int
    found: list[Notification] = field(default_factory=list[Notification])
    others: int = 0
    """Requests that held no notification."""
    _server: ThreadingHTTPServer | None = None

    @classmethod
    def at(cls, address: str) -> "Webhook":
        """Return the probe at `HOST:PORT`. Raises ProbeError for anything else."""
        host, colon, port = address.rpartition(":")
        if not colon or not host or not port.isdecimal() or int(port) > LAST_PORT:
            raise ProbeError(f"{address!r} is no address to listen at. Remedy: write HOST:PORT, such as 127.0.0.1:9000")
        return cls(host.strip("[]"), int(port))

    def __enter__(self) -> Self:
        """Begin to listen. Raises ProbeError where that cannot be."""
        try:
            kind = _Six if ":" in self.host else ThreadingHTTPServer
            self._server = server = kind((self.host, self.port), self._handler())
        except OSError as error:
            raise ProbeError(
                f"cannot listen at {self.host}:{self.port}: {error.strerror or error}. "
                "Remedy: free that port, or choose one that the channel points to"
            ) from error
        self.port = server.server_port
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def received(self, incident: OpenIncident, state: State) -> str:
        """Do as `Probe` says."""
        return f"webhook at {self.host}:{self.port}" if any(one.tells_of(incident, state) for one in self.found) else ""

    def received_so_far(self) -> str:
        """Do as `Probe` says."""
        strange = f", and {self.others} requests that hold none" if self.others else ""
        return f"{len(self.found)} notifications came to {self.host}:{self.port} so far{strange}, none of this"

    def _take(self, body: bytes) -> bool:
        notification = Notification.read(body)
        if notification is None:
            self.others += 1
            return False
        self.found.append(notification)
        return True

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            timeout = SLOWEST

            def do_POST(self) -> None:
                length = self.headers.get("content-length", "")
                if not length.isdecimal() or int(length) > LARGEST:
                    self._answer(413 if length.isdecimal() else 411)
                    return
                self._answer(200 if take(self.rfile.read(int(length))) else 400)

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
                """The command reports what comes, not each request."""

        return Handler
