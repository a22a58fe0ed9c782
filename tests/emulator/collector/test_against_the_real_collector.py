"""What a real OpenTelemetry Collector writes, and what the emulator's own scraper writes, of the same configuration.

Both scrape the same endpoint, which serves each of them the same samples in the same order; the collector writes to one
emulator over gRPC, as it would to Google, the other emulator scrapes by itself. `make collector` builds the collector.
"""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.emulator.scraping.exposing import exposed
from vigil_apimodel.metrics import supabase, temporal_sdk
from vigil_components.collector import Destination, SupabaseEndpoint, TemporalWorkersEndpoint, collector_config, render

TOOLS = Path(__file__).resolve().parents[3] / ".vigil" / "tools"
COLLECTOR = shutil.which("otelcol", path=str(TOOLS))
PROJECT = "vigil-local"
KEY = "sb_secret_of_a_test"
PATIENCE = 240.0
"""Wall seconds; it takes about fifteen where the machine has nothing else to do."""

pytestmark = [
    pytest.mark.skipif(COLLECTOR is None, reason="no OpenTelemetry Collector is built here: make collector (needs Go)"),
    pytest.mark.timeout(600),
]

STEP = 10
"""Seconds between the times that the endpoint gives its samples."""
ROUNDS = (
    {"counter": 60, "count": 4, "sum": 20, "buckets": (2, 3), "gauge": 1.5},
    {"counter": 100, "count": 9, "sum": 31.5, "buckets": (4, 7), "gauge": -2},
    {"counter": 140.5, "count": 12, "sum": 60, "buckets": (5, 9), "gauge": "NaN"},
    {"counter": 5, "count": 1, "sum": 0.5, "buckets": (1, 1), "gauge": "+Inf"},  # restarted
    {"counter": 9, "count": 3, "sum": 4, "buckets": (2, 2), "gauge": 0},
    {"counter": 8, "count": 2, "sum": 3, "buckets": (1, 1), "gauge": 7},  # and again
)
TEXT = """\
# HELP jobs_done What is "done".
# TYPE jobs_done counter
jobs_done{{queue="a \\"b\\" \\\\ c",namespace="shop",le="none"}} {counter} {at}
# TYPE many_total_things_total counter
many_total_things_total {counter} {at}
# TYPE waits_seconds histogram
waits_seconds_bucket{{namespace="shop",le="0.5"}} {buckets[0]} {at}
waits_seconds_bucket{{namespace="shop",le="2"}} {buckets[1]} {at}
waits_seconds_bucket{{namespace="shop",le="+Inf"}} {count} {at}
waits_seconds_sum{{namespace="shop"}} {sum} {at}
waits_seconds_count{{namespace="shop"}} {count} {at}
# TYPE sizes summary
sizes{{quantile="0.5"}} 3 {at}
sizes{{quantile="0.99"}} {gauge} {at}
sizes_sum {sum} {at}
sizes_count {count} {at}
# TYPE temperature gauge
temperature{{job="mine",instance="here",location="kitchen",empty=""}} {gauge} {at}
# TYPE odd__name untyped
odd__name {counter} {at}
nobody_knows_total{{le="1"}} {counter} {at}
# TYPE broken histogram
broken_bucket{{le="1"}} 5 {at}
broken_bucket{{le="2"}} 3 {at}
broken_bucket{{le="+Inf"}} 5 {at}
broken_sum 1 {at}
broken_count 5 {at}
# TYPE unsummed histogram
unsummed_bucket{{le="1"}} 5 {at}
unsummed_bucket{{le="+Inf"}} 5 {at}
unsummed_count 5 {at}
left_out 1 {at}
"""
OPEN_METRICS = """\
# TYPE orders counter
# HELP orders Taken.
orders_total{{kind="new"}} {counter} {seconds} # {{trace_id="0af7651916cd43dd8448eb211c80319c"}} 1 {seconds}
orders_created{{kind="new"}} {began} {seconds}
# TYPE delay_seconds histogram
# UNIT delay_seconds seconds
delay_seconds_bucket{{le="0.5"}} {buckets[0]} {seconds}
delay_seconds_bucket{{le="+Inf"}} {count} {seconds}
delay_seconds_count {count} {seconds}
delay_seconds_sum {sum} {seconds}
# TYPE build info
build_info{{version="1.2"}} 1 {seconds}
# TYPE mood stateset
mood{{mood="happy"}} 1 {seconds}
mood{{mood="sad"}} 0 {seconds}
# TYPE depth gaugehistogram
depth_bucket{{le="1"}} 2 {seconds}
depth_bucket{{le="+Inf"}} 3 {seconds}
depth_gcount 3 {seconds}
depth_gsum 4 {seconds}
# TYPE share_ratio gauge
# UNIT share_ratio ratio
share_ratio 0.25 {seconds}
# EOF
"""
DATABASE = """\
# TYPE pg_up gauge
pg_up{{supabase_project_ref="abc",service_type="db"}} 1
# TYPE pg_stat_database_xact_commit_total counter
pg_stat_database_xact_commit_total{{supabase_project_ref="abc"}} {number}00
# TYPE http_server_duration_milliseconds histogram
http_server_duration_milliseconds_bucket{{le="5"}} {number}
http_server_duration_milliseconds_bucket{{le="+Inf"}} {number}
http_server_duration_milliseconds_sum {number}
http_server_duration_milliseconds_count {number}
# TYPE go_goroutines gauge
go_goroutines 12
supavisor_client_connections_active 4
"""
WORKERS = """\
# TYPE temporal_num_pollers gauge
temporal_num_pollers{{namespace="default",poller_type="workflow_task",task_queue="orders"}} 5
# TYPE temporal_workflow_completed counter
temporal_workflow_completed{{namespace="default",workflow_type="Fulfil",cluster="c"}} {number}
# TYPE temporal_workflow_endtoend_latency histogram
temporal_workflow_endtoend_latency_bucket{{namespace="default",le="100"}} 0
temporal_workflow_endtoend_latency_bucket{{namespace="default",le="500"}} {number}
temporal_workflow_endtoend_latency_bucket{{namespace="default",le="+Inf"}} {number}
temporal_workflow_endtoend_latency_sum{{namespace="default"}} {number}50
temporal_workflow_endtoend_latency_count{{namespace="default"}} {number}
"""
SDK = {one.at(temporal_sdk.Route.SCRAPE) for one in temporal_sdk.SDK_METRICS}


