"""One resource at a time: compare with the state, ask the API for what is missing, write down what was done."""

import hashlib
import re
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import cast

from vigil_apimodel.json_values import JsonObject, JsonValue, children, text
from vigil_components.testing import Registration
from vigil_components.testing.values import child
from vigil_runner.client import ApiError, Client, ConflictError, NotFoundError
from vigil_runner.errors import EngineError
from vigil_runner.inputs import problems
from vigil_runner.state import Record, State
from vigil_runner.wire import Wire, wire_for
from vigil_runner.wire.base import at

_UNKNOWN_METRIC = re.compile(r'Cannot find metric\(s\) that match type = "([^"]*)"')


class DeploymentError(EngineError):
    """A resource could not be made, changed or removed. The message names it, the field, and Google's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was done to a resource: created, updated, replaced, unchanged, deleted, or recorded (not run locally)."""

    urn: str
    type: str
    name: str
    action: str
    id: str
    because: tuple[str, ...] = ()
    """Properties that force a replacement."""


class Operations:
    """Makes, changes and removes resources through a client, against a state."""

    def __init__(self, client: Client, state: State) -> None:
        """See the class."""
        self._client = client
        self._state = state
        self._recovering = threading.Lock()

    def wire(self, registration: Registration) -> Wire | None:
        """Return the wire of a registration, None where it is only recorded.

        Raises DeploymentError for a property that the SDK does not know.
        """
        if found := problems(registration.type, registration.inputs):
            raise _failed("deploying", registration.type, registration.name, "; ".join(found))
        return wire_for(registration.type)

    def apply(self, wire: Wire, registration: Registration, inputs: JsonObject) -> tuple[Outcome, JsonObject]:
        """Bring one resource to what the program says, and return its outputs.

        `inputs` are the checked ones. Raises DeploymentError.
        """
        hidden = concealed(inputs, registration.secret_paths, registration.urn)
        known = self._state.get(registration.urn)
        fresh = Record(
            urn=registration.urn,
            type=registration.type,
            id=wire.id(inputs) or "",
            inputs=hidden,
            depends_on=tuple(sorted({*registration.options.depends_on, *filter(None, [registration.parent])})),
            protect=bool(registration.options.protect),
            retain=bool(registration.options.retain_on_delete),
        )
        with _naming("deploying", registration.type, registration.name):
            return self._apply(wire, registration, inputs, known, fresh)

    def _apply(
        self, wire: Wire, registration: Registration, inputs: JsonObject, known: Record | None, fresh: Record
    ) -> tuple[Outcome, JsonObject]:
        if known is not None and known.intended:
            known = self._recover(wire, known, inputs)
        if known is None:
            return self._create(wire, inputs, fresh, "created")
        response = self._client.run(wire.read(known.id, {**known.inputs}))
        if response is None:
            self._state.drop(known)
            return self._create(wire, inputs, fresh, "created")
        reasons = self._forced(wire, registration, known, fresh)
        if reasons:
            outcome, outputs = self._replace(wire, registration, inputs, known, fresh)
            return replace(outcome, because=reasons), outputs
        known = replace(known, outputs=wire.computed(known.inputs, response))
        ignored = _names(registration.options.ignore_changes)
        wanted = {**fresh.inputs, **{name: known.inputs[name] for name in ignored if name in known.inputs}}
        current = replace(fresh, id=known.id, inputs=wanted, outputs=known.outputs)
        exchange = wire.update(known.inputs, wanted, known.id, known.outputs)
        if exchange is None:
            if current != known:
                self._state.put(current)
            return _outcome(current, "unchanged"), {**inputs, **current.outputs}
        exchange.close()
        sent = {**inputs, **{name: wanted[name] for name in ignored if name in wanted}}
        return self._update(wire, sent, known, current)

    def _update(self, wire: Wire, inputs: JsonObject, known: Record, current: Record) -> tuple[Outcome, JsonObject]:
        """Compare with secrets concealed, send them open: the update is made of the true inputs."""
        old = {**known.inputs, **_opened(known.inputs, current.inputs, inputs)}
        exchange = wire.update(old, inputs, known.id, known.outputs)
        if exchange is None:
            raise AssertionError("an update that was seen is gone")
        response = self._client.run(exchange) or {}
        done = replace(current, outputs={**known.outputs, **wire.computed(inputs, response)})
        self._state.put(done)
        return _outcome(done, "updated"), {**inputs, **done.outputs}

    def _create(self, wire: Wire, inputs: JsonObject, fresh: Record, action: str) -> tuple[Outcome, JsonObject]:
        self._state.put(replace(fresh, intended=True))
        try:
            response = self._client.run(wire.create(inputs)) or {}
        except ConflictError as error:
            self._state.drop(fresh)
            raise DeploymentError(
                f"it exists already, and this deployment did not make it ({error}). Remedy: remove it there, "
                "or give it another name in the program."
            ) from error
        except ApiError:
            self._state.drop(fresh)
            raise
        done = replace(fresh, id=wire.identify(inputs, response), outputs=wire.computed(inputs, response))
        self._state.put(done)
        return _outcome(done, action), {**inputs, **done.outputs}

    def _recover(self, wire: Wire, intended: Record, inputs: JsonObject) -> Record | None:
        """An earlier run was interrupted while creating it: find out whether it came to be."""
        with self._recovering:  # so that two of a kind do not find the same one
            if intended.id:
                there = self._client.run(wire.read(intended.id, intended.inputs))
                found = intended.id if there is not None else None
            else:
                found = self._found(wire, inputs)
            if found is None:
                self._state.drop(intended)
                return None
            record = replace(intended, id=found, intended=False)
            self._state.put(record)
            return record

    def _found(self, wire: Wire, inputs: JsonObject) -> str | None:
        """The id of a resource that has the inputs we sent and that no record knows."""
        request = wire.search(inputs)
        known = self._state.ids()
        while request is not None:
            page = self._client.send(request)
            for items in page:
                for each in children(page, items):
                    if text(each, "name") not in known and wire.same(inputs, each):
                        return text(each, "name")
            token = text(page, "nextPageToken")
            request = replace(request, query={**request.query, "pageToken": token}) if token else None
        return None

    @staticmethod
    def _forced(wire: Wire, registration: Registration, known: Record, fresh: Record) -> tuple[str, ...]:
        ignored = _names(registration.options.ignore_changes)
        reasons = {path for path in wire.replaces(known.inputs, fresh.inputs) if path.partition(".")[0] not in ignored}
        listed = [path.partition("[")[0] for path in registration.options.replace_on_changes]
        return tuple(sorted(reasons | {path for path in listed if at(known.inputs, path) != at(fresh.inputs, path)}))

    def _replace(
        self, wire: Wire, registration: Registration, inputs: JsonObject, known: Record, fresh: Record
    ) -> tuple[Outcome, JsonObject]:
        """Another one in its place: first the new, unless the old holds its name or the program says otherwise."""
        if known.protect and fresh.protect:
            changed = ", ".join(wire.replaces(known.inputs, fresh.inputs))
            raise DeploymentError(
                f"{changed} cannot change without replacing it, and it is protected. "
                "Remedy: deploy it unprotected first."
            )
        if registration.options.delete_before_replace or fresh.id == known.id:
            self._client.run(wire.delete(known.id, known.inputs))
            self._state.drop(known)
        else:
            self._state.depose(known)
        return self._create(wire, inputs, fresh, "replaced")

    def delete(self, record: Record) -> Outcome:
        """Remove a resource; gone already is gone.

        A resource with `retain_on_delete`, or the deletion policy ABANDON, is only forgotten; PREVENT is an error.
        """
        wire = wire_for(record.type)
        if wire is None:
            raise AssertionError("recorded types have no record")
        with _naming("deleting", record.type, record.name):
            policy = text(record.inputs, "deletionPolicy")
            if policy == "PREVENT":
                raise DeploymentError('its deletionPolicy is "PREVENT". Remedy: deploy it once with "DELETE".')
            identifier = record.id or self._found(wire, record.inputs)
            if identifier and not record.retain and policy != "ABANDON":
                with suppress(NotFoundError):
                    self._client.run(wire.delete(identifier, record.inputs))
            self._state.drop(record)
        return _outcome(record, "deleted")


