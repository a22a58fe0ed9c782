"""The emulator that runs on a state folder is found by the file that it leaves there, while it answers."""

import json
from pathlib import Path
from typing import cast

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vigil_cli.errors import CommandError
from vigil_cli.local.discovery import address_or, addresses, grpc_beside
from vigil_emulator.environment import ADDRESSES
from vigil_emulator.http_server import in_thread
from vigil_emulator.rest.asgi import App

USUAL, GRPC = "http://127.0.0.1:8085", "127.0.0.1:9085"


async def healthy(_: Request) -> Response:
    return Response()


def leave(folder: Path, url: str) -> None:
    (folder / ADDRESSES).write_text(json.dumps({"url": url, "grpc": GRPC}))


def test_the_addresses_of_an_emulator_that_answers_are_taken(tmp_path: Path) -> None:
    emulator = Starlette(routes=[Route("/vigil/v1/health", healthy)])
    with in_thread(cast("App", emulator)) as url:
        leave(tmp_path, url)
        assert address_or(tmp_path, USUAL) == url
        assert grpc_beside(tmp_path, f"{url}/") == GRPC
        assert grpc_beside(tmp_path, USUAL) is None, "the gRPC address of another emulator"


@pytest.mark.parametrize("left", [None, "http://127.0.0.1:1"])
def test_a_file_of_an_emulator_that_has_ended_is_like_none(tmp_path: Path, left: str | None) -> None:
    if left is not None:
        leave(tmp_path, left)
    assert address_or(tmp_path, USUAL) == USUAL
    assert grpc_beside(tmp_path, left or USUAL) is None
    with pytest.raises(CommandError, match="No emulator runs on the state folder"):
        addresses(tmp_path)
