"""The Python of pages that no other test reads runs as it stands."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vigil_components.testing import record

DOCS = Path(__file__).resolve().parents[2] / "docs"


def block(page: str) -> str:
    (found,) = re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)
    return found


@pytest.mark.parametrize(("page", "alerts", "channels"), [("running-services.md", 28, 1), ("channels.md", 0, 3)])
def test_a_program_of_a_page_declares_what_the_page_says(page: str, alerts: int, channels: int) -> None:
    config = {"pagerdutyKey": "example", "slackToken": "example"}
    counts = record(lambda: exec(block(page), {}), config=config).counts()
    assert counts.get("gcp:monitoring/alertPolicy:AlertPolicy", 0) == alerts
    assert counts["gcp:monitoring/notificationChannel:NotificationChannel"] == channels


def test_what_the_page_says_of_personal_data_holds_for_its_example(tmp_path: Path) -> None:
    script = tmp_path / "example.py"  # its own process: the example configures the library
    script.write_text(block("personal-data.md"))
    ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    line = json.loads(ran.stdout)
    assert line["customer"].startswith("hmac:")
    assert "ada" not in ran.stdout
    assert (line["address"], line["note"]) == ("[redacted]", "call [phone]")
    assert "birthday" not in line


def test_the_site_loads_no_script_of_another_host() -> None:
    """The theme would load a shim for its offline search from unpkg.com; ours stands in its place."""
    (scripts,) = re.findall(r"^  polyfills: \[(.*?)\]", (DOCS.parent / "mkdocs.yml").read_text(), re.MULTILINE)
    assert "iframe-worker" in scripts, "the plugin `offline` adds its own address for any other name"
    for script in scripts.split(", "):
        assert "IFrameWorker" in (DOCS / script).read_text()
