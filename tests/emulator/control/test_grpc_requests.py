"""Bytes that are no request of their method are refused as grpc says, and not as something unknown."""

import pytest

pytest.importorskip("grpc", reason="pip install vigil-emulator[grpc]")

from google.protobuf.struct_pb2 import Struct

from vigil_emulator.errors import ApiError
from vigil_emulator.rpc.requests import known, reader


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"GET / HTTP/1.1\r\n", b"\x0a\x05ab"])
def test_what_is_no_message_is_answered_internal(data: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        known(reader(Struct)(data))
    assert (refused.value.status, refused.value.message) == ("INTERNAL", "Exception deserializing request!")


def test_a_message_is_read_as_it_is() -> None:
    sent = Struct(fields={})
    assert known(reader(Struct)(sent.SerializeToString())) == sent
