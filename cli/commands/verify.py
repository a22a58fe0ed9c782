"""``vigil verify``: whether what is deployed works, on Google Cloud or on a running emulator."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.commands.ending import ending
from cli.commands.options import Config, Json, Stack, State, overrides
from cli.commands.packages import Packages, declare

if TYPE_CHECKING:
    from engine.stacks import Stack as EngineStack
    from engine.verify import Access, Verification

Emulator = Annotated[
    str | None,
    typer.Option(
        "--emulator",
        metavar="URL",
        envvar="VIGIL_EMULATOR_URL",
        help="An emulator instead of Google Cloud; the stack `local` finds the running one by itself.",
    ),
]
Grpc = Annotated[
    str | None,
    typer.Option("--grpc", metavar="HOST:PORT", envvar="VIGIL_EMULATOR_GRPC", help="The emulator's gRPC address."),
]
Hours = Annotated[float, typer.Option("--hours", min=0.1, max=24, help="How far back is looked.")]
Junit = Annotated[Path | None, typer.Option("--junit", dir_okay=False, help="Write JUnit's report here.")]
FireAlert = Annotated[
    str | None, typer.Option("--fire", metavar="ALERT", help="Cause this alert with marked synthetic events.")
]
DEMO: Final = "demo.events"
"""The events of the system that `vigil serve` runs: its own, not the library's."""
DRAINS: Final = "drains.events"
"""The events of the drains, which every stack may deploy."""
InProd = Annotated[bool, typer.Option("--yes-in-prod", help="Cause it in production too: real people are told.")]
PROD = frozenset({"prod", "production"})


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
    yes_in_prod: InProd = False,
    json: Json = False,
) -> None:
    """Look at what is deployed: metrics, sinks, channels, uptime checks, policies, widgets, and the events logged.

    Everything is asked through Google's own clients, with this machine's credentials, or of an emulator. Exit code 0:
    all is well; 1: something is broken, and named; 2: it could not run; 3: not everything could be asked.

    **Examples**

    `vigil verify -s staging` - after `pulumi up -s staging`

    `vigil verify -s local` - the emulator that `vigil serve` runs

    `vigil verify -s local --fire api/error-ratio` - whether an alert opens, is received, and recovers, with times
    """
    given = overrides(config)
    with ending(json=json):
        from cli.changing import configured, explained  # noqa: PLC0415 - loads the Pulumi SDK
        from cli.local.folder import state_of  # noqa: PLC0415 - keeps --help quick
        from cli.local.running import told_of_parts  # noqa: PLC0415 - as above

        if fire:
            _allowed(stack, yes_in_prod=yes_in_prod)
        with explained(f"Stack {stack} cannot be verified"):
            from engine import program  # noqa: PLC0415 - loads the Pulumi SDK
            from engine.verify import verify as look  # noqa: PLC0415 - loads Google's clients

            chosen = configured(stack, given)
            if _is_local(chosen) and emulator is None:
                folder = state_of(stack, state)
                emulator, grpc = _running(folder, grpc)
                chosen = configured(stack, {**told_of_parts(folder), **given})
            access = _access(chosen, emulator, grpc)
            if fire:
                _fire(chosen, access, fire, emulator, yes_in_prod=yes_in_prod, json=json)
                return
            declare([*(package or ()), DRAINS, *([DEMO] if _is_local(chosen) else ())])
            now = None if emulator is None else _emulated(emulator)[0]
            found = look(program.run(chosen), access, now=now, window=timedelta(hours=hours))
        if junit is not None:
            junit.parent.mkdir(parents=True, exist_ok=True)
            junit.write_text(_junit(found), encoding="utf-8")
        _tell(found, json=json)
        if found.exit_code:
            raise typer.Exit(found.exit_code)


def _allowed(environment: str, *, yes_in_prod: bool) -> None:
    from cli.errors import CommandError  # noqa: PLC0415 - keeps --help quick

    if environment in PROD and not yes_in_prod:
        raise CommandError(
            f"--fire tells real people in {environment}.", remedy="Add --yes-in-prod if that is what you want."
        )


