"""``vigil deploy``: the stack onto an emulator that runs already."""

from typing import TYPE_CHECKING

from vigil_cli.commands.options import EMULATOR, Config, EmulatorUrl, Json, Stack, State, overrides
from vigil_cli.commands.outcome import ending

if TYPE_CHECKING:
    from vigil_runner import Step


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
    on the state folder, the stack gets the same addresses as there. To Google Cloud it goes with
    `pulumi up -s STACK` instead.

    **Examples**

    `vigil deploy` - again, after a change to the program, while `vigil serve` runs

    `vigil deploy -s staging --state .vigil/staging` - the stack `staging`, on this machine

    `vigil deploy -c vigil:apiErrorRatio=0.01` - with another threshold than the stack file's
    """
    given = overrides(config)
    with ending(json=json):
        from vigil_cli.console import errors, output
        from vigil_cli.deployment import deploy as change
        from vigil_cli.deployment import tell
        from vigil_cli.local import stack_config
        from vigil_cli.local.folder import state_of

        console = errors() if json else output()

        def progress(step: "Step") -> None:
            if step.outcome.action != "unchanged":
                why = f" because {', '.join(step.outcome.because)} cannot change" if step.outcome.because else ""
                console.print(f"{step.outcome.action:<10} {step.outcome.type} {step.outcome.name}{why}", markup=False)

        folder = state_of(stack, state)
        set_by_run = {**stack_config.read(folder), **given}
        tell(change(stack, url=emulator, folder=folder, config=set_by_run, progress=progress), output(), json=json)
