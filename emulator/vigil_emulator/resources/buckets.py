"""Log buckets, their views and their links to BigQuery."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import ClassVar

from vigil_apimodel import limits, lql
from vigil_apimodel.json_values import JsonObject, child, children, flag, json_list, text, texts
from vigil_apimodel.rules.log_storage import view_mistakes
from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError, invalid_argument
from vigil_emulator.numerals import number
from vigil_emulator.resources.collection import Change, Collection, Context, last
from vigil_emulator.resources.lql import check_filter
from vigil_emulator.resources.operations import Operations
from vigil_emulator.resources.policies import ViewPolicies
from vigil_emulator.times import format_time, nanoseconds, parse_time

PENDING = timedelta(days=7)
"""How long a deleted bucket can be restored (google/logging/v2/logging_config.proto, DeleteBucket)."""

_DELETIONS = "vigil.bucketDeletions"
_TYPE = "type.googleapis.com/google.logging.v2."


class Buckets(Collection):
    """Log buckets (`logging.buckets`)."""

    kind = "logging.buckets"
    api = "logging.v2"
    schema = "LogBucket"
    segment = "buckets"
    id_parameter = "bucketId"
    id_pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,99}")
    timestamps = True
    limit: ClassVar[tuple[int, str] | None] = (limits.PROJECT_BUCKETS + 2, "log buckets")  # beside the default two

    def __init__(self, context: Context, operations: Operations) -> None:
        """`operations` keeps what the asynchronous methods answer."""
        super().__init__(context)
        self._operations = operations

    def handlers(self) -> Mapping[str, Callable[[Call], JsonObject]]:
        """Return the usual ones, and the asynchronous ones and `undelete`."""
        return {
            **super().handlers(),
            "createAsync": self.create_async,
            "updateAsync": self.update_async,
            "undelete": self.undelete,
        }

    def create_async(self, call: Call) -> JsonObject:
        """Create, and answer an operation that is done."""
        bucket = self.add(call)
        return self._done(text(bucket, "name"), "createBucketRequest", bucket)

    def update_async(self, call: Call) -> JsonObject:
        """Change, and answer an operation that is done."""
        bucket = self.change(call)
        return self._done(text(bucket, "name"), "updateBucketRequest", bucket)

    def undelete(self, call: Call) -> JsonObject:
        """Take a deletion back within its seven days."""
        name = self.name(call)
        body = self.existing(name)
        if body.get("lifecycleState") != "DELETE_REQUESTED":
            raise ApiError("FAILED_PRECONDITION", f"Bucket `{last(name)}` is not pending deletion")
        with self.store.transaction():
            self.store.put(self.kind, name, {**body, "lifecycleState": "ACTIVE"})
            self.store.delete(_DELETIONS, name)
        return {}

    def delete(self, call: Call) -> JsonObject:
        """Mark as deleted; the bucket goes seven days later."""
        name = self.name(call)
        body = self.existing(name)
        if last(name) in {"_Default", "_Required"}:
            raise invalid_argument(f"The `{last(name)}` bucket cannot be deleted")
        if flag(body, "locked"):
            raise ApiError("FAILED_PRECONDITION", f"Bucket `{last(name)}` is locked and cannot be deleted")
        if body.get("lifecycleState") == "DELETE_REQUESTED":
            return {}
        purge = format_time(nanoseconds(self.context.clock.now() + PENDING))
        with self.store.transaction():
            self.store.put(self.kind, name, {**body, "lifecycleState": "DELETE_REQUESTED"})
            self.store.put(_DELETIONS, name, {"purgeTime": purge})
        return {}

    def limit_scope(self, parent: str) -> str:
        """Return a project's buckets in all locations, those that are pending deletion too."""
        return parent.partition("/locations/")[0]

    def check_parent(self, parent: str) -> None:
        """Check that the parent is one location."""
        if not re.fullmatch(r"[a-z0-9\-]*[a-z0-9]", last(parent)):
            raise invalid_argument(f"Location {last(parent)} is not supported")

    def prepare(self, change: Change) -> JsonObject:
        """Set thirty days unless the body says otherwise, and refuse what a bucket cannot take back."""
        body = change.body
        if change.before is not None and change.before.get("lifecycleState") == "DELETE_REQUESTED":
            raise ApiError(
                "FAILED_PRECONDITION", f"Bucket `{last(change.name)}` is pending deletion and cannot be modified"
            )
        days = number(body, "retentionDays") or (30 if change.before is None else 0)  # zero means the default
        body["retentionDays"] = int(days)
        shortest, longest = limits.BUCKET_RETENTION_DAYS
        if not shortest <= days <= longest:
            raise invalid_argument(f"Bucket retention must be between {shortest} and {longest} days")
        if change.before is not None:
            _check_change(last(change.name), change.before, body)
        indexes = children(body, "indexConfigs")
        if len(indexes) > limits.BUCKET_INDEXES:
            raise invalid_argument(f"A bucket may have at most {limits.BUCKET_INDEXES} custom indexes")
        old = {text(index, "fieldPath"): index for index in children(change.before or {}, "indexConfigs")}
        for index in indexes:
            index["createTime"] = old.get(text(index, "fieldPath"), {}).get("createTime", self.context.now())
        if indexes:
            body["indexConfigs"] = json_list(indexes)
        body.setdefault("lifecycleState", "ACTIVE")
        if change.before is None:
            view = f"{change.name}/views/_AllLogs"
            self.store.put(
                "logging.views",
                view,
                {"name": view, "createTime": self.context.now(), "updateTime": self.context.now()},
            )
        return body

    def existing(self, name: str) -> JsonObject:
        """Return the bucket, unless its seven days are over."""
        self._purge()
        return super().existing(name)

    def names(self, call: Call) -> list[str]:
        """Return the buckets, without those whose seven days are over."""
        self._purge()
        return super().names(call)

    def not_found(self, name: str) -> ApiError:
        """Return the error in Google's words."""
        location = name.split("/locations/")[1].partition("/")[0]
        return ApiError("NOT_FOUND", f"Bucket `{last(name)}` in location `{location}` does not exist")

    def _purge(self) -> None:
        now = nanoseconds(self.context.clock.now())
        for name in self.store.names(_DELETIONS):
            deletion = self.store.get(_DELETIONS, name) or {}
            if parse_time(text(deletion, "purgeTime")) > now:
                continue
            with self.store.transaction():
                for kind in ("logging.views", "logging.links", "logging.viewPolicies"):
                    for below in self.store.names(kind, name):
                        self.store.delete(kind, below)
                self.store.delete(self.kind, name)
                self.store.delete(_DELETIONS, name)

    def _done(self, name: str, request: str, bucket: JsonObject) -> JsonObject:
        location = name.partition("/buckets/")[0]
        metadata: JsonObject = {"@type": f"{_TYPE}BucketMetadata", request: {"bucket": self.serve(bucket)}}
        return self._operations.finish(location, metadata, {"@type": f"{_TYPE}LogBucket", **self.serve(bucket)})


