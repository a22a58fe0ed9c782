"""``vigil deploy``: the stack onto an emulator that runs already."""

from typing import TYPE_CHECKING

from cli.commands.ending import ending
from cli.commands.options import EMULATOR, Config, EmulatorUrl, Json, Stack, State, overrides

if TYPE_CHECKING:
    from engine import Step


def deploy(
    *,
    stack: Stack = "local",
    emulator: EmulatorUrl = EMULATOR,
    state: State = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Run the program for a stack and make a running emulator what it declares.

    What is already as declared is left alone; what the program no longer declares is removed. Where `vigil serve` runs
    on the state folder, the stack is told of the demo's parts as it was there. To Google Cloud it goes with
    `pulumi up -s STACK` instead.

    **Examples**

    `vigil deploy` - again, after a change to the program, while `vigil serve` runs

    `vigil deploy -s staging --state .vigil/staging` - the stack `staging`, on this machine

    `vigil deploy -c vigil:apiErrorRatio=0.01` - with another threshold than the stack file's
    """
    given = overrides(config)
    with ending(json=json):
        from cli.changing import deploy as change  # noqa: PLC0415 - loads the Pulumi SDK
        from cli.changing import tell  # noqa: PLC0415 - as above
        from cli.console import errors, output  # noqa: PLC0415 - keeps --help quick
        from cli.local.folder import state_of  # noqa: PLC0415 - keeps --help quick
        from cli.local.running import told_of_parts  # noqa: PLC0415 - keeps --help quick

        console = errors() if json else output()

        def progress(step: "Step") -> None:
            if step.outcome.action != "unchanged":
                console.print(f"{step.outcome.action:<10} {step.outcome.type} {step.outcome.name}", markup=False)

        folder = state_of(stack, state)
        told = {**told_of_parts(folder), **given}
        tell(change(stack, url=emulator, folder=folder, config=told, progress=progress), output(), json=json)
