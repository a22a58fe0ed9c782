"""The pictures of the README and the site: `python -m tests.docs.pictures FOLDER` draws them again.

They show the project that `vigil init` writes. Its stack is deployed to an emulator in this process, whose virtual clock
plays ninety minutes of orders; at the end too many are refused. Chromium takes the pictures, light and dark.
"""

import contextlib
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vigil_apimodel.json_values import json_list
from vigil_cli import console_notes
from vigil_cli.new_project import files, write
from vigil_emulator.clock import VirtualClock
from vigil_emulator.http_server import in_thread
from vigil_emulator.server import Emulator
from vigil_emulator.times import format_time, nanoseconds
from vigil_proofs import Suite
from vigil_proofs.inprocess import apply
from vigil_proofs.timetable import rows
from vigil_runner import stacks

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MINUTES = 90
ORDERS = 12
"""Orders in a minute."""
FAILING = range(64, MINUTES)
"""Minutes in which every fifth order is refused, instead of every fiftieth: the incident is open in the pictures."""
PROJECT = "shop-staging"
WIDTH = 1300
TOO_LATE = """\
policies: [orders.json]
tests:
  - name: a tenth of all requests fails
    interval: 1m
    series:
      - series: run.googleapis.com/request_count{response_code_class="5xx", service_name="orders"}
        resource: cloud_run_revision
        values: 0x4 60x20 0x10
      - series: run.googleapis.com/request_count{response_code_class="2xx", service_name="orders"}
        resource: cloud_run_revision
        values: 540x34
    expect:
      - {minute: 3, open: 0}
      - {minute: 15, open: 1}
"""
"""A test that fails: the policy compares with 50 where its author meant 50 %, that is 0.5, and meant 5 % at that."""
FAILING_POLICY = """\
{
  "displayName": "orders: requests fail", "combiner": "OR",
  "conditions": [{"displayName": "5xx", "conditionPrometheusQueryLanguage": {
    "query": "sum(rate(run_googleapis_com:request_count{monitored_resource=\\"cloud_run_revision\\", response_code_class=\\"5xx\\"}[5m])) / sum(rate(run_googleapis_com:request_count{monitored_resource=\\"cloud_run_revision\\"}[5m])) > 0.5",
    "duration": "300s", "evaluationInterval": "60s"}}]
}
"""


def project(folder: Path) -> None:
    """Write the project of `vigil init shop`."""
    write(folder, files("shop"))


@contextlib.contextmanager
def played(root: Path) -> Iterator[tuple[str, Emulator]]:
    """Deploy the project's stack, play the orders, and serve the emulator's pages for the length of the block."""
    clock = VirtualClock(START)
    stack = stacks.load("staging", root=root)
    run, emulator = apply(stack, root=root, clock=clock)
    with tempfile.TemporaryDirectory() as kept:
        verdicts = Suite.of(stack).run().verdicts
        console_notes.keep(Path(kept), (row for one in verdicts for row in rows(one)))
        notes = {"events": console_notes.events(run), "proofs": console_notes.proofs(Path(kept))}
    _annotate(emulator, notes)
    chance = random.Random(7)  # with a seed, so that each run draws the same pictures
    for minute in range(MINUTES):
        refused = 0.2 if minute in FAILING else 0.02
        emulator.data.write({"entries": json_list(list(_orders(clock.now(), refused, chance)))})
        clock.advance(60)
        emulator.data.step()
    with in_thread(emulator.app, around=emulator.running) as url:
        yield url, emulator


def _annotate(emulator: Emulator, notes: dict[str, list[object]]) -> None:
    from vigil_emulator import annotations  # beside the rest of the emulator's own endpoints

    annotations.take(emulator.store, notes)  # type: ignore[arg-type] # JSON


def _orders(now: datetime, refused: float, chance: random.Random) -> Iterator[dict[str, object]]:
    for number in range(ORDERS):
        at = format_time(nanoseconds(now) + number * 5_000_000_000)
        yield _entry(at, "INFO", event="order.received", message="The service received an order")
        if chance.random() < refused:
            reason = chance.choice(("out_of_stock", "out_of_stock", "card_declined"))
            yield _entry(
                at, "WARNING", event="order.rejected", message=f"order refused: {reason}", reason=reason, waited=0.4
            )


