"""Measures how often clean text is changed and planted secrets come out; the docs have the result.

Run from the root: `python tests/telemetry/measure_false_positives.py`.
"""

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.telemetry import planting
from tests.telemetry.forms import BARE, NAMES, QUOTING, TABLES
from vigil_telemetry.redaction import redact_text

COUNT = 50_000

rng = random.Random(1)
generated = [planting.clean(rng) for _ in range(COUNT)]
written = [
    line
    for line in (Path(__file__).parent / "clean_lines.txt").read_text("utf-8").splitlines()
    if line and not line.startswith(("# ", "## "))
]
for title, texts in (("generated", generated), ("written in the style of programs", written)):
    changed = [(text, out) for text in texts if (out := redact_text(text)) != text]
    print(f"{len(changed)} of {len(texts)} clean lines, {title}, changed: {100 * len(changed) / len(texts):.2f} %")  # noqa: T201
    for text, out in changed[:8]:
        print(repr(text), "->", repr(out))  # noqa: T201
for title, forms, times in (("beside their name", QUOTING | BARE, 20), ("in tables", TABLES, 500)):
    tried = leaked = 0
    for form in forms.values():
        for name in NAMES:
            for _ in range(times):
                secret = "".join(rng.choice(planting.ALNUM) for _ in range(rng.randint(8, 24)))
                tried += 1
                leaked += secret in redact_text(form(name, secret))
    print(f"{leaked} of {tried} secrets {title}, in {len(forms)} forms, came out")  # noqa: T201
kinds = list(planting.SUPPORTED)
planted = []
for number in range(20_000):
    kind = kinds[number % len(kinds)]
    one = planting.SUPPORTED[kind](rng)
    planted.append((kind, one, redact_text(planting.sentence(rng, one))))
missed = [kind for kind, one, out in planted if any(part in out for part in planting.secrets_of(kind, one))]
print(f"{len(missed)} of {len(planted)} planted values of {len(kinds)} kinds came out: {sorted(set(missed))}")  # noqa: T201
