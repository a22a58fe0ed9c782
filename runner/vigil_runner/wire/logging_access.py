"""Who may read a log view: one member of one role, in a policy that others share."""

from collections.abc import Mapping
from typing import ClassVar

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, JsonValue, child, children, text
from vigil_runner.wire.base import ALT, Wire
from vigil_runner.wire.exchange import Exchange, Request, compact
from vigil_runner.wire.logging_config import bucket_name

_VERSION = 3
"""The policy version that the provider asks for and writes: with conditions."""


class ViewMemberWire(Wire):
    """A member of a role on a view: read the policy, change it, write it back with its etag."""

    type: ClassVar[str] = tokens.LOG_VIEW_MEMBER
    immutable: ClassVar[frozenset[str]] = frozenset(
        {"bucket", "parent", "location", "name", "role", "member", "condition"}
    )
    has_project: ClassVar[bool] = False
    serial: ClassVar[bool] = True

    def id(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return view, role and member."""
        return f"{_view(inputs)}/{text(inputs, 'role')}/{text(inputs, 'member')}"

    def create(self, inputs: Mapping[str, JsonValue]) -> Exchange:
        """Add the member."""
        policy = yield _get(inputs)
        bindings = children(policy, "bindings")
        mine = next((each for each in bindings if _same(each, inputs)), None)
        if mine is None:
            mine = compact({"role": text(inputs, "role"), "condition": child(inputs, "condition")})
            bindings = [*bindings, mine]
        changed: JsonObject = {**mine, "members": [*_members(mine), text(inputs, "member")]}
        return (yield _set(inputs, policy, [changed if each is mine else each for each in bindings]))

    def read(self, id: str, inputs: Mapping[str, JsonValue]) -> Exchange:  # noqa: A002 - Pulumi's word
        """Return the policy, where the member is in it."""
        del id
        policy = yield _get(inputs, may_miss=True)
        there = any(
            _same(each, inputs) and text(inputs, "member") in _members(each) for each in children(policy, "bindings")
        )
        return policy if there else None

    def update(
        self,
        old: Mapping[str, JsonValue],
        new: Mapping[str, JsonValue],
        id: str,  # noqa: A002 - Pulumi's word
        outputs: Mapping[str, JsonValue],
    ) -> None:
        """Return None: nothing can change."""
        del old, new, id, outputs

    def delete(self, id: str, inputs: Mapping[str, JsonValue]) -> Exchange:  # noqa: A002 - Pulumi's word
        """Take the member out; a role without members goes."""
        del id
        policy = yield _get(inputs, may_miss=True)
        if not policy:
            return {}
        left: list[JsonObject] = []
        for each in children(policy, "bindings"):
            members = [one for one in _members(each) if not (_same(each, inputs) and one == text(inputs, "member"))]
            if members:
                left.append({**each, "members": [*members]})
        return (yield _set(inputs, policy, left))

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Return the view's full name and the policy's etag."""
        return {"name": _view(inputs), "etag": text(response, "etag")}


def _view(inputs: Mapping[str, JsonValue]) -> str:
    name = text(inputs, "name")
    return name if "/" in name else f"{bucket_name(inputs)}/views/{name}"


def _get(inputs: Mapping[str, JsonValue], *, may_miss: bool = False) -> Request:
    body: JsonObject = {"options": {"requestedPolicyVersion": _VERSION}}
    return Request(method="POST", path=f"/v2/{_view(inputs)}:getIamPolicy", query=ALT, body=body, may_miss=may_miss)


def _set(inputs: Mapping[str, JsonValue], policy: JsonObject, bindings: list[JsonObject]) -> Request:
    changed: JsonObject = {"etag": text(policy, "etag"), "version": _VERSION}
    if bindings:
        changed["bindings"] = [*bindings]
    return Request(method="POST", path=f"/v2/{_view(inputs)}:setIamPolicy", query=ALT, body={"policy": changed})


def _same(binding: JsonObject, inputs: Mapping[str, JsonValue]) -> bool:
    return text(binding, "role") == text(inputs, "role") and child(binding, "condition") == child(inputs, "condition")


def _members(binding: JsonObject) -> list[str]:
    members = binding.get("members")
    return [each for each in members if isinstance(each, str)] if isinstance(members, list) else []
