"""The provider as an application."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from demo.stand_ins.llm import anthropic, google, openai
from demo.stand_ins.llm.behaviour import Behaviour, Trouble

_CUT_AFTER = 3
_FOREVER = 3600.0


class Provider:
    """The endpoints, and how they answer at the moment."""

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.behaviour = behaviour or Behaviour()
        self.requests: list[dict[str, Any]] = []
        """The bodies received, oldest first, at most a thousand: what a test may look at."""
        self._numbers = itertools.count(1)

    async def _next(self, request: Request) -> tuple[Behaviour, int, dict[str, Any]]:
        body: dict[str, Any] = await request.json()
        self.requests.append(body)
        del self.requests[:-1000]
        now = self.behaviour
        if now.trouble is not None:
            self.behaviour = now.once_less()
        await asyncio.sleep(_FOREVER if now.trouble is Trouble.HANG else now.latency)
        return now, next(self._numbers), body

    async def completions(self, request: Request) -> Response:
        """Answer `POST /v1/chat/completions`."""
        now, number, body = await self._next(request)
        failure = openai.error(now.trouble)
        if failure is not None:
            return _failed(*failure)
        if body.get("stream"):
            options: dict[str, Any] = body.get("stream_options") or {}
            usage = bool(options.get("include_usage"))
            return _streamed(openai.completion_stream(body["model"], now, number, usage=usage), now)
        return _answered(openai.completion(body["model"], now, number), now)

    async def responses(self, request: Request) -> Response:
        """Answer `POST /v1/responses`."""
        now, number, body = await self._next(request)
        failure = openai.error(now.trouble)
        if failure is not None:
            return _failed(*failure)
        if body.get("stream"):
            return _streamed(openai.response_stream(body["model"], now, number), now)
        return _answered(openai.response(body["model"], now, number), now)

    async def embeddings(self, request: Request) -> Response:
        """Answer `POST /v1/embeddings`."""
        now, _, body = await self._next(request)
        failure = openai.error(now.trouble)
        if failure is not None:
            return _failed(*failure)
        return _answered(openai.embeddings(body["model"], now), now)

    async def messages(self, request: Request) -> Response:
        """Answer `POST /v1/messages`."""
        now, number, body = await self._next(request)
        failure = anthropic.error(now.trouble)
        if failure is not None:
            return _failed(*failure)
        if body.get("stream"):
            return _streamed(anthropic.message_stream(body["model"], now, number), now)
        return _answered(anthropic.message(body["model"], now, number), now)

    async def content(self, request: Request) -> Response:
        """Answer `POST /v1/models/{model}:generateContent` and `:streamGenerateContent`, of any version."""
        model, _, method = request.path_params["call"].partition(":")
        now, number, _ = await self._next(request)
        failure = google.error(now.trouble)
        if failure is not None:
            return _failed(*failure)
        if method == "streamGenerateContent":
            return _streamed(google.content_stream(model, now, number), now)
        return _answered(google.content(model, now, number), now)

    async def change(self, request: Request) -> Response:
        """Answer `PUT /_demo/behaviour`: all of it at once; what is left out is as at the start."""
        self.behaviour = Behaviour.model_validate(await request.json())
        return JSONResponse(self.behaviour.model_dump())


def build(provider: Provider | None = None) -> Starlette:
    """Return the application."""
    provider = provider or Provider()
    return Starlette(
        routes=[
            Route("/v1/chat/completions", provider.completions, methods=["POST"]),
            Route("/v1/responses", provider.responses, methods=["POST"]),
            Route("/v1/embeddings", provider.embeddings, methods=["POST"]),
            Route("/v1/messages", provider.messages, methods=["POST"]),
            Route("/{version}/models/{call:path}", provider.content, methods=["POST"]),
            Route("/_demo/behaviour", provider.change, methods=["PUT"]),
            Route("/healthz", _healthy),
        ],
    )


async def _healthy(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _failed(status: int, body: dict[str, Any]) -> Response:
    headers = {"retry-after": "0"} if status == 429 else {}  # noqa: PLR2004 - too many requests
    return JSONResponse(body, status, headers=headers)


def _answered(body: dict[str, Any], now: Behaviour) -> Response:
    answer = JSONResponse(body)
    if now.trouble is Trouble.CUT:
        answer.headers["content-length"] = str(len(answer.body) + 100)  # the server closes before it is complete
    return answer


def _streamed(pieces: Iterator[bytes], now: Behaviour) -> Response:
    async def paced() -> AsyncIterator[bytes]:
        for place, piece in enumerate(pieces):
            if now.trouble is Trouble.CUT and place == _CUT_AFTER:
                raise ConnectionResetError("the provider's stream breaks off")
            if place and now.per_piece:
                await asyncio.sleep(now.per_piece)
            yield piece

    return StreamingResponse(paced(), media_type="text/event-stream")
