"""Providers that need no cloud: computed outputs made up from the inputs, the same on every run."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Final, cast

from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from vigil_apimodel import tokens

PROJECT: Final = "vigil-test"
PROJECT_NUMBER: Final = "123456789012"
LOCATION: Final = "europe-west1"


def number(*parts: str) -> str:
    """Return a number of 19 digits that stands for one that a server assigns; equal parts give equal numbers."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return str(int.from_bytes(digest[:8], "big") % 9 * 10**18 + int.from_bytes(digest[8:15], "big") + 10**18)[:19]


def autoname(type_: str, name: str, inputs: Mapping[str, object]) -> str:
    """Return the physical name: as given, else Pulumi's automatic one (the logical name and seven hex digits)."""
    physical = inputs.get("name")
    return (
        physical if isinstance(physical, str) else f"{name}-{hashlib.sha256(f'{type_}{name}'.encode()).hexdigest()[:7]}"
    )


def synthesise(
    type_: str, name: str, inputs: Mapping[str, object], *, project: str = PROJECT
) -> tuple[str, dict[str, object]]:
    """Return an id and outputs in the form of the real provider's, for any type.

    Types whose outputs others refer to have their own rule; any other gets a name (automatic where none is
    given), its project, and the name as id. Nothing is random: the same resource gets the same values.
    """
    physical = autoname(type_, name, inputs)
    declared = inputs.get("project")
    owner = declared if isinstance(declared, str) else project
    outputs: dict[str, object] = {"project": owner} if type_.startswith("gcp:") else {}
    outputs |= {"name": physical} | dict(inputs)
    rule = _RULES.get(type_)
    if rule is not None:
        computed = rule(physical, owner, {**inputs, "_type": type_})
        identifier = str(computed.pop("_id", computed.get("name", physical)))
        return identifier, outputs | computed
    return physical, outputs


class SyntheticMocks(Mocks):
    """Mocks that answer every resource by `synthesise`, and every data source with the arguments it was given."""

    def __init__(self, *, project: str = PROJECT) -> None:
        """`project` is the Google project of resources that name none."""
        self._project = project

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, object]]:
        """Make up a resource; one that is read or imported keeps its id."""
        inputs = cast("Mapping[str, object]", args.inputs)
        identifier, outputs = synthesise(args.typ, args.name, inputs, project=self._project)
        return args.resource_id or identifier, outputs

    def call(self, args: MockCallArgs) -> tuple[dict[str, object], list[tuple[str, str]]]:
        """Echo the arguments."""
        return dict(cast("Mapping[str, object]", args.args)), []


_Rule = Callable[[str, str, Mapping[str, object]], dict[str, object]]
"""(physical name, project, inputs) -> computed outputs; "_id" is the id where it is not the name."""


def _text(inputs: Mapping[str, object], key: str, default: str) -> str:
    value = inputs.get(key)
    return value if isinstance(value, str) else default


def _other_stack(_physical: str, _project: str, _inputs: Mapping[str, object]) -> dict[str, object]:
    """Return a stack without outputs: what another stack exports is known to its backend alone."""
    return {"outputs": {}, "secretOutputNames": []}


def _numbered(collection: str) -> _Rule:
    def rule(physical: str, project: str, inputs: Mapping[str, object]) -> dict[str, object]:
        return {
            "name": f"projects/{project}/{collection}/{number(collection, physical, repr(inputs.get('displayName')))}"
        }

    return rule


def _under(template: str, **extra: str) -> _Rule:
    """Ids of the form `template`, with {project}, {location}, {name} and any text input by its name."""

    def rule(physical: str, project: str, inputs: Mapping[str, object]) -> dict[str, object]:
        texts = {key: value for key, value in inputs.items() if isinstance(value, str)}
        values = {"location": LOCATION, "account": physical, "member": "", "role": ""} | texts
        values |= {"project": project, "name": physical, "number": PROJECT_NUMBER}
        templates = {"_id": template} | extra
        return {key: text.format_map(_Default(values)) for key, text in templates.items()}

    return rule


