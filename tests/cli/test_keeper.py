"""The emulator of a local run: slow while everything starts, then fast, also where it ends in between."""

import asyncio
import os
import signal
from pathlib import Path

from vigil_cli.console import Progress, errors
from vigil_cli.local.session import EmulatorOptions, emulator_session


def test_the_clock_is_slow_in_the_block_and_fast_after_it_also_when_the_emulator_ends(tmp_path: Path) -> None:
    async def run() -> None:
        options = EmulatorOptions(command="vigil serve", state=tmp_path / "state", project="shop", speed=600)
        async with emulator_session(options, Progress(errors())) as (_, keeper, emulator):
            began = await emulator.clock()
            assert began.speed == 600
            async with keeper.in_real_time():
                slow = await emulator.clock()
                assert slow.speed == 1
                child = keeper._child  # pyright: ignore[reportPrivateUsage] - no user of a keeper ends its process
                assert child is not None
                os.kill(child.pid, signal.SIGKILL)
                while keeper.falls == 0 or keeper.away:  # noqa: ASYNC110 - it sets no event for this
                    await asyncio.sleep(0.05)
                again = await emulator.clock()
                assert again.speed == 1
                assert again.now >= slow.now
            fast = await emulator.clock()
            assert fast.speed == 600
            assert fast.now >= again.now

    asyncio.run(run())
