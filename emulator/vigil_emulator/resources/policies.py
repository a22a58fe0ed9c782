"""Access policies of log views: who may read them. Kept, not enforced."""

import hashlib
import json
from collections.abc import Callable, Mapping

from vigil_apimodel.json_values import JsonObject, child, children, text, texts
from vigil_emulator.calls import Call
from vigil_emulator.resources.collection import Context
from vigil_emulator.resources.etags import check_etag, new_etag

KIND = "logging.viewPolicies"


class ViewPolicies:
    """`getIamPolicy`, `setIamPolicy` and `testIamPermissions` of views."""

    def __init__(self, context: Context, existing: Callable[[str], JsonObject]) -> None:
        """`existing` reads a view or raises NOT_FOUND."""
        self._context = context
        self._existing = existing

    def handlers(self) -> Mapping[str, Callable[[Call], JsonObject]]:
        """Return the three verbs of access policies."""
        return {"getIamPolicy": self.get, "setIamPolicy": self.set, "testIamPermissions": self.test}

    def get(self, call: Call) -> JsonObject:
        """Return the policy; an empty one with an etag where none was set."""
        return self._context.store.get(KIND, self._name(call)) or {"etag": "ACAB"}

    def set(self, call: Call) -> JsonObject:
        """Replace the policy, unless its etag is an older one."""
        name = self._name(call)
        before = self.get(call)
        policy = dict(child(call.body, "policy"))
        check_etag(
            text(policy, "etag"),
            text(before, "etag"),
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
        )
        bindings = [binding for binding in children(policy, "bindings") if texts(binding, "members")]
        after: JsonObject = {"version": policy.get("version", 1)}
        if bindings:
            after["bindings"] = list(bindings)
        digest = hashlib.sha256(json.dumps([before.get("etag"), after], sort_keys=True).encode()).digest()
        after["etag"] = new_etag(digest)
        self._context.store.put(KIND, name, after)
        return after

    def test(self, call: Call) -> JsonObject:
        """Answer that everything is permitted."""
        self._name(call)
        permissions = texts(call.body, "permissions")
        return {"permissions": list(permissions)} if permissions else {}

    def _name(self, call: Call) -> str:
        name = self._context.projects.canonical(call.path["resource"])
        self._existing(name)
        return name
