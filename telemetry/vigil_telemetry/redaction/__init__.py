"""Keeps personal data and secrets out of lines.

Declared fields are handled by their declaration. What is not declared is scanned: the names of foreign keys (`keys`),
and the
values of free text (`values`: e-mail, phone, card, IBAN, IP, JWT, API keys, private keys, authorization headers,
URLs). `redactor`
joins both and fails closed: where scanning fails, the text is replaced as a whole.
"""

from vigil_telemetry.redaction.keys import sensitive_key
from vigil_telemetry.redaction.redactor import redact, redact_exception_text, redact_identifier, redact_text
from vigil_telemetry.redaction.values import REDACTED

__all__ = ["REDACTED", "redact", "redact_exception_text", "redact_identifier", "redact_text", "sensitive_key"]
