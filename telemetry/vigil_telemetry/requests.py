"""What a request says about itself: its id, its trace, its route."""

from __future__ import annotations

import os
import re
from binascii import unhexlify
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from inspect import unwrap
from types import CodeType, FunctionType, MethodType
from typing import Any, TypeAlias, get_args

from vigil_telemetry.events.http import Method, StatusClass
from vigil_telemetry.location import encode_place, place_of_code
from vigil_telemetry.safe import from_value, safe_text
from vigil_telemetry.trace import TraceContext, from_headers

Scope: TypeAlias = MutableMapping[str, Any]  # ASGI's own, whose values are of many types
Headers: TypeAlias = Mapping[bytes, bytes]
UNMATCHED = "(unmatched)"
_REST = "/{path}"
"""How Starlette writes what follows a mount."""
READ = frozenset({b"traceparent", b"x-cloud-trace-context", b"content-length"})
"""Headers that are read here."""
# A UUID, hex, ULID or such: neither a name nor a bare number, since what comes from outside goes onto every line
_REQUEST_ID = re.compile(r"(?=[0-9-]*[A-Za-z])[0-9A-Za-z_-]{16,64}", re.ASCII)
_SAMPLED = {f"{flags:02x}": flags & 1 == 1 for flags in range(256)}
"""Whether the flags of a `traceparent` say that the trace is sampled."""
_SIZE_DIGITS = 15  # a petabyte; every such number is exact as a double
_METHODS: Mapping[str, Method] = {method: method for method in get_args(Method)}
_CLASSES: tuple[StatusClass, ...] = get_args(StatusClass)


