"""`vigil deploy`: the stack onto an emulator that runs already."""

from typing import TYPE_CHECKING

from vigil_cli.commands.options import EMULATOR, Config, Json, Stack, StackEmulator, State, overrides
from vigil_cli.commands.outcome import ending

if TYPE_CHECKING:
    from vigil_runner import Step


def deploy(
    *,
    stack: Stack = "local",
    emulator: StackEmulator = None,
    state: State = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Deploy a stack to a running emulator: create, change and remove resources as its program declares.

    Resources that already match stay untouched; resources that the program no longer declares are removed. While
    `vigil serve` runs on the state folder, the stack gets the same addresses as there. To deploy to Google Cloud, use
    `pulumi up -s STACK`.

    **Examples**

    `vigil deploy` - again, after a change to the program, while `vigil serve` runs

    `vigil deploy -s staging --state .vigil/staging` - the stack `staging`, on this machine

    `vigil deploy -c vigil:apiErrorRatio=0.01` - with another threshold than in the stack file
    """
    settings = overrides(config)
    with ending(json=json):
        from vigil_cli.console import errors, output
        from vigil_cli.deployment import deploy as change
        from vigil_cli.deployment import tell
        from vigil_cli.local import stack_config
        from vigil_cli.local.discovery import address_or
        from vigil_cli.local.folder import state_of

        console = errors() if json else output()

        def progress(step: "Step") -> None:
            if step.outcome.action != "unchanged":
                why = f" because {', '.join(step.outcome.because)} cannot change" if step.outcome.because else ""
                console.print(f"{step.outcome.action:<10} {step.outcome.type} {step.outcome.name}{why}", markup=False)

        folder = state_of(stack, state)
        set_by_run = {**stack_config.read(folder), **settings}
        tell(
            change(
                stack, url=emulator or address_or(folder, EMULATOR), folder=folder, config=set_by_run, progress=progress
            ),
            output(),
            json=json,
        )
