"""The resources of a program, noted while it makes them."""

import asyncio
import gc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

import pulumi
from pulumi.runtime import register_stack_transformation

from vigil_components.arguments import Name, unknown_name, validated
from vigil_components.watches._supported import SUPPORTED

_OURS = ("gcp:monitoring/", "gcp:logging/")
"""Types that monitoring is made of: nobody watches them."""
_PROVIDER = "pulumi:providers:gcp"
_PLACES = ("project", "region", "zone")
UNKNOWN = object()
"""An input that a preview does not know, as an Output is."""


@validated
@dataclass(frozen=True, kw_only=True)
class ProgramResource:
    """A resource that a program made."""

    name: Name
    """Its name in the program."""
    type: Name
    """Its type, such as `gcp:storage/bucket:Bucket`."""
    inputs: Mapping[str, object] = field(default_factory=dict[str, object])
    """Its inputs as they were given: texts, or Outputs."""
    defaults: Mapping[str, object] = field(default_factory=dict[str, object])
    """What its provider says where it says nothing: project, region and zone."""

    @property
    def urn_end(self) -> str:
        """Its type and name, as the end of its URN has them."""
        return f"{self.type}::{self.name}"


class ProgramResources:
    """Notes the resources of pulumi_gcp, and workloads on GKE, that a program makes from here on.

    Make it once, above everything that you want watched. Each resource is noted by its constructor, so that names are
    known in a preview. What the program made before, or another program makes, is added by `add`.
    """

    def __init__(self) -> None:
        """Begin. Raises RuntimeError where no Pulumi program runs."""
        self._found: list[ProgramResource] = []
        self._closed_by = ""
        self._unseen = tuple(_made_before())
        self._providers: dict[str, Mapping[str, object]] = {}
        register_stack_transformation(self._note)

    @property
    def found(self) -> tuple[ProgramResource, ...]:
        """The resources so far, in the order in which they were made."""
        return tuple(self._found)

    @property
    def unseen(self) -> tuple[str, ...]:
        """Supported resources that the program made before and that were not added, each with its type."""
        added = {f"{one.name} ({one.type})" for one in self._found}
        return tuple(one for one in self._unseen if one not in added)

    @validated
    def add(self, type: Name, name: Name, inputs: Mapping[str, str]) -> None:  # noqa: A002 - as Pulumi calls it
        """Add a resource that was made before, or by another program.

        `name` is its name in the program, or what reports call it. `inputs` are those of its constructor: `name`, and
        `location` or `region` where it has one. Raises ValueError for a type that has no watch.
        """
        if type not in SUPPORTED:
            raise ValueError(unknown_name("ProgramResources.add: there is no watch for the type", type, SUPPORTED))
        self._found.append(ProgramResource(name=name, type=type, inputs=dict(inputs)))

    def close(self, name: str) -> tuple[ProgramResource, ...]:
        """Return the resources so far; each supported one that comes later is reported as unwatched by `name`."""
        self._closed_by = name
        return self.found

    def _note(self, made: pulumi.ResourceTransformationArgs) -> None:
        if made.type_ == _PROVIDER:
            self._providers[made.name] = dict(made.props)
        if not (made.type_.startswith("gcp:") or made.type_ in SUPPORTED) or made.type_.startswith(_OURS):
            return
        if self._closed_by:
            if made.type_ in SUPPORTED:
                pulumi.log.warn(
                    f"{self._closed_by}: {made.name} ({made.type_}) is made after watch_everything and not watched; "
                    "call watch_everything at the end of the program"
                )
            return
        self._found.append(
            ProgramResource(name=made.name, type=made.type_, inputs=dict(made.props), defaults=self._defaults(made))
        )

    def _defaults(self, made: pulumi.ResourceTransformationArgs) -> Mapping[str, object]:
        provider = _provider(made) if made.type_.startswith("gcp:") else None
        if provider is None:
            return _of_stack() if made.type_.startswith("gcp:") else {}
        provider_args = self._providers.get(provider.pulumi_resource_name)
        if provider_args is None:  # it was made before: what it says is not known, and not the stack's own project
            return dict.fromkeys(_PLACES, UNKNOWN)
        return {name: provider_args[name] for name in _PLACES if provider_args.get(name) is not None}


def _of_stack() -> Mapping[str, object]:
    """Return what the stack file says to its default provider: `gcp:project`, `gcp:region` and `gcp:zone`."""
    config = pulumi.Config("gcp")
    return {name: value for name in _PLACES if (value := config.get(name))}


def _provider(made: pulumi.ResourceTransformationArgs) -> pulumi.ProviderResource | None:
    """Return the provider that a resource is given, or inherits; None for the stack's default one."""
    opts = made.opts
    several = opts.providers or ()
    offered = [opts.provider, *(several.values() if isinstance(several, Mapping) else several)]
    found = next((one for one in offered if one is not None and one.package == "gcp"), None)
    return found or (opts.parent.get_provider(made.type_) if opts.parent is not None else None)


def _made_before() -> Iterator[str]:
    """Yield the supported resources of this run of a program that are there already.

    The SDK keeps no list of them, nor what their constructors were given. So they can be named, and not watched.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    for each in gc.get_objects():
        if not issubclass(type(each), pulumi.CustomResource):
            continue
        resource = cast("pulumi.CustomResource", each)
        # a process may run several programs in turn, each in a loop; the SDK's task says which
        task: object = getattr(resource.__dict__.get("urn"), "_data", None)
        # one whose constructor failed has no type
        type_ = resource.__dict__.get("_type")
        if type_ in SUPPORTED and isinstance(task, asyncio.Future) and task.get_loop() is loop:
            yield f"{resource.pulumi_resource_name} ({type_})"
