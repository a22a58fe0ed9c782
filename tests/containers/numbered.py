"""Containers that write numbered lines, and what became of these."""

import re
import time

from demo.containers import count
from demo.containers.bases import PYTHON

WRITER = """
import os, sys, time
name, first, last, pause, size = sys.argv[1], *map(float, sys.argv[2:])
for number in range(int(first), int(last)):
    line = '{"service":"%s","number":%d,"pad":"%s"}\\n' % (name, number, "x" * int(size))
    sys.stdout.buffer.write(line.encode())
    sys.stdout.flush()
    time.sleep(pause)
if os.path.isdir("/ended"):
    open("/ended/" + name, "w").close()
"""
QUIET = 20
"""Wall seconds without a new line after which no more are waited for."""


def write(stage, name, last, *options, first=0, pause=0.0, size=0, wait=True):
    """Run a container that writes the lines from `first` to below `last`."""
    words = ["run", "--detach", "--name", name, *options, PYTHON, "python", "-c", WRITER, name]
    stage.engine.docker(*words, str(first), str(last), str(pause), str(size))
    if wait:
        stage.engine.docker("wait", name, patience=600)


def of(name):
    """The query of a container's lines."""
    return f'jsonPayload.container.name="/{name}"'


def numbers(stage, name):
    return [int(found[1]) for line in stage.lines(of(name)) if (found := re.search(r'"number":(\d+)', line))]


def arrived(stage, name, written):
    """What became of the lines, once all have come or none has come any more for a while."""
    return arrived_of(lambda: numbers(stage, name), written)


def arrived_of(found, written, quiet=QUIET):
    """The same of what `found` returns."""
    seen, since = -1, time.monotonic()
    while True:
        losses = count(written, found())
        if losses.arrived != seen:
            seen, since = losses.arrived, time.monotonic()
        if losses.complete or time.monotonic() - since > quiet:
            return losses
        time.sleep(0.3)
