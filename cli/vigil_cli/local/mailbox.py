"""A real mail server that takes Cloud Monitoring's e-mails, in the command's own process.

It is the other person at the end of the way: it delivers nothing any further, it keeps what came.
"""

import asyncio
import email
import email.policy
import socket
import time
import weakref
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from vigil_cli.local.ports import HOST, port_of

State = Literal["open", "closed"]
_WORDS: dict[State, str] = {"open": "[ALERT] ", "closed": "[RESOLVED] "}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """An e-mail that arrived: what it says and when it came, on `time.monotonic`'s scale."""

    to: str
    subject: str
    text: str
    received: float


class Mailbox:
    """Takes e-mails on loopback, for whatever address."""

    def __init__(self, listener: socket.socket) -> None:
        """`listener` comes from `vigil_cli.local.ports.listen` and is closed with the mailbox."""
        self.address = f"{HOST}:{port_of(listener)}"
        self.mails: list[Mail] = []
        self._listener = listener
        self._server: asyncio.Server | None = None
        self._talks: weakref.WeakSet[SMTP] = weakref.WeakSet()

    async def __aenter__(self) -> Self:
        def talk() -> SMTP:
            made = SMTP(self, hostname="localhost")  # its own name, so that the network is not queried for one
            self._talks.add(made)
            return made

        self._server = await asyncio.get_running_loop().create_server(talk, sock=self._listener)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            for talk in self._talks:
                if isinstance(talk.transport, asyncio.Transport):
                    talk.transport.abort()  # from Python 3.12, the wait is for them too
            await self._server.wait_closed()
        self._listener.close()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - aiosmtpd's
        """Keep a message; the answer is the protocol's."""
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        body = message.get_body(("plain",))
        text = "" if body is None else "\n".join(str(body.get_content()).splitlines())
        to = ", ".join(envelope.rcpt_tos)
        self.mails.append(
            Mail(to=to, subject=str(message["subject"] or "").strip(), text=text, received=time.monotonic())
        )
        return "250 OK"

    def find(self, incident: str, state: State) -> Mail | None:
        """Return the first e-mail about an incident, by its id, that it opened or closed."""
        matching = (each for each in self.mails if each.subject.startswith(_WORDS[state]) and incident in each.text)
        return next(matching, None)
