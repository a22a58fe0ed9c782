"""`vigil snooze`: silence an alert for a while, on purpose and with a reason."""

import re
from datetime import timedelta
from typing import Annotated

import typer

from vigil_cli.commands.options import Json, Stack
from vigil_cli.commands.outcome import ending
from vigil_cli.errors import CommandError

_UNITS = {"m": 60, "h": 3600, "d": 86400}

Alert = Annotated[str, typer.Argument(help="SERVICE/ALERT, such as api/error-ratio; `all` for every alert.")]
For = Annotated[str, typer.Option("--for", metavar="DURATION", help="How long: 30m, 2h, 1d.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; shown to everybody who looks at the snooze.")]
Emulator = Annotated[
    str | None,
    typer.Option("--emulator", metavar="URL", help="A running emulator (`vigil serve`) instead of Google Cloud."),
]


def snooze(
    alert: Alert,
    *,
    stack: Stack,
    lasting: For = "1h",
    reason: Reason = "planned work",
    emulator: Emulator = None,
    json: Json = False,
) -> None:
    """Silence an alert of a deployed stack for a while: incidents neither open nor notify until then.

    It uses your default credentials of Google Cloud (`gcloud auth application-default login`), which need
    `roles/monitoring.editor`. A snooze closes an incident that is already open (docs/silencing.md).

    **Examples**

    `vigil snooze api/error-ratio -s prod --for 2h --reason "load test"`

    `vigil snooze all -s staging --for 30m --reason "database migration"`
    """
    with ending(json=json):
        duration = parse(lasting)
        from vigil_cli.console import output, write_json
        from vigil_cli.deployment import configured, explained
        from vigil_runner.access import Access
        from vigil_verify.snooze import policies
        from vigil_verify.snooze import snooze as silence

        with explained(f"{alert} cannot be snoozed"):
            project = configured(stack, {}).gcp_project or ""
            access = Access.emulator(project, url=emulator) if emulator else Access.google(project)
            known = sorted(policies(access), key=lambda policy: policy.key)
            chosen = [policy for policy in known if alert in {"all", policy.key}]
            if not chosen:
                listed = ", ".join(policy.key for policy in known) or "none: is the stack deployed?"
                raise CommandError(f"{project} has no alert {alert!r}.", remedy=f"Its alerts: {listed}.")
            made = silence(access, chosen, lasting=duration, reason=reason, now=access.now())
        if json:
            document = {
                "snoozes": made,
                "alerts": [policy.key for policy in chosen],
                "seconds": duration.total_seconds(),
            }
            write_json(document)
        else:
            shown = ", ".join(policy.key for policy in chosen)
            output().print(f"Silent for {lasting}: {shown} ({', '.join(made)})", markup=False, soft_wrap=True)


def parse(text: str) -> timedelta:
    """Return `30m`, `2h` or `1d` as a duration. Raises CommandError for anything else."""
    found = re.fullmatch(r"([1-9][0-9]*)([mhd])", text.strip())
    if found is None:
        raise CommandError(f"--for {text!r} is no duration.", remedy="Write minutes, hours or days: 30m, 2h, 1d.")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
