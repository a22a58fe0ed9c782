"""The generated pages of the reference: `python -m tests.docs.reference` rewrites them, a test compares them."""

import json
from pathlib import Path
from typing import Any

import click
import typer

from vigil_cli.app import app
from vigil_telemetry import catalog
from vigil_telemetry.schema import EventSchema, FieldSchema

ROOT = Path(__file__).resolve().parents[2]
NOTE = "<!-- Written by `make docs`. -->\n"
ENVIRONMENTS = ("prod", "staging")
WIDE = 10_000


def line(text: str) -> str:
    """One line of a table, without what Markdown or a wide table would break."""
    return " ".join(text.split()).replace("|", "\\|")


# -- commands -----------------------------------------------------------------------------------------------------------


def commands() -> str:
    """Every command with its text, arguments and options."""
    root: Any = typer.main.get_command(app)
    parts = [
        "# Commands\n",
        NOTE,
        "Every command of `vigil`, as `--help` explains it. `vigil -C DIR COMMAND` runs one as if started in DIR.\n",
    ]
    for name, command in sorted(root.commands.items()):
        if hasattr(command, "commands"):
            parts += [_command(f"{name} {below}", each) for below, each in sorted(command.commands.items())]
        else:
            parts.append(_command(name, command))
    return "\n".join(parts)


def _command(name: str, command: Any) -> str:
    context = click.Context(command, info_name=f"vigil {name}")
    rows = [_parameter(each, context) for each in command.params]
    table = ["| | meaning | default |", "| --- | --- | --- |", *rows] if rows else []
    return "\n".join([f"## vigil {name}\n", (command.help or "").replace("\f", "").strip(), "", *table, ""])


def _parameter(parameter: Any, context: click.Context) -> str:
    if parameter.param_type_name == "argument":
        shown = f"`{parameter.make_metavar(context)}`"
    else:
        shown = ", ".join(f"`{each}`" for each in (*parameter.opts, *parameter.secondary_opts))
    default = getattr(parameter, "show_default", None)
    if not isinstance(default, str):
        given = parameter.default
        default = "" if given is None or given is False or callable(given) or given == () else f"`{given}`"
    return f"| {shown} | {line(getattr(parameter, 'help', None) or '')} | {line(default)} |"


# -- events -------------------------------------------------------------------------------------------------------------


def events() -> str:
    """Every event that `vigil_telemetry` declares."""
    parts = [
        "# Events\n",
        NOTE,
        "Every event that `vigil_telemetry` declares. Your own events are beside them: `vigil catalog` lists both.\n",
        "A *label* may become a label of a metric, a *measure* a distribution.\n",
    ]
    parts += [
        _event(each) for each in catalog() if each.cls.__module__.startswith("vigil_telemetry.")
    ]
    return "\n".join(parts)


def _event(event: EventSchema) -> str:
    rows = [_field(each) for each in event.fields]
    table = ["| field | kind | |", "| --- | --- | --- |", *rows] if rows else ["It has no fields."]
    return "\n".join([f"## {event.name}\n", line(event.description), "", *table, ""])


def _field(field: FieldSchema) -> str:
    raise NotImplementedError


# -- alerts -------------------------------------------------------------------------------------------------------------


def alerts() -> str:
    """Every alert of this repository's own program, which uses every packaged watch."""
    found: dict[str, dict[str, Any]] = {}
    for stack in reversed(ENVIRONMENTS):
        document = json.loads((ROOT / "infra" / "goldens" / stack / "render.json").read_text())
        for each in document["resources"]:
            if each["type"] == "vigil:alerts:Alert":
                found[each["name"]] = each["inputs"]
    return repr(next(iter(found.values())))


if __name__ == "__main__":
    print(alerts()[:3000])
