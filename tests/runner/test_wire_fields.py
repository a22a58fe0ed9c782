"""Whatever a program can give a resource is a field that Google's API knows, once it is on the wire."""

import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import googleapiclient
import pytest

from vigil_runner.wire import APPLIED

SCHEMAS = {
    "logging/folderSink": "LogSink",
    "logging/linkedDataset": "Link",
    "logging/logScope": "LogScope",
    "logging/logView": "LogView",
    "logging/metric": "LogMetric",
    "logging/organizationSink": "LogSink",
    "logging/projectBucketConfig": "LogBucket",
    "logging/projectExclusion": "LogExclusion",
    "logging/projectSink": "LogSink",
    "logging/savedQuery": "SavedQuery",
    "monitoring/alertPolicy": "AlertPolicy",
    "monitoring/customService": "Service",
    "monitoring/genericService": "Service",
    "monitoring/group": "Group",
    "monitoring/metricDescriptor": "MetricDescriptor",
    "monitoring/notificationChannel": "NotificationChannel",
    "monitoring/slo": "ServiceLevelObjective",
    "monitoring/uptimeCheckConfig": "UptimeCheckConfig",
}
"""The API's schema of each type whose body is its own; a dashboard is JSON, and a member is part of a policy."""


def schemas(area: str) -> dict[str, Any]:
    name = {"logging": "logging.v2.json", "monitoring": "monitoring.v3.json"}[area]
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    return json.loads((folder / name).read_text())["schemas"]


def properties(arguments: type, known: dict[str, Any]) -> dict[str, Any]:
    """Everything that a class of arguments takes, down to the last field, with some value."""
    members = inspect.getmembers(arguments, lambda one: isinstance(one, property))
    return {
        re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name): value(
            str(one.fget.__annotations__["return"]), known
        )
        for name, one in members
    }


def value(annotation: str, known: dict[str, Any]) -> Any:
    nested = re.search(r"\w+Args\b", annotation)
    if nested and nested[0] in known:
        made: Any = properties(known[nested[0]], known)
    elif "Mapping[" in annotation:
        return {"a": "b"}
    else:
        made = True if "bool" in annotation else 3 if "int]" in annotation or "float" in annotation else "x"
    return [made] if "Sequence[" in annotation else made


def unknown(body: Any, schema: dict[str, Any], known: dict[str, Any], path: str = "") -> Iterator[str]:
    schema = known[schema["$ref"]] if "$ref" in schema else schema
    if isinstance(body, list):
        for one in body:
            yield from unknown(one, schema.get("items", {}), known, f"{path}[]")
    elif isinstance(body, dict) and "properties" in schema:
        for key, one in body.items():
            if key in schema["properties"]:
                yield from unknown(one, schema["properties"][key], known, f"{path}.{key}")
            else:
                yield f"{path}.{key}"


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_field_of_the_sdk_is_one_of_the_api(name: str) -> None:
    area, _, kind = name.partition("/")
    title = kind[:1].upper() + kind[1:]
    module = importlib.import_module(f"pulumi_gcp.{area}." + re.sub(r"(?<!^)(?=[A-Z])", "_", title).lower())
    nested = vars(importlib.import_module(f"pulumi_gcp.{area}._inputs"))
    wire = APPLIED[f"gcp:{name}:{title}"]
    known = schemas(area)
    body = wire.body(wire.defaults(properties(getattr(module, f"{title}Args"), nested)))
    assert list(unknown(body, known[SCHEMAS[name]], known)) == []
