"""The programs in docs/collector.md and docs/drains.md run as they stand."""

import re
from pathlib import Path

import pulumi
import pytest

from vigil_components.testing import record

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize(
    ("page", "counts"),
    [
        (
            "collector.md",
            {"gcp:cloudrunv2/workerPool:WorkerPool": 1, "gcp:secretmanager/secretIamMember:SecretIamMember": 2},
        ),
        (
            "drains.md",
            {
                "gcp:cloudrunv2/service:Service": 1,
                "vercel:index/logDrain:LogDrain": 1,
                "vercel:index/webhook:Webhook": 1,
                "pulumi-python:dynamic/vercel:Drain": 1,
                "gcp:secretmanager/secretVersion:SecretVersion": 2,
            },
        ),
    ],
)
def test_the_pages_program_declares_what_the_page_says(page, counts):
    [program] = re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)

    def run():
        exec(compile(program, page, "exec"), {"signing_secret": pulumi.Output.secret("0123456789abcdef" * 2)})

    record(run).check(counts=counts)
