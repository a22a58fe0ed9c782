"""Deploying the program to the emulator: every registration becomes REST requests while the program runs."""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast
from urllib.parse import quote

import httpx
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, text
from vigil_components.testing import RecordingArgs, Registration, synthesise
from vigil_runner import program, stacks
from vigil_runner.client import Client
from vigil_runner.operations import DeploymentError, Operations, Outcome
from vigil_runner.program import Run
from vigil_runner.stacks import Stack
from vigil_runner.state import Record, State
from vigil_runner.wire import Request, Wire

_CHANNEL = re.compile(r"projects/[^/]+/notificationChannels/[^/]+")

PARALLEL = 8
"""How many resources are made at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Progress: an outcome, and how many there have been."""

    outcome: Outcome
    number: int


Progress: TypeAlias = Callable[[Step], None]
"""Called after each resource, one call at a time; an exception from it stops the deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a deployment did: how many resources per action, each one sorted by URN, and how many requests wrote."""

    created: int
    updated: int
    replaced: int
    deleted: int
    unchanged: int
    recorded: int
    resources: tuple[Outcome, ...]
    writes: int
    run: Run | None = None

    @property
    def changed(self) -> bool:
        """Whether anything is not as it was."""
        return bool(self.created or self.updated or self.replaced or self.deleted)


def deploy(
    stack: str | Stack,
    *,
    url: str,
    state: Path,
    progress: Progress | None = None,
    root: Path | None = None,
    transport: httpx.BaseTransport | None = None,
    parallel: int = PARALLEL,
) -> Summary:
    """Run the program for `stack` and make the server at `url` what it declares.

    What the state file at `state` knows is compared, changed where it differs, made again where it is gone, and
    removed, after the program has ended well, where the program no longer declares it. Every operation is on disk
    before the next begins: interrupted, the next run continues. Raises RefusedAddressError for an address that is
    not loopback, StackError, StateError, ProgramError, DeploymentError, UnreachableError.
    """
    chosen = stacks.load(stack, root=root) if isinstance(stack, str) else stack
    with (
        Client(url, transport=transport) as client,
        State(state, stack=chosen.name) as known,
    ):
        provider = _Provider(client, known, project=chosen.gcp_project, progress=progress)
        try:
            run = program.run(chosen, provider=provider, root=root, parallel=parallel)
        except Exception:
            if provider.failure is not None:
                raise provider.failure from None
            raise
        provider.remove_undeclared()
        return _summary(provider.outcomes, client.writes, run)


