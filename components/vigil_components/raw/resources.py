"""Components of resources that come as the API's JSON: checked, deployed and proven as typed ones are."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import pulumi
from pulumi_gcp import monitoring

from vigil_apimodel import api_json, dashboards, tokens
from vigil_apimodel.json_fields import Fields, fields, is_fields, is_list, string
from vigil_apimodel.json_values import JsonObject
from vigil_apimodel.rules import RULES, UNKNOWN
from vigil_components.arguments import InputProject, ResourceName, unknown_name, validated
from vigil_components.checked import checked
from vigil_components.dashboards.dashboard import DIGEST_LABEL
from vigil_components.raw._kinds import KINDS, Kind
from vigil_components.raw.definition import Definition, DefinitionError, filled, read

Values = Mapping[str, pulumi.Input[str]]


@validated
@dataclass(frozen=True, kw_only=True)
class RawResourceArgs:
    """A resource as the API's JSON, such as `gcloud ... --format=json` prints it."""

    project: InputProject
    """Project that the resource belongs to. Names in the definition do not move it elsewhere."""
    definition: Definition = field(repr=False)
    """File with the API's JSON, relative to the program's folder, or the JSON itself as a dictionary.

    What the server sets (`name` of a policy, `etag`, `creationRecord`) is left out.
    """
    values: Values = field(default_factory=dict[str, "pulumi.Input[str]"], repr=False)
    """Values of the `${NAME}` placeholders in the definition, Outputs included. Default: none."""
    accept: Sequence[str] = ()
    """Ids of rules that this resource may break, since Google took it as it is. Default: none."""
    kind: str = ""
    """What it is, such as `exclusion`, which has the fields of a log-based metric. Default: what the content says."""

    def __post_init__(self) -> None:
        """Refuse the id of a rule that does not exist. Raises ValueError."""
        for one in self.accept:
            if one not in _rule_ids():
                raise ValueError(unknown_name("accept: there is no rule", one, _rule_ids()))
        if self.kind and self.kind not in _nouns():
            raise ValueError(unknown_name("kind: there is no", self.kind, _nouns()))


@validated
@dataclass(frozen=True, kw_only=True)
class RawPolicyArgs(RawResourceArgs):
    """An alert policy as the API's JSON."""

    team: str = ""
    """Name of the team that owns it, for lists and reports. Default: none."""
    service: str = ""
    """Service that it watches, for lists and reports. Default: none."""
    tests: str = ""
    """File of unit tests that `vigil test` runs for it, relative to the program's folder. Default: derived ones."""


@validated
@dataclass(frozen=True, kw_only=True)
class RawDashboardArgs(RawResourceArgs):
    """A dashboard as the API's JSON."""

    digest: bool = False
    """Whether a label carries a digest of the dashboard, since Google's provider does not see a key that you remove.

    Default: no label, so that an adopted dashboard stays as it is.
    """


