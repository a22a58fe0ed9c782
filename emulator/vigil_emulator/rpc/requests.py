"""Requests that may not be what their method takes."""

from collections.abc import Callable

from google.protobuf.message import DecodeError, Message

from vigil_emulator.errors import ApiError


def reader(kind: type[Message]) -> Callable[[bytes], Message | None]:
    """Return what reads a request; None stands for bytes that are no such message.

    grpcio answers UNKNOWN where reading itself raises.
    """

    def read(data: bytes) -> Message | None:
        try:
            return kind.FromString(data)
        except DecodeError:
            return None

    return read


def known(message: Message | None) -> Message:
    """Return a request that was read. Raises ApiError for one that could not be.

    INTERNAL is what a server answers where it cannot parse a request
    (https://grpc.github.io/grpc/core/md_doc_statuscodes.html).
    """
    if message is None:
        raise ApiError("INTERNAL", "Exception deserializing request!")
    return message
