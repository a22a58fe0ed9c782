"""What Docker's `gcplogs` driver takes for Google: the name over TLS, a token for any key, the emulator behind it.

The driver takes no endpoint and no credential but a file's. So the room's hosts file has Google's name at an address
of loopback, and a listener there speaks TLS with a certificate of a throw-away authority that the engine alone trusts.
"""

import asyncio
import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from demo.containers.room import Room
from vigil_emulator.rpc.certificates import certificates

GOOGLE = "logging.googleapis.com"
ADDRESS = "127.87.71.1"
"""Of Google's name inside the room: an address of loopback that nobody else uses."""
_TOKEN = json.dumps({"access_token": "of-nobody", "token_type": "Bearer", "expires_in": 3600}).encode()
_SIZE = 65536


class FrontDoor:
    """A TLS listener in the room, whose connections go to the emulator's plaintext gRPC port."""

    def __init__(self, context: ssl.SSLContext, environment: dict[str, str]) -> None:
        self.environment = environment
        """What the engine's own environment must have."""
        self._context = context
        self._behind: tuple[str, int] | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, room: Room) -> "Generator[FrontDoor]":
        """Listen until the block ends. Nobody is behind the door before `lead_to`."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with room.tcp() as google, room.tcp() as tokens:
            for listener, port in ((google, 443), (tokens, 0)):
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((ADDRESS, port))
            door = cls(*_credentials(folder, tokens.getsockname()[1]))
            ready, ended = threading.Event(), asyncio.Event()
            thread = threading.Thread(
                target=lambda: door._loop.run_until_complete(door._serve(google, tokens, ready, ended))
            )
            thread.start()
            ready.wait()
            try:
                yield door
            finally:
                door._loop.call_soon_threadsafe(ended.set)
                thread.join()
                door._loop.close()

    def lead_to(self, grpc: str | None) -> None:
        """Send new connections to the emulator's gRPC address HOST:PORT; None: nobody answers, and all are cut."""
        if grpc is None:
            self._behind = None
            self._loop.call_soon_threadsafe(self._cut)
        else:
            host, _, port = grpc.rpartition(":")
            self._behind = (host, int(port))

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(
        self, google: socket.socket, tokens: socket.socket, ready: threading.Event, ended: asyncio.Event
    ) -> None:
        async with (
            await asyncio.start_server(self._pass_on, sock=google, ssl=self._context),
            await asyncio.start_server(_give_token, sock=tokens),
        ):
            ready.set()
            await ended.wait()
            self._cut()
            await asyncio.sleep(0)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._behind is None:
                return
            inner_reader, inner_writer = await asyncio.open_connection(*self._behind)
            self._open.add(inner_writer)
            try:
                await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
            finally:
                self._open.discard(inner_writer)
                inner_writer.close()
        except OSError:
            return  # the driver tries again
        finally:
            self._open.discard(writer)
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy bytes until either side closes; then close the other."""
    with contextlib.suppress(OSError):
        while data := await reader.read(_SIZE):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _give_token(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a request with the token, whatever it says."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(_TOKEN)}\r\n"
        writer.write(head.encode() + b"connection: close\r\n\r\n" + _TOKEN)
        await writer.drain()
    writer.close()


def _credentials(folder: Path, token_port: int) -> tuple[ssl.SSLContext, dict[str, str]]:
    """Return the listener's certificate, and the engine's variables: the authority it trusts, its key for tokens."""
    made = certificates(folder, names=(GOOGLE,))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.set_alpn_protocols(["h2"])
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = folder / "account.json"
    account.touch(mode=0o600)
    account.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "of-nobody",
                "private_key_id": "thrown-away",
                "private_key": key.decode(),
                "client_email": "driver@of-nobody.iam.gserviceaccount.com",
                "client_id": "1",
                "token_uri": f"http://{ADDRESS}:{token_port}/token",
            }
        )
    )
    return context, {"SSL_CERT_FILE": str(made.authority), "GOOGLE_APPLICATION_CREDENTIALS": str(account)}
