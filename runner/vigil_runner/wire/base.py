"""What every applied resource type knows: its inputs' defaults, its requests, its computed outputs."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from vigil_apimodel.json_values import JsonObject, JsonValue, text
from vigil_runner.wire.exchange import Exchange, Request, compact, pick

ALT = {"alt": "json"}
"""The query that Google's provider sends with every request."""


def autoname(urn: str, name: str) -> str:
    """Return Pulumi's automatic name: the logical one and seven hexadecimal digits, here made of the URN."""
    return f"{name}-{hashlib.sha256(urn.encode()).hexdigest()[:7]}"


class Wire(ABC):
    """One resource type, as Google's provider speaks for it.

    `inputs` are checked wire inputs everywhere but in `check`; `id` is Pulumi's id of the resource.
    """

    type: ClassVar[str]
    """Pulumi's token."""
    immutable: ClassVar[frozenset[str]] = frozenset({"project"})
    """Inputs whose change needs another resource: "name", or "metricDescriptor.labels"."""
    autonamed: ClassVar[bool] = False
    """Whether Pulumi makes up `name` where the program gives none."""
    has_project: ClassVar[bool] = True
    """Whether the resource belongs to a project that the provider's configuration can supply."""
    serial: ClassVar[bool] = False
    """Whether its exchanges read, modify and write something shared, so that two must not overlap."""

    def check(self, inputs: Mapping[str, JsonValue], *, urn: str, project: str | None) -> JsonObject:
        """Return the inputs with what the provider adds before anything else: project, automatic name, defaults.

        Raises ValueError, naming the remedy, where the project is not known.
        """
        checked = self.defaults(dict(inputs))
        if self.autonamed and not checked.get("name"):
            checked["name"] = autoname(urn, urn.split("::", 3)[3])
        if self.has_project and not checked.get("project"):
            if not project:
                raise ValueError("no project. Remedy: `pulumi config set gcp:project PROJECT`, or pass project=...")
            checked["project"] = project
        return checked

    def defaults(self, inputs: JsonObject) -> JsonObject:
        """Return the inputs with the provider's own defaults."""
        return inputs

    def id(self, inputs: Mapping[str, JsonValue]) -> str | None:
        """Return the id that the inputs determine; None where the server chooses it."""
        del inputs

    def identify(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> str:
        """Return the id of a created resource."""
        return self.id(inputs) or text(response, "name")

    def replaces(self, old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> tuple[str, ...]:
        """Return the immutable inputs that differ, sorted."""
        return tuple(sorted(path for path in self.immutable if at(old, path) != at(new, path)))

    @abstractmethod
    def create(self, inputs: Mapping[str, JsonValue]) -> Exchange:
        """Create the resource."""

    @abstractmethod
    def read(self, id: str, inputs: Mapping[str, JsonValue]) -> Exchange:  # noqa: A002 - Pulumi's word
        """Read the resource; None if it no longer exists."""

    @abstractmethod
    def update(
        self,
        old: Mapping[str, JsonValue],
        new: Mapping[str, JsonValue],
        id: str,  # noqa: A002 - Pulumi's word
        outputs: Mapping[str, JsonValue],
    ) -> Exchange | None:
        """Make `new` of `old`; None where the API sees no difference. `outputs` are the known computed ones."""

    @abstractmethod
    def delete(self, id: str, inputs: Mapping[str, JsonValue]) -> Exchange:  # noqa: A002 - Pulumi's word
        """Delete the resource."""

    def search(self, inputs: Mapping[str, JsonValue]) -> Request | None:
        """Return the list in which to search a resource whose id the server chose; None where the id is known."""
        del inputs

    def same(self, inputs: Mapping[str, JsonValue], candidate: JsonObject) -> bool:
        """Return whether a resource found by `search` is what `create` with these inputs makes."""
        del inputs, candidate
        return False

    def outputs(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Return the outputs: the inputs, and what the API computed."""
        return {**inputs, **self.computed(inputs, response)}

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Return what the API computed, by output name."""
        del inputs
        return pick(response, ("name",))


class RestWire(Wire):
    """A type that follows Google's standard methods: POST to a collection, GET, PATCH or PUT, and DELETE."""

    version: ClassVar[str]
    """`/v2/` or `/v3/`."""
    fields: ClassVar[tuple[str, ...]]
    """The inputs that are fields of the body under their own name."""
    verb: ClassVar[str] = "PATCH"
    masked: ClassVar[bool] = True
    """Whether an update names the changed fields in `updateMask`."""
    watched: ClassVar[tuple[str, ...]] = ()
    """The inputs whose change is an update, in the order of the mask; `fields` where it says nothing."""
    mask_names: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Inputs that the mask calls otherwise."""
    fixed: ClassVar[frozenset[str]] = frozenset()
    """Fields of the body that an update leaves out."""
    always: ClassVar[Mapping[str, JsonValue]] = {}
    """Fields that are sent even when empty, and what is sent then."""
    query: ClassVar[Mapping[str, str]] = ALT

    @abstractmethod
    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the collection's path, without the version: `projects/p/sinks`."""

    def create_query(self, inputs: Mapping[str, JsonValue]) -> Mapping[str, str]:
        """Return the query parameters of a creation beside the common ones."""
        del inputs
        return {}

    def path(self, id: str, inputs: Mapping[str, JsonValue]) -> str:  # noqa: A002 - Pulumi's word
        """Return the resource's path without the version."""
        del inputs
        return id

    def body(self, inputs: Mapping[str, JsonValue]) -> JsonObject:
        """Return the body of a creation."""
        return {**self.always, **compact(pick(inputs, self.fields))}

    def update_body(
        self, inputs: Mapping[str, JsonValue], outputs: Mapping[str, JsonValue], changed: tuple[str, ...]
    ) -> JsonObject:
        """Return the body of an update. `outputs` are the known computed ones, `changed` what the mask names."""
        del outputs, changed
        return {key: value for key, value in self.body(inputs).items() if key not in self.fixed}

    def changed(self, old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> tuple[str, ...]:
        """Return the fields that differ, by their names in a mask and in the provider's order."""
        differing = [name for name in self.watched or self.fields if _empty(old, name) != _empty(new, name)]
        return tuple(path for name in differing for path in self.mask_names.get(name, (name,)))

    def create(self, inputs: Mapping[str, JsonValue]) -> Exchange:
        """Create it by POST to the collection."""
        query = {**self.query, **self.create_query(inputs)}
        body = self.body(inputs)
        return (yield Request(method="POST", path=self.version + self.collection(inputs), query=query, body=body))

    def read(self, id: str, inputs: Mapping[str, JsonValue]) -> Exchange:  # noqa: A002 - Pulumi's word
        """Read it by GET."""
        path = self.version + self.path(id, inputs)
        return (yield Request(method="GET", path=path, query=self.query, may_miss=True)) or None

    def update(
        self,
        old: Mapping[str, JsonValue],
        new: Mapping[str, JsonValue],
        id: str,  # noqa: A002 - Pulumi's word
        outputs: Mapping[str, JsonValue],
    ) -> Exchange | None:
        """Update it by PATCH or PUT, where the API sees a difference."""
        changed = self.changed(old, new)
        return self._write(new, id, outputs, changed) if changed else None

    def update_query(self, inputs: Mapping[str, JsonValue], changed: tuple[str, ...]) -> Mapping[str, str]:
        """Return the query parameters of an update beside the common ones."""
        del inputs
        return {"updateMask": ",".join(changed)} if self.masked else {}

    def _write(
        self,
        inputs: Mapping[str, JsonValue],
        id: str,  # noqa: A002 - Pulumi's word
        outputs: Mapping[str, JsonValue],
        changed: tuple[str, ...],
    ) -> Exchange:
        return (
            yield Request(
                method=self.verb,
                path=self.version + self.path(id, inputs),
                query={**self.query, **self.update_query(inputs, changed)},
                body=self.update_body(inputs, outputs, changed),
            )
        )

    def delete(self, id: str, inputs: Mapping[str, JsonValue]) -> Exchange:  # noqa: A002 - Pulumi's word
        """Delete it by DELETE; one that is gone already is no error."""
        path = self.version + self.path(id, inputs)
        return (yield Request(method="DELETE", path=path, query=self.query, may_miss=True))


class ServerNamedWire(RestWire):
    """A type whose resources the server names: the id is the name in the response."""

    def search(self, inputs: Mapping[str, JsonValue]) -> Request:
        """Return the collection."""
        return Request(method="GET", path=self.version + self.collection(inputs), query=self.query)

    def same(self, inputs: Mapping[str, JsonValue], candidate: JsonObject) -> bool:
        """Return whether it says everything that the body of a creation says."""
        return _contains(candidate, self.body(inputs))


def at(inputs: Mapping[str, JsonValue], path: str) -> JsonValue:
    """Return the value at a path such as `metricDescriptor.labels`; what is empty is as what is absent."""
    value: JsonValue = dict(inputs)
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value or None


def _empty(inputs: Mapping[str, JsonValue], name: str) -> JsonValue:
    """A field with what is empty left out, so that {} and an absent field are the same."""
    return compact({name: inputs.get(name)}).get(name)


def _contains(value: JsonValue, wanted: JsonValue) -> bool:
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(_contains(value.get(key), item) for key, item in wanted.items())
    if isinstance(wanted, list):
        if not isinstance(value, list) or len(value) != len(wanted):
            return False
        return all(_contains(item, other) for item, other in zip(value, wanted, strict=True))
    return value == wanted or (not value and not wanted)