def destroy(
    stack: str,
    *,
    url: str,
    state: Path,
    progress: Progress | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Summary:
    """Remove what the state file knows, dependents first. Raises as `deploy`; protected resources refuse."""
    with (
        Client(url, transport=transport) as client,
        State(state, stack=stack) as known,
    ):
        provider = _Provider(client, known, project=None, progress=progress)
        provider.remove_undeclared()
        return _summary(provider.outcomes, client.writes, None)


class _Provider(Mocks):
    """The provider of a deployment's monitor: makes each resource as it is registered."""

    def __init__(self, client: Client, state: State, *, project: str | None, progress: Progress | None) -> None:
        self.outcomes: list[Outcome] = []
        self.failure: Exception | None = None
        self._client = client
        self._operations = Operations(client, state)
        self._state = state
        self._project = project
        self._progress = progress
        self._declared: set[str] = set()
        self._guard = threading.Lock()
        self._serial = threading.Lock()

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, object]]:
        """Make it so. After a failure nothing more is begun."""
        registration = cast("RecordingArgs", args).registration
        if self.failure is not None:
            raise self.failure
        try:
            return self._make(registration, args.resource_id)
        except Exception as error:
            with self._guard:
                self.failure = self.failure or error
            raise

    def call(self, args: MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]]]:
        """Refuse a data source, which would read Google Cloud."""
        raise DeploymentError(
            f"the program reads the data source {args.token}, which a local deployment cannot. "
            "Remedy: take the value from the stack's configuration."
        )

    def _make(self, registration: Registration, resource_id: str | None) -> tuple[str | None, dict[str, object]]:
        wire = self._operations.wire(registration)
        if wire is None or registration.read:
            project = self._project or ""
            identifier, outputs = synthesise(registration.type, registration.name, registration.inputs, project=project)
            self._done(_recorded(registration, resource_id or identifier))
            return resource_id or identifier, outputs
        inputs = self._checked(wire, registration)
        with self._guard:
            self._declared.add(registration.urn)
        self._follow_aliases(registration)
        self._stand_in_for_channels(inputs)
        if registration.type == tokens.SLO:
            self._stand_in_for_service(inputs)
        if wire.serial:
            with self._serial:
                outcome, outputs = self._operations.apply(wire, registration, inputs)
        else:
            outcome, outputs = self._operations.apply(wire, registration, inputs)
        self._done(outcome)
        return outcome.id, cast("dict[str, object]", outputs)

    def _checked(self, wire: Wire, registration: Registration) -> JsonObject:
        inputs = cast("JsonObject", registration.inputs)
        try:
            return wire.check(inputs, urn=registration.urn, project=self._project)
        except ValueError as error:
            raise DeploymentError(f"deploying {registration.type} {registration.name!r}: {error}") from error

    def _stand_in_for_channels(self, inputs: JsonObject) -> None:
        """Have the emulator keep stand-ins for channels that a policy names and the stack did not make.

        A person made them in Google's project. Whether an alert opens does not depend on what they are.
        """
        listed = inputs.get("notificationChannels")
        named = {name for name in listed if isinstance(name, str)} if isinstance(listed, list) else set[str]()
        for name in sorted(filter(_CHANNEL.fullmatch, named - {record.id for record in self._state.records()})):
            self._client.send(Request(method="POST", path="/vigil/v1/channels", body={"name": name}, may_miss=True))

    def _stand_in_for_service(self, inputs: JsonObject) -> None:
        """Have the emulator keep a stand-in for the service of an objective, where the stack did not make it.

        Google makes one itself of a Cloud Run service or a mesh, and the emulator knows none of these.
        """
        services = f"/v3/projects/{text(inputs, 'project')}/services"
        name = text(inputs, "service")
        there = self._client.send(Request(method="GET", path=f"{services}/{quote(name, safe='')}", may_miss=True))
        if not there:
            made: JsonObject = {"displayName": name, "custom": {}}
            self._client.send(Request(method="POST", path=services, query={"serviceId": name}, body=made))

    def _follow_aliases(self, registration: Registration) -> None:
        """Find the record under an earlier identity, and give it this one."""
        if self._state.get(registration.urn) is not None:
            return
        for urn in registration.former_urns:
            record = self._state.get(urn)
            if record is not None:
                self._state.rename(record, registration.urn)
                return

    def _done(self, outcome: Outcome) -> None:
        with self._guard:
            self.outcomes.append(outcome)
            if self._progress is not None:
                self._progress(Step(outcome=outcome, number=len(self.outcomes)))

    def remove_undeclared(self) -> None:
        """Remove what the program does not declare, and what was replaced; dependents first."""
        gone = [each for each in self._state.records() if each.deposed or each.urn not in self._declared]
        protected = sorted(each.name for each in gone if each.protect and not each.deposed)
        if protected:
            raise DeploymentError(
                f"protected, and no longer declared: {', '.join(protected)}. Remedy: declare them again, or deploy "
                "once with protect=False before removing them."
            )
        for record in in_order_of_removal(gone):
            self._done(self._operations.delete(record))


def in_order_of_removal(records: Iterable[Record]) -> list[Record]:
    """Return the resources, each before what it depends on; otherwise by URN, so that the order is always the same."""
    left = {each.key: each for each in sorted(records, key=lambda each: each.key)}
    by_urn: dict[str, list[str]] = {}
    for each in left.values():
        by_urn.setdefault(each.urn, []).append(each.key)
    ordered: list[Record] = []
    seen: set[str] = set()

    def visit(key: str) -> None:
        if key not in seen:
            seen.add(key)
            for urn in left[key].depends_on:
                for other in by_urn.get(urn, ()):
                    visit(other)
            ordered.append(left[key])

    for key in left:
        visit(key)
    return ordered[::-1]


def _recorded(registration: Registration, identifier: str) -> Outcome:
    return Outcome(
        urn=registration.urn, type=registration.type, name=registration.name, action="recorded", id=identifier
    )


def _summary(outcomes: Iterable[Outcome], writes: int, run: Run | None) -> Summary:
    listed = tuple(sorted(outcomes, key=lambda each: (each.urn, each.action)))
    counts: Mapping[str, int] = {
        action: sum(each.action == action for each in listed)
        for action in ("created", "updated", "replaced", "deleted", "unchanged", "recorded")
    }
    return Summary(**counts, resources=listed, writes=writes, run=run)
