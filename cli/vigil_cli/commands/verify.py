"""`vigil verify`: whether what is deployed works, on Google Cloud or on a running emulator."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from vigil_cli.commands.event_modules import Packages, declare
from vigil_cli.commands.live_project import Emulator
from vigil_cli.commands.options import Config, Stack, State, overrides
from vigil_cli.commands.outcome import ending

if TYPE_CHECKING:
    from vigil_cli.errors import CommandError
    from vigil_runner.access import Access
    from vigil_runner.program import Run
    from vigil_runner.stacks import Stack as EngineStack
    from vigil_verify import Verification
    from vigil_verify.probe import Probe as NotificationProbe

Grpc = Annotated[
    str | None,
    typer.Option("--grpc", metavar="HOST:PORT", envvar="VIGIL_EMULATOR_GRPC", help="The emulator's gRPC address."),
]
Hours = Annotated[float, typer.Option("--hours", min=0.1, max=24, help="How many hours back it looks.")]
Junit = Annotated[Path | None, typer.Option("--junit", dir_okay=False, help="Write JUnit's report here.")]
FireAlert = Annotated[
    str | None, typer.Option("--fire", metavar="ALERT", help="Cause this alert with marked synthetic events.")
]
Probe = Annotated[
    str | None,
    typer.Option(
        "--probe",
        metavar="SUBSCRIPTION",
        help="With --fire: wait for the notification in projects/P/subscriptions/S, to a channel's topic.",
    ),
]
Listen = Annotated[
    str | None,
    typer.Option("--listen", metavar="HOST:PORT", help="With --fire: receive a webhook channel's notification here."),
]
VerifyJson = Annotated[
    bool,
    typer.Option(
        "--json",
        help="One JSON document on standard output, and nothing else; with --fire a line for each thing as it comes.",
    ),
]
InProd = Annotated[bool, typer.Option("--yes-in-prod", help="Cause it in production too. It notifies real people.")]
RESULT: Final = {"moment": "result"}
"""What the last line of --fire --json begins with."""


def verify(
    *,
    stack: Stack,
    config: Config = None,
    emulator: Emulator = None,
    grpc: Grpc = None,
    state: State = None,
    package: Packages = None,
    hours: Hours = 1.0,
    junit: Junit = None,
    fire: FireAlert = None,
    probe: Probe = None,
    listen: Listen = None,
    yes_in_prod: InProd = False,
    json: VerifyJson = False,
) -> None:
    """Check what is deployed: metrics, sinks, channels, uptime checks, policies, widgets, and logged events.

    It reads everything through Google's own clients, with this machine's credentials, or from an emulator. Exit code 0:
    all is well; 1: something is broken, and named; 2: it could not run; 3: some queries failed.

    **Examples**

    `vigil verify -s staging` - after `pulumi up -s staging`

    `vigil verify -s local` - the emulator that `vigil serve` runs

    `vigil verify -s local --fire api/error-ratio` - cause this alert, and see when it opens, notifies and closes

    `vigil verify -s staging --fire api/error-ratio --probe projects/P/subscriptions/S` - the same on Google Cloud; it
    pulls the notification from this subscription to a `pubsub` channel's topic

    `vigil verify -s staging --fire api/error-ratio --listen 0.0.0.0:9000` - or receive it here, for a webhook channel

    With `--fire` the exit code is 1 if the alert, its notification or its end did not come in time. With `--json` each
    line has a `moment`: `began`, `opened`, `notified`, `ended`, `end notified`, and finally `result`, which has `ok`.
    """
    settings = overrides(config)
    with ending(json=json, also=RESULT if fire else None):
        from vigil_cli.deployment import configured, explained
        from vigil_cli.local import stack_config
        from vigil_cli.local.discovery import grpc_beside
        from vigil_cli.local.folder import state_of

        with explained(f"Stack {stack} cannot be verified"):
            from vigil_runner import program
            from vigil_verify import verify as look

            chosen = configured(stack, settings)
            if _is_local(chosen) and emulator is None:
                folder = state_of(stack, state)
                emulator, grpc = _running(folder, grpc)
                chosen = configured(stack, {**stack_config.read(folder), **settings})
            elif emulator is not None and grpc is None:
                grpc = grpc_beside(state_of(stack, state), emulator)
            run = program.run(chosen)
            project = chosen.gcp_project or chosen.project
            if fire:
                _allowed(run, project, yes_in_prod=yes_in_prod)
                _fire(run, _access(project, emulator, grpc), fire, probe, listen, json=json)
                return
            if probe or listen:
                raise _nothing_fired()
            from vigil_runner import tool_settings

            declare(package or ())
            tool_settings.load(chosen.root).declare_events()
            access = _access(project, emulator, grpc)
            found = look(run, access, now=_clock(access)[0], window=timedelta(hours=hours))
        if junit is not None:
            junit.parent.mkdir(parents=True, exist_ok=True)
            junit.write_text(_junit(found), encoding="utf-8")
        _tell(found, json=json)
        if found.exit_code:
            raise typer.Exit(found.exit_code)


def _nothing_fired() -> "CommandError":
    from vigil_cli.errors import CommandError

    return CommandError("--probe and --listen wait for what --fire causes.", remedy="Add --fire ALERT.")


def _allowed(run: "Run", project: str, *, yes_in_prod: bool) -> None:
    """Raises CommandError where people would be notified who were not meant to be."""
    from vigil_cli.errors import CommandError
    from vigil_verify.production import production

    if not yes_in_prod and (why := production(run, project)):
        raise CommandError(
            f"--fire notifies real people, and the stack {run.stack} is production: {why}.",
            remedy="Add --yes-in-prod if that is what you want.",
        )


def _is_local(stack: "EngineStack") -> bool:
    """Whether the stack file sends its requests to this machine: Google is never queried for such a stack."""
    from urllib.parse import urlsplit

    from vigil_emulator.loopback import is_loopback

    return is_loopback(urlsplit(str(stack.config.get("gcp:monitoringCustomEndpoint", ""))).hostname or "")


def _running(folder: Path, grpc: str | None) -> tuple[str, str | None]:
    """The addresses of the emulator that runs on a state folder. Raises CommandError where none does."""
    from vigil_cli.local.discovery import addresses

    found = addresses(folder)
    return found.url, grpc or found.grpc


def _access(project: str, emulator: str | None, grpc: str | None) -> "Access":
    from vigil_cli.errors import CommandError
    from vigil_runner.access import Access

    if emulator is None:
        return Access.google(project)
    if grpc is None:
        raise CommandError(
            "google-cloud-monitoring speaks gRPC alone, and the emulator's gRPC address is not known.",
            remedy="`vigil serve` opens it and `vigil env` prints it; an emulator of your own needs "
            "--grpc-port 0. Give the address with --grpc.",
        )
    return Access.emulator(project, url=emulator, grpc=grpc)


def _clock(access: "Access") -> tuple[datetime, float]:
    """The project's time and speed. Raises CommandError where they are an emulator's, and none answers."""
    from vigil_cli.errors import CommandError
    from vigil_runner.access import AccessError

    try:
        return access.clock()
    except AccessError as error:
        raise CommandError(f"No emulator answers at {access.url}.", remedy="Start one with `vigil serve`.") from error


def _probe(access: "Access", subscription: str | None, listen: str | None) -> "NotificationProbe | None":
    """The probe that receives notifications. Raises CommandError, ProbeError."""
    from vigil_cli.errors import CommandError
    from vigil_verify.probe import DeliveryLog
    from vigil_verify.subscription import Subscription
    from vigil_verify.webhook import Webhook

    if subscription and listen:
        raise CommandError("--probe and --listen are two ways to receive one notification.", remedy="Give one.")
    if subscription:
        return Subscription(access, subscription)
    if listen:
        return Webhook.at(listen)
    return DeliveryLog(access) if access.url else None


def _fire(run: "Run", access: "Access", name: str, subscription: str | None, listen: str | None, *, json: bool) -> None:
    from vigil_cli.console import output, write_document
    from vigil_cli.errors import CommandError
    from vigil_proofs.documents import subject_of
    from vigil_verify.fire import Fire

    subject = subject_of(run, project=access.project)
    try:
        (alert,) = subject.named([name])
    except (LookupError, ValueError) as error:
        raise CommandError(f"--fire {name}: {error}", remedy="Name one alert, as service/alert.") from error
    _clock(access)  # an emulator that does not answer is reported as such
    with _ended(name):
        probe = _probe(access, subscription, listen)
        fire = Fire(access=access, alert=alert, environment=subject.environment, probe=probe)
        if probe is None and not json:
            output().print("Nobody listens for the notification: give --probe or --listen.", markup=False)
        times: dict[str, float] = {}
        for moment in fire.run():
            times[moment.moment] = moment.seconds
            if json:
                write_document(_line(moment))
            else:
                output().print(f"{moment.seconds:7.1f} s  {moment.what}", markup=False, soft_wrap=True)
    if json:
        write_document(_line({**RESULT, "ok": True, "alert": alert.name, "seconds": times}))
    else:
        times_taken = ", ".join(f"{one} after {seconds:.0f} s" for one, seconds in times.items() if seconds)
        output().print(f"{alert.name}: {times_taken}", markup=False, soft_wrap=True)


def _line(document: object) -> str:
    import msgspec

    return msgspec.json.encode(document).decode()


@contextmanager
def _ended(name: str) -> Generator[None]:
    """What ended an alert's causing as the command's error, with its exit code."""
    from vigil_cli.deployment import as_command_error
    from vigil_runner.access import AccessError
    from vigil_runner.errors import EngineError
    from vigil_verify.findings import FAILED, UNKNOWN
    from vigil_verify.fire import MissedError

    try:
        yield
    except EngineError as error:
        ended = as_command_error(f"--fire {name}", error)
        if isinstance(error, MissedError):
            ended.exit_code = FAILED
        elif isinstance(error, AccessError) and error.kind != "refused":
            ended.exit_code = UNKNOWN
        raise ended from error


def _tell(found: "Verification", *, json: bool) -> None:
    from vigil_cli.console import output, write_document

    if json:
        import msgspec

        document = {
            "ok": found.exit_code == 0,
            "stack": found.stack,
            "findings": found.findings,
            "traffic": found.traffic,
        }
        write_document(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())
        return
    console = output()
    for state in ("failed", "unknown", "idle"):
        for one in found.of(state):
            console.print(f"{state:<8} {one.kind} {one.name}: {one.message}", markup=False, soft_wrap=True)
    counts = {state: len(found.of(state)) for state in ("ok", "idle", "failed", "unknown")}
    totals = ", ".join(f"{count} {state}" for state, count in counts.items())
    console.print(f"{found.stack}: {totals}", markup=False)


def _junit(found: "Verification") -> str:
    from vigil_proofs import junit

    return junit.report(
        f"verification of {found.stack}",
        (
            junit.TestCase(
                name=f"{one.kind} {one.name}",
                group=f"{found.stack}.{one.kind.replace(' ', '_')}",
                failure=one.message if one.state in {"failed", "unknown"} else None,
                skipped=one.message if one.state == "idle" else None,
            )
            for one in found.findings
        ),
    )
