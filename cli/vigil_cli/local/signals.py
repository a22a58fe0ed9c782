"""Runs a coroutine to its end, or to an orderly end when a signal asks for one."""

import asyncio
import signal
from collections.abc import Callable, Coroutine

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(main: Callable[[], Coroutine[None, None, int]]) -> int:
    """Run `main` and return its exit code, or 128 plus the signal's number where a signal ended it.

    The first signal cancels `main`, whose context managers then end what they started; another one cancels that, too.
    """
    caught: list[signal.Signals] = []

    async def supervised() -> int:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def cancel(number: signal.Signals) -> None:
            caught.append(number)
            if task is not None:
                task.cancel()

        for number in SIGNALS:
            loop.add_signal_handler(number, cancel, number)
        return await main()

    try:
        return asyncio.run(supervised())
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 128 + (caught[0] if caught else signal.SIGINT)
