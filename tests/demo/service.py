"""The orders service of the demo as a process on its own socket."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Service:
    process: subprocess.Popen[str]
    http: httpx.Client

    def output(self) -> tuple[str, str]:
        """End the process; return its standard output and its standard error."""
        self.process.terminate()
        return self.process.communicate(timeout=60)

    def stop(self) -> tuple[list[dict[str, Any]], str]:
        """The same, with each line of standard output as the document that it is."""
        out, err = self.output()
        return [json.loads(line) for line in out.splitlines()], err


HURRIED = (
    "import runpy; from demo.shop import server; server.ENDING = 1; runpy.run_module('demo.shop.api', None, '__main__')"
)
"""The service, with a second in place of seven for requests to end."""


@contextlib.contextmanager
def orders(*, hurried: bool = False, **settings: str) -> Generator[Service]:
    """The service for as long as the block lasts, with settings from its environment."""
    program = ("-c", HURRIED) if hurried else ("-m", "demo.shop.api")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        process = subprocess.Popen(
            [sys.executable, *program, "--fd", str(listener.fileno())],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            pass_fds=[listener.fileno()],
            env={**os.environ, "GOOGLE_CLOUD_PROJECT": "vigil-local", "VIGIL_LOG_LEVEL": "INFO", **settings},
        )
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        # requests wait in the socket's queue until the service is up
        # a connection each: uvicorn closes one on which an exception was answered
        limits = httpx.Limits(max_keepalive_connections=0)
        try:
            with httpx.Client(base_url=url, trust_env=False, timeout=60, limits=limits) as http:
                yield Service(process, http)
        finally:
            process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
