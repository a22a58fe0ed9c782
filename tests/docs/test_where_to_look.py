"""The pages that say where to look list everything the stacks declare, and their links are valid."""

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from typer.testing import CliRunner

from tests import rendered
from vigil_apimodel import lql
from vigil_cli.app import app
from vigil_runner import program, render, where_to_look

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "where-to-look"
STACKS = ["staging", "prod"]
REMEDY = "run `make goldens` and review the difference"
HOSTS = {
    "console.cloud.google.com",
    "supabase.com",
    "cloud.temporal.io",
    "docs.temporal.io",
    "vercel.com",
}

TOY = """
import pulumi
from vigil_components import (
    AlertSeverity, CloudRunService, Email, ExistingChannel, LogView, LogViewArgs, Routing, RoutingArgs, ServiceMonitoring,
    ServiceMonitoringArgs, MonitoringContext, Team, availability,
)
from vigil_telemetry import HttpRequestCompleted, HttpRequestFailed

by_hand = ExistingChannel(name="projects/toy-project/notificationChannels/7", wakes=True)
team = Team(name="shop", channels={
    AlertSeverity.PAGE: (by_hand, Email(address="shop@example.com")), AlertSeverity.TICKET: (by_hand,),
})
routing = Routing("r", RoutingArgs(project="toy-project", environment="toy", pages=True, teams=[team]))
ServiceMonitoring("orders", ServiceMonitoringArgs(
    context=MonitoringContext(project="toy-project", environment="toy", routing=routing, runbooks_url="https://e.example"),
    source=CloudRunService(name="orders", location="europe-west1"),
    team="shop",
    slos=[availability(bad=HttpRequestFailed, total=HttpRequestCompleted, at_least_good="99%", runbook="slo-availability")],
    console_slos=True,
))
LogView("audit", LogViewArgs(
    project="toy-project", location="europe-west1", bucket_id="b", bucket="projects/toy-project/b", view_id="audit",
    readers=["group:audit@example.com"], log_id="audit",
))
"""


@cache
def document(stack):
    return render.document(rendered.run(stack))


def of(stack, kind):
    return [one["inputs"] for one in document(stack)["resources"] if one["type"] == kind]


def committed(stack):
    return (FOLDER / f"{stack}.md").read_text()


def rows(page):
    return {re.match(r"\| `([^`]+)`", line)[1]: line for line in page.splitlines() if line.startswith("| `")}


def links(page):
    return re.findall(r"\]\(([^)]+)\)", page)


@pytest.mark.parametrize("stack", STACKS)
def test_the_committed_page_is_what_the_program_declares(stack):
    assert committed(stack) == where_to_look.page(document(stack)), REMEDY


@pytest.mark.parametrize("stack", STACKS)
def test_every_alert_has_its_severity_summary_receiver_and_runbook(stack):
    page = committed(stack)
    alerts = of(stack, "vigil:alerts:Alert")
    found = [line for line in page.splitlines() if line.startswith("| `")]
    wanted = [
        (f"| `{one['alert']}` | {one['severity']} | {one['summary']} | ", f"/runbooks/{one['runbook']}.md)")
        for one in alerts
    ]
    assert len(found) == len(wanted) >= 30
    for start, runbook in wanted:
        lines = [line for line in found if line.startswith(start)]
        assert len(lines) == sum(start == other for other, _ in wanted)
        assert all(runbook in line and ("@example.com" in line or "webhook" in line) for line in lines)


def test_who_is_notified_follows_the_environment():
    alert = "error-ratio"
    assert (
        "PagerDuty, email backend-oncall@example.com: opened and closed, again every 30 minutes"
        in rows(committed("prod"))[alert]
    )
    assert "| email backend-staging@example.com: opened and closed, again" in rows(committed("staging"))[alert]
    assert ": opened, at most once in 5 minutes |" in rows(committed("prod"))["non-determinism"]


@pytest.mark.parametrize("stack", STACKS)
def test_every_dashboard_part_bucket_sink_channel_and_objective_is_named(stack):
    page = committed(stack)
    for dashboard in of(stack, "vigil:dashboards:Dashboard"):
        assert f"- Dashboard: *{dashboard['title']}*" in page
    for service in of(stack, "vigil:service:ServiceMonitoring"):
        assert f"\n## {service['service']}\n" in page
        for objective in service["objectives"]:
            assert f"- Objective `{objective['name']}`: {objective['title']}" in page
    for kind, key in (
        ("gcp:logging/projectBucketConfig:ProjectBucketConfig", "bucketId"),
        ("gcp:logging/projectSink:ProjectSink", "name"),
        ("gcp:monitoring/notificationChannel:NotificationChannel", "displayName"),
        ("gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig", "displayName"),
    ):
        found = of(stack, kind)
        assert found, kind
        assert all(str(one[key]) in page for one in found), kind
    for vendor in ("Supabase", "Temporal", "Vercel"):
        assert f"{vendor}'s own console shows beyond this" in page