def _entry(at: str, severity: str, **payload: object) -> dict[str, object]:
    labels = {
        "project_id": PROJECT,
        "location": "europe-west1",
        "service_name": "orders",
        "revision_name": "orders-00007",
    }
    return {
        "logName": f"projects/{PROJECT}/logs/run.googleapis.com%2Fstdout",
        "resource": {"type": "cloud_run_revision", "labels": labels},
        "severity": severity,
        "timestamp": at,
        "jsonPayload": {"service": "orders", **payload},
    }


def _vigil(folder: Path, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "vigil_cli", *words], cwd=folder, check=False, stdout=subprocess.DEVNULL)


def failing_proof(folder: Path) -> str:
    """Return the time line of a test that fails, as SVG."""
    (folder / "orders.json").write_text(FAILING_POLICY)
    (folder / "orders.test.yaml").write_text(TOO_LATE)
    _vigil(folder, "test", "orders.test.yaml", "--pictures", "drawn")
    (drawn,) = (folder / "drawn").glob("*.svg")
    return drawn.read_text()


def preview(folder: Path) -> Path:
    """Return the preview of a change to the project, as an HTML file: a lower threshold, a shorter time, one chart more."""

    def git(*words: str) -> None:
        author = ("-c", "user.name=Vigil", "-c", "user.email=vigil@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *author, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)

    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "A project")
    program = folder / "__main__.py"
    text = program.read_text().replace("above=0.05", "above=0.02").replace("More than 5 %", "More than 2 %")
    chart = 'charts=[Chart(title="Orders", signals=(rate(OrderReceived),)), Chart('
    program.write_text(text.replace("charts=[Chart(", chart))
    _vigil(folder, "preview", "-s", "staging", "--base", "main", "--write", "preview.html")
    return folder / "preview.html"


def shoot(browser: "Browser", pages: dict[str, tuple[str, int]], out: Path) -> None:
    """Write each page as NAME-light.png and NAME-dark.png: so many pixels of its top, at four fifths of their size."""
    for scheme in ("light", "dark"):
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": WIDTH, "height": 900}, device_scale_factor=0.8
        )
        page = context.new_page()
        for name, (url, height) in pages.items():
            page.set_viewport_size({"width": WIDTH, "height": height})
            page.goto(url)
            page.evaluate("for (const image of document.images) image.loading = 'eager'")
            while not page.evaluate("[...document.images].every(image => image.complete)"):
                page.wait_for_timeout(20)
            page.screenshot(path=out / f"{name}-{scheme}.png")
        context.close()


def main(out: Path) -> None:
    """Draw all pictures into a folder."""
    from playwright.sync_api import sync_playwright

    if not CHROMIUM.exists():
        sys.exit(f"No {CHROMIUM}. Remedy: apt-get install -y chromium")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="vigil-pictures-") as made:
        folder = Path(made)
        project(folder / "shop")
        project(folder / "changed")
        arguments = ["--no-sandbox", "--headless=new", "--disable-gpu"]
        with played(folder / "shop") as (url, emulator), sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
            (policy,) = emulator.store.names("monitoring.alertPolicies")
            (board,) = emulator.store.names("monitoring.dashboards")
            (incident,) = emulator.data.engine.incidents.values()
            console = f"{url}/console"
            shoot(browser, {
                "dashboard": (f"{console}/dashboards/{board.rpartition('/')[2]}", 1130),
                "policy": (f"{console}/alerts/{policy.rpartition('/')[2]}", 1080),
                "incident": (f"{console}/incidents/{incident.identifier}", 900),
                "logs": (f"{console}/logs", 760),
                "events": (f"{console}/events", 420),
            }, out)  # fmt: skip
            shoot(browser, {"preview": (preview(folder / "changed").as_uri(), 780)}, out)
            browser.close()
        (out / "failing-proof.svg").write_text(failing_proof(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
