"""Writes apimodel's table of a dashboard's fields from the discovery document: `python -m tests.emulator.control.dashboard_fields`."""

import subprocess
import sys
from pathlib import Path

from vigil_apimodel.dashboards import fields
from vigil_emulator.rest.discovery import document


def described():
    """By schema of monitoring v1 that a dashboard is made of: its fields, each with the schema that it holds."""
    schemas = document("monitoring.v1")["schemas"]
    found = {}

    def held(declared):
        return held(declared["items"]) if declared.get("type") == "array" else declared.get("$ref", "")

    def walk(name):
        if name in found:
            return
        found[name] = {field: held(declared) for field, declared in schemas[name].get("properties", {}).items()}
        for inner in filter(None, found[name].values()):
            walk(inner)

    walk("Dashboard")
    return {name: dict(sorted(of.items())) for name, of in sorted(found.items())}


if __name__ == "__main__":
    file = Path(fields.__file__)
    head, _, rest = file.read_text(encoding="utf-8").partition("= {\n")
    tail = rest[rest.rindex("}\n") :]
    lines = [f"    {name!r}: {of!r},\n" for name, of in described().items()]
    file.write_text(f"{head}= {{\n{''.join(lines)}{tail}", encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(file)], check=True)
