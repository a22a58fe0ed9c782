"""From a request to the handler of its method, and from its result to an answer."""

import inspect
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from vigil_apimodel.json_values import JsonObject, JsonValue, children, text, texts
from vigil_emulator.calls import Call, Handler
from vigil_emulator.errors import ApiError
from vigil_emulator.resources.collection import Context
from vigil_emulator.resources.projects import project_of
from vigil_emulator.rest.discovery import Method, resolve
from vigil_emulator.rest.masks import select
from vigil_emulator.rest.quotas import Quotas
from vigil_emulator.rest.request import Options, Request, bind_query, compress, read_body
from vigil_emulator.rest.schema import encode

MIN_COMPRESSED = 512
"""Bytes below which an answer is not worth compressing."""

_log = logging.getLogger("vigil_emulator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Api:
    """Both APIs, without a server: `answer` takes a request, `invoke` a call."""

    def __init__(
        self,
        context: Context,
        control: Mapping[tuple[str, str], Handler],
        data: Mapping[str, Handler],
        quotas: Quotas | None = None,
    ) -> None:
        """`control` is by kind and verb, `data` by method id; `data` wins. Without `quotas` none is kept."""
        self._context = context
        self._control = control
        self._data = data
        self._quotas = quotas

    def handler(self, method: Method) -> Handler | None:
        """Return who implements a method; None if nobody does.

        A data handler for projects answers for the other containers too: only the name differs.
        """
        return (
            self._data.get(method.id)
            or self._control.get((method.kind, method.verb))
            or self._data.get(re.sub(r"\.(folders|organizations|billingAccounts)\.", ".projects.", method.id))
        )

    async def answer(self, request: Request) -> Answer:
        """Answer any request, errors included."""

        async def answer() -> JsonValue:
            overridden = request.overridden()
            method, path = self.route(overridden)
            query, options = bind_query(method, "" if method.kind == "monitoring.prometheus" else overridden.query)
            body = await self.invoke(method, path, query, read_body(method, overridden))
            return _written(method, body, options)

        return await guarded(request, answer)

    async def invoke(
        self, method: Method, path: Mapping[str, str], query: Mapping[str, str], body: JsonObject
    ) -> JsonObject:
        """Have a method's handler do its work. Raises ApiError, UNIMPLEMENTED if there is none."""
        handler = self.handler(method)
        if handler is None:
            raise ApiError("UNIMPLEMENTED", f"The emulator does not implement {method.id} (docs/emulator-methods.md).")
        canonical = self._context.projects.canonical
        named = {name: canonical(value) for name, value in path.items()}
        call = Call(method=method.id, path=named, query=query, body=body)
        containers = {canonical(name) for name in _containers(call)}
        for name in containers:
            self._context.projects.ensure(name)
        if self._quotas is not None:
            for project in sorted({project_of(name) for name in containers if name.startswith("projects/")}):
                self._quotas.spend(method.id, project, self._context.clock.now())
        if method.http != "GET" and handler is self._control.get((method.kind, method.verb)):
            with self._context.store.transaction():  # the whole change is durable, or nothing of it
                result = handler(call)
        else:
            result = handler(call)
        return await result if inspect.isawaitable(result) else result

    @staticmethod
    def route(request: Request) -> tuple[Method, dict[str, str]]:
        """Return the method of a request and its path parameters. Raises ApiError NOT_FOUND."""
        found = resolve(request.http, request.path)
        if found is None and "/prometheus/api/v1/" in request.path:  # Prometheus allows GET for what the document POSTs
            found = resolve("POST", request.path)
        if found is None:
            raise ApiError(
                "NOT_FOUND", f"The requested URL {request.path} was not found: no method is {request.http} there."
            )
        return found


async def guarded(request: Request, work: Callable[[], Awaitable[JsonValue]]) -> Answer:
    """Return the answer that `work` makes; whatever it raises, the client gets an error and the server stays."""
    try:
        return json_answer(200, await work(), request)
    except ApiError as error:
        return json_answer(error.code, error.body(), request)
    except RecursionError:
        error = ApiError("INVALID_ARGUMENT", "Invalid JSON payload received. Message too deep.")
    except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer and the server stays
        _log.exception("%s %s failed", request.http, request.path)
        error = ApiError("INTERNAL", "Internal error encountered.")
    return json_answer(error.code, error.body(), request)


def json_answer(status: int, body: JsonValue, request: Request) -> Answer:
    """Return an answer in JSON, compressed if the client takes that."""
    raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    headers = {"content-type": "application/json; charset=UTF-8", "vary": "Origin, X-Origin, Referer"}
    if len(raw) >= MIN_COMPRESSED and "gzip" in request.headers.get("accept-encoding", ""):
        return Answer(status=status, body=compress(raw), headers={**headers, "content-encoding": "gzip"})
    return Answer(status=status, body=raw, headers=headers)


def _written(method: Method, body: JsonObject, options: Options) -> JsonValue:
    written: JsonValue = body
    if options.fields:
        written = select(written, options.fields)
    if options.enum_numbers and method.response is not None:
        written = encode(method.api, method.response, written)
    return written


def _containers(call: Call) -> set[str]:
    """Resource names whose projects must be there before the data plane sees the call."""
    names = set(call.path.values())
    if "projectId" in call.path:  # the Trace API names projects by their id alone
        names.add(f"projects/{call.path['projectId']}")
    if call.method == "logging.entries.write":
        names.add(text(call.body, "logName"))
        names.update(text(entry, "logName") for entry in children(call.body, "entries"))
    elif call.method == "logging.entries.list":
        names.update(texts(call.body, "resourceNames"))
    return names