@contextmanager
def _naming(doing: str, type_: str, name: str) -> Generator[None]:
    """Errors from within name the resource."""
    try:
        yield
    except (ApiError, DeploymentError, ValueError) as error:
        raise _failed(doing, type_, name, str(error) + _advice(error)) from error


def _advice(error: Exception) -> str:
    """What to do about a policy that is made before the metric it reads; Monitoring's words say only to wait."""
    unknown = isinstance(error, NotFoundError) and _UNKNOWN_METRIC.match(error.message)
    if not unknown:
        return ""
    return (
        f" Remedy: where the program makes {unknown[1]}, deploy it before the policy (depends_on); otherwise correct "
        "the name. Google takes up to ten minutes to know a new metric, so only a condition in PromQL with "
        "disableMetricValidation always deploys at once."
    )


def _failed(doing: str, type_: str, name: str, why: str) -> DeploymentError:
    return DeploymentError(f"{doing} {type_} {name!r}: {why}")


def _outcome(record: Record, action: str) -> Outcome:
    return Outcome(urn=record.urn, type=record.type, name=record.name, action=action, id=record.id)


def _names(paths: tuple[str, ...]) -> frozenset[str]:
    """The inputs that property paths begin with."""
    return frozenset(path.partition(".")[0].partition("[")[0] for path in paths)


def concealed(inputs: JsonObject, secret_paths: tuple[str, ...], urn: str) -> JsonObject:
    """Return the inputs with a digest in place of each secret: enough to see a change, not to read it."""
    return cast("JsonObject", _concealed(inputs, frozenset(secret_paths), "", urn))


def _concealed(value: JsonValue, secrets: frozenset[str], path: str, urn: str) -> JsonValue:
    if path in secrets:
        return "sha256:" + hashlib.sha256(f"{urn}\0{path}\0{value!r}".encode()).hexdigest()
    if isinstance(value, dict):
        return {key: _concealed(item, secrets, child(path, key), urn) for key, item in value.items()}
    if isinstance(value, list):
        return [_concealed(item, secrets, f"{path}[{index}]", urn) for index, item in enumerate(value)]
    return value


def _opened(old: Mapping[str, JsonValue], new: Mapping[str, JsonValue], true: JsonObject) -> JsonObject:
    """The inputs that are the same concealed, as they truly are, so that they compare as the same."""
    return {name: true[name] for name, value in old.items() if name in true and value == new.get(name)}
