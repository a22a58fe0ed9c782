"""The same series and queries given to promtool: what it evaluates must be what the emulator evaluates.

promtool is of Prometheus 3, whose windows leave their first millisecond out and which has another name for
`holt_winters`: what Google documents otherwise is in test_promql_at_google.py. It is Prometheus' own; `go build github.com/prometheus/prometheus/cmd/promtool` at v0.305.0 in a module that
requires it puts it on the PATH.
"""

import json
import math
import random
import shutil
import subprocess

import numpy as np
import pytest

from vigil_emulator.promql.evaluate import Evaluator, parse
from vigil_emulator.promql.frame import Frame, Samples
from vigil_emulator.promql.source import matcher_test

STEP = 60_000
POINTS = 180
AT = (0, 59 * 60_000, 100 * 60_000 + 17_000, 179 * 60_000)

QUERIES = (
    "requests",
    "requests{code=~'5..'}",
    "requests{code!~'5..',path!=''}",
    '{"requests", code="200"}',
    "rate(requests[5m])",
    "rate(requests[90s])",
    "rate(requests[7m30s])",
    "increase(requests[10m])",
    "increase(requests[1h])",
    "delta(load[10m])",
    "irate(requests[5m])",
    "idelta(load[5m])",
    "resets(requests[1h])",
    "changes(load[1h])",
    "deriv(load[10m])",
    "predict_linear(load[15m], 600)",
    "holt_winters(load[15m], 0.3, 0.6)",
    "avg_over_time(load[10m])",
    "sum_over_time(load[10m])",
    "min_over_time(load[10m])",
    "max_over_time(load[10m])",
    "count_over_time(load[10m])",
    "stddev_over_time(load[10m])",
    "stdvar_over_time(load[10m])",
    "quantile_over_time(0.3, load[10m])",
    "quantile_over_time(1.3, load[10m])",
    "last_over_time(load[10m])",
    "present_over_time(load[10m])",
    "sum(requests)",
    "sum by (code) (rate(requests[5m]))",
    "sum without (path) (rate(requests[5m]))",
    "avg by (path) (load)",
    "min(load)",
    "max by (path) (load)",
    "count(requests)",
    "count by (code) (requests > 40)",
    "stddev(load)",
    "stdvar by (path) (load)",
    "group by (code) (requests)",
    "quantile(0.9, load)",
    "quantile by (path) (-1, load)",
    "topk(2, load)",
    "bottomk by (path) (1, load)",
    'count_values("value", load)',
    "requests / 2",
    "2 ^ (load / 100)",
    "load % 7",
    "-load",
    "load > 50",
    "load > bool 50",
    "50 < load",
    "load >= bool 50 == bool 1",
    "sum(rate(requests{code='500'}[5m])) / sum(rate(requests[5m]))",
    "rate(requests{code='500'}[5m]) / ignoring(code) group_left sum without (code) (rate(requests[5m]))",
    "rate(requests[5m]) / on(path) group_left sum by (path) (rate(requests[5m]))",
    "sum by (path) (requests) * on(path) group_right load",
    "load * on(path) group_left(zone) place",
    "requests and on(path) load > 50",
    "requests or load",
    "requests unless on(path) (load > 50)",
    "requests{code='200'} and ignoring(code) requests{code='500'}",
    "sum(requests{code='500'}) > 10 or vector(0)",
    "requests offset 5m",
    "rate(requests[5m] offset 7m)",
    "requests @ 3000",
    "rate(requests[5m] @ 3000)",
    "rate(requests[5m] @ end())",
    "max_over_time(rate(requests[5m])[30m:])",
    "max_over_time(rate(requests[5m])[30m:3m])",
    "min_over_time((load / 2)[20m:90s])",
    "avg_over_time(sum(rate(requests[2m]))[10m:1m] offset 3m)",
    "sum_over_time(vector(1)[10m:1m])",
    "absent(requests)",
    'absent(nothing{a="b", c=~"d"})',
    "absent_over_time(requests[5m])",
    "absent_over_time(nothing{a='b'}[5m])",
    'label_replace(load, "short", "$1", "path", "/(.).*")',
    'label_replace(load{path="/a"}, "path", "", "path", ".*")',
    'label_replace(load, "both", "${1}-$2", "path", "/(.)(.*)")',
    'label_join(requests, "joined", "-", "code", "path")',
    "clamp(load, 20, 60)",
    "clamp_min(load, 50)",
    "clamp_max(load, 50)",
    "clamp(load, 60, 20)",
    "round(load / 7)",
    "round(load / 7, 0.3)",
    "ceil(load / 7)",
    "floor(load / 7)",
    "abs(load - 50)",
    "sqrt(load)",
    "ln(load)",
    "log2(load)",
    "log10(load)",
    "exp(load / 100)",
    "sgn(load - 50)",
    "sin(load)",
    "deg(load)",
    "rad(load)",
    "scalar(sum(load))",
    "scalar(load)",
    "vector(time())",
    "time()",
    "pi()",
    "timestamp(load)",
    "timestamp(load offset 1m)",
    "minute()",
    "hour(vector(1e9))",
    "day_of_week(vector(1e9))",
    "day_of_month(vector(1e9))",
    "day_of_year(vector(1e9))",
    "days_in_month(vector(1e9))",
    "month(vector(1e9))",
    "year(vector(1e9))",
    "histogram_quantile(0.9, latency_bucket)",
    "histogram_quantile(0.5, sum by (le) (rate(latency_bucket[10m])))",
    "histogram_quantile(0.99, rate(latency_bucket[10m]))",
    """histogram_quantile(1.2, latency_bucket) and on (path) latency_bucket{le="+Inf"} > 0""",
    "sum(rate(latency_bucket{le='0.5'}[5m])) / sum(rate(latency_bucket{le='+Inf'}[5m]))",
    "load == load",
    "load atan2 requests",
    "sum(load) / 0",
    "0 / (sum(load) * 0)",
    "1 + 2 * 3 ^ 2",
    "sort_desc(load)",
    "(requests > 30) / on(path) group_left load",
)


