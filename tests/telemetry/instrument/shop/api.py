"""The API of the mixed run: `python -m tests.telemetry.instrument.shop.api FD`."""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, Request
from temporalio.client import Client

from tests.telemetry.instrument.shop import settings
from tests.telemetry.instrument.shop.events import Stepped
from vigil_telemetry import add_ids, emit
from vigil_telemetry.instrument import instrument_fastapi
from vigil_telemetry.instrument.temporal import VigilPlugin


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.client = await Client.connect(settings.TEMPORAL, plugins=[VigilPlugin()], runtime=settings.runtime())
    yield


def build() -> FastAPI:
    app = FastAPI(lifespan=lifespan)

    @app.post("/orders/{number}")
    async def order(number: int, request: Request) -> str:
        add_ids(user=request.headers["x-user"])
        return await request.app.state.client.execute_workflow(
            "Assist", number, id=uuid4().hex, task_queue=settings.QUEUE
        )

    @app.get("/stock/{item}")
    def stock(item: str) -> int:
        emit(Stepped(step="stock"))
        return 3

    return instrument_fastapi(app)


if __name__ == "__main__":
    settings.set_up("api")
    with socket.socket(fileno=int(sys.argv[1])) as listener:
        config = uvicorn.Config(build(), access_log=False, log_config=None, timeout_keep_alive=75)
        uvicorn.Server(config).run(sockets=[listener])
