"""The gRPC server: every RPC is a call of the REST surface's handlers."""

import asyncio
import hmac
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any, TypeAlias, cast

import grpc
from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import status_pb2

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.errors import ApiError
from vigil_emulator.logging.tail import LogTail
from vigil_emulator.otlp.handler import LateOtlp, available
from vigil_emulator.rest.api import Api
from vigil_emulator.rest.discovery import Method, methods
from vigil_emulator.rest.faults import Faults
from vigil_emulator.rest.request import MAX_BODY
from vigil_emulator.rpc.certificates import Certificates
from vigil_emulator.rpc.convert import parts
from vigil_emulator.rpc.exports import Guards, export_handlers
from vigil_emulator.rpc.methods import STREAMING, Rpc, services
from vigil_emulator.rpc.requests import known, reader

GRACE_SECONDS = 2

# grpcio has no types: its objects are Any here, and in this module alone.
Grpc: TypeAlias = Any


class RpcServer:
    """Serves on loopback, plaintext and over TLS. `start` and `stop` belong to one event loop."""

    def __init__(
        self, api: Api, faults: Faults, tail: LogTail, token: str | None = None, *, otlp: LateOtlp | None = None
    ) -> None:
        """With a `token`, every RPC must bear it in its metadata. `otlp` takes exports of OpenTelemetry."""
        self._api = api
        self._faults = faults
        self._tail = tail
        self._token = token
        self._otlp = otlp
        self._server: Grpc = None

    async def start(
        self, host: str, *, port: int | None = None, tls_port: int | None = None, tls: Certificates | None = None
    ) -> tuple[int | None, int | None]:
        """Start to serve, and return the two ports that were taken. Raises OSError when a port cannot be had."""
        options = (
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", MAX_BODY),
            ("grpc.max_send_message_length", -1),
        )
        aio: Grpc = grpc.aio
        server: Grpc = aio.server(options=options)
        by_id = {method.id: method for method in methods()}
        for service, rpcs in services().items():
            handlers = {rpc.name: self._handler(rpc, by_id[rpc.method]) for rpc in rpcs}
            if service == STREAMING.service:
                handlers[STREAMING.rpc.name] = self._streaming(STREAMING.rpc, by_id[STREAMING.rpc.method])
            generic: Grpc = grpc.method_handlers_generic_handler(service, handlers)
            server.add_generic_rpc_handlers((generic,))
        if self._otlp is not None and available():
            for service, export in export_handlers(self._otlp.otlp, Guards(self._admit, self._spoil_export, _abort)):
                server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": export}),))
        plain = None if port is None else _bound(lambda: server.add_insecure_port(f"{host}:{port}"), host, port)
        secure = None
        if tls_port is not None and tls is not None:
            credentials: Grpc = grpc.ssl_server_credentials([(tls.key, tls.certificate)])
            secure = _bound(lambda: server.add_secure_port(f"{host}:{tls_port}", credentials), host, tls_port)
        await server.start()
        self._server = server
        return plain, secure

    async def stop(self) -> None:
        """End within GRACE_SECONDS; sessions of `TailLogEntries` end at once, without an error."""
        self._tail.close()
        if self._server is not None:
            await self._server.stop(GRACE_SECONDS)
            self._server = None

    def _handler(self, rpc: Rpc, method: Method) -> Grpc:
        request, response = _message(rpc.request), _message(rpc.response)

        async def answer(message: Message | None, context: Grpc) -> Message:
            try:
                self._admit(context)
                await self._spoil(method)
                body = await self._call(method, known(message))
                return json_format.ParseDict(body, response(), ignore_unknown_fields=True)
            except ApiError as error:
                await _abort(context, error)
                raise

        def serialize(message: Message) -> bytes:
            return message.SerializeToString()

        return grpc.unary_unary_rpc_method_handler(
            answer, request_deserializer=reader(request), response_serializer=serialize
        )

    def _streaming(self, rpc: Rpc, method: Method) -> Grpc:
        request, response = _message(rpc.request), _message(rpc.response)

        async def answer(messages: AsyncIterator[Message | None], context: Grpc) -> AsyncGenerator[Message]:
            try:
                self._admit(context)
                await self._spoil(method)
                first = known(await anext(messages, request()))  # without a message: refused as an empty one is
                session = self._tail.open(cast("JsonObject", json_format.MessageToDict(first)))
            except ApiError as error:
                await _abort(context, error)
                raise
            try:
                await context.send_initial_metadata(())  # from here on, nothing that is stored is missed
                async for body in session.responses():
                    yield json_format.ParseDict(body, response(), ignore_unknown_fields=True)
            finally:
                self._tail.release(session)

        def serialize(message: Message) -> bytes:
            return message.SerializeToString()

        return grpc.stream_stream_rpc_method_handler(
            answer, request_deserializer=reader(request), response_serializer=serialize
        )

    async def _call(self, method: Method, message: Message) -> JsonObject:
        try:
            request = cast("JsonObject", json_format.MessageToDict(message))
        except TypeError as error:  # an Any of a type that is not known here
            raise ApiError("INVALID_ARGUMENT", str(error)) from None
        call = parts(method, request)
        return await self._api.invoke(method, call.path, call.query, call.body)

    def _admit(self, context: Grpc) -> None:
        if self._token is None:
            return
        metadata = cast("Mapping[str, str]", dict(context.invocation_metadata()))
        if not hmac.compare_digest(metadata.get("authorization", "").encode(), f"Bearer {self._token}".encode()):
            raise ApiError("UNAUTHENTICATED", "Request had invalid authentication credentials.")

    async def _spoil(self, method: Method) -> None:
        await self._spoil_export(method.id)

    async def _spoil_export(self, method_id: str) -> None:
        fault = self._faults.take(method_id)
        if fault is None:
            return
        await asyncio.sleep(fault.latency)
        if fault.drop:
            raise ApiError("UNAVAILABLE", "The connection was dropped.")
        if fault.status:
            raise fault.error()


def _message(name: str) -> type[Message]:
    module, _, cls = name.partition(":")
    found: Any = getattr(import_module(module), cls)
    return found.pb() if hasattr(found, "pb") else found


def _bound(bind: Callable[[], int], host: str, port: int) -> int:
    try:
        taken = bind()
    except RuntimeError:
        taken = 0
    if not taken:
        raise OSError(
            f"port {port} on {host} is in use or not allowed: choose another one for gRPC (0 takes any free one)"
        )
    return taken


async def _abort(context: Grpc, error: ApiError) -> None:
    code: Grpc = getattr(grpc.StatusCode, error.status, grpc.StatusCode.UNKNOWN)
    status = status_pb2.Status(code=code.value[0], message=error.message)
    for detail in error.details:
        json_format.ParseDict(detail, status.details.add(), ignore_unknown_fields=True)
    metadata = (("grpc-status-details-bin", status.SerializeToString()),)
    aborted: Awaitable[None] = context.abort(code, error.message, trailing_metadata=metadata)
    await aborted
