"""The generated pages of the reference: `python -m tests.docs.reference` rewrites them, a test compares them."""

import ast
import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from vigil_cli.app import app
from vigil_proofs.samples import sample
from vigil_telemetry import catalog, emit, runtime
from vigil_telemetry.schema import EventSchema, FieldSchema

ROOT = Path(__file__).resolve().parents[2]
NOTE = "<!-- Written by `make docs`. -->\n"
ENVIRONMENTS = ("prod", "staging")


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
    rows = [_parameter(each) for each in command.params]
    table = ["| | meaning | default |", "| --- | --- | --- |", *rows] if rows else []
    return "\n".join([f"## vigil {name}\n", (command.help or "").replace("\f", "").strip(), "", *table, ""])


def _parameter(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        shown = f"`{parameter.metavar or parameter.name}`"
    else:
        shown = ", ".join(f"`{each}`" for each in (*parameter.opts, *parameter.secondary_opts))
    default = getattr(parameter, "show_default", None)
    if not isinstance(default, str):
        given = parameter.default
        default = "" if given is None or given is False or callable(given) or given == () else f"`{given}`"
    return f"| {shown} | {line(getattr(parameter, 'help', None) or '')} | {line(default)} |"


# -- events -------------------------------------------------------------------------------------------------------------


def events() -> str:
    """Every event that `vigil_telemetry` declares, with a line as the library writes it."""
    parts = [
        "# Events\n",
        NOTE,
        "Every event that `vigil_telemetry` declares, with an example line. Values in the lines are invented.\n",
        "A *label* has few values and may become a label of a metric; a *measure* may become a distribution.\n",
    ]
    ours = [each for each in catalog() if each.cls.__module__.startswith("vigil_telemetry.")]
    before = runtime.settings()
    try:
        parts += [_event(each) for each in ours]
    finally:
        runtime.replace(before)
    return "\n".join(parts)


def _event(event: EventSchema) -> str:
    severities = ", ".join(each.name for each in event.severities)
    rows = [_field(each) for each in event.fields]
    table = ["| field | kind | unit or values | |", "| --- | --- | --- | --- |", *rows, ""] if rows else []
    return "\n".join(
        [
            f"## {event.name}\n",
            f"{line(event.doc)} Severity: {severities}. Version {event.version}, since {event.since}.",
            "",
            *table,
            f"```json\n{_line(event)}\n```\n",
        ]
    )


def _field(field: FieldSchema) -> str:
    kind = field.role.name.lower() + ("" if field.required else ", optional")
    detail = field.unit or ", ".join(f"`{each}`" for each in field.values or ())
    if field.treatment is not None:
        detail = field.treatment.name.lower()
    return f"| `{field.name}` | {kind} | {line(detail)} | {line(field.doc)} |"


class _Kept:
    direct = None
    batches = False

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def write(self, line: bytes) -> None:
        self.lines.append(line)

    def write_many(self, lines: Sequence[bytes]) -> None:
        self.lines.extend(lines)

    def flush(self, deadline: float) -> None:
        """Nothing is held."""


def _line(event: EventSchema) -> str:
    kept = _Kept()
    settings = runtime.from_environment(
        service="orders", version="orders-00001", environment="prod", project="example-shop", level="DEBUG",
        output=kept, pseudonym_key="an example",
    )  # fmt: skip
    runtime.replace(settings)
    emit(sample(event.name, {}))
    written: dict[str, Any] = json.loads(kept.lines[-1])
    written["time"] = "2026-03-01T12:00:00.000000Z"
    written.pop("logging.googleapis.com/sourceLocation", None)
    written.pop("function", None)
    if "context" in written:
        written["context"].pop("reportLocation", None)
    return json.dumps(written)


# -- alerts -------------------------------------------------------------------------------------------------------------


def alerts() -> str:
    """Every packaged alert, as this repository's own stacks have it."""
    found: dict[str, dict[str, Any]] = {}
    services: dict[str, set[str]] = {}
    for stack in reversed(ENVIRONMENTS):
        document = json.loads((ROOT / "infra" / "goldens" / stack / "render.json").read_text())
        for each in document["resources"]:
            if each["type"] == "vigil:alerts:Alert":
                inputs = each["inputs"]
                found[inputs["alert"]] = inputs
                services.setdefault(inputs["alert"], set()).add(inputs["service"])
    parts = [
        "# Packaged alerts\n",
        NOTE,
        "The alerts that the kinds in `vigil_components.systems` bring along, with the thresholds of this repository's prod.",
        "[All signals](signals.md) shows how to adjust one; [proofs](proofs.md) says what each one is played through.\n",
        "| alert | fires when | severity | what users notice | used by | runbook |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, inputs in sorted(found.items()):
        runbook = f"[{inputs['runbook']}](runbooks/{inputs['runbook']}.md)" if inputs.get("runbook") else ""
        used = ", ".join(sorted(services[name]))
        parts.append(
            f"| `{name}` | {line(inputs['title'])} | {inputs['severity']} | {line(inputs['summary'])} | {used} | {runbook} |"
        )
    return "\n".join(parts) + "\n"


# -- outputs ------------------------------------------------------------------------------------------------------------

_OUTPUTS = {
    "Dashboard": "address of the part's dashboard in Google's console",
    "Logs": "address of the part's log in Logs Explorer",
    "logLevel": "lowest severity that the environment's services write",
}


def outputs() -> str:
    """What the stacks of this repository and each component give out."""
    stacks = {
        stack: set(json.loads((ROOT / "infra" / "goldens" / stack / "render.json").read_text())["exports"])
        for stack in ENVIRONMENTS
    }
    parts = [
        "# Outputs\n",
        NOTE,
        "`pulumi stack output --stack STACK` prints the outputs of a stack, and `vigil render -s STACK` shows them before a deployment.\n",
        "## Stacks of this repository\n",
        "Your own program exports what it likes, with `pulumi.export`. This one exports:\n",
        "| output | what it is | stacks |",
        "| --- | --- | --- |",
    ]
    for name in sorted(set().union(*stacks.values())):
        (meaning,) = (text for ending, text in _OUTPUTS.items() if name.endswith(ending))
        parts.append(f"| `{name}` | {meaning} | {', '.join(each for each in ENVIRONMENTS if name in stacks[each])} |")
    parts += [
        "\n## Components\n",
        "What each component registers, as a stack's render and `pulumi stack export` show it:\n",
        "| component | outputs |",
        "| --- | --- |",
    ]
    rows: dict[str, list[str]] = {}
    for file in sorted((ROOT / "components" / "vigil_components").rglob("*.py")):
        module = ".".join(file.relative_to(ROOT / "components").with_suffix("").parts)
        for each in ast.walk(ast.parse(file.read_text())):
            if isinstance(each, ast.ClassDef) and (token := _token(each, module)):
                rows[token] = _registered(each)
    parts += [
        f"| `{token}` | {', '.join(f'`{each}`' for each in keys) or '`dashboard`, as every part'} |"
        for token, keys in sorted(rows.items())
    ]
    return "\n".join(parts) + "\n"


def _token(component: ast.ClassDef, module: str) -> str:
    """Return the type token that a class of a component declares, or nothing."""
    for each in component.body:
        match each:
            case ast.Assign(targets=[ast.Name(id="TYPE")]) | ast.AnnAssign(target=ast.Name(id="TYPE")):
                return str(vars(importlib.import_module(module))[component.name].TYPE)
            case _:
                pass
    return ""


def _registered(component: ast.ClassDef) -> list[str]:
    """The names that a component gives to `register_outputs`."""
    for each in ast.walk(component):
        match each:
            case ast.Call(func=ast.Attribute(attr="register_outputs"), args=[ast.Dict(keys=keys)]):
                return [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
            case _:
                pass
    return []


PAGES = {"commands": commands, "events": events, "alerts": alerts, "outputs": outputs}

if __name__ == "__main__":
    for name, write in PAGES.items():
        (ROOT / "docs" / f"{name}.md").write_text(write())
