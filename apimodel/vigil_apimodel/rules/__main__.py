"""Prints the page of rules: `python -m vigil_apimodel.rules > docs/rules.md`."""

import sys

from vigil_apimodel.rules import page

sys.stdout.write(page())