def rest(metrics, text):
    """The metrics that the text lacks, as a template like the text."""
    exposition = exposed((one for one in metrics if f"# TYPE {one.origin} " not in text), 0)
    return exposition.replace("{", "{{").replace("}", "}}").replace(" 0\n", " {number}\n")


DATABASE += rest(supabase.METRICS, DATABASE)
WORKERS += rest(SDK, WORKERS)
PLAIN, OPEN = "text/plain; version=0.0.4", "application/openmetrics-text; version=1.0.0"
SERVED = {
    "/customer/v1/privileged/metrics": (PLAIN, DATABASE),
    "/metrics": (PLAIN, WORKERS),
    "/timed": (PLAIN, TEXT),
    "/open": (OPEN, OPEN_METRICS),
    "/nonsense": (PLAIN, "fine 1\nnot a line of it\n"),
}
AUTHORIZATION = "Basic " + base64.b64encode(f"service_role:{KEY}".encode()).decode()


@dataclass
class Endpoint:
    """Serves every path, and counts the requests of each agent by its name."""

    began: int
    requests: defaultdict = field(default_factory=lambda: defaultdict(int))
    refused: list = field(default_factory=list)

    def answer(self, path, headers):
        who = "ours" if headers["user-agent"].startswith("vigil") else "theirs"
        self.requests[who, path] += 1
        number = self.requests[who, path]
        at = self.began + STEP * number
        values = {"at": at * 1000, "seconds": f"{at}.0", "began": self.began, "number": number}
        if path in {"/timed", "/open"}:
            values |= ROUNDS[number - 1] if number <= len(ROUNDS) else {}
        if path == "/customer/v1/privileged/metrics" and headers["authorization"] != AUTHORIZATION:
            self.refused.append(who)
            return 401, "text/plain", ""
        kind, body = SERVED[path]
        if path in {"/timed", "/open"} and number > len(ROUNDS):
            return 200, kind, "# EOF\n"
        return 200, kind, body.format(**values)