class Stored:
    """Samples given as they are."""

    def __init__(self, series):
        self.series = series

    def select(self, matchers, start, end):
        tests = [(m.name, matcher_test(m)) for m in matchers]
        return [s for s in self.series if all(test(s.labels.get(name, "")) for name, test in tests)]


def generated(seed):
    """Labels and values (None where a sample is missing) of counters, gauges, a histogram and an info metric."""
    chance = random.Random(seed)
    series = []
    for path in ("/a", "/bc"):
        for code in ("200", "404", "500"):
            value, values = 0, []
            for _ in range(POINTS):
                value = 0 if chance.random() < 0.02 else value + chance.choice((0, 0, 1, 2, 7))
                values.append(None if chance.random() < 0.1 else value)
            series.append(({"__name__": "requests", "path": path, "code": code}, values))
        series.append(
            (
                {"__name__": "load", "path": path},
                [None if chance.random() < 0.05 else chance.randrange(1, 100) for _ in range(POINTS)],
            )
        )
        series.append(({"__name__": "place", "path": path, "zone": f"z{path[1]}"}, [1] * POINTS))
        counts = [0, 0, 0, 0]
        rows = []
        for _ in range(POINTS):
            for _ in range(chance.randrange(5)):
                counts[chance.randrange(4)] += 1
            rows.append(list(np.cumsum(counts)))
        for index, bound in enumerate(("0.1", "0.5", "1", "+Inf")):
            series.append(
                ({"__name__": "latency_bucket", "path": path, "le": bound}, [int(row[index]) for row in rows])
            )
    return series


def stored(series):
    found = []
    for labels, values in series:
        kept = [i for i, value in enumerate(values) if value is not None]
        found.append(
            Samples(
                labels, np.array(kept, dtype=np.int64) * STEP, np.array([values[i] for i in kept], dtype=np.float64)
            )
        )
    return Stored(found)


def selector(labels):
    inner = ",".join(f"{name}={json.dumps(value)}" for name, value in labels.items() if name != "__name__")
    return f"{labels.get('__name__', '')}{{{inner}}}"


def number(value):
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)


def evaluated(source, query, at):
    value = Evaluator(source, at, at, 1, left_open=True).evaluate(parse(query))
    if isinstance(value, Frame):
        return [(dict(labels), float(row[0])) for labels, row in zip(value.labels, value.values, strict=True)]
    return [({}, float(value[0]))]


def queries(source):
    """Queries and times; where a value is NaN, which promtool cannot compare, the numbers and the NaNs apart."""
    for query in QUERIES:
        for at in AT:
            if "histogram_quantile" in query:  # without samples: NaN there, no value at Google
                yield f"({query}) == ({query})", at
                continue
            if not any(math.isnan(value) for _, value in evaluated(source, query, at)):
                yield query, at
                continue
            vector = f"vector({query})" if query.startswith("scalar") else query
            yield f"({vector}) == ({vector})", at
            yield f"({vector}) != bool ({vector})", at


def document(series, source):
    lines = ["rule_files: []", "fuzzy_compare: true", "tests:", "- interval: 1m", "  input_series:"]
    for labels, values in series:
        text = " ".join("_" if value is None else str(value) for value in values)
        lines += [f"  - series: {json.dumps(selector(labels))}", f"    values: {json.dumps(text)}"]
    lines.append("  promql_expr_test:")
    for query, at in queries(source):
        written = query.replace("holt_winters", "double_exponential_smoothing")
        lines += [f"  - expr: {json.dumps(written)}", f"    eval_time: {at // 1000}s", "    exp_samples:"]
        found = evaluated(source, query, at)
        if not found:
            lines[-1] += " []"
        for labels, value in found:
            lines += [f"    - labels: {json.dumps(selector(labels))}", f"      value: {number(value)}"]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", [1, 2])
def test_promtool_evaluates_the_same(tmp_path, seed):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool: `make tools` builds it where Go is installed")
    series = generated(seed)
    file = tmp_path / "rules.yaml"
    file.write_text(document(series, stored(series)))
    done = subprocess.run(
        [promtool, "--enable-feature=promql-experimental-functions", "test", "rules", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[:6000]
