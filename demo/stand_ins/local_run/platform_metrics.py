"""The demo API's process as Cloud Run would measure a container: CPU, memory and instances, as Google's own metrics.

The figures are the process's own, as Linux tells them. Where it is another system nothing is written, and the charts
say that nothing ever was. What Cloud Run counts before a container (its requests) has nobody here who would count it.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from vigil_apimodel.metrics import Metric, cloud_run
from vigil_cli.errors import CommandError
from vigil_cli.local.emulator import Emulator, LogSource
from vigil_cli.local.pump import RetryableError

Json: TypeAlias = Mapping[str, object]

CPUS = 1.0
"""https://docs.cloud.google.com/run/docs/configuring/services/cpu: a container has one by default."""
MEMORY = 512 * 1024 * 1024
"""https://docs.cloud.google.com/run/docs/configuring/services/memory-limits: and as many bytes of memory."""
SAMPLED = 60.0
"""Cloud seconds between two points: https://docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#run."""
LATER = 2.0
"""Cloud seconds after a minute's begin, so that no point of the next is early."""
BUCKETS = 100
"""As wide as a hundredth each."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process used: seconds of CPU since it began, and bytes of memory now."""

    cpu: float
    memory: int


def usage(process: int, *, proc: Path = Path("/proc")) -> Usage | None:
    """Return what a process used until now; None where the system does not tell, or the process is gone."""
    try:
        # the name of the program, in parentheses, may hold anything; fields are counted behind it (man proc_pid_stat)
        after = (proc / str(process) / "stat").read_text().rpartition(")")[2].split()
        pages = int((proc / str(process) / "statm").read_text().split()[1])
        ticks = int(after[11]) + int(after[12])
    except (OSError, ValueError, IndexError):
        return None
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE"))


async def measure(emulator: Emulator, source: LogSource, process: int, *, speed: float) -> None:
    """Write what the process uses, just after each cloud minute begins, until cancelled.

    So each minute of a chart has its point. `process` is its id. It leaves out the time in which the emulator is
    away or cannot write: the processes that deliver lines report that.
    """
    began, wall, last = (await emulator.clock()).now, time.monotonic(), usage(process)
    while last is not None:
        await asyncio.sleep((SAMPLED + LATER - began.timestamp() % SAMPLED) / speed)
        with contextlib.suppress(RetryableError, CommandError):
            ended, ending = (await emulator.clock()).now, time.monotonic()
            now = usage(process)
            if now is not None and ending > wall and ended > began:
                cpu = max(0.0, now.cpu - last.cpu) / (ending - wall) / CPUS
                await emulator.write(source.project, _series(source, cpu, now.memory / MEMORY, began, ended))
            began, wall, last = ended, ending, now or last


def _series(source: LogSource, cpu: float, memory: float, began: datetime, ended: datetime) -> list[Json]:
    def one(metric: Metric, value: Json, labels: Mapping[str, str]) -> Json:
        interval = {"endTime": ended.isoformat()}
        if metric.kind.value != "GAUGE":
            interval["startTime"] = began.isoformat()
        return {
            "metric": {"type": metric.type, "labels": labels},
            "resource": {"type": source.resource, "labels": dict(source.labels)},
            "metricKind": metric.kind.value,
            "valueType": metric.value_type.value,
            "unit": metric.unit,
            "points": [{"interval": interval, "value": value}],
        }

    container = {"container_name": "api"}
    return [
        one(cloud_run.CPU_UTILIZATIONS, {"distributionValue": _once(cpu)}, container),
        one(cloud_run.MEMORY_UTILIZATIONS, {"distributionValue": _once(memory)}, container),
        one(cloud_run.INSTANCE_COUNT, {"int64Value": "1"}, {"state": "active"}),
    ]


def _once(value: float) -> Json:
    """A distribution of one value: one container's."""
    counts = ["0"] * (BUCKETS + 2)
    counts[min(int(value * BUCKETS) + 1, BUCKETS + 1)] = "1"
    options = {"linearBuckets": {"numFiniteBuckets": BUCKETS, "width": 1 / BUCKETS, "offset": 0}}
    return {"count": "1", "mean": value, "bucketOptions": options, "bucketCounts": counts}
