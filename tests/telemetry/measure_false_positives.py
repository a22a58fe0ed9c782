"""Measures how often clean text is changed by redaction; the docs have the result. Run from the root: `python tests/telemetry/measure_false_positives.py`."""

import random
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.telemetry import planting
from vigil_telemetry.redaction import redact_text

COUNT = 50_000

rng = random.Random(1)
texts = [planting.clean(rng) for _ in range(COUNT)]
changed = [(text, redact_text(text)) for text in texts if redact_text(text) != text]
print(f"{len(changed)} of {COUNT} clean lines changed: {100 * len(changed) / COUNT:.2f} %")  # noqa: T201
marks = Counter(
    mark
    for _, out in changed
    for mark in ("[phone]", "[card]", "[iban]", "[ip]", "[email]", "[redacted]", "[credentials]", "[key]", "[ssn]")
    if mark in out
)
print(dict(marks))  # noqa: T201
for text, out in changed[:8]:
    print(repr(text), "->", repr(out))  # noqa: T201
