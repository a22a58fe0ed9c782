"""Options that several subcommands take, so that each means the same everywhere."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, and nothing else there.")]
Stack = Annotated[str, typer.Option("--stack", "-s", help="The stack: the NAME in Pulumi.NAME.yaml.")]
State = Annotated[
    Path | None,
    typer.Option(
        "--state", file_okay=False, help="Folder for data and logs.", show_default=".vigil/STACK in the project"
    ),
]
Speed = Annotated[
    float, typer.Option("--speed", min=0.1, max=300, help="Emulated seconds that pass in one real second.")
]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="The emulator's port; 0 takes a free one.")]
ReceiverPort = Annotated[
    int,
    typer.Option(
        "--receiver-port",
        min=0,
        max=65535,
        help="The webhook receiver's port; 0 takes a free one (and changes the channel).",
    ),
]
StackEmulator = Annotated[
    str | None,
    typer.Option(
        "--emulator",
        metavar="URL",
        envvar="VIGIL_EMULATOR_URL",
        help="The running emulator.",
        show_default="that of the state folder, or http://127.0.0.1:8085",
    ),
]
Config = Annotated[
    list[str] | None,
    typer.Option("--config", "-c", metavar="KEY=VALUE", help="A setting that replaces the one in the stack file."),
]

Measured = Annotated[
    list[Path] | None,
    typer.Option(
        "--from",
        metavar="FILE",
        dir_okay=False,
        help="Measured traffic for the cost: recorded entries (JSON lines) or a report of `vigil verify --json`; "
        "may be repeated.",
    ),
]


class Only(StrEnum):
    """What of the demo may run by itself."""

    API = "api"


EMULATOR_PORT = 8085
"""Where `vigil serve` puts the emulator: the endpoints in Pulumi.local.yaml name it."""
EMULATOR = f"http://127.0.0.1:{EMULATOR_PORT}"
RECEIVER_PORT = 8787
"""Where the stack `local` sends its notifications (`vigil:webhookUrl` in Pulumi.local.yaml)."""


def overrides(pairs: list[str] | None) -> dict[str, str]:
    """Return `["vigil:webhookUrl=http://..."]` as a mapping; raises typer.BadParameter for anything else."""
    found: dict[str, str] = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="--config")
        found[key] = value
    return found
