"""How much a change matters, and what it costs whoever deploys it."""

from enum import IntEnum
from typing import Final

from vigil_apimodel import tokens
from vigil_runner.preview._changes import Change, Kind


class Weight(IntEnum):
    """What a reader must see first."""

    DATA_AND_ACCESS = 0
    """May lose data or open a door: routing, retention, permissions, secrets."""
    ALERTS = 1
    """Who is notified, of what, and when."""
    MEASURED = 2
    """What alerts and dashboards read: metrics, objectives, uptime checks."""
    SHOWN = 3
    """What people look at."""


_DATA: Final = (
    *(f"gcp:logging/{one}" for one in ("projectSink", "folderSink", "organizationSink", "billingAccountSink")),
    *(f"gcp:logging/{one}" for one in ("projectBucketConfig", "projectExclusion", "logView", "linkedDataset")),
    *(f"gcp:{one}/" for one in ("bigquery", "iam", "kms", "organizations", "projects", "pubsub", "secretmanager")),
    "gcp:serviceaccount/",
    "gcp:storage/",
    "vercel:",
)
_SHOWN: Final = ("gcp:monitoring/dashboard:", "gcp:logging/savedQuery:", "gcp:logging/logScope:")

_LOST: Final = {
    tokens.LOG_METRIC: (
        "the metric's history: it counts again from zero, and alerts and objectives on it have no data before that"
    ),
    tokens.PROJECT_BUCKET: "every log entry that the bucket holds",
    tokens.PROJECT_SINK: "entries that arrive between the two; the copies that exist stay",
    tokens.LINKED_DATASET: "the dataset that SQL queries name; the entries stay in the bucket",
    tokens.ALERT_POLICY: "its open incidents, its snoozes, and links to it",
    tokens.CHANNEL: "its verification; policies outside this stack that name it notify nobody through it",
    tokens.DASHBOARD: "links to it, and changes that somebody made by hand",
    tokens.UPTIME_CHECK: "its history, under the old check id",
    tokens.SLO: "its id, which links and burn-rate alerts by hand refer to",
    tokens.METRIC_DESCRIPTOR: "all points of the metric",
    "gcp:bigquery/dataset:Dataset": "every table in it",
    "gcp:bigquery/table:Table": "every row in it",
    "gcp:storage/bucket:Bucket": "every object in it",
    "gcp:pubsub/topic:Topic": "messages that no subscriber has received, and its subscriptions",
    "gcp:pubsub/subscription:Subscription": "messages that it has not delivered",
    "gcp:secretmanager/secret:Secret": "all versions of the secret",
    "gcp:secretmanager/secretVersion:SecretVersion": "the value that it holds",
    "gcp:serviceaccount/account:Account": "its keys and grants; one made again under its name has none of them",
    "gcp:kms/cryptoKey:CryptoKey": "everything that is encrypted with it",
}  # fmt: skip

_GONE: Final = {
    tokens.LOG_METRIC: "its history; what still reads it has no data",
    tokens.PROJECT_SINK: "what it would have routed from now on; the copies that exist stay",
    tokens.UPTIME_CHECK: "its history; nothing checks this address any more",
    tokens.SLO: "its id and its error budget",
}
"""The same of what is removed, and not made again."""


def weight(change: Change) -> Weight:
    """Return how much a change matters."""
    type_ = change.resource.type
    if type_.startswith(_DATA) or "IAM" in change.resource.kind or "Iam" in change.resource.kind:
        return Weight.DATA_AND_ACCESS
    if type_ in (tokens.ALERT_POLICY, tokens.CHANNEL):
        return Weight.ALERTS
    return Weight.SHOWN if type_.startswith(_SHOWN) else Weight.MEASURED


_URGENT: Final = {kind: place for place, kind in enumerate(Kind)}


def ranked(changes: tuple[Change, ...]) -> list[Change]:
    """Return the changes, what matters most first."""
    return sorted(changes, key=lambda each: (weight(each), _URGENT[each.kind], each.resource.name))


def lost(change: Change) -> str | None:
    """Return what a change loses for good, None where nothing is lost or it is not known."""
    if change.kind not in (Kind.REPLACED, Kind.REMOVED, Kind.MADE_AGAIN):
        return None
    type_ = change.resource.type
    return _GONE.get(type_, _LOST.get(type_)) if change.kind is Kind.REMOVED else _LOST.get(type_)