def _check_change(bucket: str, before: JsonObject, after: JsonObject) -> None:
    if flag(before, "locked"):
        if number(before, "retentionDays") != number(after, "retentionDays"):
            raise invalid_argument(f"The retention of the locked bucket `{bucket}` cannot be changed")
        after["locked"] = True
    if flag(before, "analyticsEnabled") and not flag(after, "analyticsEnabled"):
        raise invalid_argument("Log Analytics cannot be disabled once it is enabled")
    if set(texts(before, "restrictedFields")) - set(texts(after, "restrictedFields")):
        raise invalid_argument("Restricted fields cannot be removed from a bucket")


class Views(Collection):
    """`logging.views`, with their access policies."""

    kind = "logging.views"
    api = "logging.v2"
    schema = "LogView"
    segment = "views"
    id_parameter = "viewId"
    id_pattern = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}")
    timestamps = True
    limit: ClassVar[tuple[int, str] | None] = (limits.BUCKET_VIEWS + 2, "views")  # beside the default ones

    def __init__(self, context: Context, buckets: Buckets) -> None:
        """`buckets` are what views are of."""
        super().__init__(context)
        self._buckets = buckets
        self._policies = ViewPolicies(context, self.existing)

    def handlers(self) -> Mapping[str, Callable[[Call], JsonObject]]:
        """Return the usual ones, and those of access policies."""
        return {**super().handlers(), **self._policies.handlers()}

    def check_parent(self, parent: str) -> None:
        """Check that the bucket is there."""
        self._buckets.existing(parent)

    def prepare(self, change: Change) -> JsonObject:
        """Check that the filter parses, and holds what views support (cloud.google.com/logging/docs/logs-views)."""
        body = change.body
        query = text(body, "filter")
        check_filter(query, "filter")
        for mistake in view_mistakes(lql.parse(query)):
            raise invalid_argument(f"Invalid view filter: {mistake}")
        return body

    def before_delete(self, change: Change) -> None:
        """Remove its policy with it."""
        if last(change.name).startswith("_"):
            raise invalid_argument(f"View {last(change.name)} cannot be deleted")
        self.store.delete("logging.viewPolicies", change.name)

    def not_found(self, name: str) -> ApiError:
        """Return the error in Google's words."""
        return ApiError("NOT_FOUND", f"View {last(name)} does not exist")