@contextlib.contextmanager
def serving(endpoint):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, kind, body = endpoint.answer(self.path, self.headers)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def emulator(folder, *arguments):
    command = [sys.executable, "-m", "vigil_emulator", "--memory", "--port", "0", *arguments]
    with (folder / "emulator.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "SUPABASE_ABC_KEY": KEY}
        )
    try:
        line = process.stdout.readline()
        assert line, (folder / "emulator.log").read_text()
        yield json.loads(line)
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def collector(folder, config):
    log = folder / "collector.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [COLLECTOR, "--config", str(config)], stdout=output, stderr=output, env={"SUPABASE_ABC_KEY": KEY}
        )
    try:
        yield log
    finally:
        process.kill()
        process.wait()


def ask(url, path, **query):
    with urllib.request.urlopen(f"{url}{path}?{urllib.parse.urlencode(query)}", timeout=60) as answer:
        return json.load(answer)


def series(url):
    """Kind, value type, unit and points (oldest first) of all series, by metric, labels and resource."""
    found = {}
    listed = ask(url, f"/v3/projects/{PROJECT}/metricDescriptors", filter='metric.type=starts_with("prometheus.")')
    for metric in listed.get("metricDescriptors", ()):
        for one in ask(
            url,
            f"/v3/projects/{PROJECT}/timeSeries",
            **{
                "filter": f'metric.type="{metric["type"]}"',
                "interval.startTime": "2020-01-01T00:00:00Z",
                "interval.endTime": "2100-01-01T00:00:00Z",
            },
        ).get("timeSeries", ()):
            key = (
                one["metric"]["type"].removeprefix("prometheus.googleapis.com/"),
                *(tuple(sorted(part.get("labels", {}).items())) for part in (one["metric"], one["resource"])),
            )
            points = [(point["interval"], point["value"]) for point in reversed(one["points"])]
            found[key] = (one["metricKind"], one["valueType"], metric.get("unit", ""), points)
    return found


def job_of(key):
    return dict(key[2])["job"]


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, what()
        time.sleep(0.3)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Series as the real collector wrote them and as the emulator's scraper did, and what the endpoint saw."""
    folder = tmp_path_factory.mktemp("collector")
    endpoint = Endpoint(began=int(time.time()) - 600)
    with serving(endpoint) as address, emulator(folder, "--grpc-port", "0") as written:
        config = collector_config(
            [
                SupabaseEndpoint(project="abc", secret="s", hosts=(address,), scheme="http"),
                TemporalWorkersEndpoint(targets=(address,)),
            ],
            {*supabase.METRICS, *SDK},
            Destination(project=PROJECT, location="europe-west1", namespace="test", endpoint=written["grpc"]),
        )
        receiver = config["receivers"]["prometheus"]
        receiver["discovery_reload_on_startup"] = True
        jobs = receiver["config"]["scrape_configs"]
        for job in jobs:  # as generated, but for the waiting
            job |= {"scrape_interval": "6s", "scrape_timeout": "5s"}
        rules = [
            {"action": "drop", "source_labels": ["__name__"], "regex": "left_.*"},
            *jobs[0]["metric_relabel_configs"][1:],
            {"source_labels": ["queue", "exported_namespace"], "separator": "/", "regex": "a(.*)/(?P<where>.*)",
             "target_label": "both", "replacement": "$${where} of$$1"},
        ]  # fmt: skip
        for name in ("timed", "open"):  # a sample that no scrape has read is not served again
            jobs.append(
                {
                    "job_name": name,
                    "metrics_path": f"/{name}",
                    "scrape_interval": "4s",
                    "scrape_timeout": "4s",
                    "honor_timestamps": True,
                    "static_configs": [{"targets": [address], "labels": {"team": "backend"}}],
                    "metric_relabel_configs": rules,
                }
            )
        for name, targets in (("nonsense", [address]), ("dead", ["127.0.0.1:1"])):
            jobs.append(
                {
                    "job_name": name,
                    "metrics_path": f"/{name}",
                    "scrape_interval": "6s",
                    "scrape_timeout": "5s",
                    "static_configs": [{"targets": targets}],
                }
            )
        file = folder / "collector.yaml"
        file.write_text(render(config))
        with emulator(folder, "--scrape", str(file)) as scraped, collector(folder, file) as log:

            def whole():
                ours, theirs = series(scraped["url"]), series(written["url"])
                return (ours, theirs) if _enough(ours) and _enough(theirs) else None

            def report():
                names = [sorted({key[0] for key in series(one["url"])}) for one in (scraped, written)]
                standing = ask(scraped["url"], "/vigil/v1/scraping")
                return f"{log.read_text()[-3000:]}\n{standing}\nours {names[0]}\ntheirs {names[1]}"

            ours, theirs = until(whole, report)
    return ours, theirs, endpoint