class RawResource(pulumi.ComponentResource):
    """One resource of any kind that has rules, recognised by its content.

    Log-based metrics, sinks, exclusions, log buckets, views, scopes, saved queries, uptime checks, channels,
    services and SLOs.
    """

    TYPE = "vigil:raw:RawResource"

    resource: pulumi.CustomResource
    """The SDK's resource."""
    resource_name: pulumi.Output[str]
    """Its name at Google."""

    @validated
    def __init__(self, name: ResourceName, args: RawResourceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the resource. Raises DefinitionError, and RuleViolationError for what the API would refuse."""
        raw = _read(name, args)
        super().__init__(self.TYPE, name, {"title": raw.title, "kind": raw.kind.noun}, opts)
        self.resource = raw.kind.make(f"{name}-{raw.kind.noun}", raw.args, self)
        self.resource_name = _name(self.resource)
        self.register_outputs({"name": self.resource_name})


class RawPolicy(pulumi.ComponentResource):
    """One alert policy, whoever wrote it. `vigil test` derives its proof, or runs its unit tests."""

    TYPE = "vigil:raw:RawPolicy"

    policy: monitoring.AlertPolicy
    """The SDK's policy."""
    policy_name: pulumi.Output[str]
    """Its name at Google."""

    @validated
    def __init__(self, name: ResourceName, args: RawPolicyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the policy. Raises DefinitionError, and RuleViolationError for what the API would refuse."""
        raw = _read(name, args, only=tokens.ALERT_POLICY)
        inputs = {"title": raw.title, "team": args.team, "service": args.service, "tests": args.tests}
        super().__init__(self.TYPE, name, inputs, opts)
        self.policy = cast("monitoring.AlertPolicy", raw.kind.make(f"{name}-policy", raw.args, self))
        self.policy_name = self.policy.name
        self.register_outputs({"policyName": self.policy_name})


class RawDashboard(pulumi.ComponentResource):
    """One dashboard, whoever wrote it, deployed in its canonical form."""

    TYPE = "vigil:raw:RawDashboard"

    dashboard: monitoring.Dashboard
    """The SDK's dashboard."""

    @validated
    def __init__(self, name: ResourceName, args: RawDashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the dashboard. Raises DefinitionError, and RuleViolationError for what the API would refuse."""
        raw = _read(name, args, only=tokens.DASHBOARD)
        document = string(getattr(raw.args, "dashboard_json", None))
        outline = {"tiles": dashboards.outline(json.loads(document))} if document else {}
        super().__init__(self.TYPE, name, {"title": raw.title, **outline}, opts)
        self.dashboard = cast("monitoring.Dashboard", raw.kind.make(f"{name}-dashboard", raw.args, self))
        self.register_outputs({"id": self.dashboard.id})


@dataclass(frozen=True, kw_only=True)
class _Resource:
    """A definition that was read and checked."""

    title: str
    kind: Kind
    args: object


def _read(name: str, args: RawResourceArgs, *, only: str = "") -> _Resource:
    where = name if isinstance(args.definition, Mapping) else f"{name} ({args.definition})"
    try:
        document = filled(read(args.definition), args.values)
        kind = _kind(document, _nouns().get(args.kind, ""), only)
        made = kind.args(_inputs(kind, document, args), args.project)
    except ValueError as error:
        raise DefinitionError(f"{where}: {error}") from error
    return _Resource(title=api_json.name_of(document), kind=kind, args=checked(where, made, accept=tuple(args.accept)))


def _name(resource: pulumi.CustomResource) -> pulumi.Output[str]:
    found: object = getattr(resource, "name", None)
    return cast("pulumi.Output[str]", found if isinstance(found, pulumi.Output) else resource.id)


def _kind(document: Fields, type_: str, only: str) -> Kind:
    token = type_ or api_json.kind_of(document) or ""
    if only and token != only:
        found = f"it looks like a {KINDS[token].noun}" if token in KINDS else "it is not recognised"
        raise DefinitionError(f"the definition is not a {KINDS[only].noun}: {found}. Use RawResource for other kinds.")
    if token not in KINDS:
        known = ", ".join(one.noun for one in KINDS.values())
        raise DefinitionError(f"the definition is not recognised as one of: {known}. Give the API's JSON of one.")
    return KINDS[token]


def _inputs(kind: Kind, document: Fields, args: RawResourceArgs) -> Fields:
    """Return the wire inputs; what is secret is an Output that Pulumi encrypts."""
    if kind.token == tokens.DASHBOARD:
        return {"dashboardJson": _dashboard(document, digest=isinstance(args, RawDashboardArgs) and args.digest)}
    inputs = api_json.written(kind.token, document)
    inputs.pop("project", None)
    _refuse_masked(inputs, "")
    if secrets := fields(inputs.get("sensitiveLabels")):
        inputs["sensitiveLabels"] = {key: pulumi.Output.secret(value) for key, value in secrets.items()}
    check = fields(inputs.get("httpCheck"))
    if auth := fields(check.get("authInfo")):
        inputs["httpCheck"] = {**check, "authInfo": {**auth, "password": pulumi.Output.secret(auth.get("password"))}}
    return inputs


def _dashboard(document: Fields, *, digest: bool) -> pulumi.Input[str]:
    canonical = dashboards.canonical(document)
    if digest:
        labels = fields(canonical.get("labels"))
        canonical = {
            **canonical,
            "labels": cast("JsonObject", {**labels, DIGEST_LABEL: dashboards.digest_of_form(canonical)}),
        }
    if _holds_output(canonical):
        return pulumi.Output.json_dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _holds_output(value: object) -> bool:
    if is_fields(value):
        return any(_holds_output(each) for each in value.values())
    if is_list(value):
        return any(_holds_output(each) for each in value)
    return isinstance(value, pulumi.Output)


def _refuse_masked(value: object, place: str) -> None:
    if is_fields(value):
        for key, each in value.items():
            _refuse_masked(each, f"{place}.{key}" if place else key)
    elif is_list(value):
        for index, each in enumerate(value):
            _refuse_masked(each, f"{place}[{index}]")
    elif string(value) == UNKNOWN:
        raise DefinitionError(
            f"{place} is a secret that the server masked. Write a placeholder there, and give the secret in values; "
            "or refer to what is deployed by its name, as ExistingChannel does for a channel."
        )


def _nouns() -> Mapping[str, str]:
    return {one.noun: token for token, one in KINDS.items()}


def _rule_ids() -> frozenset[str]:
    return frozenset(RULES)