@pytest.mark.parametrize("stack", STACKS)
def test_every_link_is_well_formed_and_every_file_that_one_names_is_there(stack):
    for link in links(committed(stack)):
        parts = urlsplit(link)
        if parts.scheme:
            assert (parts.scheme, parts.hostname in HOSTS) == ("https", True), link
            assert not re.search(r"\s|\[unknown\]|\[secret\]", link), link
        else:
            assert (FOLDER / parts.path).resolve().is_file(), link


@pytest.mark.parametrize("stack", STACKS)
def test_every_link_to_log_lines_holds_a_query_that_parses_in_the_stack_s_project(stack):
    project = of(stack, "gcp:logging/projectSink:ProjectSink")[0]["project"]
    found = [
        re.fullmatch(r"https://console\.cloud\.google\.com/logs/query;query=([^?]+)\?project=(.+)", link)
        for link in links(committed(stack))
        if "/logs/query" in link
    ]
    assert len(found) > 30
    for link in found:
        assert link[2] == project
        lql.parse(unquote(link[1]))


@pytest.mark.parametrize("stack", STACKS)
def test_the_page_says_what_does_not_arrive_with_the_stack_s_settings(stack):
    database = committed(stack).split("## database\n")[1].split("\n## ")[0]
    assert "no log line arrives: the drain is off (`vigil:drainsImage`" in database
    assert "no metric arrives: the collector is off (`vigil:collectorImage`" in database


def test_once_drain_and_collector_run_the_page_does_not_mention_them():
    from vigil_cli.deployment import configured

    images = {
        "vigil:drainsImage": "e.example/d@sha256:" + "0" * 64,
        "vigil:collectorImage": "e.example/c@sha256:" + "0" * 64,
    }
    page = where_to_look.page(render.document(rendered.run(configured("staging", images))))
    assert "arrives: the" not in page
    assert "`database-unseen`" in page


def test_views_registered_objectives_and_channels_made_by_hand_are_reported(tmp_path):
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "__main__.py").write_text(TOY)
    (tmp_path / "Pulumi.yaml").write_text("name: toy\nmain: infra/\nruntime: python\n")
    (tmp_path / "Pulumi.toy.yaml").write_text("config:\n  gcp:project: toy-project\n")
    page = where_to_look.page(render.document(program.run("toy", root=tmp_path)))
    assert "- View `audit`, read by `group:audit@example.com`: `SOURCE(" in page
    assert "No view of the stack's own" not in page
    assert "in Monitoring's [SLOs](https://console.cloud.google.com/monitoring/services?project=toy-project)" in page
    assert "email shop@example.com, 1 made by hand: opened and closed" in rows(page)["availability-burns-fast"]
    assert "| 1 made by hand: opened and closed" in rows(page)["availability-burns-slowly"]


@pytest.mark.usefixtures("rendered_once")
def test_the_command_writes_a_page_and_reports_one_that_is_out_of_date(tmp_path):
    runner = CliRunner()
    written = runner.invoke(app, ["docs", "-s", "prod", "--write", str(tmp_path)])
    assert written.exit_code == 0, written.output
    file = tmp_path / "prod.md"
    for link in links(file.read_text()):
        assert urlsplit(link).scheme or (tmp_path / link).resolve().is_file(), link
    checked = ["docs", "-s", "prod", "--write", str(tmp_path), "--check"]
    assert runner.invoke(app, checked).exit_code == 0
    file.write_text(file.read_text() + "\n")
    stale = runner.invoke(app, [*checked, "--json"])
    assert stale.exit_code == 1
    error = json.loads(stale.stdout)["error"]
    assert "is not what the program declares for prod" in error["message"]
    assert f"vigil docs -s prod --write {tmp_path}" in error["remedy"]
    assert file.read_text().endswith("\n\n")


def test_the_command_names_the_stacks_when_one_is_not_there():
    refused = CliRunner().invoke(app, ["docs", "-s", "nowhere", "--json"])
    assert refused.exit_code == 2
    assert "prod, staging" in json.loads(refused.stdout)["error"]["message"]
