"""What runs for a stack: uptime checks, the collector and the drains."""

from collections.abc import Mapping
from typing import Final

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, child, children, text, texts
from vigil_runner.cost._estimate import Item, Part
from vigil_runner.cost._prices import PRICES
from vigil_runner.cost._range import Range, exactly
from vigil_runner.cost._stack import Rendered
from vigil_runner.cost._traffic import MONTH

_POOL: Final = "gcp:cloudrunv2/workerPool:WorkerPool"
_SERVICE: Final = "gcp:cloudrunv2/service:Service"
_OURS: Final = ("vigil:collector:", "vigil:drains:")
"""Beginnings of the components whose machines serve observation alone; an application's own are not its cost."""
PLACES: Final[Mapping[str, int]] = {
    "USA": 3,
    "EUROPE": 1,
    "SOUTH_AMERICA": 1,
    "ASIA_PACIFIC": 1,
    "USA_OREGON": 1,
    "USA_IOWA": 1,
    "USA_VIRGINIA": 1,
}
"""Places that check, by region (https://cloud.google.com/monitoring/api/ref_v3/rest/v3/UptimeCheckRegion)."""
EVERYWHERE: Final = 6
_SIZES: Final = {"Ki": 1 / 1024**2, "Mi": 1 / 1024, "Gi": 1.0, "M": 1e6 / 1024**3, "G": 1e9 / 1024**3}


def parts(stack: Rendered) -> list[Part]:
    """Return what uptime checks, the collector and the drains cost."""
    machines = [one for one in stack.resources if text(one, "type") in (_POOL, _SERVICE) and _ours(stack, one)]
    return [
        Part(
            title="Uptime checks",
            price=PRICES["uptime-runs"],
            items=tuple(_runs(one) for one in stack.inputs(tokens.UPTIME_CHECK)),
        ),
        Part(
            title="Collector and drains, processors",
            price=PRICES["run-cpu"],
            items=tuple(_machine(one, "cpu") for one in machines),
        ),
        Part(
            title="Collector and drains, memory",
            price=PRICES["run-memory"],
            items=tuple(_machine(one, "memory") for one in machines),
        ),
    ]


def _ours(stack: Rendered, resource: JsonObject) -> bool:
    return any(one in stack.ancestors(resource) for one in _OURS)


def _runs(inputs: JsonObject) -> Item:
    regions = texts(inputs, "selectedRegions")
    places = sum(PLACES.get(one, 1) for one in regions) if regions else EVERYWHERE
    every = float(text(inputs, "period").removesuffix("s") or 300)
    return Item(
        name=text(inputs, "displayName"),
        quantity=exactly(places * MONTH / every / 1000),
        how=f"{places} places every {every:g} s * {MONTH:,.0f} s",
    )


def _machine(resource: JsonObject, limit: str) -> Item:
    inputs = child(resource, "inputs")
    containers = children(child(inputs, "template"), "containers")
    size = sum(_size(text(child(child(one, "resources"), "limits"), limit), limit) for one in containers)
    instances = _instances(text(resource, "type"), inputs)
    unit = "vCPU" if limit == "cpu" else "GiB"
    shown = f"{instances.high:g}" if instances.low == instances.high else f"{instances.low:g} to {instances.high:g}"
    return Item(
        name=text(inputs, "name") or text(resource, "name"),
        quantity=instances * (size * MONTH),
        how=f"{shown} instances * {size:g} {unit} * {MONTH:,.0f} s",
    )


def _instances(type_: str, inputs: JsonObject) -> Range:
    """A worker pool's are fixed; of a service between its least and, as a bound, one more that is busy all month."""
    if type_ == _POOL:
        count = child(inputs, "scaling").get("manualInstanceCount")
        return exactly(float(count) if isinstance(count, int) else 1.0)
    least = child(child(inputs, "template"), "scaling").get("minInstanceCount")
    low = float(least) if isinstance(least, int) else 0.0
    return Range(low, max(low, 1.0))


def _size(written: str, limit: str) -> float:
    """Read `1`, `500m`, `512Mi`; what is left out is Cloud Run's default, 1 vCPU and 512 MiB."""
    if not written:
        return 1.0 if limit == "cpu" else 0.5
    ending = next((one for one in _SIZES if written.endswith(one)), "")
    if limit == "memory":
        return float(written.removesuffix(ending)) * _SIZES.get(ending, 1 / 1024**3)
    return float(written.removesuffix("m")) / (1000 if written.endswith("m") else 1)