class Links(Collection):
    """`logging.links`: BigQuery datasets over buckets with analytics."""

    kind = "logging.links"
    api = "logging.v2"
    schema = "Link"
    segment = "links"
    id_parameter = "linkId"
    id_pattern = re.compile(r"[A-Za-z0-9_]{1,100}")
    server_fields = frozenset({"name", "bigqueryDataset"})
    limit: ClassVar[tuple[int, str] | None] = (1, "links")

    def __init__(self, context: Context, buckets: Buckets, operations: Operations) -> None:
        """`buckets` are what links are of; `operations` keeps what the methods answer."""
        super().__init__(context)
        self._buckets = buckets
        self._operations = operations

    def handlers(self) -> Mapping[str, Callable[[Call], JsonObject]]:
        """Return the verbs; none changes a link."""
        return {"create": self.create, "get": self.get, "list": self.page, "delete": self.delete}

    def create(self, call: Call) -> JsonObject:
        """Answer a scheduled operation, which is done when it is read again."""
        link = self.add(call)
        parent, link_id = text(link, "name").split("/links/")
        request: JsonObject = {"parent": parent, "linkId": link_id}
        if call.body:
            request["link"] = dict(call.body)
        return self._scheduled(parent, "createLinkRequest", request, {"@type": f"{_TYPE}Link", **link})

    def delete(self, call: Call) -> JsonObject:
        """Answer a scheduled operation, which is done when it is read again."""
        name = self.name(call)
        self.existing(name)
        self.store.delete(self.kind, name)
        empty: JsonObject = {"@type": "type.googleapis.com/google.protobuf.Empty"}
        return self._scheduled(name.partition("/links/")[0], "deleteLinkRequest", {"name": name}, empty)

    def check_parent(self, parent: str) -> None:
        """Check that the bucket is there, with analytics."""
        if not flag(self._buckets.existing(parent), "analyticsEnabled"):
            raise ApiError(
                "FAILED_PRECONDITION", f"Bucket `{last(parent)}` must have Log Analytics enabled to be linked"
            )

    def prepare(self, change: Change) -> JsonObject:
        """Return the body with the dataset, which has the link's id."""
        body = change.body
        project = change.name.split("/")[1]
        dataset = f"bigquery.googleapis.com/projects/{project}/datasets/{last(change.name)}"
        return {
            **body,
            "bigqueryDataset": {**child(body, "bigqueryDataset"), "datasetId": dataset},
            "createTime": self.context.now(),
            "lifecycleState": "ACTIVE",
        }

    def not_found(self, name: str) -> ApiError:
        """Return the error in Google's words for most resources of Logging."""
        return ApiError("NOT_FOUND", f"Link {last(name)} does not exist")

    def _scheduled(self, bucket: str, request_name: str, request: JsonObject, response: JsonObject) -> JsonObject:
        metadata: JsonObject = {"@type": f"{_TYPE}LinkMetadata", request_name: request}
        return self._operations.schedule(bucket.partition("/buckets/")[0], metadata, response)
