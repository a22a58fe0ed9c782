"""A process that writes long lines to its standard output, for `test_pipes`: mode, its number, how many lines, the descriptor for its progress, the file for its report."""

import atexit
import json
import os
import signal
import sys
import time
from pathlib import Path

from vigil_telemetry import Event, Identifier, Measure, configure, counters, emit, flush_at_sigterm
from vigil_telemetry.fields import Number
from vigil_telemetry.outputs import QueueOutput, StreamOutput

SIZE = 200_000


class Long(Event, tag="pipes.long"):
    process: Identifier[int]
    number: Measure[Number]
    body: Identifier[str]


class Short(Event, tag="pipes.short"):
    process: Identifier[int]
    number: Measure[Number]


def main() -> None:
    mode, process, lines, progress, report = (
        sys.argv[1],
        int(sys.argv[2]),
        int(sys.argv[3]),
        int(sys.argv[4]),
        Path(sys.argv[5]),
    )
    emitted = 0

    def tell() -> None:
        report.write_text(json.dumps({"emitted": emitted, "dropped": counters.dropped}))

    atexit.register(tell)  # registered first, so that it runs last
    stopping: list[int] = []
    signal.signal(
        signal.SIGTERM, lambda number, _: stopping.append(number)
    )  # as servers do, which then end by themselves
    output = StreamOutput()
    configure(service="pipes", output=QueueOutput(output, lines=1000) if mode != "sync" else output)
    flush_at_sigterm(deadline=0.3 if process == 0 else 30.0)
    os.write(progress, b"r")
    for number in range(lines):
        if stopping:
            break
        emitted += 1
        if number % 2:
            emit(Short(process=process, number=number))
        else:
            emit(Long(process=process, number=number, body=chr(97 + process) * SIZE))
        os.write(progress, b".")
    while process == 0 and mode.endswith("SIGTERM") and not stopping:
        time.sleep(0.01)  # the queue takes all lines at once: the process would end before the signal comes


main()
