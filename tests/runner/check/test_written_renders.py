"""`vigil check` on what `vigil render --write` writes: `render.json` and the files beside it are one program."""

import json
from pathlib import Path

import pytest

from tests.project.test_goldens import FOLDER
from vigil_runner import check

POLICY = {
    "displayName": "Too many errors",
    "combiner": "OR",
    "project": "shop-prod",  # Pulumi's field: the API has none of this name
    "notificationChannels": ["projects/shop-prod/notificationChannels/1"],
    "conditions": [
        {
            "displayName": "error rate",
            "conditionThreshold": {
                "filter": 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_count"',
                "comparison": "COMPARISON_GT",
                "thresholdValue": 5,
                "duration": "30s",
                "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}],
            },
        }
    ],
}
DASHBOARD = {"displayName": "Overview", "mosaicLayout": {"columns": 500, "tiles": []}}


def declared(kind, name, inputs):
    return {
        "type": f"gcp:monitoring/{kind}",
        "name": name,
        "urn": f"urn:pulumi:prod::shop::x::{name}",
        "inputs": inputs,
    }


@pytest.fixture
def written(tmp_path: Path) -> Path:
    resources = [
        declared("alertPolicy:AlertPolicy", "errors", "[policies/errors.json]"),
        declared("dashboard:Dashboard", "overview", {"dashboardJson": "[dashboards/overview.json]", "project": "x"}),
    ]
    for path, document in (
        ("render.json", {"stack": "prod", "project": "shop", "resources": resources}),
        ("policies/errors.json", POLICY),
        ("dashboards/overview.json", DASHBOARD),
    ):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(json.dumps(document, indent=1))
    return tmp_path


@pytest.mark.parametrize("named", [["."], ["render.json"], ["policies/errors.json", "render.json"]])
def test_each_resource_is_checked_once_and_a_fault_is_in_the_file_that_holds_it(written: Path, monkeypatch, named):
    monkeypatch.chdir(written)
    report = check.check(check.load_all(named)[0])
    assert sorted(report.counted.values()) == [1, 1]
    assert [(each.rule, each.resource, each.file.removeprefix("./"), each.line) for each in report.findings] == [
        ("dashboard-mosaic", "overview", "dashboards/overview.json", 4),
        ("alert-duration", "errors", "policies/errors.json", 15),
    ]


def test_a_file_that_the_render_names_must_be_there(written: Path):
    (written / "policies" / "errors.json").unlink()
    with pytest.raises(check.UnreadableError, match=r"policies/errors\.json cannot be read"):
        check.load_all([str(written)])


def test_the_committed_renders_have_no_fault():
    report = check.check(check.load_all([str(FOLDER / "staging")])[0])
    assert report.resources > 100
    assert report.findings == ()
