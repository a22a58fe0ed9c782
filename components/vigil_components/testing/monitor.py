"""The recording monitor: a MockMonitor that behaves like the real engine where the SDK's does not."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn, cast

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import callback_pb2, engine_pb2, provider_pb2, resource_pb2
from pulumi.runtime.settings import get_project, get_stack, is_dry_run

from vigil_components import documents
from vigil_components.testing.registration import Options, Registration, options_of, source_of
from vigil_components.testing.urns import STACK_TYPE, former_urns, make_urn
from vigil_components.testing.values import Marked, Properties, Secret, annotate, decode, encode, reveal


class RegistrationError(RuntimeError):
    """The program registered something that the real engine refuses. The message names the resource and remedy."""


class RecordingArgs(MockResourceArgs):
    """What `Mocks.new_resource` is given here: the SDK's arguments, inputs unwrapped, and the whole registration."""

    def __init__(self, registration: Registration, *, resource_id: str | None = None) -> None:
        """`resource_id` is the id to read or to import."""
        super().__init__(
            typ=registration.type,
            name=registration.name,
            inputs=registration.inputs,
            provider=registration.options.provider or "",
            resource_id=resource_id,
            custom=registration.custom,
        )
        self.registration = registration


@dataclass(frozen=True, slots=True)
class Invocation:
    """A data source that the program read."""

    token: str
    arguments: Properties


@dataclass(slots=True)
class Diagnostics:
    """An engine's log: what the program wrote by `pulumi.log`, by severity. Debug lines are left out."""

    infos: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])

    def Log(self, request: engine_pb2.LogRequest) -> None:  # noqa: N802 - the engine's RPC
        """Keep a message."""
        if request.severity == engine_pb2.ERROR:
            self.errors.append(request.message)
        elif request.severity == engine_pb2.WARNING:
            self.warnings.append(request.message)
        elif request.severity == engine_pb2.INFO:
            self.infos.append(request.message)


