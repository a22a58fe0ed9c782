"""A stand-in for `pulumi-language-python`, which is no Go module: it runs a Python program for Pulumi's engine.

`python -m tests.engine.language_host ENGINE` serves the engine's LanguageRuntime. `language_host.py --run ARGUMENTS` is
the process of one program, which the SDK's own runtime runs, as `pulumi-language-python-exec` does.
"""

import asyncio
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

SHOWN = 32
"""Exit code of a program that has reported its error to the engine."""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The calls that `pulumi preview`, `up` and `destroy` make."""

    def __init__(self, engine: str) -> None:
        self._engine = engine

    def Handshake(self, request, context):
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="1.0.0")

    def GetRequiredPackages(self, request, context):
        return language_pb2.GetRequiredPackagesResponse()

    def Cancel(self, request, context):
        return empty_pb2.Empty()

    def Run(self, request, context):
        settings = {
            "monitor": request.monitor_address,
            "engine": self._engine,
            "project": request.project,
            "stack": request.stack,
            "parallel": request.parallel,
            "dry_run": request.dryRun,
            "organization": request.organization,
            "root_directory": request.info.root_directory,
        }
        program = Path(request.info.program_directory) / request.info.entry_point
        environment = os.environ | {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        command = [sys.executable, "-u", __file__, "--run", json.dumps(settings), str(program), request.pwd]
        ended = subprocess.run(command, env=environment, check=False).returncode
        if ended == SHOWN:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {ended}" if ended else "")


def run(settings: dict[str, object], program: str, folder: str) -> int:
    """Run a program as the SDK's own script does: a RunError shows its message, anything else its traceback."""
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(pulumi.runtime.Settings(**settings))
    os.chdir(folder)
    sys.argv = [program]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: runpy.run_path(program, run_name="__main__")))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception as error:  # noqa: BLE001 - whatever a program raises is shown, as the real host does
        pulumi.log.error(f"Program failed with an unhandled exception: {error!r}")
        return SHOWN
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "--run":
        sys.exit(run(json.loads(sys.argv[2]), sys.argv[3], sys.argv[4]))
    from tests.engine.serving import serve  # the program's process does not have this checkout on its path

    serve(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(sys.argv[-1]), server))
