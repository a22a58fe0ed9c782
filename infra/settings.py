"""The settings of a stack, typed, with every mistake reported at once.

The only place that reads configuration. Defaults are those of the schema in Pulumi.yaml: the Pulumi CLI applies them, a
run without the CLI does not, so they are applied here again from the same file. Secrets become secret Outputs here
and nowhere else.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, cast

import pulumi
import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from vigil_components import Alarm, Channel, Email, Existing, PagerDuty, PubSub, Team, Webhook

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A stack file that does not say what the program needs. The message names each key, the file and the remedy."""


MIN_DRAIN_SECRET = 32
"""Characters that a drain's secret has at least (vercel_log_drain, secret)."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EmailChannel(_Strict):
    """A mailbox."""

    type: Literal["email"]
    address: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


class WebhookChannel(_Strict):
    """The receiver at ``webhookUrl``, with ``webhookPassword``."""

    type: Literal["webhook"]
    username: str


class PagerDutyChannel(_Strict):
    """The PagerDuty service of ``pagerdutyKey``."""

    type: Literal["pagerduty"]


class PubSubChannel(_Strict):
    """A Pub/Sub topic."""

    type: Literal["pubsub"]
    topic: Annotated[str, Field(pattern=r"^projects/[^/]+/topics/[^/]+$")]


class ExistingChannel(_Strict):
    """A channel made by hand in the console, by its resource name."""

    type: Literal["existing"]
    name: Annotated[str, Field(pattern=r"^projects/[^/]+/notificationChannels/[^/]+$")]
    wakes: bool = False


ChannelSettings: TypeAlias = Annotated[
    EmailChannel | WebhookChannel | PagerDutyChannel | PubSubChannel | ExistingChannel, Field(discriminator="type")
]


def _camel(name: str) -> str:
    return "".join(part.capitalize() if index else part for index, part in enumerate(name.split("_")))


class _Keys(BaseModel):
    """Fields whose keys stand in camel case in the stack file."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=_camel, validate_by_name=True)


Share = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,48}$")]


class ApiSettings(_Keys):
    """The API on Cloud Run."""

    service: Name = "api"
    team: str = "backend"
    p95_seconds: Annotated[float, Field(gt=0)] = 1.0
    always_on: bool = False
    url: Annotated[str, Field(pattern=r"^$|^https?://\S+$")] = ""


class WorkerSettings(_Keys):
    """The Temporal workers on a worker pool."""

    pool: Name = "workers"
    team: str = "backend"
    failed_ratio: Share = 0.1
    wait_ms: Annotated[float, Field(gt=0)] = 5000
    sdk_metrics: bool = True
    namespace: str = ""
    scrape: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+:\d{1,5}$")], ...] = ()


class AgentSettings(_Keys):
    """The agents that call language models."""

    pool: Name = "agents"
    team: str = "backend"
    error_ratio: Share = 0.1
    dollars_per_day: Annotated[float, Field(gt=0)] = 100


class DatabaseSettings(_Keys):
    """The Supabase database; without a project it is not watched.

    ``replicas`` are the identifiers of its read replicas, whose hosts are scraped too and whose lag is watched.
    """

    project: Annotated[str, Field(pattern=r"^[a-z0-9]*$")] = ""
    team: str = "backend"
    disk: Share = 0.85
    connections: Share = 0.8
    replicas: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,63}$")], ...] = ()
    metrics_url: Annotated[str, Field(pattern=r"^$|^https?://[A-Za-z0-9.-]+(:\d{1,5})?$")] = ""


