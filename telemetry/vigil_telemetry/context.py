"""Ids that stand on every line below a `bind`: of the request, the workflow, the user, the trace."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Never, Protocol, Self, TypeAlias, TypeVar
from uuid import UUID
from weakref import WeakSet

import msgspec
from msgspec import Raw

from vigil_telemetry import runtime
from vigil_telemetry.arguments import shown
from vigil_telemetry.counters import counters
from vigil_telemetry.redaction.redactor import RANDOM, redact_label
from vigil_telemetry.reserved import CONTEXT, LABELS, SPAN_ID, TRACE, TRACE_SAMPLED
from vigil_telemetry.safe import encode_safe, from_value, safe_text
from vigil_telemetry.trace import TraceContext


class Held(Protocol):
    """A span that is open for as long as a scope."""

    @property
    def trace(self) -> TraceContext:
        """Its ids: those of all lines in the scope."""
        ...

    def end(self, error: BaseException | None) -> None:
        """End it. Never raises."""
        ...


Id: TypeAlias = str | int | bool | float | None
V = TypeVar("V")

_trace_head: str | None = None


def _forget() -> None:
    global _trace_head  # noqa: PLW0603 - one process, one project
    _trace_head = None


runtime.on_change(_forget)


_IDS = re.compile(r"(?!0{32})[0-9a-fA-F]{32}(?!0{16}$)(?:[0-9a-fA-F]{16})?")
"""The ids of a trace and of a span in it (https://www.w3.org/TR/trace-context/#traceparent-header-field-values)."""
_SAMPLED, _NOT_SAMPLED = (f'","{TRACE_SAMPLED}":{sampled},"{SPAN_ID}":"' for sampled in ("true", "false"))
"""What stands between the two."""


def encode_trace(trace: TraceContext) -> bytes:
    """Return a trace as members of a JSON object, each after a comma; nothing for ids of another form."""
    trace_id, span_id = trace.trace_id, trace.span_id
    try:
        known = _IDS.fullmatch(trace_id if span_id is None else trace_id + span_id)
    except TypeError:
        known = None
    if not known:
        counters.note("repaired", "trace: its ids are not 32 and 16 hex digits")
        return b""
    return _encode_parsed(trace)


def _encode_parsed(trace: TraceContext) -> bytes:
    """Return the same of a trace whose ids are known to have their form."""
    global _trace_head  # noqa: PLW0603 - as above
    head, span_id = _trace_head, trace.span_id  # the head once: another thread may be changing the project
    if span_id is not None:  # every trace that came in a header
        if head is None:
            project = runtime.project()
            value = f"projects/{project}/traces/" if project else ""
            _trace_head = head = "," + encode_safe({TRACE: value})[1:-2].decode()
        return f'{head}{trace.trace_id}{_SAMPLED if trace.sampled else _NOT_SAMPLED}{span_id}"'.encode()
    project = runtime.project()
    members: dict[str, object] = {
        TRACE: f"projects/{project}/traces/{trace.trace_id}" if project else trace.trace_id,
        TRACE_SAMPLED: bool(trace.sampled),
    }
    return b"," + encode_safe(members)[1:-1]


def encode_span(span: Callable[[], TraceContext | None], otherwise: bytes) -> bytes:
    """Return the trace of the moment, encoded; `otherwise` where there is none. Never raises."""
    try:
        found = span()
        return otherwise if found is None else encode_trace(found)
    except from_value() as error:  # the line matters more than its span
        counters.note("repaired", f"configure: span raised {type(error).__name__}, or returned no TraceContext")
        return otherwise


def encode_ids(ids: dict[str, str]) -> bytes:
    """Return the ids as members of a JSON object, each after a comma."""
    plain = ""
    for name, value in ids.items():
        if name not in CONTEXT or not value.isalnum() or not value.isascii():
            break
        plain += f',"{name}":"{value}"'
    else:
        return plain.encode()  # ids as this library makes them: nothing in them to escape
    members: dict[str, object] = {}
    labels: dict[str, str] = {}
    for name, value in ids.items():
        (members if name in CONTEXT else labels)[name] = value
    if labels:
        members[LABELS] = labels
    return b"," + encode_safe(members)[1:-1] if members else b""


_UNBOUND = (b"", Raw())
"""What is bound until a line is written in a scope, and after a change."""


class Scope(msgspec.Struct, eq=False, weakref=True):
    """What is bound at one place, encoded.

    It is a mutable object inside a ContextVar: a copied context (a thread of the pool, a task) sees the same object,
    so that ids added down there stand on the lines written further up.

    A struct is made in a third of the time of an object with its own `__init__`; each request makes one.
    """

    own: dict[str, str]
    trace: TraceContext | None
    encoded: bytes
    """The ids, also those bound further out."""
    encoded_trace: bytes
    parent: Scope | None = None
    root: Scope | None = None
    """The request or activity that it belongs to; None for itself, since a scope that refers to itself waits for the
    garbage collector.
    """
    inner: WeakSet[Scope] | None = None
    bound: tuple[bytes, Raw] = _UNBOUND
    """An encoded service, and what `bound_for` returned for it. One value, which other threads read and replace."""
    held: Held | None = None
    """Its open span."""

    def ids(self) -> dict[str, str]:
        """Return everything bound here and above; what is bound further in wins."""
        return self.own if self.parent is None else self.parent.ids() | self.own

    def refresh(self) -> None:
        """Encode the ids anew, here and further in."""
        self.encoded = encode_ids(self.ids())
        self.bound = _UNBOUND
        if self.inner is not None:
            for scope in list(self.inner):
                scope.refresh()

    def follow(self, trace: TraceContext) -> None:
        """Put lines from here on into another trace."""
        self.trace = trace
        self.encoded_trace = encode_trace(trace)
        self.bound = _UNBOUND

    def bound_for(self, service: bytes) -> Raw:
        """Return the member `service` with the ids bound here behind it, and keep it for the next line."""
        while True:
            ids, trace = self.encoded, self.encoded_trace
            bound = Raw(service + ids + trace)
            self.bound = (service, bound)
            if self.encoded is ids and self.encoded_trace is trace:
                return bound  # else another thread has just added ids


def bound_now(span: Callable[[], TraceContext | None], service: bytes) -> Raw:
    """Return what `bound_for` does, with the trace of the span that OpenTelemetry has now."""
    scope = current()
    return Raw(service + scope.encoded + encode_span(span, scope.encoded_trace))


_begin_span: Callable[[Scope], Held | None] | None = None


def begin_spans(begin: Callable[[Scope], Held | None] | None) -> None:
    """Have a span begun for each scope that is a request, an activity or an agent's run; None ends that.

    `begin` never raises, and returns None for a scope without its own span.
    """
    global _begin_span  # noqa: PLW0603 - one process, one tracer
    _begin_span = begin


_EMPTY = Scope({}, None, b"", b"")
_current: ContextVar[Scope] = ContextVar("vigil_telemetry", default=_EMPTY)
current, _set, _reset = _current.get, _current.set, _current.reset  # looked up once, not for each request


def _scope(own: dict[str, str], trace: TraceContext | None, *, holder: bool, parsed: bool = False) -> Scope:
    """Return a scope inside the current one."""
    parent = current()
    encode = _encode_parsed if parsed else encode_trace
    if parent is _EMPTY:
        return Scope(own, trace, encode_ids(own), encode(trace) if trace is not None else b"")
    if trace is None:
        trace = parent.trace
    encoded_trace = encode(trace) if trace is not None else b""
    root = None if holder else parent.root or parent
    scope = Scope(own, trace, encode_ids(parent.ids() | own), encoded_trace, parent, root)
    if parent.inner is None:
        parent.inner = WeakSet()
    parent.inner.add(scope)
    return scope


def request_scope(request_id: str, correlation_id: str | None, trace: TraceContext) -> Scope:
    """Return the scope of a request.

    Args:
        request_id: its id.
        correlation_id: the id that it shares with others; None where both ids are the same 32 hex digits, which hold
            no personal data and are not looked through.
        trace: its trace, whose ids have their form.
    """
    if correlation_id is not None:
        ids = _checked({"request_id": request_id, "correlation_id": correlation_id})
        return _scope(ids, trace, holder=True, parsed=True)
    ids = {"request_id": request_id, "correlation_id": request_id}
    if current() is not _EMPTY:
        return _scope(ids, trace, holder=True, parsed=True)
    encoded = f',"request_id":"{request_id}","correlation_id":"{request_id}"'.encode()
    return Scope(ids, trace, encoded, _encode_parsed(trace))


def enter(scope: Scope) -> Token[Scope]:
    """Put a scope in force, and begin its span where it is to have one."""
    if _begin_span is not None and scope.root is None:
        scope.held = _begin_span(scope)
        if scope.held is not None:
            scope.follow(scope.held.trace)
    return _set(scope)


def leave(scope: Scope, token: Token[Scope], error: BaseException | None = None) -> None:
    """Put the scope in force that was so before, and end the span with the error that ends the block."""
    # ValueError: left in another context than entered in (a generator closed elsewhere): nothing to undo there
    try:  # noqa: SIM105 - `suppress` costs several times what the reset does
        _reset(token)
    except ValueError:
        pass
    if scope.held is not None:
        scope.held.end(error)
        scope.held = None


class bind:  # noqa: N801 - used as a function: `with bind(request_id=...)`
    """Puts ids on every line written inside the block, also in tasks and threads started there with its context.

    `user` leaves the process as a pseudonym only. `request_id`, `correlation_id`, `user`, `workflow_id`, `run_id`,
    `activity_id` and
    `agent_run_id` are fields of the line; any other name becomes a label of the log entry (`labels.tenant`). Values
    are scanned once, here: ids for secrets and e-mail addresses, labels for every kind of personal data. None is left
    out.

    ```python
    with bind(request_id=request_id, user=user.id):
        ...
    ```

    A value that is no text, number, truth value or UUID is left out and counted (`counters.repaired`): it comes while
    the application runs.

    Args:
        holder: whether ids added by `add_ids` anywhere below belong to this block (a request, an activity); else they
            belong to the nearest enclosing `bind`.
        trace: the trace that lines belong to.

    Raises TypeError for a trace that is no `TraceContext`, and for a value without a name.
    """

    __slots__ = ("_scope", "_token")

    def __init__(self, *unnamed: Never, holder: bool = False, trace: TraceContext | None = None, **ids: Id) -> None:
        if unnamed:
            raise _without_name("bind", unnamed)
        if trace is not None and not isinstance(trace, TraceContext):  # pyright: ignore[reportUnnecessaryIsInstance] - most applications run no type checker
            raise TypeError(
                f"bind: trace is {shown('trace', trace)}; give a TraceContext, such as TraceContext(trace_id=...), or "
                "bind an id of your own by another name, such as trace_id=..."
            )
        if not isinstance(holder, bool):  # pyright: ignore[reportUnnecessaryIsInstance] - as above
            raise TypeError(
                f"bind: holder is {shown('holder', holder)}; give True or False, or bind an id by another name"
            )
        self._scope = _scope(_checked(ids), trace, holder=holder)
        self._token: Token[Scope] | None = None

    def __enter__(self) -> Self:
        self._token = enter(self._scope)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            leave(self._scope, self._token, value)
            self._token = None

    @property
    def ids(self) -> dict[str, str]:
        """The ids in force inside the block, also those added since."""
        return self._scope.ids()


def put_back(variable: ContextVar[V], token: Token[V]) -> None:
    """Set a variable back. Does nothing in another context than it was set in, as where a generator is closed later."""
    with contextlib.suppress(ValueError):
        variable.reset(token)


def _without_name(call: str, values: tuple[object, ...]) -> TypeError:
    return TypeError(f"{call}: {shown('', values[0])} is given without a name; give it as one, such as request_id=...")


def add_ids(*unnamed: Never, **ids: Id) -> None:
    """Add ids to the enclosing request or activity.

    Also lines written further up, such as the request's exit, get them.

    Outside any `bind`, they hold for the rest of the current task. Values are those of `bind`. Raises TypeError for a
    value without a name.
    """
    if unnamed:
        raise _without_name("add_ids", unnamed)
    scope = current()
    if scope is _EMPTY:
        _set(_scope(_checked(ids), None, holder=True))
        return
    root = scope.root or scope
    root.own = root.own | _checked(ids)
    root.refresh()


def adopt_trace(trace: TraceContext) -> None:
    """Make this the trace of the enclosing request or activity: of its lines from now on, also further up."""
    scope = current()
    if scope is _EMPTY:
        return
    root = scope.root or scope
    root.trace, root.encoded_trace = trace, encode_trace(trace)
    root.refresh()


def current_ids() -> dict[str, str]:
    """Return the ids in force, ready to be bound in another process (the user is a pseudonym already)."""
    return dict(current().ids())


def current_trace() -> TraceContext | None:
    """Return the trace in force."""
    return current().trace


_ID_TYPES = (str, int, float, UUID)


def _checked(ids: dict[str, Id]) -> dict[str, str]:
    checked: dict[str, str] = {}
    for name, value in ids.items():
        if value is None:
            continue
        if type(value) is str and name in CONTEXT and RANDOM.fullmatch(value) is not None and name != "user":
            checked[name] = value  # an id as this library makes it: nothing in it to look for
        elif not issubclass(type(value), _ID_TYPES):  # pyright: ignore[reportUnnecessaryIsInstance] - as above; `isinstance` would ask the value itself
            counters.note("repaired", f"bind: {name} is a {type(value).__name__}; give a text, a number or a UUID")
        elif name == "user":
            checked[name] = runtime.pseudonym(value)
        else:
            checked[safe_text(name)] = (runtime.redact_id if name in CONTEXT else redact_label)(name, value)
    return checked
