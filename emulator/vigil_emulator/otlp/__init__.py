"""OTLP as Google's Telemetry API takes it: logs become entries, metrics Prometheus series, spans are stored.

HTTP (protobuf and JSON) on `/v1/logs`, `/v1/metrics` and `/v1/traces`, and the three gRPC services. The mapping
follows https://docs.cloud.google.com/stackdriver/docs/reference/telemetry/overview; docs/opentelemetry.md lists what
that page leaves open. Needs `vigil-emulator[otlp]`; without it the endpoints say so.
"""
