"""A signal ends the work in an orderly way, and the exit code says which it was."""

import signal
import subprocess
import sys
import textwrap

import pytest

SCRIPT = textwrap.dedent(
    """
    import asyncio, sys
    from vigil_cli.local.signals import run

    async def work():
        try:
            print("working", flush=True)
            await asyncio.sleep(60)
        finally:
            print("tidied up", flush=True)
        return 0

    sys.exit(run(work))
    """
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_work_is_tidied_up_and_the_exit_code_has_the_signal(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert out == "tidied up\n"
    assert err == ""
    assert process.returncode == 128 + number
