"""Channels without a secret and uptime checks as typed components."""

from collections.abc import Mapping, Sequence
from typing import Literal, cast

from vigil_apimodel.json_fields import Fields, fields, listed, string
from vigil_apimodel.metrics import Metric
from vigil_components.channels import (
    CreatedChannel,
    Email,
    GoogleChat,
    NotificationChannelArgs,
    PubSub,
    channel_args,
)
from vigil_components.uptime import Region, UptimeCheckArgs, check_args
from vigil_verify.adopt._built import Built, UnlikeError, duration


def channel(inputs: Fields, project: str, _metrics: Mapping[str, Metric]) -> Built:
    """Return a channel that holds no secret."""
    labels = {key: string(value) for key, value in fields(inputs.get("labels")).items()}
    args = NotificationChannelArgs(
        project=project,
        display_name=string(inputs.get("displayName")),
        channel=_behind(string(inputs.get("type")), labels),
        user_labels={key: string(value) for key, value in fields(inputs.get("userLabels")).items()},
    )
    return Built(args=args, resource=channel_args(args), description=f"a channel by {args.channel.spoken}")


def _behind(kind: str, labels: Mapping[str, str]) -> CreatedChannel:
    match kind:
        case "email":
            return Email(address=labels.get("email_address", ""))
        case "pubsub":
            return PubSub(topic=labels.get("topic", ""))
        case "google_chat":
            return GoogleChat(space=labels.get("space", ""))
        case _:
            raise UnlikeError(f"no typed channel is a {kind}")


def uptime_check(inputs: Fields, project: str, _metrics: Mapping[str, Metric]) -> Built:
    """Return an uptime check over HTTP."""
    http = fields(inputs.get("httpCheck"))
    resource = fields(inputs.get("monitoredResource"))
    if not http or resource.get("type") != "uptime_url":
        raise UnlikeError("a typed uptime check asks a web address over HTTP")
    secure = http.get("useSsl") is True
    port = http.get("port")
    usual = port in {None, 443 if secure else 80}
    host = string(fields(resource.get("labels")).get("host"))
    path = string(http.get("path")) or "/"
    classes = [string(fields(each).get("statusClass")) for each in listed(http.get("acceptedResponseStatusCodes"))]
    matchers = [fields(each) for each in listed(inputs.get("contentMatchers"))]
    args = UptimeCheckArgs(
        project=project,
        display_name=string(inputs.get("displayName")),
        url=f"{'https' if secure else 'http'}://{host}{'' if usual else f':{port}'}{path}",
        period=duration(string(inputs.get("period"))),
        timeout=duration(string(inputs.get("timeout"))),
        statuses=cast(
            'Sequence[Literal["1xx", "2xx", "3xx", "4xx", "5xx"]]',
            [each.removeprefix("STATUS_CLASS_").lower() for each in classes],
        ),
        content=string(matchers[0].get("content")) if matchers else "",
        regions=cast("Sequence[Region]", [string(each) for each in listed(inputs.get("selectedRegions"))]),
        headers={key: string(value) for key, value in fields(http.get("headers")).items()},
        user_labels={key: string(value) for key, value in fields(inputs.get("userLabels")).items()},
    )
    return Built(args=args, resource=check_args(args), description=f"a check of {args.url}")
