"""Cloud Logging's storage and routing: buckets, views, links, scopes, sinks, exclusions, saved queries."""

from collections.abc import Mapping
from typing import ClassVar

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, JsonValue, child, children, text
from vigil_runner.wire.base import ALT, RestWire
from vigil_runner.wire.exchange import Exchange, Request, compact, pick

BUILT_IN = frozenset({"_Default", "_Required"})
"""Buckets and sinks that every project has: they are changed, never made or removed."""

GO_CLIENT = {"alt": "json", "prettyPrint": "false"}
"""The query of requests that the provider makes through Google's Go client."""


class BucketWire(RestWire):
    """Log buckets. Creation is a long-running operation; Log Analytics and the lock are changed on their own."""

    type: ClassVar[str] = tokens.PROJECT_BUCKET
    immutable: ClassVar[frozenset[str]] = frozenset({"project", "location", "bucketId"})
    version: ClassVar[str] = "/v2/"
    fields: ClassVar[tuple[str, ...]] = ("retentionDays", "description", "cmekSettings", "indexConfigs")

    def defaults(self, inputs: JsonObject) -> JsonObject:
        """Return the provider's defaults: 30 days."""
        return {"retentionDays": 30, **inputs}

    def id(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the bucket's full name."""
        return f"{self.collection(inputs)}/{text(inputs, 'bucketId')}"

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the location's buckets."""
        return f"projects/{text(inputs, 'project')}/locations/{text(inputs, 'location')}/buckets"

    def create(self, inputs: Mapping[str, JsonValue]) -> Exchange:
        """Look whether it is there, else create it and wait for the operation.

        One that is there is changed, as by the provider. The provider would also try to change one that was deleted
        within the last seven days, which the API refuses ("pending deletion"); here it is taken back first, as
        somebody would by `gcloud logging buckets undelete`.
        """
        known = yield Request(method="GET", path=f"/v2/{self.id(inputs)}", query=ALT, may_miss=True)
        deleted = known.get("lifecycleState") == "DELETE_REQUESTED"
        if deleted:
            yield Request(method="POST", path=f"/v2/{self.id(inputs)}:undelete", query=ALT, body={})
        if known:
            old: JsonObject = {**known, "enableAnalytics": known.get("analyticsEnabled")}
            exchange = self.update(old, inputs, self.id(inputs), {})
            return known if exchange is None else (yield from exchange)
        analytics = pick({"analyticsEnabled": inputs.get("enableAnalytics")}, ("analyticsEnabled",))
        return (
            yield Request(
                method="POST",
                path=f"/v2/{self.collection(inputs)}:createAsync",
                query={**ALT, "bucketId": text(inputs, "bucketId")},
                body={
                    "name": "",
                    "locked": bool(inputs.get("locked")),
                    **({} if inputs.get("enableAnalytics") is None else analytics),
                    **self._settings(inputs, {}),
                },
                operation=True,
            )
        )

    def update(
        self,
        old: Mapping[str, JsonValue],
        new: Mapping[str, JsonValue],
        id: str,  # noqa: A002 - Pulumi's word
        outputs: Mapping[str, JsonValue],
    ) -> Exchange | None:
        """Log Analytics first, then the settings, the lock last: the API takes them one at a time."""
        steps: list[tuple[str, JsonObject]] = []
        if bool(old.get("enableAnalytics")) != bool(new.get("enableAnalytics")):
            steps.append(("analyticsEnabled", {"analyticsEnabled": bool(new.get("enableAnalytics"))}))
        if changed := self.changed(old, new):
            steps.append((",".join(changed), self._settings(new, outputs)))
        if bool(old.get("locked")) != bool(new.get("locked")):
            steps.append(("locked", {"locked": bool(new.get("locked"))}))
        return self._steps(id, steps) if steps else None

    @staticmethod
    def _steps(id: str, steps: list[tuple[str, JsonObject]]) -> Exchange:  # noqa: A002 - Pulumi's word
        response: JsonObject = {}
        for mask, body in steps:
            response = yield Request(method="PATCH", path=f"/v2/{id}", query={**ALT, "updateMask": mask}, body=body)
        return response

    @staticmethod
    def _settings(inputs: Mapping[str, JsonValue], outputs: Mapping[str, JsonValue]) -> JsonObject:
        key = child(inputs, "cmekSettings")
        known = child(outputs, "cmekSettings")
        computed: JsonObject = {name: text(known, name) for name in ("name", "kmsKeyVersionName", "serviceAccountId")}
        return {
            "retentionDays": inputs.get("retentionDays"),
            "description": text(inputs, "description"),
            "cmekSettings": {**computed, "kmsKeyName": text(key, "kmsKeyName")} if key else None,
            "indexConfigs": [compact(each) for each in children(inputs, "indexConfigs")],
        }

    def delete(self, id: str, inputs: Mapping[str, JsonValue]) -> Exchange:  # noqa: A002 - Pulumi's word
        """Delete it; leave a built-in one as it is."""
        if text(inputs, "bucketId") in BUILT_IN:
            return {}
        return (yield from super().delete(id, inputs))

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Name and life-cycle state."""
        return {"name": self.id(inputs), **compact(pick(response, ("lifecycleState", "cmekSettings")))}


class ViewWire(RestWire):
    """Views of a bucket."""

    type: ClassVar[str] = tokens.LOG_VIEW
    immutable: ClassVar[frozenset[str]] = frozenset({"bucket", "parent", "location", "name"})
    autonamed: ClassVar[bool] = True
    has_project: ClassVar[bool] = False
    version: ClassVar[str] = "/v2/"
    fields: ClassVar[tuple[str, ...]] = ("name", "description", "filter")
    fixed: ClassVar[frozenset[str]] = frozenset({"name"})

    def id(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the view's full name."""
        return f"{self.collection(inputs)}/{text(inputs, 'name')}"

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the bucket's views."""
        return f"{bucket_name(inputs)}/views"

    def create_query(self, inputs: Mapping[str, JsonValue]) -> Mapping[str, str]:
        """Return the view's id."""
        return {"viewId": text(inputs, "name")}

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Return the parts of the bucket's name, and times."""
        parent, _, rest = bucket_name(inputs).partition("/locations/")
        location, _, bucket = rest.partition("/buckets/")
        return {
            "parent": parent,
            "location": location,
            "bucket": bucket,
            "createTime": text(response, "createTime"),
            "updateTime": text(response, "updateTime"),
        }


def bucket_name(inputs: Mapping[str, JsonValue]) -> str:
    """Return a bucket's full name, given whole in `bucket` or by `parent`, `location` and `bucket`."""
    bucket = text(inputs, "bucket")
    if "/" in bucket:
        return bucket
    return f"{text(inputs, 'parent')}/locations/{text(inputs, 'location')}/buckets/{bucket}"


class LinkWire(RestWire):
    """BigQuery datasets linked to a bucket. Both ways are long-running operations; nothing can be changed."""

    type: ClassVar[str] = tokens.LINKED_DATASET
    immutable: ClassVar[frozenset[str]] = frozenset({"bucket", "parent", "location", "linkId", "description"})
    has_project: ClassVar[bool] = False
    version: ClassVar[str] = "/v2/"
    fields: ClassVar[tuple[str, ...]] = ("description",)

    def id(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the link's full name."""
        return f"{self.collection(inputs)}/{text(inputs, 'linkId')}"

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the bucket's links."""
        return f"{bucket_name(inputs)}/links"

    def create(self, inputs: Mapping[str, JsonValue]) -> Exchange:
        """Create it by POST, and return the operation's result."""
        path, query = f"/v2/{self.collection(inputs)}", {**ALT, "linkId": text(inputs, "linkId")}
        return (yield Request(method="POST", path=path, query=query, body=self.body(inputs), operation=True))

    def delete(self, id: str, inputs: Mapping[str, JsonValue]) -> Exchange:  # noqa: A002 - Pulumi's word
        """Delete it, and wait for the end of the operation."""
        del inputs
        return (yield Request(method="DELETE", path=f"/v2/{id}", query=ALT, operation=True, may_miss=True))

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Name, dataset, state."""
        dataset = response.get("bigqueryDataset")
        return {
            "name": self.id(inputs),
            "bigqueryDatasets": [dataset] if dataset else [],
            **pick(response, ("createTime", "lifecycleState")),
        }


class _LocatedWire(RestWire):
    """What lives below `parent/locations/location` under a name that the user chooses."""

    immutable: ClassVar[frozenset[str]] = frozenset({"parent", "location", "name"})
    autonamed: ClassVar[bool] = True
    has_project: ClassVar[bool] = False
    version: ClassVar[str] = "/v2/"
    collection_name: ClassVar[str]
    id_parameter: ClassVar[str]

    def id(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the full name."""
        return f"{self.collection(inputs)}/{text(inputs, 'name')}"

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the location's collection."""
        return f"{text(inputs, 'parent')}/locations/{text(inputs, 'location')}/{self.collection_name}"

    def create_query(self, inputs: Mapping[str, JsonValue]) -> Mapping[str, str]:
        """Return the id."""
        return {self.id_parameter: text(inputs, "name")}

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Return the times."""
        del inputs
        return {key: text(response, key) for key in ("createTime", "updateTime")}


class ScopeWire(_LocatedWire):
    """Log scopes: what the Logs Explorer shows by default."""

    type: ClassVar[str] = tokens.LOG_SCOPE
    fields: ClassVar[tuple[str, ...]] = ("name", "resourceNames", "description")
    fixed: ClassVar[frozenset[str]] = frozenset({"name"})
    collection_name: ClassVar[str] = "logScopes"
    id_parameter: ClassVar[str] = "logScopeId"


class SavedQueryWire(_LocatedWire):
    """Saved queries of the Logs Explorer."""

    type: ClassVar[str] = tokens.SAVED_QUERY
    fields: ClassVar[tuple[str, ...]] = (
        "displayName",
        "description",
        "visibility",
        "loggingQuery",
        "opsAnalyticsQuery",
    )
    collection_name: ClassVar[str] = "savedQueries"
    id_parameter: ClassVar[str] = "savedQueryId"


class ExclusionWire(RestWire):
    """Exclusions of a project. An update carries the changed fields alone."""

    type: ClassVar[str] = tokens.PROJECT_EXCLUSION
    immutable: ClassVar[frozenset[str]] = frozenset({"project", "name"})
    autonamed: ClassVar[bool] = True
    version: ClassVar[str] = "/v2/"
    fields: ClassVar[tuple[str, ...]] = ("name", "description", "filter", "disabled")
    query: ClassVar[Mapping[str, str]] = GO_CLIENT

    def id(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the exclusion's full name."""
        return f"{self.collection(inputs)}/{text(inputs, 'name')}"

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the project's exclusions."""
        return f"projects/{text(inputs, 'project')}/exclusions"

    def _write(
        self,
        inputs: Mapping[str, JsonValue],
        id: str,  # noqa: A002 - Pulumi's word
        outputs: Mapping[str, JsonValue],
        changed: tuple[str, ...],
    ) -> Exchange:
        del outputs
        empty: JsonObject = {"description": "", "filter": "", "disabled": False}
        query = {**self.query, "updateMask": ",".join(changed)}
        body = pick({**empty, **inputs}, changed)
        return (yield Request(method="PATCH", path=f"/v2/{id}", query=query, body=body))

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Return nothing: the name is the short one."""
        del inputs, response
        return {}