def _is_local(stack: "EngineStack") -> bool:
    """Whether the stack file sends its requests to this machine: nothing of such a stack is asked of Google."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - keeps --help quick

    from vigil_emulator.loopback import is_loopback  # noqa: PLC0415 - as above

    return is_loopback(urlsplit(str(stack.config.get("gcp:monitoringCustomEndpoint", ""))).hostname or "")


def _running(folder: Path, grpc: str | None) -> tuple[str, str | None]:
    """The addresses of the emulator that runs on a state folder. Raises CommandError where none does."""
    from cli.local.finding import addresses  # noqa: PLC0415 - keeps --help quick

    found = addresses(folder)
    return found.url, grpc or found.grpc


def _access(stack: "EngineStack", emulator: str | None, grpc: str | None) -> "Access":
    from cli.errors import CommandError  # noqa: PLC0415 - keeps --help quick
    from engine.verify import Access  # noqa: PLC0415 - loads Google's clients

    project = stack.gcp_project or stack.project
    if emulator is None:
        return Access.google(project)
    if grpc is None:
        raise CommandError(
            "google-cloud-monitoring speaks gRPC alone, and the emulator's gRPC address is not known.",
            remedy="`vigil serve` and `vigil up` open it and `vigil env` prints it; an emulator of your own needs "
            "--grpc-port 0. Give the address with --grpc.",
        )
    return Access.emulator(project, url=emulator, grpc=grpc)


def _emulated(url: str) -> tuple[datetime, float]:
    """The emulator's time and speed. Raises CommandError where none answers."""
    import httpx  # noqa: PLC0415 - keeps --help quick

    from cli.errors import CommandError  # noqa: PLC0415 - keeps --help quick

    try:
        clock = httpx.get(f"{url.rstrip('/')}/vigil/v1/clock", trust_env=False, timeout=5).json()
        return datetime.fromisoformat(clock["now"]), float(clock["speed"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise CommandError(f"No emulator answers at {url}.", remedy="Start one with `vigil serve`.") from error


def _fire(
    stack: "EngineStack", access: "Access", name: str, emulator: str | None, *, yes_in_prod: bool, json: bool
) -> None:
    from cli.console import output, write_document  # noqa: PLC0415 - keeps --help quick
    from cli.errors import CommandError  # noqa: PLC0415 - keeps --help quick
    from engine import program  # noqa: PLC0415 - loads the Pulumi SDK
    from engine.proofs.documents import subject_of  # noqa: PLC0415 - as above
    from engine.verify.fire import Fire  # noqa: PLC0415 - loads Google's clients
    from engine.verify.probe import delivery_log  # noqa: PLC0415 - as above

    subject = subject_of(program.run(stack), project=access.project)
    _allowed(subject.environment, yes_in_prod=yes_in_prod)  # a stack of another name may be production too
    try:
        (alert,) = subject.named([name])
    except (LookupError, ValueError) as error:
        raise CommandError(f"--fire {name}: {error}", remedy="Name one alert, as service/alert.") from error
    speed = 1.0 if emulator is None else _emulated(emulator)[1]
    received = None if emulator is None else delivery_log(access)
    fire = Fire(access=access, alert=alert, environment=subject.environment, speed=speed, received=received)
    moments = []
    for moment in fire.run():
        moments.append(moment)
        if not json:
            output().print(f"{moment.seconds:7.1f} s  {moment.what}", markup=False)
    if json:
        import msgspec  # noqa: PLC0415 - keeps --help quick

        write_document(msgspec.json.encode({"ok": True, "alert": alert.name, "moments": moments}).decode())


def _tell(found: "Verification", *, json: bool) -> None:
    from cli.console import output, write_document  # noqa: PLC0415 - keeps --help quick

    if json:
        import msgspec  # noqa: PLC0415 - keeps --help quick

        document = {"ok": found.exit_code == 0, "stack": found.stack, "findings": found.findings}
        write_document(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())
        return
    console = output()
    for state in ("failed", "unknown", "idle"):
        for one in found.of(state):
            console.print(f"{state:<8} {one.kind} {one.name}: {one.message}", markup=False, soft_wrap=True)
    counts = {state: len(found.of(state)) for state in ("ok", "idle", "failed", "unknown")}
    told = ", ".join(f"{count} {state}" for state, count in counts.items())
    console.print(f"{found.stack}: {told}", markup=False)


def _junit(found: "Verification") -> str:
    from engine.proofs import junit  # noqa: PLC0415 - loads the engine

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
