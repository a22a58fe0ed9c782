"""Notification channels, as resources: delivering to them is the data plane's business."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import ClassVar

from vigil_apimodel import limits
from vigil_apimodel.json_values import JsonObject, json_map, text, text_map, texts
from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError, invalid_argument
from vigil_emulator.resources.collection import Change, Collection
from vigil_emulator.resources.labels import check_user_labels
from vigil_emulator.times import format_time, nanoseconds

_CODE_LASTS = timedelta(minutes=30)
"""How long a verification code lasts; Google lets the caller choose."""

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
"""Types of channels and the labels that they need (`projects.notificationChannelDescriptors.list`)."""


_NAME = re.compile(r"projects/[^/]+/notificationChannels/[^/]+")


def made_by_hand(body: JsonObject) -> JsonObject:
    """Return the stand-in of a channel that a person made in the console, under the name it has in Google's project.

    What it sends is kept in a queue. Raises ApiError INVALID_ARGUMENT where `name` is not the name of a channel.
    """
    name = text(body, "name")
    if not _NAME.fullmatch(name):
        raise invalid_argument("name must have the form projects/PROJECT/notificationChannels/ID.")
    return {
        "name": name,
        "type": "pubsub",
        "displayName": "a channel made by hand",
        "labels": {"topic": "projects/made-by-hand/topics/stand-in"},
        "enabled": True,
    }


class Channels(Collection):
    """`monitoring.notificationChannels`. The store holds whole secrets; clients see the last four characters."""

    kind = "monitoring.notificationChannels"
    api = "monitoring.v3"
    schema = "NotificationChannel"
    segment = "notificationChannels"
    total_size = True
    server_fields = frozenset({"name", "creationRecord", "mutationRecords", "verificationStatus"})
    limit: ClassVar[tuple[int, str] | None] = (limits.PROJECT_CHANNELS, "notification channels")

    def handlers(self) -> Mapping[str, Callable[[Call], JsonObject]]:
        """Return the usual ones, and those of verification."""
        return {
            **super().handlers(),
            "sendVerificationCode": self.send_code,
            "getVerificationCode": self.get_code,
            "verify": self.verify,
        }

    def send_code(self, call: Call) -> JsonObject:
        """Send nothing, since the emulator knows no address: the code is `verification_code` of the channel."""
        self.existing(self.name(call))
        return {}

    def get_code(self, call: Call) -> JsonObject:
        """Return the code of a channel that is verified, for others of the same address."""
        name = self.name(call)
        if text(self.existing(name), "verificationStatus") != "VERIFIED":
            raise ApiError("FAILED_PRECONDITION", f'The notification channel "{name}" is not verified.')
        expires = format_time(nanoseconds(self.context.clock.now() + _CODE_LASTS))
        return {"code": verification_code(name), "expireTime": expires}

    def verify(self, call: Call) -> JsonObject:
        """Mark a channel as verified by its code."""
        name = self.name(call)
        body = self.existing(name)
        if text(call.body, "code") != verification_code(name):
            raise invalid_argument("The verification code is not the one of this notification channel.")
        body = {**body, "verificationStatus": "VERIFIED"}
        self.store.put(self.kind, name, body)
        return self.serve(body)

    def prepare(self, change: Change) -> JsonObject:
        """Check type and labels; record when it was done."""
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
        """Return the channel with its secrets masked."""
        labels = text_map(body, "labels")
        shown = {key: masked(value) if key in SECRETS else value for key, value in labels.items()}
        return {**body, "labels": json_map(shown)} if "labels" in body else body

    def before_delete(self, change: Change) -> None:
        """Refuse a channel that a policy refers to, unless `force` is set; then the policies forget it."""
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
        """Return the channel's name, as in Google's errors about references."""
        return ApiError("NOT_FOUND", f'Could not find notification channel "{name}".')


def verification_code(name: str) -> str:
    """Return the code that verifies a channel: it follows from the channel's name, so that a test can know it."""
    return f"G-{int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % 1_000_000:06d}"


def masked(secret: str) -> str:
    """Return asterisks, and the last four characters of a longer secret (python-docs-samples #1852)."""
    shown = 4
    return "*" * (len(secret) - shown) + secret[-shown:] if len(secret) > shown else "*" * len(secret)
