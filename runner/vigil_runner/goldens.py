"""A stack's render as files that are committed, so that a change of it is a difference somebody reviews.

`render.json` holds everything but the documents that have their own files: one for each dashboard, one for each
alert policy. `urns.txt` is the list of resources: one that disappears, or is renamed without an alias, is deleted and
made anew by the next deployment.
"""

import json
from pathlib import Path
from typing import cast

from vigil_apimodel.json_values import JsonObject
from vigil_runner import render, written_parts
from vigil_runner.program import Run


def files(run: Run) -> dict[str, str]:
    """Return the files of a stack by their path below its folder."""
    document = render.document(run)
    found: dict[str, str] = {}
    for each in cast("list[JsonObject]", document["resources"]):
        path = written_parts.path(str(each["type"]), str(each["name"]))
        if path is None:
            continue
        inputs = cast("JsonObject", each["inputs"])
        if "dashboardJson" in inputs:
            found[path] = _text(json.loads(str(inputs["dashboardJson"])))
            inputs["dashboardJson"] = written_parts.reference(path)
        else:
            found[path] = _text(inputs)
            each["inputs"] = written_parts.reference(path)
    found["render.json"] = _text(document)
    found["urns.txt"] = "".join(f"{each.urn}\n" for each in sorted(run.registrations, key=lambda each: each.urn))
    return found


def write(run: Run, folder: Path) -> list[Path]:
    """Rewrite the files of the run's stack below `folder`; those of documents that are gone are removed."""
    own = folder / run.stack
    wanted = files(run)
    for stale in own.rglob("*"):
        if stale.is_file() and str(stale.relative_to(own)) not in wanted:
            stale.unlink()
    for path, text in wanted.items():
        file = own / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return sorted(own / path for path in wanted)


def lost(run: Run, urns: list[str]) -> list[str]:
    """Return those of the committed `urns` that no resource of the run has, or had under an alias."""
    known = {each.urn for each in run.registrations} | {urn for each in run.registrations for urn in each.former_urns}
    return [urn for urn in urns if urn not in known]


def _text(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