class _ByStatus(dict[int, StatusClass]):
    def __missing__(self, status: int) -> StatusClass:
        return _CLASSES[min(max(status // 100, 1), 5) - 1]


CLASS_OF: Mapping[int, StatusClass] = _ByStatus({status: _CLASSES[status // 100 - 1] for status in range(100, 600)})
"""The class of each status as a label; of one that is no status, the nearest."""


def header(headers: Headers, name: bytes) -> str | None:
    """Return the header of that (lower-case) name."""
    value = headers.get(name)
    return value.decode("latin-1") if value is not None else None


def accepted_id(candidate: str | None) -> str:
    """Return an id from outside where it has the form of one, else a new one."""
    if candidate is not None and _REQUEST_ID.fullmatch(candidate) is not None:
        return candidate
    return new_id()


def is_random(value: bytes) -> bool:
    """Return whether an id is 32 hex digits, and no bare number: nothing in it to look for."""
    if len(value) != 32 or not value.islower():  # noqa: PLR2004 - the digits of `new_id`
        return False
    try:
        unhexlify(value)  # a regular expression takes longer
    except ValueError:
        return False
    return True


def new_id() -> str:
    """Return 32 random hex digits: a UUID's form, of which `uuid4` fixes six bits at three times the cost."""
    return os.urandom(16).hex()


def trace_of(headers: Headers) -> TraceContext:
    """Return the request's trace; a new one, not sampled, where it came without, so that its lines belong together."""
    parent = headers.get(b"traceparent")
    if parent is not None:
        try:  # what is sent in practice, of version 00; `trace` reads all others
            version, trace, span, flags = parent.decode().split("-")
            unhexlify(trace + span)  # a regular expression takes longer
            if (
                version == "00"
                and len(trace) == 32  # noqa: PLR2004 - hex digits, as the specification has them
                and len(span) == 16  # noqa: PLR2004 - as above
                and trace != "0" * 32
                and span != "0" * 16
                and parent.islower()  # digits alone: read below
            ):
                return TraceContext(trace, span, _SAMPLED[flags])
        except (ValueError, KeyError):
            pass
    found = from_headers(header(headers, b"traceparent"), header(headers, b"x-cloud-trace-context"))
    return found or TraceContext(new_id())


def method_of(scope: Scope) -> Method:
    """Return the method as a label."""
    return "WEBSOCKET" if scope["type"] == "websocket" else _METHODS.get(scope.get("method", ""), "OTHER")


def size_of(headers: Headers) -> int | None:
    """Return the request body's size, as its header says."""
    text = header(headers, b"content-length")
    return parsed_size(text) if text is not None else None


def parsed_size(text: str) -> int | None:
    """Return a size in bytes as a header has it; None for what is no size, such as 5,000 digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _SIZE_DIGITS else None


def answered_by(scope: Scope) -> tuple[str, bytes | None]:
    """Return the route that answered and where its endpoint is defined, worked out once for each. Never raises."""
    try:
        route = scope["fastapi"].get("effective_route_context") if "fastapi" in scope else scope.get("route")
        if route is not None and "app_root_path" not in scope:  # below a mount, the path belongs to each request
            known = _answers.get(id(route))
            if known is not None and known[1] is scope.get("endpoint"):
                return known[2]
            if isinstance(getattr(route, "path_format", None), str):
                return _remembered(route, scope)
    except from_value():  # a route may be any object
        pass
    return route_of(scope), place_of_endpoint(scope)


_answers: dict[int, tuple[object, object, tuple[str, bytes | None]]] = {}
"""By the identity of a route: the route itself, so that its identity is not given away, its endpoint, and both."""
_MOST = 1000


def _remembered(route: object, scope: Scope) -> tuple[str, bytes | None]:
    if len(_answers) >= _MOST:
        _answers.clear()
    answer = route_of(scope), place_of_endpoint(scope)
    _answers[id(route)] = (route, scope.get("endpoint"), answer)
    return answer


def route_of(scope: Scope) -> str:
    """Return the template of the route that answered, as FastAPI and Starlette leave it in the scope; never the path.

    It is read when the request ends, since the router adds it on the way. Mounts leave their path only: the router's
    mounts say which of it are parameters. Where that is not certain, the route is `(unmatched)`, since a path could
    hold anything. Never raises.
    """
    try:
        return safe_text(_template(scope) or UNMATCHED)
    except from_value():  # a parameter's own __str__ may do anything
        return UNMATCHED


def _template(scope: Scope) -> str | None:
    own = _own_template(scope)
    if own is None and not isinstance(endpoint := scope.get("endpoint"), FunctionType | MethodType):
        if endpoint is None or hasattr(endpoint, "routes") or "app_root_path" not in scope:
            return None
        own = _REST  # FastAPI leaves no route where a mount leads to what has none, such as files
    path, root = str(scope.get("path", "")), str(scope.get("root_path", ""))
    application = scope.get("app_root_path")  # set by a mount
    # less what the server itself cuts off
    mounted = root.removeprefix(str(application)) if application is not None else ""
    parameters: Mapping[str, object] = scope.get("path_params") or {}
    if not mounted:
        return _templated(path, parameters) if own is None else own  # a Starlette that leaves no route
    router = scope.get("router")
    prefix = _by_values(mounted, own or "", parameters) if router is None else _mounts(router.routes, mounted)
    if prefix is not None and own is None:
        rest = path.removeprefix(root if path.startswith(root) else mounted)
        # a parameter of the mount is in the path of the mount alone, unless one of the route has its name
        inner = {
            name: value for name, value in parameters.items() if str(value) in rest.split("/") or not _has(prefix, name)
        }
        own = _templated(rest, inner)
    return None if prefix is None or own is None else prefix + own


def _by_values(mounted: str, own: str, parameters: Mapping[str, object]) -> str | None:
    """Return the template of a mounted path where no router shows it: with the values of parameters replaced."""
    return _templated(mounted, {name: value for name, value in parameters.items() if not _has(own, name)})


def _has(template: str, name: str) -> bool:
    """Whether a template has a parameter of this name."""
    return f"{{{name}}}" in template or f"{{{name}:" in template


def _mounts(routes: Iterable[object], path: str) -> str | None:
    """Return the template of the mounts that this path leads through; None where the routes do not show them."""
    found: str | None = None
    for route in routes:
        inner = _below(route)
        pattern: re.Pattern[str] | None = getattr(route, "path_regex", None)
        if inner is None:
            continue  # no mount
        if pattern is None:
            found = _mounts(inner, path)  # a mount by host, or a router that FastAPI includes
        elif (match := pattern.match(f"{path}/")) is not None:
            rest = match["path"].rstrip("/")
            below = _mounts(inner, f"/{rest}") if rest else ""
            own = str(getattr(route, "path_format", "")).removesuffix(_REST)
            found = None if below is None else own + below
        if found is not None:
            return found
    return None


def _below(route: object) -> Iterable[object] | None:
    """Return the routes below a mount, a host or an included router; None for any other route."""
    included: Callable[[], Iterable[object]] | None = getattr(route, "effective_candidates", None)
    if included is None:
        return getattr(route, "routes", None)
    # FastAPI puts the prefix before the mounts of a router that it includes
    return [getattr(each, "starlette_route", None) or each for each in included()]


def _own_template(scope: Scope) -> str | None:
    """Return the template of the innermost route; None where it left none in the scope."""
    fastapi: Mapping[str, object] = scope.get("fastapi") or {}
    context = fastapi.get("effective_route_context")
    if hasattr(getattr(context, "starlette_route", None), "routes"):
        context = None  # a mount of an included router: the application below it leaves its own route
    for route in (context, scope.get("route")):  # the first knows the prefixes of included routers
        if hasattr(route, "routes"):
            return _REST  # a mount that leads to no route, such as one of files: all of it is in the path of mounts
        path = getattr(route, "path_format", None) or getattr(route, "path", None)
        if isinstance(path, str):
            return path
    return None


def _templated(path: str, parameters: Mapping[str, object]) -> str | None:
    """Return the path with its parameters' values replaced by their names; None where one is not found as it is."""
    segments = path.split("/")
    for name, value in parameters.items():
        text = str(value)
        if text not in segments:
            return None
        segments[segments.index(text)] = f"{{{name}}}"
    return "/".join(segments)


def place_of_endpoint(scope: Scope) -> bytes | None:
    """Return where the endpoint is defined; None for one that is no function. Never raises."""
    try:
        function = scope.get("endpoint")
        if function is None:
            return None
        if type(function) is not FunctionType or function.__dict__:  # decorated, or a method
            function = unwrap(function)
            if isinstance(function, MethodType):
                function = function.__func__
            if not isinstance(function, FunctionType):
                return None
        return place_of_code(function.__code__, function.__module__)
    except from_value():  # an endpoint may be any object
        return None


def place_of_error(error: BaseException) -> bytes | None:
    """Return where an exception was raised."""
    trace = error.__traceback__
    if trace is None:
        return None
    while trace.tb_next is not None:
        trace = trace.tb_next
    code: CodeType = trace.tb_frame.f_code
    module = trace.tb_frame.f_globals.get("__name__", "")
    return encode_place(code.co_filename, trace.tb_lineno, f"{module}.{code.co_qualname}")
