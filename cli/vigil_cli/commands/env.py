"""`vigil env`: how other programs find the running emulator."""

from vigil_cli.commands.options import Json, Stack, State
from vigil_cli.commands.outcome import ending


def env(*, stack: Stack = "local", state: State = None, json: Json = False) -> None:
    """Print the environment variables with which clients find the running emulator.

    **Examples**

    `eval "$(vigil env)"` - for this shell; then `curl $VIGIL_EMULATOR_URL/v2/projects/vigil-local/metrics`

    `vigil env --json` - the same as a document
    """
    with ending(json=json):
        import shlex

        from vigil_cli.console import write_document, write_json
        from vigil_cli.local.discovery import running_emulator
        from vigil_cli.local.folder import state_of
        from vigil_emulator import environment

        folder = state_of(stack, state)
        variables = environment.variables(running_emulator(folder), folder)
        if json:
            write_json(variables)
        else:
            write_document("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
