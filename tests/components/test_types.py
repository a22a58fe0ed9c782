"""A type checker reports the mistakes that types can express, at the line where they are made."""

import json
import subprocess
import sys
from pathlib import Path

FILE = Path(__file__).with_name("wrong_calls.py")
ROOT = FILE.parents[2]


def test_a_type_checker_reports_each_wrong_call_and_nothing_else(tmp_path):
    """With its default rules, as an editor has them."""
    settings = {"include": [str(FILE)], "extraPaths": [str(ROOT)], "typeCheckingMode": "standard"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    ran = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--outputjson", "-p", str(tmp_path), "--pythonpath", sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    found = [each for each in json.loads(ran.stdout)["generalDiagnostics"] if each["severity"] == "error"]
    reported = {each["range"]["start"]["line"] + 1: each["message"] for each in found}
    lines = enumerate(FILE.read_text().splitlines(), start=1)
    wrong = {number for number, line in lines if line.endswith("# error")}
    assert len(wrong) > 35
    assert set(reported) == wrong, {line: reported.get(line, "not reported") for line in set(reported) ^ wrong}
