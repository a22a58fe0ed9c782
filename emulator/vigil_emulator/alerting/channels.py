"""What each kind of notification channel is sent.

Webhooks get Google's body, version 1.2 (docs.cloud.google.com/monitoring/support/notification-options). PagerDuty gets
an event of its Events API v2, Slack a message of its incoming webhooks, both to an address that the settings give.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_emulator.loopback import is_loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationSettings:
    """Where notifications may go. Without more, webhooks on loopback and the inspectable queues are all there is."""

    allow_external: bool = False
    """Whether hosts other than loopback are contacted."""
    smtp: tuple[str, int] | None = None
    """Host and port of the mail server for e-mail channels."""
    sender: str = "alerts@vigil.invalid"
    pagerduty_url: str | None = None
    """Address for PagerDuty's events."""
    slack_url: str | None = None
    """Address for Slack's messages."""
    attempts: int = 6
    """How often a delivery is tried before it has failed."""
    timeout: float = 10.0
    """Wall seconds that a receiver may take."""


class NotSendableError(Exception):
    """A notification that cannot be sent, with a reason that holds no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An HTTP POST of JSON."""

    url: str
    body: JsonObject
    auth: tuple[str, str] | None = None


def post_of(kind: str, labels: Mapping[str, str], payload: JsonObject, settings: NotificationSettings) -> Post:
    """Return the POST for a channel; raise NotSendableError where there is none or it may not be made."""
    match kind:
        case "webhook_tokenauth":
            post = Post(url=labels.get("url", ""), body=payload)
        case "webhook_basicauth":
            post = Post(
                url=labels.get("url", ""), body=payload, auth=(labels.get("username", ""), labels.get("password", ""))
            )
        case "pagerduty":
            if settings.pagerduty_url is None:
                raise NotSendableError("no address for PagerDuty is set")
            post = Post(url=settings.pagerduty_url, body=_pagerduty(labels.get("service_key", ""), payload))
        case "slack":
            if settings.slack_url is None:
                raise NotSendableError("no address for Slack is set")
            post = Post(url=settings.slack_url, body=_slack(labels.get("channel_name", ""), payload))
        case _:
            raise NotSendableError(f"channels of type {kind!r} are not delivered by the emulator")
    check_host(urlsplit(post.url).hostname or "", settings)
    if urlsplit(post.url).scheme not in {"http", "https"}:
        raise NotSendableError("the channel's url must begin with http:// or https://")
    return post


def check_host(host: str, settings: NotificationSettings) -> None:
    """Raise NotSendableError for a host that may not be contacted."""
    if settings.allow_external or is_loopback(host):
        return
    raise NotSendableError("its host is not loopback, and the emulator's settings allow no other")


def mail_of(labels: Mapping[str, str], payload: JsonObject, settings: NotificationSettings) -> EmailMessage:
    """Return the e-mail for a channel."""
    incident = child(payload, "incident")
    documentation = child(incident, "documentation")
    message = EmailMessage()
    message["From"] = settings.sender
    message["To"] = labels.get("email_address", "")
    state = "ALERT" if text(incident, "state") == "open" else "RESOLVED"
    subject = text(documentation, "subject") or text(incident, "policy_name")
    message["Subject"] = " ".join(f"[{state}] {subject}".split())
    links = [f"{text(link, 'displayName')}: {text(link, 'url')}" for link in children(documentation, "links")]
    parts = (text(incident, "summary"), text(documentation, "content"), "\n".join(links), text(incident, "url"))
    message.set_content("\n\n".join(part for part in parts if part))
    return message


def _pagerduty(key: str, payload: JsonObject) -> JsonObject:
    incident = child(payload, "incident")
    severity = {"Critical": "critical", "Error": "error", "Warning": "warning"}.get(
        text(incident, "severity"), "critical"
    )
    return {
        "routing_key": key,
        "event_action": "trigger" if text(incident, "state") == "open" else "resolve",
        "dedup_key": text(incident, "incident_id"),
        "payload": {
            "summary": text(incident, "summary")[:1024],
            "source": text(incident, "resource_name") or text(incident, "scoping_project_id"),
            "severity": severity,
            "custom_details": incident,
        },
        "client": "Google Cloud Monitoring",
        "client_url": text(incident, "url"),
    }


def _slack(channel: str, payload: JsonObject) -> JsonObject:
    incident = child(payload, "incident")
    opened = text(incident, "state") == "open"
    heading = f"{'Alert firing' if opened else 'Alert resolved'}: {text(incident, 'policy_name')}"
    content = text(child(incident, "documentation"), "content")
    return {
        "channel": channel,
        "text": heading,
        "attachments": [
            {
                "color": "#d93025" if opened else "#188038",
                "title": text(incident, "condition_name"),
                "title_link": text(incident, "url"),
                "text": "\n".join(part for part in (text(incident, "summary"), content) if part),
            }
        ],
    }
