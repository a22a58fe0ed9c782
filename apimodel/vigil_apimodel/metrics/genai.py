"""OpenTelemetry's metrics of generative AI clients, exported through Managed Service for Prometheus.

Sources: open-telemetry/semantic-conventions v1.41.1 (the last version with them; they moved to
semantic-conventions-genai, where all is still "Development"). Names at the destination follow the exporter's rules:
dots become `_`, the unit is added. What Python's instrumentations really emit is these two.
"""

from vigil_apimodel.metrics.model import Label, Source
from vigil_apimodel.metrics.prometheus import metric

_SOURCE = Source(
    "https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-metrics.md", "1.41.1"
)
_LABELS = (
    Label("gen_ai_operation_name"),
    Label("gen_ai_provider_name"),
    Label("gen_ai_request_model"),
    Label("gen_ai_response_model"),
)

OPERATION_DURATION = metric(
    "gen_ai_client_operation_duration_seconds",
    "histogram",
    _SOURCE,
    *_LABELS,
    Label("error_type"),
    unit="s",
    description="Duration of a model call; the default buckets end at 81.92 s, so longer calls cannot be told apart",
    labels_known=False,
)
TOKEN_USAGE = metric(
    "gen_ai_client_token_usage",
    "histogram",
    _SOURCE,
    *_LABELS,
    Label("gen_ai_token_type", ("input", "output")),
    unit="{token}",
    description="Tokens of a model call by type",
    labels_known=False,
)

METRICS = (OPERATION_DURATION, TOKEN_USAGE)
