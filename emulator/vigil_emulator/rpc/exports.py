"""OTLP's three gRPC services, over the same code as its HTTP."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import grpc
from google.protobuf.message import Message

from vigil_emulator.errors import ApiError
from vigil_emulator.rpc.requests import known, reader

if TYPE_CHECKING:
    from vigil_emulator.otlp.service import Otlp

# grpcio has no types: what it makes and takes is Any here, as in the server's module.
Grpc: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Guards:
    """What the server does around each RPC."""

    admit: Callable[[Grpc], None]
    """Raises ApiError for a stranger."""
    spoil: Callable[[str], Awaitable[None]]
    """Raises ApiError for a fault that was set, by the method's id."""
    abort: Callable[[Grpc, ApiError], Awaitable[None]]
    """Ends the RPC with an error."""


def export_handlers(otlp: "Otlp", guards: Guards) -> Iterator[tuple[str, Grpc]]:
    """Yield the services by their full names, each with the handler of its only method `Export`."""
    from vigil_emulator.otlp.messages import SERVICES  # noqa: PLC0415 - an extra: who has no OTLP does not need it

    for service in SERVICES.values():
        yield service.grpc, _handler(otlp, f"telemetry.{service.signal}.export", service.request, guards)


def _handler(otlp: "Otlp", method: str, request: type[Message], guards: Guards) -> Grpc:
    async def answer(message: Message | None, context: Grpc) -> Message:
        try:
            guards.admit(context)
            await guards.spoil(method)
            metadata = cast("Mapping[str, str]", dict(context.invocation_metadata()))
            return otlp.export(known(message), metadata.get("x-goog-user-project", ""))
        except ApiError as error:
            await guards.abort(context, error)
            raise

    def serialize(message: Message) -> bytes:
        return message.SerializeToString()

    return grpc.unary_unary_rpc_method_handler(
        answer, request_deserializer=reader(request), response_serializer=serialize
    )
