"""`python -m demo traffic`: a story's traffic, and its trouble, sent to the running demo."""

from typing import TYPE_CHECKING, Annotated

import typer

from vigil_cli.commands.options import Json, State
from vigil_cli.commands.outcome import ending
from vigil_cli.errors import CommandError

if TYPE_CHECKING:
    from demo.stand_ins.local_run.traffic_run import StoryResult

STACK = "local"

Story = Annotated[str | None, typer.Argument(help="What happens; `--list` names the stories.", show_default=False)]
Listed = Annotated[bool, typer.Option("--list", help="List the stories, with the alerts that each must open.")]
Lasting = Annotated[
    float | None,
    typer.Option(
        "--lasting",
        min=1,
        metavar="SECONDS",
        help="Wall seconds that it takes, whatever opens.",
        show_default="until its alerts are open; a minute for normal-day",
    ),
]


def traffic(
    story: Story = None, *, listed: Listed = False, lasting: Lasting = None, json: Json = False, state: State = None
) -> None:
    """Play a story on the demo that `python -m demo serve` runs: break it, wait for its alerts, mend it.

    Says first on which dashboard to look and which alerts to expect. Ends when they are open, and mends what it broke,
    also when it is interrupted.

    **Examples**

    `python -m demo traffic --list` - what there is

    `python -m demo traffic error-burst` - until the alert has opened

    `python -m demo traffic normal-day --lasting 300` - a whole day in five minutes

    `python -m demo traffic worker-stuck --json > stuck.json` - the same for machines

    **Exit codes**: 0 it came to its end; 1 an alert did not open, or a part ended; 2 no demo runs, it lacks a part, or
    there is no such story; 130 it was interrupted, and mended all the same.
    """
    with ending(json=json):
        import msgspec

        from demo.stand_ins.local_run.traffic_run import send
        from demo.stand_ins.stories.traffic import STORIES
        from vigil_cli.console import Progress, errors, output, write_document
        from vigil_cli.local.folder import state_of
        from vigil_cli.local.signals import run

        if listed:
            if json:
                stories = [
                    {"story": each.name, "summary": each.summary, "alerts": each.alerts, "dashboards": each.dashboards}
                    for each in STORIES.values()
                ]
                write_document(msgspec.json.encode(stories).decode())
            else:
                for each in STORIES.values():
                    output().print(f"[bold]{each.name:<16}[/]{each.summary}", soft_wrap=True)
                    output().print(f"{'':<16}[dim]opens {' and '.join(each.alerts) or 'no alert'}[/]", soft_wrap=True)
            return
        chosen = STORIES.get(story or "")
        if chosen is None:
            raise CommandError(
                f"There is no story {story!r}." if story else "Which story?",
                remedy=f"There are: {', '.join(STORIES)}.",
            )
        folder = state_of(STACK, state)
        found: list[StoryResult] = []

        async def work() -> int:
            progress = Progress(errors() if json else output())
            found.append(await send(chosen, folder, progress, lasting=lasting))
            return 0

        if code := run(work):
            raise typer.Exit(code)
        if json:
            write_document(msgspec.json.encode(found[0]).decode())
