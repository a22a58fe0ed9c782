"""`vigil destroy`: what was deployed, off the emulator again."""

from vigil_cli.commands.options import EMULATOR, Json, Stack, StackEmulator, State
from vigil_cli.commands.outcome import ending


def destroy(
    *,
    stack: Stack = "local",
    emulator: StackEmulator = None,
    state: State = None,
    json: Json = False,
) -> None:
    """Remove from a running emulator everything that was deployed to it. Log entries and points stay.

    **Examples**

    `vigil destroy` - while `vigil serve` runs

    `vigil destroy -s staging --state .vigil/staging` - what `vigil deploy` put there with the same options
    """
    with ending(json=json):
        from vigil_cli.console import output
        from vigil_cli.deployment import destroy as change
        from vigil_cli.deployment import tell
        from vigil_cli.local.discovery import address_or
        from vigil_cli.local.folder import state_of

        folder = state_of(stack, state)
        tell(change(stack, url=emulator or address_or(folder, EMULATOR), folder=folder), output(), json=json)
