"""Times every contestant in interleaved rounds and writes `build/bench/telemetry.json`.

The time is the thread's CPU time: the null device makes nobody wait, and other work on the machine does not count.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import statistics
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from time import thread_time_ns

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).parents[2])  # this folder has a module `bench` too

from bench.figures import Figure, figure, publish
from bench.telemetry import contestants as c
from bench.telemetry import pipes, record
from vigil_telemetry.outputs import StreamOutput
from vigil_telemetry.redaction import redact_text

ROUNDS, CALLS = 15, 3_000
PEERS = {
    "structlog (BytesLogger, orjson, contextvars, callsite)": c.structlog_orjson,
    "logging + python-json-logger (orjson)": c.stdlib_jsonlogger,
    "loguru (orjson)": c.loguru,
    "google-cloud-logging StructuredLogHandler": c.google,
}
PIPE_PEERS = {name: peer for name, peer in PEERS.items() if peer is not c.google}
LIMIT = "orjson.dumps + os.write"
PIPE_LIMITS = {
    "os.write of a ready line": c.ready_line,
    "os.write of a ready line, under a lock": c.ready_line_locked,
    "orjson.dumps + os.write, under a lock": c.limit_locked,
}
"""What a line that is longer than a pipe takes whole cannot do without."""
# what a peer leaves out, or names in its own way: it has less to do, so that the comparison is in its favour
LEFT_OUT = {"google-cloud-logging StructuredLogHandler": {"time"}}


def main() -> None:
    """Runs everything and prints the table."""
    checked()
    publish("telemetry", [*emitting(), *disabled(), *growth(), *memory(), *one_process(), *four_processes()])


def checked() -> None:
    """Every contestant writes the same fields with the same values, or the comparison means nothing."""
    with tempfile.TemporaryDirectory() as folder:
        lines: dict[str, dict[str, object]] = {}
        for name, contestant in {"telemetry": c.telemetry, **PEERS, LIMIT: c.limit}.items():
            path = Path(folder) / str(len(lines))
            path.touch()
            contestant(str(path))()
            lines[name] = json.loads(path.read_bytes())
        ours = lines["telemetry"]
        fixed = {key: value for key, value in ours.items() if key not in {"time", "function", record.SOURCE}}
        for name, line in lines.items():
            missing = set(ours) - set(line) - LEFT_OUT.get(name, set())
            wrong = {key for key, value in fixed.items() if line.get(key) != value}
            if missing or wrong:
                raise SystemExit(
                    f"{name} does not do the same work: missing {sorted(missing)}, other values in {sorted(wrong)}"
                )
            if {"file", "line", "function"} - set(line[record.SOURCE]):  # pyright: ignore[reportArgumentType, reportCallIssue] - an object
                raise SystemExit(f"{name} writes no source location")


def measured(
    contestants: dict[str, Callable[[], object]], rounds: int = ROUNDS, calls: int = CALLS
) -> dict[str, float]:
    """Median nanoseconds of one call, over rounds in which every contestant has its turn."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for write in contestants.values():
        _timed(write, calls // 10)
    for _ in range(rounds):
        for name, write in contestants.items():
            times[name].append(_timed(write, calls) / calls)
    return {name: statistics.median(values) for name, values in times.items()}


def emitting() -> list[Figure]:
    writes = {
        "telemetry": c.telemetry(os.devnull),
        **{name: peer(os.devnull) for name, peer in PEERS.items()},
        LIMIT: c.limit(os.devnull),
    }
    times = measured(writes)
    ours = times["telemetry"]
    fastest = min(PEERS, key=lambda name: times[name])
    entries = [figure("one event", ours, "ns", fastest, times[fastest], goal=9.0, better="times faster")]
    entries += [
        figure("one event", ours, "ns", name, times[name], goal=None, better="times faster")
        for name in PEERS
        if name != fastest
    ]
    entries.append(figure("one event, against the limit", ours, "ns", LIMIT, times[LIMIT], goal=2.0))
    return entries


def disabled() -> list[Figure]:
    times = measured(
        {
            "guard": c.telemetry_guarded(os.devnull),
            "lambda": c.telemetry_disabled(os.devnull),
            "structlog": c.structlog_filtered(os.devnull),
            "empty": c.empty(os.devnull),
        },
        calls=20_000,
    )
    peer = times["structlog"] - times["empty"]
    return [
        figure(
            "disabled event, `if enabled(...)`",
            times["guard"] - times["empty"],
            "ns",
            "structlog, filtered call",
            peer,
            goal=1.0,
            better="times faster",
        ),
        figure(
            "disabled event, `emit_lazy(..., lambda)`",
            times["lambda"] - times["empty"],
            "ns",
            "structlog, filtered call",
            peer,
            goal=1.0,
            better="times faster",
        ),
    ]


def growth() -> list[Figure]:
    """Free text is scanned, which peers do not do: what a character costs, and that it stays the same with size."""
    small, large = (
        "the quick brown fox jumps over 13 lazy dogs; " * 22,
        "the quick brown fox jumps over 13 lazy dogs; " * 2_200,
    )
    times = measured({"small": lambda: redact_text(small), "large": lambda: redact_text(large)}, rounds=7, calls=20)
    per = {"small": times["small"] / len(small), "large": times["large"] / len(large)}
    return [
        figure(
            "scanning free text, per character of 99 kB",
            per["large"],
            "ns",
            "the same, per character of 990 B",
            per["small"],
            goal=1.5,
        )
    ]


def memory() -> list[Figure]:
    """What is still held after 20,000 lines, beyond what the first lines left."""
    held: dict[str, float] = {}
    for name, contestant in {"telemetry": c.telemetry, "structlog": c.structlog_orjson}.items():
        write = contestant(os.devnull)
        tracemalloc.start()
        _timed(write, 1_000)
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        _timed(write, 20_000)
        held[name] = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
    return [
        figure(
            "peak memory over 20,000 lines",
            held["telemetry"],
            "By",
            "structlog (BytesLogger, orjson)",
            held["structlog"],
            goal=None,
        )
    ]


def one_process() -> list[Figure]:
    """One event of one process to a pipe with a reader, as a container has it; then the write alone."""
    with contextlib.ExitStack() as stack:
        ends = {name: stack.enter_context(pipes.drained()) for name in ["telemetry", *PIPE_PEERS, LIMIT]}
        writes = {
            "telemetry": c.telemetry(ends["telemetry"]),
            **{name: peer(ends[name]) for name, peer in PIPE_PEERS.items()},
            LIMIT: c.limit(ends[LIMIT]),
        }
        times = measured(writes, calls=1_000)
    entries = [
        figure(
            "one event to a pipe",
            times["telemetry"],
            "ns",
            name,
            times[name],
            goal=5.0 if times[name] == min(times[peer] for peer in PIPE_PEERS) else None,
            better="times faster",
        )
        for name in PIPE_PEERS
    ]
    entries.append(
        figure(
            "one event to a pipe, against the limit",
            times["telemetry"],
            "ns",
            LIMIT,
            times[LIMIT],
            goal=None,
        )
    )
    line = b"x" * 999 + b"\n"
    with pipes.drained() as first, pipes.drained() as second, pipes.drained() as third:
        shared, alone = StreamOutput(first), StreamOutput(second, alone=True)
        times = measured(
            {
                "shared": lambda: shared.write(line),
                "alone": lambda: alone.write(line),
                "bare": lambda: os.write(third, line),
            },
            rounds=7,
            calls=500,
        )
    return entries + [
        figure(
            f"one line of 1 kB to a pipe, {name}",
            times[key],
            "ns",
            "os.write to a pipe",
            times["bare"],
            goal=goal,
        )
        for name, key, goal in (("whole among processes", "shared", 2.0), ("`alone`", "alone", None))
    ]


def four_processes() -> list[Figure]:
    """Four processes on one pipe, with lines of three sizes; lines that did not arrive whole are counted."""
    entries: list[Figure] = []
    for size, padding in pipes.SIZES.items():
        limits = PIPE_LIMITS if padding > select.PIPE_BUF else {}
        contestants: dict[str, c.Contestant] = {"telemetry": c.telemetry, **PIPE_PEERS, **limits}
        crowds: dict[str, list[pipes.Crowd]] = {name: [] for name in contestants}
        for _ in range(3):
            for name, found in crowds.items():
                found.append(pipes.crowd(contestants[name], padding))
        times = {name: statistics.median(crowd.nanoseconds for crowd in found) for name, found in crowds.items()}
        torn = {name: sum(crowd.torn for crowd in found) for name, found in crowds.items()}
        fastest = min(PIPE_PEERS, key=lambda name: times[name])
        entries += [
            figure(
                f"lines of {size}, 4 processes on a pipe ({torn['telemetry']} torn)",
                times["telemetry"],
                "ns",
                f"{name} ({torn[name]} torn)",
                times[name],
                goal=3.0 if name == fastest else None,
                better="times faster",
            )
            for name in PIPE_PEERS
        ]
        entries += [
            figure(
                f"lines of {size}, 4 processes on a pipe, against the limit",
                times["telemetry"],
                "ns",
                f"{name} ({torn[name]} torn)",
                times[name],
                goal=None,
            )
            for name in limits
        ]
    return entries


def _timed(write: Callable[[], object], calls: int) -> int:
    started = thread_time_ns()
    for _ in range(calls):
        write()
    return thread_time_ns() - started


if __name__ == "__main__":
    main()