class RecordingMonitor(MockMonitor):
    """Records every registration, and refuses what the engine refuses.

    Unlike the SDK's own: URNs have the engine's form, a second resource with the same URN is an error, options and
    secrets are recorded, a component that does not register its outputs fails the run, and in a preview ids and
    computed outputs are unknown (`mocks` then answers data sources and reads only). Usable both with
    `pulumi.runtime.set_mocks(mocks, monitor=RecordingMonitor(mocks))` and through `record`.
    """

    def __init__(self, mocks: Mocks) -> None:
        """`mocks` stands for the providers; `SyntheticMocks` serves where values do not matter."""
        super().__init__(mocks)
        self._lock = threading.Lock()
        self._registrations: dict[str, Registration] = {}
        self._stack_urn: str | None = None
        self._exports: Properties = {}
        self._secret_exports: tuple[str, ...] = ()
        self._invocations: list[Invocation] = []

    @property
    def registrations(self) -> tuple[Registration, ...]:
        """Everything registered so far but the stack itself, in order of arrival."""
        with self._lock:
            return tuple(self._registrations.values())

    @property
    def exports(self) -> Properties:
        """The stack's outputs, secrets unwrapped."""
        return self._exports

    @property
    def secret_exports(self) -> tuple[str, ...]:
        """The paths of secret stack outputs."""
        return self._secret_exports

    @property
    def invocations(self) -> tuple[Invocation, ...]:
        """The data sources read, in order."""
        return tuple(self._invocations)

    def unfinished(self) -> tuple[Registration, ...]:
        """Return the components that have not registered their outputs."""
        return tuple(each for each in self.registrations if not each.custom and each.outputs is None)

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Return the engine's URN: all ancestors' types but the stack's, joined by `$`."""
        return make_urn(get_stack(), get_project(), parent, type_, name)

    def RegisterResource(  # noqa: N802 - the monitor's RPC
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Record a resource and have `mocks` make it, unless this is a preview."""
        if request.transforms:
            _unsupported("transforms")
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            self._stack_urn = urn
            return resource_pb2.RegisterResourceResponse(urn=urn)
        marked = documents.read(request.type, decode(request.object))
        registration = self._claim(urn, request, marked)
        if not request.custom and not request.remote:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if is_dry_run():
            registration.id = ""
            registration.outputs = dict(registration.inputs)
            return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        arguments = RecordingArgs(registration, resource_id=request.importId or None)
        identifier, outputs = self._new_resource(arguments)
        self._made(registration, identifier, outputs)
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=identifier or "", object=_response(outputs, marked, registration.options)
        )

    def ReadResource(  # noqa: N802 - the monitor's RPC
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        """Record a `Resource.get` or a stack reference; `mocks` answers it in a preview too."""
        urn = self.make_urn(request.parent, request.type, request.name)
        marked = decode(request.properties)
        registration = self._claim(urn, request, marked)
        identifier, outputs = self._new_resource(RecordingArgs(registration, resource_id=request.id))
        self._made(registration, identifier or request.id, outputs)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=encode(annotate(outputs, marked)))

    def RegisterResourceOutputs(  # noqa: N802 - the monitor's RPC
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Record the outputs of a component, or the stack's exports."""
        outputs, secrets = reveal(decode(request.outputs))
        if request.urn == self._stack_urn:
            self._exports, self._secret_exports = outputs, secrets
            return empty_pb2.Empty()
        with self._lock:
            registration = self._registrations.get(request.urn)
            if registration is None:
                raise RegistrationError(f"outputs registered for '{request.urn}', which was never registered")
            registration.outputs = outputs
        return empty_pb2.Empty()

    def Invoke(  # noqa: N802 - the monitor's RPC
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        """Have `mocks` answer a data source."""
        arguments, _ = reveal(decode(request.args))
        if request.tok == "pulumi:pulumi:getResource":
            known = self.resources.get(str(arguments["urn"]))
            if known is None:
                raise RegistrationError(f"unknown resource {arguments['urn']}")
            return _answer(known._asdict())
        with self._lock:
            self._invocations.append(Invocation(request.tok, arguments))
        answer = cast("object", self.mocks.call(MockCallArgs(request.tok, arguments, request.provider)))
        if isinstance(answer, tuple):
            result, failures = cast("tuple[Mapping[str, object], list[tuple[str, str]] | None]", answer)
            return _answer(result, failures or ())
        return _answer(cast("Mapping[str, object]", answer))

    def SignalAndWaitForShutdown(self, request: empty_pb2.Empty) -> empty_pb2.Empty:  # noqa: N802 - the monitor's RPC
        """Note that the program has ended. Raises RegistrationError for components without registered outputs."""
        unfinished = self.unfinished()
        if unfinished:
            listed = "; ".join(f"'{each.name}' ({each.type}{_at(each)})" for each in unfinished)
            raise RegistrationError(
                f"component {listed} never registered its outputs. Remedy: call self.register_outputs({{...}}) as "
                "the last statement of its __init__, with what callers may read."
            )
        return request

    def RegisterStackTransform(self, request: callback_pb2.Callback) -> NoReturn:  # noqa: ARG002, N802 - the monitor's RPC
        """Refuse: transforms are not run here, and a run without them would show something else."""
        _unsupported("transforms")

    def RegisterStackInvokeTransform(self, request: callback_pb2.Callback) -> NoReturn:  # noqa: ARG002, N802 - the monitor's RPC
        """Refuse, as RegisterStackTransform does."""
        _unsupported("invoke transforms")

    def RegisterResourceHook(self, request: resource_pb2.RegisterResourceHookRequest) -> NoReturn:  # noqa: ARG002, N802 - the monitor's RPC
        """Refuse: hooks are not run here."""
        _unsupported("resource hooks")

    def RegisterErrorHook(self, request: resource_pb2.RegisterErrorHookRequest) -> NoReturn:  # noqa: ARG002, N802 - the monitor's RPC
        """Refuse: hooks are not run here."""
        _unsupported("error hooks")

    def _claim(
        self,
        urn: str,
        request: "resource_pb2.RegisterResourceRequest | resource_pb2.ReadResourceRequest",
        marked: Mapping[str, Marked],
    ) -> Registration:
        inputs, secret_paths = reveal(marked)
        read = isinstance(request, resource_pb2.ReadResourceRequest)
        registration = Registration(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=True if isinstance(request, resource_pb2.ReadResourceRequest) else request.custom or request.remote,
            inputs=inputs,
            secret_paths=secret_paths,
            options=Options(
                parent=request.parent or None,
                depends_on=tuple(sorted(request.dependencies)),
                provider=request.provider or None,
            )
            if isinstance(request, resource_pb2.ReadResourceRequest)
            else options_of(request),
            read=read,
            source=source_of(request),
        )
        with self._lock:
            first = self._registrations.get(urn)
            if first is not None:
                raise RegistrationError(
                    f"Duplicate resource URN '{urn}'; try giving it a unique name "
                    f"(error 2001; first{_at(first) or ' here'}, again{_at(registration) or ' here'})"
                )
            if request.parent and request.parent != self._stack_urn and request.parent not in self._registrations:
                raise RegistrationError(
                    f"resource '{request.name}' ({request.type}{_at(registration)}) names the parent "
                    f"'{request.parent}', which is not registered in this run"
                )
            above = self._registrations.get(request.parent)
            registration.former_urns = former_urns(
                urn, request.parent or None, registration.options.aliases, above.former_urns if above else ()
            )
            self._registrations[urn] = registration
        return registration

    def _new_resource(self, arguments: RecordingArgs) -> tuple[str | None, Mapping[str, object]]:
        return cast("tuple[str | None, Mapping[str, object]]", self.mocks.new_resource(arguments))

    def _made(self, registration: Registration, identifier: str | None, outputs: Mapping[str, object]) -> None:
        registration.id = identifier or ""
        registration.outputs, _ = reveal(cast("Mapping[str, Marked]", outputs))
        with self._lock:
            self.resources[registration.urn] = MockMonitor.ResourceRegistration(
                registration.urn, registration.id, dict(outputs)
            )


def _response(outputs: Mapping[str, object], inputs: Mapping[str, Marked], options: Options) -> struct_pb2.Struct:
    marked = annotate(outputs, inputs)
    for name in options.additional_secret_outputs:
        if name in marked:
            marked[name] = Secret(marked[name])
    return encode(marked)


def _answer(
    result: Mapping[str, object], failures: Iterable[tuple[str, str]] = ()
) -> resource_pb2.ResourceInvokeResponse:
    response = resource_pb2.ResourceInvokeResponse(
        failures=[provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures]
    )
    cast("struct_pb2.Struct", getattr(response, "return")).CopyFrom(encode(annotate(result, {})))
    return response


def _at(registration: Registration) -> str:
    return f" at {registration.source}" if registration.source else ""


def _unsupported(feature: str) -> NoReturn:
    raise RegistrationError(
        f"the recording monitor does not run {feature}: what it recorded would differ from a deployment. "
        "Remedy: build the resource with its final arguments, or test this program with the Pulumi CLI."
    )
