"""Deploy the observability of the whole system for the selected stack."""

import sys
from pathlib import Path

# Pulumi runs this file with its own folder first on the path; our absolute imports start one level higher.
_ROOT = str(Path(__file__).resolve().parent.parent)
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)

import pulumi

from infra.settings import load
from infra.system import System

settings = load(pulumi.Config(), pulumi.Config("gcp"), stack=pulumi.get_stack())
system = System("vigil", settings)
for name, value in system.links.items():
    pulumi.export(name, value)
