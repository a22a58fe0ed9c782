"""The settings of a stack, typed, with every mistake reported at once.

The only place that reads configuration. Secrets become secret Outputs here and nowhere else.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Literal, TypeAlias, cast
from urllib.parse import urlsplit

import pulumi
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from infra import checks, stack_file
from infra.stack_file import schema
from vigil_apimodel.field_names import camel_case
from vigil_components import AlertSeverity, Channel, Email, ExistingChannel, PagerDuty, PubSub, Team, Webhook
from vigil_components.arguments import holds_credential, is_address, is_label_value

__all__ = ["Settings", "SettingsError", "load", "schema"]


class SettingsError(pulumi.RunError):
    """A stack file that does not say what the program needs. The message names each key, the file and the remedy.

    Pulumi prints the message of a RunError alone, without the traceback.
    """


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class EmailChannel(_Strict):
    """A mailbox that receives notifications."""

    type: Literal["email"]
    address: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


class WebhookChannel(_Strict):
    """The receiver at `webhookUrl`, with `webhookPassword`."""

    type: Literal["webhook"]
    username: str


class PagerDutyChannel(_Strict):
    """The PagerDuty service of `pagerdutyKey`."""

    type: Literal["pagerduty"]


class PubSubChannel(_Strict):
    """A Pub/Sub topic."""

    type: Literal["pubsub"]
    topic: Annotated[str, Field(pattern=r"^projects/[^/]+/topics/[^/]+$")]


class ManualChannel(_Strict):
    """A channel made by hand in the console, by its resource name."""

    type: Literal["existing"]
    name: Annotated[str, Field(pattern=r"^projects/[^/]+/notificationChannels/[^/]+$")]
    wakes: bool = False


ChannelSettings: TypeAlias = Annotated[
    EmailChannel | WebhookChannel | PagerDutyChannel | PubSubChannel | ManualChannel, Field(discriminator="type")
]


class _Keys(BaseModel):
    """Fields whose keys stand in camel case in the stack file."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, alias_generator=camel_case, validate_by_name=True
    )


PartName: TypeAlias = Literal["api", "workers", "agents", "database", "frontend"]
Share = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,48}$")]


def _without_credential(url: str) -> str:
    """The address, unless everybody who reads it could use it. The messages do not show it."""
    if url and not is_address(url):
        raise ValueError("give an address, http(s)://HOST/PATH")
    if holds_credential(url):
        raise ValueError("the address holds a user, a password or a token, and would be deployed in clear")
    return url


def _with_port(host: str) -> str:
    """The HOST:PORT, unless there is no such port."""
    if host and not is_address(host if "://" in host else f"http://{host}"):
        raise ValueError("the port is a number from 1 to 65535")
    return host


def _team_name(name: str) -> str:
    """The name of a team, which becomes the value of a label."""
    if not is_label_value(name):
        raise ValueError("name a team in lower-case letters, digits, dashes and underscores, at most 63")
    return name


def _region(value: str) -> str:
    """The region, since services cannot run in a zone or in all of Google Cloud; a log bucket could be elsewhere."""
    if re.fullmatch(r"[a-z]+-[a-z]+\d+", value) is None:
        raise ValueError(f"{value!r} is no region; give one such as 'europe-west1'")
    return value


class _PartSettings(_Keys):
    """A part of the system, and who owns it."""

    enabled: bool = True
    team: str = ""


class ApiSettings(_PartSettings):
    """The API on Cloud Run. Its team also owns what no part does: logging itself, and the canary."""

    service: Name = "api"
    p95_seconds: Annotated[float, Field(gt=0)] = 1.0
    objective_seconds: Annotated[float, Field(gt=0)] = 1.0
    always_on: bool = False
    url: Annotated[str, AfterValidator(_without_credential)] = ""


class WorkerSettings(_PartSettings):
    """The Temporal workers on a worker pool."""

    pool: Name = "workers"
    failed_ratio: Share = 0.1
    wait_ms: Annotated[float, Field(gt=0)] = 5000
    sdk_metrics: bool = True
    namespace: str = ""
    scrape: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+:\d{1,5}$"), AfterValidator(_with_port)], ...] = ()


class AgentSettings(_PartSettings):
    """The agents that call language models."""

    pool: Name = "agents"
    error_ratio: Share = 0.1
    dollars_per_day: Annotated[float, Field(gt=0)] = 100


class DatabaseSettings(_PartSettings):
    """The Supabase database; without a project it is not watched.

    `replicas` are the identifiers of its read replicas, whose hosts are scraped too and whose lag is watched.
    """

    project: Annotated[str, Field(pattern=r"^[a-z0-9]*$")] = ""
    disk: Share = 0.85
    connections: Share = 0.8
    replicas: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,63}$")], ...] = ()
    metrics_url: Annotated[
        str, Field(pattern=r"^$|^https?://[A-Za-z0-9.-]+(:\d{1,5})?$"), AfterValidator(_with_port)
    ] = ""


