"""Log sinks of projects, folders and organizations."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, JsonValue, text
from vigil_runner.wire.base import RestWire
from vigil_runner.wire.exchange import Exchange, Request, compact, pick
from vigil_runner.wire.logging_config import BUILT_IN, GO_CLIENT


class _SinkWire(RestWire):
    """What the three have in common. The destination's writer identity comes from the server."""

    autonamed: ClassVar[bool] = True
    identity: ClassVar[tuple[str, ...]] = ()
    """Inputs that decide whose identity writes."""
    version: ClassVar[str] = "/v2/"
    fields: ClassVar[tuple[str, ...]] = (
        "name",
        "description",
        "destination",
        "filter",
        "disabled",
        "exclusions",
        "bigqueryOptions",
        "includeChildren",
        "interceptChildren",
    )
    watched: ClassVar[tuple[str, ...]] = (
        "destination",
        "filter",
        "description",
        "disabled",
        "bigqueryOptions",
        "includeChildren",
        "interceptChildren",
    )
    query: ClassVar[Mapping[str, str]] = GO_CLIENT

    @abstractmethod
    def parent(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return `projects/p`, `folders/1`, `organizations/2`."""

    def id(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the sink's full name."""
        return f"{self.collection(inputs)}/{text(inputs, 'name')}"

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the parent's sinks."""
        return f"{self.parent(inputs)}/sinks"

    def writer(self, inputs: Mapping[str, JsonValue]) -> dict[str, str]:
        """Return whose identity writes: a sink of a folder or organization has always its own."""
        del inputs
        return {"uniqueWriterIdentity": "true"}

    def create_query(self, inputs: Mapping[str, JsonValue]) -> Mapping[str, str]:
        """Return the writer."""
        return self.writer(inputs)

    def body(self, inputs: Mapping[str, JsonValue]) -> JsonObject:
        """Return the sink. Options for BigQuery are there if the program gives any, even empty ones."""
        return {**super().body(inputs), **self._bigquery(inputs)}

    @staticmethod
    def _bigquery(inputs: Mapping[str, JsonValue]) -> JsonObject:
        options = inputs.get("bigqueryOptions")
        return {"bigqueryOptions": compact(options)} if isinstance(options, dict) else {}

    def changed(self, old: Mapping[str, JsonValue], new: Mapping[str, JsonValue]) -> tuple[str, ...]:
        """Return the mask of the provider: the exclusions always and first."""
        others = super().changed(old, new)
        same = others == () and all(old.get(each) == new.get(each) for each in ("exclusions", *self.identity))
        return () if same else ("exclusions", *others)

    def update_query(self, inputs: Mapping[str, JsonValue], changed: tuple[str, ...]) -> Mapping[str, str]:
        """Return the writer, and the mask."""
        return {**self.writer(inputs), "updateMask": ",".join(changed)}

    def update_body(
        self, inputs: Mapping[str, JsonValue], outputs: Mapping[str, JsonValue], changed: tuple[str, ...]
    ) -> JsonObject:
        """Return all but the name; whether it is disabled and the exclusions even when empty."""
        del outputs
        forced: JsonObject = {"destination": "", "filter": "", "disabled": False, "exclusions": []}
        kept = compact(pick(inputs, [name for name in self.fields[1:] if name != "bigqueryOptions"]))
        return {**forced, **kept, **(self._bigquery(inputs) if "bigqueryOptions" in changed else {})}

    def delete(self, id: str, inputs: Mapping[str, JsonValue]) -> Exchange:  # noqa: A002 - Pulumi's word
        """Delete it; leave a built-in one as it is."""
        if text(inputs, "name") in BUILT_IN:
            return {}
        return (yield from super().delete(id, inputs))

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Return the writer's identity."""
        del inputs
        return pick(response, ("writerIdentity",))


class ProjectSinkWire(_SinkWire):
    """Sinks of a project. One that every project has is changed, not made."""

    type: ClassVar[str] = tokens.PROJECT_SINK
    immutable: ClassVar[frozenset[str]] = frozenset({"project", "name"})
    identity: ClassVar[tuple[str, ...]] = ("uniqueWriterIdentity", "customWriterIdentity")

    def defaults(self, inputs: JsonObject) -> JsonObject:
        """Return its own writer identity, as the provider asks for it."""
        return {"uniqueWriterIdentity": True, **inputs}

    def parent(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the project."""
        return f"projects/{text(inputs, 'project')}"

    def writer(self, inputs: Mapping[str, JsonValue]) -> dict[str, str]:
        """Return the unique or custom identity that the inputs want."""
        custom = text(inputs, "customWriterIdentity")
        unique = "true" if inputs.get("uniqueWriterIdentity") else "false"
        return {"uniqueWriterIdentity": unique} | ({"customWriterIdentity": custom} if custom else {})

    def create(self, inputs: Mapping[str, JsonValue]) -> Exchange:
        """Look whether it is there (a built-in one is changed), else create it."""
        known = yield Request(method="GET", path=f"/v2/{self.id(inputs)}", query=self.query, may_miss=True)
        if known and text(inputs, "name") in BUILT_IN:
            old: JsonObject = {**known, **pick(inputs, self.identity)}
            exchange = self.update(old, inputs, self.id(inputs), {})
            return known if exchange is None else (yield from exchange)
        return (yield from super().create(inputs))


class FolderSinkWire(_SinkWire):
    """Sinks of a folder."""

    type: ClassVar[str] = tokens.FOLDER_SINK
    immutable: ClassVar[frozenset[str]] = frozenset({"folder", "name"})
    has_project: ClassVar[bool] = False

    def parent(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the folder, with or without its prefix."""
        return f"folders/{text(inputs, 'folder').removeprefix('folders/')}"

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Return the writer's identity, and the folder's number."""
        return {
            **super().computed(inputs, response),
            "folder": text(inputs, "folder").removeprefix("folders/"),
        }


class OrganizationSinkWire(_SinkWire):
    """Sinks of an organization."""

    type: ClassVar[str] = tokens.ORGANIZATION_SINK
    immutable: ClassVar[frozenset[str]] = frozenset({"name"})
    has_project: ClassVar[bool] = False

    def parent(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the organization."""
        return f"organizations/{text(inputs, 'orgId')}"