class _Default(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


_SINK_WRITER: Final = f"serviceAccount:service-{PROJECT_NUMBER}@gcp-sa-logging.iam.gserviceaccount.com"


def _bucket(physical: str, project: str, inputs: Mapping[str, object]) -> dict[str, object]:
    location, bucket = _text(inputs, "location", "global"), _text(inputs, "bucketId", physical)
    return {
        "name": f"projects/{project}/locations/{location}/buckets/{bucket}",
        "lifecycleState": "ACTIVE",
    }


def _slo(physical: str, project: str, inputs: Mapping[str, object]) -> dict[str, object]:
    service = _text(inputs, "service", "service").rpartition("/")[2]
    slo = _text(inputs, "sloId", physical)
    return {"name": f"projects/{project}/services/{service}/serviceLevelObjectives/{slo}", "sloId": slo}


def _service(physical: str, project: str, inputs: Mapping[str, object]) -> dict[str, object]:
    service = _text(inputs, "serviceId", physical)
    return {"name": f"projects/{project}/services/{service}", "serviceId": service}


def _dashboard(physical: str, project: str, _inputs: Mapping[str, object]) -> dict[str, object]:
    return {"_id": f"projects/{project}/dashboards/{number('dashboards', physical)}"}


def _uptime(physical: str, project: str, _inputs: Mapping[str, object]) -> dict[str, object]:
    identifier = f"{physical}-{number('uptime', physical)[:8]}"
    return {"name": f"projects/{project}/uptimeCheckConfigs/{identifier}", "uptimeCheckId": identifier}


def _cloud_run(physical: str, project: str, inputs: Mapping[str, object]) -> dict[str, object]:
    location = _text(inputs, "location", LOCATION)
    url = f"https://{physical}-{PROJECT_NUMBER}.{location}.run.app"
    return {
        "_id": f"projects/{project}/locations/{location}/services/{physical}",
        "uri": url,
        "urls": [url],
        "latestReadyRevision": f"{physical}-00001",
    }


_RULES: Final[Mapping[str, _Rule]] = {
    "pulumi:pulumi:StackReference": _other_stack,
    tokens.PROJECT_BUCKET: _bucket,
    tokens.PROJECT_SINK: _under("projects/{project}/sinks/{name}", writerIdentity=_SINK_WRITER),
    tokens.FOLDER_SINK: _under("{folder}/sinks/{name}", writerIdentity=_SINK_WRITER),
    tokens.ORGANIZATION_SINK: _under("organizations/{orgId}/sinks/{name}", writerIdentity=_SINK_WRITER),
    tokens.PROJECT_EXCLUSION: _under("projects/{project}/exclusions/{name}"),
    tokens.LOG_VIEW: _under("{bucket}/views/{name}"),
    tokens.ALERT_POLICY: _numbered("alertPolicies"),
    tokens.CHANNEL: _numbered("notificationChannels"),
    tokens.GROUP: _numbered("groups"),
    tokens.DASHBOARD: _dashboard,
    tokens.UPTIME_CHECK: _uptime,
    tokens.CUSTOM_SERVICE: _service,
    tokens.GENERIC_SERVICE: _service,
    tokens.SLO: _slo,
    "gcp:pubsub/topic:Topic": _under("projects/{project}/topics/{name}"),
    "gcp:pubsub/subscription:Subscription": _under("projects/{project}/subscriptions/{name}"),
    "gcp:bigquery/dataset:Dataset": _under(
        "projects/{project}/datasets/{datasetId}",
        selfLink="https://bigquery.googleapis.com/bigquery/v2/projects/{project}/datasets/{datasetId}",
    ),
    "gcp:storage/bucket:Bucket": _under(
        "{name}", selfLink="https://www.googleapis.com/storage/v1/b/{name}", url="gs://{name}"
    ),
    "gcp:secretmanager/secret:Secret": _under(
        "projects/{project}/secrets/{secretId}", name="projects/{number}/secrets/{secretId}"
    ),
    "gcp:serviceaccount/account:Account": _under(
        "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com",
        name="projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com",
        email="{accountId}@{project}.iam.gserviceaccount.com",
        member="serviceAccount:{accountId}@{project}.iam.gserviceaccount.com",
    ),
    "gcp:artifactregistry/repository:Repository": _under(
        "projects/{project}/locations/{location}/repositories/{repositoryId}",
        registryUri="{location}-docker.pkg.dev/{project}/{repositoryId}",
    ),
    "gcp:cloudrunv2/service:Service": _cloud_run,
}
