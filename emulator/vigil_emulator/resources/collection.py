"""One kind of resource: create, get, list, change, delete, and the places where kinds differ."""

import base64
import binascii
import copy
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator.calls import Call
from vigil_emulator.clock import Clock
from vigil_emulator.errors import ApiError, invalid_argument
from vigil_emulator.resources.list_filters import matches, ordered
from vigil_emulator.resources.projects import Projects
from vigil_emulator.resources.store import ResourceStore
from vigil_emulator.rest.discovery import document
from vigil_emulator.rest.masks import apply_update_mask, parse_update_mask
from vigil_emulator.times import format_time, nanoseconds

MAX_PAGE = 1000
"""Results in a page where the request names no size, or a larger one."""

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}")
"""Sinks, exclusions: google/logging/v2/logging_config.proto."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What every kind needs: where resources are, what time it is, who is asking."""

    store: ResourceStore
    clock: Clock
    projects: Projects
    visibility_seconds: float = 600.0
    """How long a new log-based metric stays unknown to Monitoring, in the clock's seconds: "up to 10 minutes"."""
    identity: str = "user@example.com"
    """Who creation records name."""

    def now(self) -> str:
        """Return the clock's time as the APIs write it."""
        return format_time(nanoseconds(self.clock.now()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A resource that is about to be created (`before` is None), changed or deleted (`body` is what it was).

    `name` is the full name with the project's id, `body` what would be stored, `call` the request.
    """

    name: str
    body: JsonObject
    before: JsonObject | None
    call: Call


class Collection:
    """Behaviour of a kind. Subclasses set the class variables and override what differs.

    `kind`, `api` and `schema` say what it is; `segment` is the collection's part of the name; `id_parameter`
    the query parameter with the id of a new one, None where the server or the body chooses.
    """

    kind: ClassVar[str]
    api: ClassVar[str]
    schema: ClassVar[str]
    segment: ClassVar[str]
    id_parameter: ClassVar[str | None] = None
    id_pattern: ClassVar[re.Pattern[str]] = ID
    total_size: ClassVar[bool] = False
    timestamps: ClassVar[bool] = False
    server_fields: ClassVar[frozenset[str]] = frozenset({"name"})
    limit: ClassVar[tuple[int, str] | None] = None
    """Most resources under a container, and what the error calls them."""

    def __init__(self, context: Context) -> None:
        """`context` is shared by all kinds."""
        self.context = context
        self.store = context.store

    def handlers(self) -> Mapping[str, Callable[[Call], JsonObject]]:
        """Return the verbs of the discovery document that this kind answers."""
        return {
            "create": self.create,
            "get": self.get,
            "list": self.page,
            "patch": self.update,
            "update": self.update,
            "delete": self.delete,
        }

    # The five methods

    def create(self, call: Call) -> JsonObject:
        """Add a resource."""
        return self.serve(self.add(call))

    def get(self, call: Call) -> JsonObject:
        """Return one resource."""
        return self.serve(self.existing(self.name(call)))

    def page(self, call: Call) -> JsonObject:
        """Return a page of the resources below the parent."""
        names = [
            name for name in self.names(call) if matches(call.query.get("filter", ""), self.filtered(self.body(name)))
        ]
        names = ordered(names, call.query.get("orderBy", ""), self.body)
        size = page_size(call)
        start = _after(names, call.query.get("pageToken", ""))
        shown = names[start : start + size]
        answer: JsonObject = {}
        if shown:
            answer[self.segment] = [self.serve(self.body(name)) for name in shown]
        if start + size < len(names):
            answer["nextPageToken"] = base64.urlsafe_b64encode(shown[-1].encode()).decode()
        if self.total_size and names:
            answer["totalSize"] = len(names)
        return answer

    def update(self, call: Call) -> JsonObject:
        """Change what `updateMask` names; without one, everything that a client may set."""
        return self.serve(self.change(call))

    def delete(self, call: Call) -> JsonObject:
        """Remove one resource."""
        name = self.name(call)
        body = self.existing(name)
        self.before_delete(Change(name=name, body=body, before=body, call=call))
        self.store.delete(self.kind, name)
        return {}

    # What differs from kind to kind

    def new_id(self, call: Call) -> str:
        """Return the id of a new resource. Raises ApiError where the request had to give one."""
        identifier = call.query.get(self.id_parameter, "") if self.id_parameter else ""
        if self.id_parameter and not identifier:
            raise invalid_argument(f"Required parameter is missing: {self.id_parameter}")
        return self.valid_id(identifier) if identifier else random_number()

    def prepare(self, change: Change) -> JsonObject:
        """Return the body as it will be stored, from what the client sent. Raises ApiError for what Google refuses."""
        return change.body

    def limit_scope(self, parent: str) -> str:
        """Return what `limit` is counted under."""
        return parent

    def check_parent(self, parent: str) -> None:
        """Raise ApiError where a new resource cannot be below `parent`."""

    def before_delete(self, change: Change) -> None:
        """Raise ApiError where the resource may not go; remove what goes with it."""

    def serve(self, body: JsonObject) -> JsonObject:
        """Return the body as clients see it."""
        return body

    def filtered(self, body: JsonObject) -> JsonObject:
        """Return what the filter of `list` is about."""
        return body

    def served_name(self, name: str) -> str:
        """Return what the body's `name` is for a resource of this full name."""
        return name

    def not_found(self, name: str) -> ApiError:
        """Return the error for a name that is not there."""
        del name
        return ApiError("NOT_FOUND", "Requested entity was not found.")

    def already_exists(self, name: str) -> ApiError:
        """Return the error for an id that is taken."""
        return ApiError("ALREADY_EXISTS", f"{self.schema} {last(name)} already exists")

    # Shared by the methods

    def add(self, call: Call) -> JsonObject:
        """Create, store and return the body."""
        parent = self.parent(call)
        self.context.projects.ensure(parent)
        self.check_parent(parent)
        name = f"{parent}/{self.segment}/{self.new_id(call)}"
        if self.store.get(self.kind, name) is not None:
            raise self.already_exists(name)
        self._check_limit(parent)
        body = {key: value for key, value in call.body.items() if key not in self.not_for_clients()}
        return self.put(name, body, None, call)

    def change(self, call: Call) -> JsonObject:
        """Update, store and return the body."""
        name = self.name(call)
        before = self.existing(name)
        fixed = self.not_for_clients()
        mask = self.mask(call)
        if mask is None:
            after = {key: value for key, value in call.body.items() if key not in fixed}
        else:
            after = apply_update_mask(before, call.body, [path for path in mask if path[0] not in fixed])
        after = {key: value for key, value in after.items() if key not in fixed}
        after |= {key: copy.deepcopy(value) for key, value in before.items() if key in fixed}
        return self.put(name, after, before, call)

    def mask(self, call: Call) -> list[tuple[str, ...]] | None:
        """Return the paths to change, None for all."""
        return parse_update_mask(call.query.get("updateMask", ""), self.api, self.schema)

    def put(self, name: str, body: JsonObject, before: JsonObject | None, call: Call) -> JsonObject:
        """Prepare, stamp and store the body."""
        now = self.context.now()
        if self.timestamps:
            body["createTime"] = before["createTime"] if before and "createTime" in before else now
            body["updateTime"] = now
        body["name"] = self.served_name(name)
        body = self.prepare(Change(name=name, body=body, before=before, call=call))
        self.store.put(self.kind, name, body)
        return body

    def not_for_clients(self) -> frozenset[str]:
        """Return the fields that a request cannot set: the document's read-only ones and `server_fields`."""
        return self.server_fields | _read_only(self.api, self.schema)

    def name(self, call: Call) -> str:
        """Return the full resource name that a call is about, with the project's id."""
        return self.context.projects.canonical(next(iter(call.path.values())))

    def parent(self, call: Call) -> str:
        """Return the parent that a call is about, with the project's id."""
        return self.name(call)

    def names(self, call: Call) -> list[str]:
        """Return the full names below the call's parent, in the order of creation; `-` in it is any location."""
        parent = self.parent(call)
        self.context.projects.ensure(parent)
        if "/-" not in parent:
            depth = parent.count("/") + 2
            return [name for name in self.store.names(self.kind, parent) if name.count("/") == depth or self.any_depth]
        pattern = re.compile(re.escape(parent).replace(r"/\-", "/[^/]+") + f"/{self.segment}/[^/]+")
        return [name for name in self.store.names(self.kind) if pattern.fullmatch(name)]

    any_depth: ClassVar[bool] = False
    """Ids may hold slashes."""

    def body(self, name: str) -> JsonObject:
        """Return the stored body of a name that is there."""
        return self.existing(name)

    def existing(self, name: str) -> JsonObject:
        """Return the stored body; raises the kind's NOT_FOUND."""
        self.context.projects.ensure(name)
        body = self.store.get(self.kind, name)
        if body is None:
            raise self.not_found(name)
        return body

    def valid_id(self, identifier: str) -> str:
        """Return the id itself; raises ApiError if the kind does not allow it."""
        if not self.id_pattern.fullmatch(identifier):
            raise invalid_argument(
                f'Field {self.id_parameter or "name"} had an invalid value of "{identifier}": ids of {self.segment}'
                " must match"
                f" {self.id_pattern.pattern}",
            )
        return identifier

    def _check_limit(self, parent: str) -> None:
        if self.limit is None:
            return
        most, noun = self.limit
        scope = self.limit_scope(parent)
        if len(self.store.names(self.kind, scope)) >= most:
            raise ApiError("RESOURCE_EXHAUSTED", f"Maximum number of {noun} reached for {scope}: {most}.")


def page_size(call: Call) -> int:
    """Return how many results to answer. Raises ApiError for a negative size."""
    size = int(call.query.get("pageSize", "0") or "0")
    if size < 0:
        raise invalid_argument(f'Field pageSize had an invalid value of "{size}": must not be negative')
    return min(size or MAX_PAGE, MAX_PAGE)


def last(name: str) -> str:
    """Return the last part of a resource name."""
    return name.rpartition("/")[2]


def random_number() -> str:
    """Return an id as Monitoring gives policies and channels: a number of nineteen digits."""
    return str(10**18 + secrets.randbelow(8 * 10**18))


def require(body: JsonObject, field: str, message: str) -> JsonValue:
    """Return a field that must be there; raises ApiError INVALID_ARGUMENT with `message` if not."""
    value = body.get(field)
    if value is None:
        raise invalid_argument(message)
    return value


def _after(names: list[str], token: str) -> int:
    if not token:
        return 0
    try:
        return names.index(base64.urlsafe_b64decode(token).decode()) + 1
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise invalid_argument("page_token is invalid") from None


@cache
def _read_only(api: str, schema: str) -> frozenset[str]:
    properties = document(api)["schemas"][schema]["properties"]
    return frozenset(name for name, declared in properties.items() if declared.get("readOnly"))