class FrontendSettings(_Keys):
    """The frontend on Vercel; without a project it is not watched."""

    project: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$")] = ""
    team: str = "backend"
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
    location: str
    retention_days: Annotated[int, Field(ge=1, le=3650)]
    log_level: Literal["DEBUG", "INFO", "NOTICE", "WARNING", "ERROR"]
    api_error_ratio: Annotated[Decimal, Field(gt=0, lt=1)]
    pages: bool
    protect_data: bool
    runbooks_url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    teams: Annotated[dict[str, dict[Alarm, tuple[ChannelSettings, ...]]], Field(min_length=1)]
    api: ApiSettings
    workers: WorkerSettings
    agents: AgentSettings
    database: DatabaseSettings
    frontend: FrontendSettings
    log_gigabytes_per_day: Annotated[int, Field(ge=1)]
    collector_image: str
    drains_image: str
    canary_url: Annotated[str, Field(pattern=r"^$|^https://\S+$")]
    webhook_url: str
    webhook_password: SecretStr
    pagerduty_key: SecretStr
    vercel_drain_secret: SecretStr

    @field_validator("teams")
    @classmethod
    def _teams_hear_something(cls, teams: dict[str, dict[Alarm, tuple[ChannelSettings, ...]]]) -> object:
        for name, channels in teams.items():
            if not any(channels.values()):
                raise ValueError(f"team {name!r} has no channel; list at least one under page or ticket")
        return teams

    @model_validator(mode="after")
    def _what_channels_need_is_there(self) -> "Settings":
        used = {channel.type for team in self.teams.values() for some in team.values() for channel in some}
        missing: list[str] = []
        if "webhook" in used and not self.webhook_url:
            missing.append(
                f"a webhook channel needs its address: pulumi config set vigil:webhookUrl URL --stack {self.stack}"
            )
        if "webhook" in used and not self.webhook_password.get_secret_value():
            missing.append(_set_secret("webhookPassword", "a webhook channel", self.stack))
        if "pagerduty" in used and self.pages and not self.pagerduty_key.get_secret_value():
            missing.append(_set_secret("pagerdutyKey", "a pagerduty channel", self.stack))
        if self.drains_image and self.frontend.vercel_team:
            if not self.frontend.vercel_project:
                missing.append("vigil:frontend.vercelProject: missing; give the project's id at Vercel (prj_...)")
            if len(self.vercel_drain_secret.get_secret_value()) < MIN_DRAIN_SECRET:
                missing.append(_set_secret("vercelDrainSecret", "a drain of Vercel", self.stack))
        missing += [
            f"vigil:{part}.team: there is no team {team!r}, only {', '.join(sorted(self.teams))}"
            for part, team in self.owners.items()
            if team not in self.teams
        ]
        if missing:
            raise ValueError("; ".join(missing))
        return self

    @property
    def owners(self) -> dict[str, str]:
        """Which team owns which part."""
        return {
            "api": self.api.team,
            "workers": self.workers.team,
            "agents": self.agents.team,
            "database": self.database.team,
            "frontend": self.frontend.team,
        }

    def team(self, name: str) -> Team:
        """The team ``name`` with its channels, secrets in secret Outputs.

        Raises KeyError naming the teams there are.
        """
        if name not in self.teams:
            raise KeyError(
                f"Pulumi.{self.stack}.yaml: vigil:teams has no team {name!r}, only {', '.join(sorted(self.teams))}"
            )
        return Team(
            name=name,
            channels={
                alarm: tuple(self._channel(channel) for channel in channels)
                for alarm, channels in self.teams[name].items()
            },
        )

    def _channel(self, channel: ChannelSettings) -> Channel:
        match channel:
            case EmailChannel(address=address):
                return Email(address=address)
            case WebhookChannel(username=username):
                password = pulumi.Output.secret(self.webhook_password.get_secret_value())
                return Webhook(url=self.webhook_url, username=username, password=password)
            case PagerDutyChannel():
                return PagerDuty(service_key=pulumi.Output.secret(self.pagerduty_key.get_secret_value()))
            case PubSubChannel(topic=topic):
                return PubSub(topic=topic)
            case ExistingChannel(name=name, wakes=wakes):
                return Existing(name=name, wakes=wakes)


def _set_secret(key: str, why: str, stack: str) -> str:
    return f"{why} needs its secret: pulumi config set --secret vigil:{key} --stack {stack}"


def load(config: pulumi.Config, provider: pulumi.Config, *, stack: str) -> Settings:
    """The settings of ``stack`` from its stack file, ``provider`` being the configuration of the Google provider.

    Raises SettingsError listing every mistake with its key, the stack file and what to do.
    """
    values: dict[str, object] = {"stack": stack}
    project = provider.get("project")
    if project is not None:
        values["project"] = project
    for key, declared in schema().items():
        text = config.get(key)
        if text is None:
            if "default" in declared:
                values[key] = declared["default"]
            continue
        # a secret has no type in the schema (Pulumi.yaml says why), and is text
        values[key] = text if declared.get("type", "string") == "string" else _json_or_text(text)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        mistakes = "\n".join(f"  {_mistake(cast('Mapping[str, object]', one), stack)}" for one in found)
        # The cause would show the values, secrets among them.
        raise SettingsError(f"Pulumi.{stack}.yaml has {len(found)} mistake(s):\n{mistakes}") from None


def _json_or_text(text: str) -> object:
    """A value as the CLI hands it over: objects, numbers and booleans as JSON. What is none is refused by its type."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _mistake(error: Mapping[str, object], stack: str) -> str:
    path = ".".join(str(part) for part in cast("tuple[object, ...]", error["loc"]))
    message = str(error["msg"]).removeprefix("Value error, ")
    if path == "project":
        return f"gcp:project: {message}. Set it: pulumi config set gcp:project PROJECT_ID --stack {stack}"
    if not path:
        return message
    key = path.split(".", 1)[0]
    if error["type"] == "missing":
        return f"vigil:{path}: missing. Set it: pulumi config set vigil:{key} VALUE --stack {stack}"
    return f"vigil:{path}: {message}"


def schema() -> dict[str, dict[str, object]]:
    """The ``config:`` section of Pulumi.yaml: the program's keys with type, description and default."""
    document = cast("dict[str, dict[str, dict[str, object]]]", yaml.safe_load((ROOT / "Pulumi.yaml").read_text()))
    return document["config"]
