"""What the emulator's console shows beside the resources: the program's events, and the timelines of its proofs.

`vigil test` keeps the timelines in the stack's state folder, and a deployment hands them to the emulator.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from vigil_apimodel import tokens
from vigil_apimodel.json_values import JsonObject, json_list
from vigil_runner.client import Client, NotFoundError
from vigil_runner.program import Run
from vigil_runner.wire import Request
from vigil_telemetry import catalog
from vigil_telemetry.schema import EventSchema, FieldSchema

TIMELINES = "timelines.txt"
"""The file in the state folder with when each alert was open in the cases of its proof."""
_LINE = re.compile(r"(?P<alert>[^,#]+), (?P<case>.+): (?P<open>[^:]+)")
_COUNTED = re.compile(r'jsonPayload\.event\s*=\s*"([^"]+)"')


def keep(folder: Path, lines: Iterable[str]) -> None:
    """Keep lines such as `service/alert, case: 2 to 18`, in place of earlier ones of the same alerts."""
    fresh = [line for line in lines if _LINE.fullmatch(line)]
    alerts = {line.partition(", ")[0] for line in fresh}
    file = folder / TIMELINES
    before = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    kept = [line for line in before if line.partition(", ")[0] not in alerts]
    folder.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".new")
    beside.write_text("".join(f"{line}\n" for line in sorted([*kept, *fresh])), encoding="utf-8")
    beside.replace(file)


def post(url: str, run: Run, folder: Path) -> None:
    """Give the emulator at `url` the events of a program's run and the kept timelines.

    An emulator of an earlier version, which has no place for them, stays without. Raises as `Client.send`.
    """
    body: JsonObject = {"events": json_list(events(run)), "proofs": json_list(proofs(folder))}
    with Client(url) as client:
        try:
            client.send(Request(method="POST", path="/vigil/v1/annotations", body=body))
        except NotFoundError:
            return


def events(run: Run) -> list[JsonObject]:
    """Return the events of a program: those that its project declares, and those of Vigil that its metrics count."""
    counted = {
        name for each in run.of_type(tokens.LOG_METRIC) for name in _COUNTED.findall(str(each.inputs.get("filter", "")))
    }
    return [
        _described(each)
        for each in catalog()
        if each.name in counted or not each.cls.__module__.startswith("vigil_telemetry.")
    ]


def proofs(folder: Path) -> list[JsonObject]:
    """Return the kept timelines by alert."""
    file = folder / TIMELINES
    found: dict[str, list[JsonObject]] = {}
    for alert, case, opened in _read(file.read_text(encoding="utf-8") if file.is_file() else ""):
        found.setdefault(alert, []).append({"case": case, "open": opened})
    return [{"alert": alert, "cases": json_list(cases)} for alert, cases in found.items()]


def _read(content: str) -> Iterator[tuple[str, str, str]]:
    for line in content.splitlines():
        match = _LINE.fullmatch(line)
        if match is not None:
            yield match["alert"], match["case"], match["open"]


def _described(event: EventSchema) -> JsonObject:
    return {
        "name": event.name,
        "description": " ".join(event.doc.split()),
        "severity": ", ".join(each.name for each in event.severities),
        "fields": json_list([_field(each) for each in event.fields]),
    }


def _field(field: FieldSchema) -> JsonObject:
    detail = (
        field.treatment.name.lower() if field.treatment is not None else field.unit or ", ".join(field.values or ())
    )
    kind = field.role.name.lower() + ("" if field.required else ", optional")
    return {"name": field.name, "kind": kind, "detail": detail}