class FrontendSettings(_PartSettings):
    """The frontend on Vercel; without a project it is not watched."""

    project: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$")] = ""
    error_ratio: Share = 0.05
    silence_minutes: Annotated[int, Field(ge=5, le=1440)] = 60
    vercel_team: str = ""
    vercel_project: Annotated[str, Field(pattern=r"^$|^prj_[A-Za-z0-9]+$")] = ""
    anomalies: bool = False
    web_analytics: bool = False
    speed_insights: bool = False


class Settings(_Keys):
    """One stack. Field names are the keys of the stack file, where they stand in camel case."""

    stack: str
    project: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")]
    location: Annotated[str, AfterValidator(_region)]
    retention_days: Annotated[int, Field(ge=1, le=3650)]
    log_level: Literal["DEBUG", "INFO", "NOTICE", "WARNING", "ERROR"]
    api_error_ratio: Annotated[Decimal, Field(gt=0, lt=1, decimal_places=6)]
    pages: bool
    protect_data: bool
    runbooks_url: Annotated[str, Field(min_length=1), AfterValidator(_without_credential)]
    teams: Annotated[
        dict[Annotated[str, AfterValidator(_team_name)], dict[AlertSeverity, tuple[ChannelSettings, ...]]],
        Field(min_length=1),
    ]
    api: ApiSettings
    workers: WorkerSettings
    agents: AgentSettings
    database: DatabaseSettings
    frontend: FrontendSettings
    log_gigabytes_per_day: Annotated[int, Field(ge=1)]
    collector_image: str
    drains_image: str
    canary_url: SecretStr
    webhook_url: SecretStr
    webhook_password: SecretStr
    pagerduty_key: SecretStr
    vercel_drain_secret: SecretStr
    encrypted: frozenset[str] = frozenset()
    """Keys that the stack file holds encrypted; their values stay secret."""

    @field_validator("teams")
    @classmethod
    def _teams_hear_something(cls, teams: dict[str, dict[AlertSeverity, tuple[ChannelSettings, ...]]]) -> object:
        if silent := [name for name, channels in teams.items() if not any(channels.values())]:
            raise ValueError(
                "; ".join(f"team {name!r} has no channel; list at least one under page or ticket" for name in silent)
            )
        return teams

    @field_validator("canary_url", "webhook_url")
    @classmethod
    def _is_an_address(cls, url: SecretStr) -> SecretStr:
        # none of these messages shows the address, which may be a secret
        value = url.get_secret_value()
        if not value:
            return url
        if not is_address(value):
            raise ValueError("give an address, http(s)://HOST/PATH")
        parts = urlsplit(value)
        if parts.username is not None or parts.password is not None:
            raise ValueError(
                "the address holds a user or a password, which everybody could read; give them as username and "
                "webhookPassword"
            )
        return url

    @field_validator("canary_url")
    @classmethod
    def _is_https(cls, url: SecretStr) -> SecretStr:
        if url and not url.get_secret_value().startswith("https://"):
            raise ValueError("give an address that begins with https://")
        return url

    def watches(self, part: PartName) -> bool:
        """Return whether a part is on: not switched off, and of the database and the frontend there is a project."""
        if part in ("database", "frontend"):
            settings = self.database if part == "database" else self.frontend
            return settings.enabled and bool(settings.project)
        return {"api": self.api, "workers": self.workers, "agents": self.agents}[part].enabled

    def team(self, name: str) -> Team:
        """Return the team `name` with its channels, secrets in secret Outputs.

        Raises KeyError naming the teams there are.
        """
        if name not in self.teams:
            raise KeyError(
                f"Pulumi.{self.stack}.yaml: vigil:teams has no team {name!r}, only {', '.join(sorted(self.teams))}"
            )
        return Team(
            name=name,
            channels={
                severity: tuple(self._channel(channel) for channel in channels)
                for severity, channels in self.teams[name].items()
            },
        )

    def _channel(self, channel: ChannelSettings) -> Channel:
        match channel:
            case EmailChannel(address=address):
                return Email(address=address)
            case WebhookChannel(username=username):
                password = pulumi.Output.secret(self.webhook_password.get_secret_value())
                url = self.webhook_url.get_secret_value()
                address = pulumi.Output.secret(url) if "webhookUrl" in self.encrypted else url
                return Webhook(url=address, username=username, password=password)
            case PagerDutyChannel():
                return PagerDuty(service_key=pulumi.Output.secret(self.pagerduty_key.get_secret_value()))
            case PubSubChannel(topic=topic):
                return PubSub(topic=topic)
            case ManualChannel(name=name, wakes=wakes):
                return ExistingChannel(name=name, wakes=wakes)


