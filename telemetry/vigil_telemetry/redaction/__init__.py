"""Keeps personal data and secrets out of lines.

Declared fields are handled by their declaration. What is not declared is scanned: the names of foreign keys (`keys`)
and the text (`values`). `pairs` finds secrets beside their names, `reports` the input that errors quote, `providers`
API keys, `addresses` e-mail and credentials in URLs, `numbers` cards, IBANs, phones and IP addresses. `budget` bounds
what it costs. `redactor` joins all and fails closed: where scanning fails, the text is replaced as a whole.
"""

from vigil_telemetry.redaction.budget import Budget
from vigil_telemetry.redaction.keys import sensitive_key
from vigil_telemetry.redaction.redactor import (
    redact,
    redact_exception_text,
    redact_identifier,
    redact_label,
    redact_text,
)
from vigil_telemetry.redaction.values import REDACTED, scan_head, scan_tail

__all__ = [
    "REDACTED",
    "Budget",
    "redact",
    "redact_exception_text",
    "redact_identifier",
    "redact_label",
    "redact_text",
    "scan_head",
    "scan_tail",
    "sensitive_key",
]
