"""What the program registered with the engine: one registration per resource, with its options."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from pulumi.runtime.proto import alias_pb2, resource_pb2, source_pb2

from vigil_components.testing.values import Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasSpec:
    """An earlier identity, given by its parts; None means that a part has not changed."""

    name: str | None = None
    type: str | None = None
    stack: str | None = None
    project: str | None = None
    parent: str | None = None
    no_parent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Custom timeouts as written ("10m"); None is the provider's own."""

    create: str | None = None
    update: str | None = None
    delete: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The resource options as they reach the engine, after inheritance.

    `parent`, `depends_on` and `deleted_with` are URNs; `depends_on` also holds what the inputs refer to,
    which `property_dependencies` lists by property. `provider` is "urn::id", None for the default provider.
    What the program left open is None or empty.
    """

    parent: str | None = None
    protect: bool | None = None
    depends_on: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    provider: str | None = None
    providers: Mapping[str, str] = field(default_factory=dict[str, str])
    aliases: tuple[str | AliasSpec, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    hide_diffs: tuple[str, ...] = ()
    delete_before_replace: bool | None = None
    retain_on_delete: bool | None = None
    deleted_with: str | None = None
    import_id: str | None = None
    custom_timeouts: Timeouts | None = None
    version: str | None = None


@dataclass(slots=True, kw_only=True)
class Registration:
    """A resource that the program registered.

    `type` is Pulumi's token, `inputs` the wire inputs (camelCase) with secrets unwrapped, `secret_paths` where
    they were. `outputs` is what the provider returned, for a component what it passed to `register_outputs`
    (None until then). `custom` is False for a component, `read` True for `Resource.get`. `id` is None for
    a component and "" where a preview does not know it. `source` is file and line of the declaration.
    `former_urns` are the URNs that the aliases speak of, those of its ancestors among them: a resource in the state
    under one of these is this resource.
    """

    urn: str
    type: str
    name: str
    custom: bool
    inputs: Properties
    secret_paths: tuple[str, ...]
    options: Options
    id: str | None = None
    outputs: Properties | None = None
    read: bool = False
    source: str | None = None
    former_urns: tuple[str, ...] = ()

    @property
    def parent(self) -> str | None:
        """The parent's URN; the stack's for what no component holds."""
        return self.options.parent

    @property
    def key(self) -> str:
        """`type::name`, the short form of the URN that inventories use."""
        return f"{self.type}::{self.name}"


def options_of(request: resource_pb2.RegisterResourceRequest) -> Options:
    """Return the options that a request carries."""
    timeouts = request.customTimeouts
    return Options(
        parent=request.parent or None,
        protect=request.protect if request.HasField("protect") else None,
        depends_on=tuple(sorted(request.dependencies)),
        property_dependencies={
            key: tuple(sorted(value.urns)) for key, value in sorted(request.propertyDependencies.items()) if value.urns
        },
        provider=request.provider or None,
        providers=dict(sorted(request.providers.items())),
        aliases=(*request.aliasURNs, *map(_alias, cast("Iterable[alias_pb2.Alias]", request.aliases))),
        ignore_changes=tuple(request.ignoreChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        replace_on_changes=tuple(request.replaceOnChanges),
        hide_diffs=tuple(request.hideDiffs),
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        deleted_with=request.deletedWith or None,
        import_id=request.importId or None,
        custom_timeouts=Timeouts(
            create=timeouts.create or None, update=timeouts.update or None, delete=timeouts.delete or None
        )
        if request.HasField("customTimeouts")
        else None,
        version=request.version or None,
    )


def _alias(alias: alias_pb2.Alias) -> str | AliasSpec:
    if alias.WhichOneof("alias") == "urn":
        return alias.urn
    spec = alias.spec
    return AliasSpec(
        name=spec.name or None,
        type=spec.type or None,
        stack=spec.stack or None,
        project=spec.project or None,
        parent=spec.parentUrn or None,
        no_parent=spec.noParent,
    )


def source_of(request: "resource_pb2.RegisterResourceRequest | resource_pb2.ReadResourceRequest") -> str | None:
    """Return file and line of the declaration, as the SDK found it on its stack; None where it could not."""
    position = cast("source_pb2.SourcePosition", request.sourcePosition)
    if position.uri.endswith(CHECK) and isinstance(request, resource_pb2.RegisterResourceRequest):
        trace = cast("source_pb2.StackTrace", request.stackTrace)
        frames = [frame.pc for frame in cast("list[source_pb2.StackFrame]", trace.frames)]
        position = next((one for one in frames if one.uri and not one.uri.endswith(CHECK)), position)
    return f"{position.uri.removeprefix('file://')}:{position.line}" if position.uri else None


CHECK = "/vigil_telemetry/arguments.py"
"""The check of arguments, which stands between a component and the line that makes it."""