def load(config: pulumi.Config, provider: pulumi.Config, *, stack: str) -> Settings:
    """Return the settings of `stack` from its stack file, `provider` being the configuration of the Google provider.

    Raises SettingsError listing every mistake with its key, the stack file and what to do.
    """
    values = checks.named(stack_file.values(config))
    project = provider.get("project")
    deployed = provider.get("monitoringCustomEndpoint") is None
    mistakes = list(stack_file.unknown_keys(config))
    encrypted = stack_file.secret_keys(config)
    values_of_stack: dict[str, object] = {**values, "stack": stack, "encrypted": encrypted}
    if project is not None:
        values_of_stack["project"] = project
    settings = None
    try:
        settings = Settings.model_validate(values_of_stack)
    except ValidationError as error:
        # a setting that should not be encrypted is one mistake, whose message does not show the value
        hidden = checks.in_clear(encrypted)
        found = [one for one in error.errors(include_url=False, include_input=False) if one["loc"][0] not in hidden]
        mistakes += [_mistake(cast("Mapping[str, object]", one), stack) for one in found]
    mistakes += checks.mistakes(values, stack=stack, encrypted=encrypted)
    if project is not None and deployed:
        mistakes += checks.left_from_the_examples(values, project=project)
    if settings is None or mistakes:
        lines = "\n".join(f"  {one}" for one in mistakes)
        # The cause would show the values, secrets among them.
        raise SettingsError(f"Pulumi.{stack}.yaml has {len(mistakes)} mistake(s):\n{lines}") from None
    return settings


def _place(steps: tuple[str | int, ...]) -> tuple[str, list[str]]:
    """A place in the stack file, as people write it, and the keys that may stand there."""
    whole = cast("dict[str, object]", Settings.model_json_schema())
    shown: list[str] = []
    node, known = whole, list[str]()
    for step in steps:
        tagged = cast("dict[str, dict[str, str]] | None", node.get("discriminator"))
        if tagged is not None:  # the step names the kind of channel, which is no key of the file
            node = _resolved(whole, {"$ref": tagged["mapping"].get(str(step), "")})
            continue
        below = cast("dict[str, dict[str, object]]", node.get("properties", {}))
        known = list(below)
        inner = below.get(str(step)) or node.get("items") or node.get("additionalProperties")
        node = _resolved(whole, cast("dict[str, object]", inner) if isinstance(inner, dict) else {})
        if step != "[key]":  # pydantic's own, behind the key that is wrong
            shown.append(f"[{step}]" if isinstance(step, int) else f".{step}" if step.isprintable() else f"[{step!r}]")
    return "".join(shown).removeprefix("."), known


def _resolved(whole: Mapping[str, object], node: dict[str, object]) -> dict[str, object]:
    """The JSON schema behind a reference."""
    name = str(node.get("$ref", "")).rpartition("/")[2]
    return cast("dict[str, dict[str, object]]", whole.get("$defs", {})).get(name, {}) if name else node


def _mistake(error: Mapping[str, object], stack: str) -> str:
    steps = cast("tuple[str | int, ...]", error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    place, known = _place(steps)
    if place == "project":
        return f"gcp:project: {message}. Set it: pulumi config set gcp:project PROJECT_ID --stack {stack}"
    if error["type"] == "extra_forbidden":
        return stack_file.no_such_key(f"vigil:{place}", str(steps[-1]), known)
    context = cast("Mapping[str, str]", error.get("ctx", {}))
    if error["type"] == "enum":  # the key of a mapping: a severity
        return stack_file.no_such_key(f"vigil:{place}", str(steps[-2]), _quoted(context["expected"]))
    if error["type"] == "union_tag_invalid":
        return stack_file.no_such(f"vigil:{place}.type", "type", context["tag"], _quoted(context["expected_tags"]))
    if error["type"] in ("missing", "union_tag_not_found"):
        place += ".type" if error["type"] == "union_tag_not_found" else ""
        nested = "." in place
        command = f"--path 'vigil:{place}'" if nested else f"vigil:{place}"
        return f"vigil:{place}: missing. Set it: pulumi config set {command} VALUE --stack {stack}"
    return f"vigil:{place}: {_IN_A_STACK_FILE.get(str(error['type']), message)}"


def _quoted(text: str) -> list[str]:
    """What stands between single quotes, as pydantic lists the values there are."""
    return re.findall(r"'([^']+)'", text)


_A_MAPPING = "give keys with values"
_IN_A_STACK_FILE: Mapping[str, str] = MappingProxyType(
    {
        "dict_type": _A_MAPPING,
        "model_type": _A_MAPPING,
        "model_attributes_type": _A_MAPPING,
        "tuple_type": "give a list",
    }
)
"""What pydantic says of Python's types, as a stack file has them."""
