"""Brings in what other libraries log.

Stdlib `logging` (`stdlib`), structlog (`structlog`), exceptions that nobody catches (`uncaught`), the current span of
OpenTelemetry (`opentelemetry`), and maps events of language models to the GenAI conventions (`genai`). Each imports its
library only when it is used.
"""
