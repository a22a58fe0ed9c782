"""`python -m vigil_emulator.charts.worker`: the process that draws.

Drawing holds Python's lock for a tenth of a second and takes some 200 MB; in a separate process, neither burdens
the emulator. It reads one order a line from stdin, answers with one line on stdout, and ends when stdin does.
"""

import os
import sys
from typing import BinaryIO

import msgspec

from vigil_emulator.charts import draw
from vigil_emulator.charts.model import Drawn, Order

NICE = 5
"""Steps behind the emulator, whose answers do not wait for pictures on a busy machine."""


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there are no more orders. What cannot be drawn is answered with the reason."""
    decoder, encoder = msgspec.json.Decoder(Order), msgspec.json.Encoder()
    for line in orders:
        try:
            order = decoder.decode(line)
            drawn = Drawn(png=draw.png(order)) if order.svg else Drawn(svg=draw.svg(order))
        except Exception as error:  # noqa: BLE001 - one chart's failure must not end the drawing of all
            drawn = Drawn(error=f"{type(error).__name__}: {error}".partition("\n")[0][:500])
        answers.write(encoder.encode(drawn) + b"\n")
        answers.flush()


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(NICE)
    serve(sys.stdin.buffer, sys.stdout.buffer)
