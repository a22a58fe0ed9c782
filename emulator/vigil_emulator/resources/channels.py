"""Notification channels, as resources: delivering to them is the data plane's business."""

from collections.abc import Mapping
from typing import ClassVar

from vigil_apimodel import limits
from vigil_emulator.calls import JsonObject
from vigil_emulator.errors import ApiError, invalid_argument
from vigil_emulator.jsonvalues import json_map, text, text_map, texts
from vigil_emulator.resources.collection import Change, Collection
from vigil_emulator.resources.labels import check_user_labels

SECRETS = ("auth_token", "service_key")
"""Labels that come back masked: tokens of other services (python-docs-samples #1852).

The password of a webhook does not, as recorded (corpus/recorded-http, notification channel).
"""

LABELS: Mapping[str, tuple[str, ...]] = {
    "email": ("email_address",),
    "google_chat": ("space",),
    "pagerduty": ("service_key",),
    "pubsub": ("topic",),
    "slack": ("channel_name",),
    "sms": ("number",),
    "webhook_basicauth": ("url",),
    "webhook_tokenauth": ("url",),
    "mobile": (),
    "campfire": (),
    "hipchat": (),
}
"""Types of channels and the labels that they need (``projects.notificationChannelDescriptors.list``)."""


class Channels(Collection):
    """``monitoring.notificationChannels``. The store holds whole secrets; clients see the last four characters."""

    kind = "monitoring.notificationChannels"
    api = "monitoring.v3"
    schema = "NotificationChannel"
    segment = "notificationChannels"
    total_size = True
    server_fields = frozenset({"name", "creationRecord", "mutationRecords", "verificationStatus"})
    limit: ClassVar[tuple[int, str] | None] = (limits.PROJECT_CHANNELS, "notification channels")

    def prepare(self, change: Change) -> JsonObject:
        """Checks type and labels; records when it was done."""
        body = change.body
        body.setdefault("enabled", True)
        kind, labels = text(body, "type"), text_map(body, "labels")
        if kind not in LABELS:
            raise invalid_argument(
                f'Field notification_channel.type had an invalid value of "{kind}": Unrecognized channel type.',
            )
        for label in LABELS[kind]:
            if not labels.get(label):
                raise invalid_argument(
                    f"Field \"notification_channel.labels['{label}']\" not provided: it is required for channel"
                    f' type "{kind}".',
                )
        if (
            len(text(body, "displayName")) > limits.DISPLAY_NAME_CHARS
            or len(text(body, "description")) > limits.CHANNEL_DESCRIPTION_CHARS
        ):
            raise invalid_argument(
                f"display_name may have at most {limits.DISPLAY_NAME_CHARS} characters, description at most"
                f" {limits.CHANNEL_DESCRIPTION_CHARS}.",
            )
        check_user_labels(text_map(body, "userLabels"), "notification_channel")
        old = text_map(change.before or {}, "labels")
        for label in SECRETS:
            if label in labels and label in old and labels[label] == masked(old[label]) != old[label]:
                raise invalid_argument(
                    f"Field \"notification_channel.labels['{label}']\" had an invalid value: it is masked; send"
                    " the secret itself.",
                )
        now: JsonObject = {"mutateTime": self.context.now()}
        body["creationRecord"] = change.before["creationRecord"] if change.before else now
        body["mutationRecords"] = [dict(now)]
        return body

    def serve(self, body: JsonObject) -> JsonObject:
        """Secrets masked."""
        labels = text_map(body, "labels")
        shown = {key: masked(value) if key in SECRETS else value for key, value in labels.items()}
        return {**body, "labels": json_map(shown)} if "labels" in body else body

    def before_delete(self, change: Change) -> None:
        """A channel that a policy refers to stays, unless ``force`` is set; then the policies forget it."""
        canonical = self.context.projects.canonical
        project = change.name.partition("/notificationChannels/")[0]
        users: dict[str, JsonObject] = {}
        for name in self.store.names("monitoring.alertPolicies", project):
            policy = self.store.get("monitoring.alertPolicies", name) or {}
            if change.name in map(canonical, texts(policy, "notificationChannels")):
                users[name] = policy
        if users and change.call.query.get("force") != "true":
            listed = ", ".join(f'"{name}"' for name in users)
            raise invalid_argument(
                f'Could not delete "{change.name}" because it is still being referenced by: {listed}',
            )
        for name, policy in users.items():
            kept = [channel for channel in texts(policy, "notificationChannels") if canonical(channel) != change.name]
            policy.pop("notificationChannels")
            if kept:
                policy["notificationChannels"] = list(kept)
            self.store.put("monitoring.alertPolicies", name, policy)

    def not_found(self, name: str) -> ApiError:
        """The channel's name, as in Google's errors about references."""
        return ApiError("NOT_FOUND", f'Could not find notification channel "{name}".')


def masked(secret: str) -> str:
    """Asterisks, and the last four characters of a longer secret (python-docs-samples #1852)."""
    shown = 4
    return "*" * (len(secret) - shown) + secret[-shown:] if len(secret) > shown else "*" * len(secret)
