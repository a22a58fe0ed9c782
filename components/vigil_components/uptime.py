"""Uptime checks: a request from outside, from several places, and what a good answer is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

import pulumi
from pulumi_gcp import monitoring

from vigil_components.arguments import (
    Duration,
    InputProject,
    Name,
    PublicAddress,
    ResourceName,
    refuse_twice,
    validated,
)
from vigil_components.checked import checked
from vigil_components.durations import api_duration, minutes, seconds
from vigil_telemetry.arguments import HEADER_NAME, Constraint, matching

Region = Literal["USA", "USA_IOWA", "USA_OREGON", "USA_VIRGINIA", "EUROPE", "SOUTH_AMERICA", "ASIA_PACIFIC"]
"""Where checks come from (google.monitoring.v3.UptimeCheckRegion). USA stands for all three American places."""

HeaderName: TypeAlias = Annotated[
    str,
    matching(
        HEADER_NAME,
        "give the name of a header, such as 'X-Check'",
    ),
]
"""The name of a header of HTTP."""

HeaderValue: TypeAlias = Annotated[
    str, Constraint(lambda value: "\n" not in value and "\r" not in value, "give a text of one line")
]
"""The value of a header of HTTP."""


@validated
@dataclass(frozen=True, kw_only=True)
class UptimeCheckArgs:
    """One check: what is requested, how often, and what a good answer is.

    The certificate is validated for https addresses. Its days left are a separate metric
    (`time_until_ssl_cert_expires`).
    """

    project: InputProject
    """Project that the check belongs to."""
    display_name: Name
    """What people read in the console."""
    url: PublicAddress = field(repr=False)
    """Address to request, `https://HOST/PATH`. Alerts find the check by its host, so a preview must know it."""
    period: Duration = minutes(1)
    """How often: 1, 5, 10 or 15 minutes. Default: every minute."""
    timeout: Duration = seconds(10)
    """How long an answer may take, 1 to 60 seconds. Default: 10 seconds."""
    statuses: Sequence[Literal["1xx", "2xx", "3xx", "4xx", "5xx"]] = ("2xx",)
    """Classes of status that are a good answer. Default: `2xx`."""
    content: str = ""
    """Text that a good answer contains. Default: any."""
    regions: Sequence[Region] = field(default_factory=tuple[Region, ...])
    """Where checks come from, at least three places. Default: everywhere."""
    headers: Mapping[HeaderName, HeaderValue] = field(default_factory=dict[str, str])
    """Headers to send, which every reader of the check sees. Default: none."""
    secret_headers: Mapping[HeaderName, pulumi.Input[HeaderValue]] = field(
        default_factory=dict[str, "pulumi.Input[str]"], repr=False
    )
    """Headers to send that are shown nowhere, not even by the API. Default: none."""
    user_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the check. Default: none."""

    def __post_init__(self) -> None:
        """Refuse an address that no check can ask, and secrets that would not stay so."""
        if self.headers and self.secret_headers:
            raise ValueError(
                f"uptime check {self.display_name!r}: the API masks all headers of a check or none; "
                "put all of them into secret_headers"
            )
        if not self.statuses:
            raise ValueError("statuses is empty; give the classes of a good answer, such as ('2xx',)")
        refuse_twice("statuses", self.statuses)


class UptimeCheck(pulumi.ComponentResource):
    """One uptime check over HTTP. It makes no alert: its metrics are typed constants, and alerts watch those."""

    TYPE = "vigil:uptime:UptimeCheck"

    check: monitoring.UptimeCheckConfig
    check_id: pulumi.Output[str]

    @validated
    def __init__(self, name: ResourceName, args: UptimeCheckArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the check. Raises RuleViolationError for periods, places or sizes that the API refuses."""
        super().__init__(self.TYPE, name, {"displayName": args.display_name, "host": urlsplit(args.url).hostname}, opts)
        self.check = monitoring.UptimeCheckConfig(
            f"{name}-check", checked(name, check_args(args)), opts=pulumi.ResourceOptions(parent=self)
        )
        self.check_id = self.check.uptime_check_id
        self.register_outputs({"checkId": self.check.uptime_check_id})


@validated
def check_args(args: UptimeCheckArgs) -> monitoring.UptimeCheckConfigArgs:
    """Return the check's arguments."""
    parts = urlsplit(args.url)
    secure = parts.scheme == "https"
    path = parts.path or "/"
    headers = {key: pulumi.Output.secret(value) for key, value in args.secret_headers.items()} or dict(args.headers)
    return monitoring.UptimeCheckConfigArgs(
        project=args.project,
        display_name=args.display_name,
        period=api_duration(args.period),
        timeout=api_duration(args.timeout),
        selected_regions=list(args.regions) or None,
        user_labels=dict(args.user_labels) or None,
        monitored_resource=monitoring.UptimeCheckConfigMonitoredResourceArgs(
            type="uptime_url", labels={"host": parts.hostname or "", "project_id": args.project}
        ),
        http_check=monitoring.UptimeCheckConfigHttpCheckArgs(
            path=f"{path}?{parts.query}" if parts.query else path,
            port=parts.port or (443 if secure else 80),
            use_ssl=secure,
            validate_ssl=secure,
            headers=headers or None,
            mask_headers=True if args.secret_headers else None,
            accepted_response_status_codes=[
                monitoring.UptimeCheckConfigHttpCheckAcceptedResponseStatusCodeArgs(
                    status_class=f"STATUS_CLASS_{status.upper()}"
                )
                for status in args.statuses
            ],
        ),
        content_matchers=[
            monitoring.UptimeCheckConfigContentMatcherArgs(content=args.content, matcher="CONTAINS_STRING")
        ]
        if args.content
        else None,
    )
