"""``vigil destroy``: what was deployed, off the emulator again."""

from cli.commands.ending import ending
from cli.commands.options import EMULATOR, EmulatorUrl, Json, Stack, State


def destroy(
    *,
    stack: Stack = "local",
    emulator: EmulatorUrl = EMULATOR,
    state: State = None,
    json: Json = False,
) -> None:
    """Remove from a running emulator all that was deployed to it. Log entries and points stay.

    **Examples**

    `vigil destroy` - while `vigil serve` runs

    `vigil destroy -s staging --state .vigil/staging` - what `vigil deploy` put there with the same options
    """
    with ending(json=json):
        from cli.changing import destroy as change  # noqa: PLC0415 - loads the Pulumi SDK
        from cli.changing import tell  # noqa: PLC0415 - as above
        from cli.console import output  # noqa: PLC0415 - keeps --help quick
        from cli.local.folder import state_of  # noqa: PLC0415 - keeps --help quick

        folder = state_of(stack, state)
        tell(change(stack, url=emulator, folder=folder), output(), json=json)
