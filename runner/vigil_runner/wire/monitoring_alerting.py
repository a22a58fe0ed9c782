"""Cloud Monitoring's alert policies and notification channels."""

from collections.abc import Mapping
from typing import ClassVar

from vigil_apimodel import tokens
from vigil_apimodel.api_json import SINGULAR
from vigil_apimodel.json_values import JsonObject, JsonValue, child, children, text
from vigil_runner.wire.base import ServerNamedWire
from vigil_runner.wire.exchange import Exchange, Request, compact, pick

SECRET_LABELS = {
    "authToken": "auth_token",
    "authTokenWo": "auth_token",
    "password": "password",
    "passwordWo": "password",
    "serviceKey": "service_key",
    "serviceKeyWo": "service_key",
}
"""Keys of `sensitiveLabels` to the channel labels that they become; "Wo" is write-only."""


class AlertPolicyWire(ServerNamedWire):
    """Alert policies. An update names the conditions by the names that the server gave them."""

    type: ClassVar[str] = tokens.ALERT_POLICY
    version: ClassVar[str] = "/v3/"
    fields: ClassVar[tuple[str, ...]] = (
        "displayName",
        "combiner",
        "enabled",
        "conditions",
        "notificationChannels",
        "alertStrategy",
        "userLabels",
        "severity",
        "documentation",
    )
    always: ClassVar[Mapping[str, JsonValue]] = {"enabled": False}

    def defaults(self, inputs: JsonObject) -> JsonObject:
        """Return the defaults: enabled, documentation in Markdown."""
        documentation = child(inputs, "documentation")
        described: JsonObject = (
            {"documentation": {"mimeType": "text/markdown", **documentation}} if documentation else {}
        )
        return {"enabled": True, **inputs, **described}

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the project's policies."""
        return f"projects/{text(inputs, 'project')}/alertPolicies"

    def body(self, inputs: Mapping[str, JsonValue]) -> JsonObject:
        """Return the policy. Pulumi names the list of channel strategies in the plural, the API in the singular."""
        body = super().body(inputs)
        strategy = child(body, "alertStrategy")
        named: JsonObject = {SINGULAR.get(key, key): value for key, value in strategy.items()}
        return {**body, "alertStrategy": named} if named else body

    def update_body(
        self, inputs: Mapping[str, JsonValue], outputs: Mapping[str, JsonValue], changed: tuple[str, ...]
    ) -> JsonObject:
        """Return the whole policy; the condition at each place keeps its name."""
        del changed
        body = self.body(inputs)
        names = [text(each, "name") for each in children(outputs, "conditions")]
        named: list[JsonValue] = [
            {**condition, "name": names[place]} if place < len(names) and names[place] else condition
            for place, condition in enumerate(children(body, "conditions"))
        ]
        return {**body, "conditions": named}

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Return the name, the conditions with theirs, and who made it."""
        del inputs
        record = response.get("creationRecord")
        return {
            **pick(response, ("name", "conditions")),
            **({"creationRecords": [record]} if record else {}),
        }


class ChannelWire(ServerNamedWire):
    """Notification channels. Secrets travel as labels; the server answers them obscured."""

    type: ClassVar[str] = tokens.CHANNEL
    immutable: ClassVar[frozenset[str]] = frozenset({"project"})
    version: ClassVar[str] = "/v3/"
    fields: ClassVar[tuple[str, ...]] = ("type", "labels", "displayName", "description", "userLabels", "enabled")
    watched: ClassVar[tuple[str, ...]] = (*fields, "sensitiveLabels")
    masked: ClassVar[bool] = False
    always: ClassVar[Mapping[str, JsonValue]] = {"enabled": False}

    def defaults(self, inputs: JsonObject) -> JsonObject:
        """Return the defaults: enabled, deleted only where nothing refers to it."""
        return {"enabled": True, "forceDelete": False, **inputs}

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the project's channels."""
        return f"projects/{text(inputs, 'project')}/notificationChannels"

    def body(self, inputs: Mapping[str, JsonValue]) -> JsonObject:
        """Return the channel, its secrets among the labels."""
        secrets = child(inputs, "sensitiveLabels")
        hidden = {label: secrets[key] for key, label in SECRET_LABELS.items() if secrets.get(key)}
        labels: JsonObject = {**child(inputs, "labels"), **hidden}
        return {**super().body(inputs), **({"labels": labels} if labels else {})}

    def same(self, inputs: Mapping[str, JsonValue], candidate: JsonObject) -> bool:
        """Return whether it says the same; secrets aside, which the server obscures."""
        return super().same({key: value for key, value in inputs.items() if key != "sensitiveLabels"}, candidate)

    def delete(self, id: str, inputs: Mapping[str, JsonValue]) -> Exchange:  # noqa: A002 - Pulumi's word
        """Delete it, by force where the program says so."""
        query = {**self.query, "force": "true" if inputs.get("forceDelete") else "false"}
        return (yield Request(method="DELETE", path=f"/v3/{id}", query=query, may_miss=True))

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Name and verification."""
        del inputs
        return {**pick(response, ("name",)), "verificationStatus": text(response, "verificationStatus")}


class UptimeWire(ServerNamedWire):
    """Wire of uptime checks."""

    type: ClassVar[str] = tokens.UPTIME_CHECK
    immutable: ClassVar[frozenset[str]] = frozenset(
        {
            "project",
            "monitoredResource",
            "resourceGroup",
            "checkerType",
            "syntheticMonitor",
            "httpCheck.requestMethod",
            "httpCheck.authInfo.passwordWoVersion",
        }
    )
    version: ClassVar[str] = "/v3/"
    fields: ClassVar[tuple[str, ...]] = (
        "displayName",
        "period",
        "timeout",
        "contentMatchers",
        "selectedRegions",
        "logCheckFailures",
        "checkerType",
        "userLabels",
        "httpCheck",
        "tcpCheck",
        "resourceGroup",
        "monitoredResource",
        "syntheticMonitor",
    )
    fixed: ClassVar[frozenset[str]] = frozenset(
        {"monitoredResource", "resourceGroup", "checkerType", "syntheticMonitor"}
    )

    def defaults(self, inputs: JsonObject) -> JsonObject:
        """Return the defaults: every five minutes, and GET / over HTTP."""
        check = child(inputs, "httpCheck")
        http: JsonObject = (
            {"httpCheck": {"requestMethod": "GET", "path": "/", **check}} if "httpCheck" in inputs else {}
        )
        return {"period": "300s", **inputs, **http}

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the project's checks."""
        return f"projects/{text(inputs, 'project')}/uptimeCheckConfigs"

    def body(self, inputs: Mapping[str, JsonValue]) -> JsonObject:
        """Return the check; a password that is write-only to the provider is the password to the API."""
        body = super().body(inputs)
        check = child(body, "httpCheck")
        written = child(check, "authInfo")
        if not written:
            return body
        auth = {key: value for key, value in written.items() if not key.startswith("passwordWo")}
        if "passwordWo" in written:
            auth["password"] = written["passwordWo"]
        return {**body, "httpCheck": {**check, "authInfo": auth}}

    def same(self, inputs: Mapping[str, JsonValue], candidate: JsonObject) -> bool:
        """Return whether it says the same; the password aside, which the server obscures."""
        check = child(inputs, "httpCheck")
        auth = {key: value for key, value in child(check, "authInfo").items() if not key.startswith("password")}
        shown: JsonObject = {**check, "authInfo": auth} if auth else check
        return super().same({**inputs, **({"httpCheck": shown} if shown else {})}, candidate)

    def computed(self, inputs: Mapping[str, JsonValue], response: JsonObject) -> JsonObject:
        """Name, and the short id that metrics carry."""
        del inputs
        name = text(response, "name")
        return {"name": name, "uptimeCheckId": name.rpartition("/")[2]}


class GroupWire(ServerNamedWire):
    """Groups of resources. An update sends the whole group."""

    type: ClassVar[str] = tokens.GROUP
    version: ClassVar[str] = "/v3/"
    fields: ClassVar[tuple[str, ...]] = ("displayName", "filter", "isCluster", "parentName")
    verb: ClassVar[str] = "PUT"
    masked: ClassVar[bool] = False

    def collection(self, inputs: Mapping[str, JsonValue]) -> str:
        """Return the project's groups."""
        return f"projects/{text(inputs, 'project')}/groups"

    def body(self, inputs: Mapping[str, JsonValue]) -> JsonObject:
        """Return the group."""
        return compact(pick(inputs, self.fields))
