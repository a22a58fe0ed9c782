"""`vigil catalog`: the events that there are, and whether a change of them breaks deployed metrics."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli.commands.event_modules import Packages, declare
from vigil_cli.commands.options import Json
from vigil_cli.commands.outcome import ending
from vigil_cli.errors import CommandError

if TYPE_CHECKING:
    from vigil_runner.tool_settings import ToolSettings
    from vigil_telemetry.lockfile import Snapshot

Lock = Annotated[
    Path | None,
    typer.Option(
        "--lock",
        dir_okay=False,
        help="Another lock file, for the events of the library and of --package only.",
        show_default="catalog of [tool.vigil], or catalog.lock.json",
    ),
]

catalog = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Compare the events that applications write with a lock file, so that a change breaks no deployed metric.",
)


@catalog.command("check")
def check(*, lock: Lock = None, package: Packages = None, json: Json = False) -> None:
    """Compare the catalog with its lock file, and fail where a change would break metrics that are deployed.

    A log-based metric keeps the labels and the unit that it was created with. So a label that is removed, renamed or
    retyped, or a measure in another unit, needs a new version of the event. Additions are fine, and `vigil catalog
    lock` adds them to the file.

    **Examples**

    `vigil catalog check` - in a pull request; exit code 1 where something breaks

    `vigil catalog check --package shop.events --lock shop.lock.json` - with your own events
    """
    with ending(json=json):
        from vigil_cli.console import output, write_json
        from vigil_telemetry import lockfile

        settings = _settings()
        found = lockfile.compare(_read(lock or settings.lock), _taken(settings if lock is None else None, package))
        if json:
            write_json(found)
        for one in found if not json else ():
            output().print(f"{one}", markup=False)
        if found:
            raise typer.Exit(1)
        if not json:
            output().print("No change of the catalog breaks a deployed metric.", markup=False)


@catalog.command("lock")
def write(*, lock: Lock = None, package: Packages = None, json: Json = False) -> None:
    """Write the lock file anew from the catalog, unless a change would break metrics that are deployed."""
    with ending(json=json):
        from vigil_cli.console import output, write_json
        from vigil_telemetry import lockfile

        settings = _settings()
        taken = _taken(settings if lock is None else None, package)
        lock = lock or settings.lock
        if lock.exists() and (found := lockfile.compare(_read(lock), taken)):
            listed = "\n".join(f"  {one}" for one in found)
            raise CommandError(
                f"{lock.name} is not written, since {len(found)} change(s) break deployed metrics:\n{listed}",
                remedy="Follow the remedies, then write it.",
            )
        lock.write_text(lockfile.render(taken), encoding="utf-8")
        if json:
            write_json({"written": lock.name, "events": len(taken["events"])})
        else:
            output().print(f"{lock.name}: {len(taken['events'])} events", markup=False)


def _read(lock: Path) -> "Snapshot":
    from vigil_telemetry import lockfile

    try:
        return lockfile.parse(lock.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise CommandError(
            f"There is no {lock}.", remedy="Write it with `vigil catalog lock`, and commit it."
        ) from None
    except ValueError as error:
        raise CommandError(
            f"{lock.name}: {error}.", remedy="Take it from the last commit, or write it anew."
        ) from error


def _settings() -> "ToolSettings":
    from vigil_cli.deployment import explained
    from vigil_runner import project, tool_settings

    with explained("The catalog cannot be read"):
        try:
            root = project.find()
        except project.ProjectError:
            root = Path.cwd()  # an application need not have a Pulumi program beside it
        return tool_settings.load(root)


def _taken(settings: "ToolSettings | None", packages: list[str] | None) -> "Snapshot":
    """Return the catalog with the events of `packages`, else with those of the project's settings."""
    import vigil_telemetry
    from vigil_cli.deployment import explained
    from vigil_telemetry import lockfile

    if packages:
        declare(packages)
    elif settings is not None:
        with explained("The catalog cannot be read"):
            settings.declare_events()
    return lockfile.snapshot(vigil_telemetry.catalog())
