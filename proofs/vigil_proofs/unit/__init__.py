"""Unit tests of any alert policy, whoever wrote it: files in YAML, played on the emulator's virtual clock.

`read` takes a test file, `run` plays its tests, `schema` is what a file holds; `derive` makes tests of a policy, and
`promtool` converts test files of Prometheus.
"""

from vigil_proofs.unit import _promtool as promtool
from vigil_proofs.unit._bench import Bench, Feed, Written
from vigil_proofs.unit._file import (
    EntryInput,
    Expectation,
    FileError,
    SeriesInput,
    TestFile,
    UnitTest,
    dumps,
    is_test_file,
    read,
    schema,
)
from vigil_proofs.unit._notation import NotationError
from vigil_proofs.unit._policies import metrics_of, policies_of
from vigil_proofs.unit._run import Outcome, run, run_one

__all__ = [
    "Bench",
    "EntryInput",
    "Expectation",
    "Feed",
    "FileError",
    "NotationError",
    "Outcome",
    "SeriesInput",
    "TestFile",
    "UnitTest",
    "Written",
    "dumps",
    "is_test_file",
    "metrics_of",
    "policies_of",
    "promtool",
    "read",
    "run",
    "run_one",
    "schema",
]
