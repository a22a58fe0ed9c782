"""How the `render.json` of `vigil render --write` names the files beside it: one for each policy and dashboard."""

from typing import Final

from vigil_apimodel import tokens
from vigil_apimodel.json_fields import Fields, fields, string

_FOLDERS: Final = {tokens.ALERT_POLICY: "policies", tokens.DASHBOARD: "dashboards"}


def path(type_: str, name: str) -> str | None:
    """Return the path of a resource's own file, below the folder of `render.json`; None where it has none."""
    folder = _FOLDERS.get(type_)
    return None if folder is None else f"{folder}/{name}.json"


def reference(path_: str) -> str:
    """Return what stands in `render.json` for what the file holds."""
    return f"[{path_}]"


def path_of(resource: Fields) -> str | None:
    """Return the path of the file to which a resource of `render.json` refers; None where it holds all itself."""
    own = path(string(resource.get("type")), string(resource.get("name")))
    if own is None:
        return None
    held = resource.get("inputs")
    return own if reference(own) in {string(held), string(fields(held).get("dashboardJson"))} else None
