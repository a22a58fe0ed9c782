"""Limits of the Telemetry API: https://docs.cloud.google.com/stackdriver/quotas, read on 2026-11-29."""

POINTS = 200
"""Data points in one request of metrics."""
RESOURCE_METRICS = 200
"""ResourceMetrics in one request of metrics."""
QUANTILES = 10
"""Quantiles of one summary."""

ATTRIBUTE_KEY = 512
"""Bytes of an attribute's key."""
ATTRIBUTE_VALUE = 64 * 1024
"""Bytes of an attribute's value."""
NAME = 1024
"""Bytes of the name of a span or of a span's event."""
ATTRIBUTES = 1024
"""Attributes of a span, of an event, of a link, of a resource."""
ATTRIBUTES_OF_RESOURCE_SPANS = 8192
"""Attributes of one ResourceSpans and everything in it."""
EVENTS = 256
"""Events of a span."""
LINKS = 128
"""Links of a span."""
SCHEMA_URL = 8192
"""Bytes of a schema's address."""