def _enough(found):
    """Two points of every cumulative series of the generated jobs, and every point that the timed ones will get."""
    points = defaultdict(int)
    for key, (_, _, _, values) in found.items():
        points[job_of(key), key[0]] = max(len(values), points[job_of(key), key[0]])
    return (
        points["supabase-abc", "http_server_duration_milliseconds/histogram"] >= 1
        and points["temporal-workers", "temporal_workflow_endtoend_latency/histogram"] >= 1
        and points["timed", "jobs_done_total/counter"] >= len(ROUNDS) - 1
        and points["open", "orders_total/counter"] >= len(ROUNDS) - 1
        and points["nonsense", "up/gauge"] >= 1
        and points["dead", "up/gauge"] >= 1
    )


def comparable(value):
    """A point's value, equal to itself where it is NaN."""
    return json.loads(json.dumps(value), parse_constant=str)


def test_both_write_the_same_series(both):
    ours, theirs, endpoint = both
    assert endpoint.refused == []
    assert [sorted(set(ours) - set(theirs)), sorted(set(theirs) - set(ours))] == [[], []]
    assert {key: value[:3] for key, value in ours.items()} == {key: value[:3] for key, value in theirs.items()}


def test_the_catalogs_have_the_names_that_the_real_collector_writes(both):
    _, theirs, _ = both
    written = {f"prometheus.googleapis.com/{key[0]}" for key in theirs}
    assert {one.type for one in (*supabase.METRICS, *SDK)} <= written


def test_both_write_the_same_values_at_the_same_times_where_the_endpoint_gives_them(both):
    ours, theirs, _ = both
    compared = 0
    for key, (_, _, _, points) in ours.items():
        if job_of(key) in {"timed", "open"} and not key[0].startswith(("up/", "scrape_")):
            # on a busy machine one of the two has written a point more when they are queried
            both_have = min(len(points), len(theirs[key][3]))
            assert max(len(points), len(theirs[key][3])) <= both_have + 1, key
            assert comparable(points[:both_have]) == comparable(theirs[key][3][:both_have]), key
            compared += both_have
    assert compared > 50


def test_both_write_the_same_values_in_the_same_order_where_the_endpoint_gives_no_times(both):
    ours, theirs, _ = both
    for key, (kind, _, _, points) in ours.items():
        if job_of(key) in {"timed", "open"} or key[0].startswith("scrape_duration"):
            continue
        pairs = list(zip(points, theirs[key][3], strict=False))
        assert pairs, key
        for mine, other in pairs:
            assert [one["startTime"] < one["endTime"] for one, _ in (mine, other)] == [kind == "CUMULATIVE"] * 2, key
            assert comparable(mine[1]) == comparable(other[1]), key
