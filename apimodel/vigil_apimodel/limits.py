"""Numbers that Google's APIs enforce or publish, with their sources.

`proto` names the file under google/ in https://github.com/googleapis/googleapis whose comments state the number;
pages are under https://docs.cloud.google.com. Old copies of quota pages and numbers that were only observed say so;
the rules built on them warn instead of failing.
"""

# --- alert policies (proto: monitoring/v3/alert.proto, common.proto, notification.proto) ---------------------------
ALERT_CONDITIONS = 6
"""Conditions of a policy."""
ALERT_FILTER_CHARS = 2_048
"""Characters of a condition's filter."""
DISPLAY_NAME_CHARS = 512
"""Characters of the display name of a policy or a channel."""
CHANNEL_DESCRIPTION_CHARS = 1_024
DOCUMENTATION_CHARS = 8_192
DOCUMENTATION_BYTES = 10_240
"""UTF-8 bytes of a policy's documentation; the characters are limited too."""
DOCUMENTATION_SUBJECT_BYTES = 10_240
DOCUMENTATION_SUBJECT_SHOWN_BYTES = 255
"""What is left of a subject after its variables are filled in."""
DOCUMENTATION_LINKS = 3
DOCUMENTATION_LINK_NAME_CHARS = 63
DOCUMENTATION_LINK_URL_CHARS = 2_083
USER_LABELS = 64
USER_LABEL_CHARS = 63
USER_LABEL_BYTES = 128
DURATION_STEP_SECONDS = 60
"""Durations and alignment periods of conditions are multiples of it."""
MISSING_DATA_DURATION_SECONDS = 60
"""A condition that says what missing data means lasts at least so long."""
ABSENCE_MINIMUM_SECONDS = 120
ABSENCE_MAXIMUM_SECONDS = 84_600
"""23.5 hours (monitoring/alerts/metric-absence)."""
FORECAST_MINIMUM_SECONDS = 3_600
FORECAST_MAXIMUM_SECONDS = 216_000
"""60 hours."""
ALIGNMENT_MINIMUM_SECONDS = 60
ALIGNMENT_MAXIMUM_SECONDS = 90_000
"""25 hours, in alert policies."""
EVALUATION_STEP_SECONDS = 30
"""PromQL conditions are evaluated at multiples of it."""
PROMQL_NAME_CHARS = 2_048
"""Characters of a PromQL condition's rule group and alert rule."""
AUTO_CLOSE_MINIMUM_SECONDS = 1_800
"""Server's answer: "the autoclose duration should be at least 30 minutes"."""
AUTO_CLOSE_MAXIMUM_SECONDS = 604_800
"""7 days; unverified, the longest value in Google's samples."""
NOTIFICATION_PERIOD_SECONDS = 300
"""A log-match policy notifies at most once in it (logging/docs/alerting/log-based-incidents)."""
NOTIFICATIONS_A_DAY = 20
"""Notifications of a log-match policy (the same page)."""
POLICY_CHANNELS = 16
"""Channels of a policy; an old copy of the quotas page."""
CERTIFICATE_DAYS = 3_650
"""No certificate is valid for longer; a threshold above it is in another unit than days."""
SLO_LOOKBACK_MAXIMUM_SECONDS = 86_400
"""Look-back of select_slo_burn_rate, 24 hours (Google's page as quoted in elastic/kibana#144721)."""
SQL_MINUTES = (5, 1_440)
SQL_HOURS = (1, 48)
SQL_MINUTE_OFFSET = (0, 59)

# --- Cloud Logging (proto: logging/v2/logging_metrics.proto, logging_config.proto; logging/quotas) -----------------
LOG_METRIC_NAME_CHARS = 100
LOG_METRIC_DESCRIPTION_CHARS = 8_000
LOG_FILTER_CHARS = 20_000
"""Characters of a query, comments included: metrics, sinks, exclusions, searches."""
LOG_METRIC_LABELS = 10
LOG_METRIC_LABEL_VALUE_CHARS = 1_024
"""Characters of a label's value that are kept (the same page as the next)."""
LOG_METRIC_SERIES = 30_000
"""Active time series of a metric, about (logging/docs/logs-based-metrics/labels)."""
DISTRIBUTION_BUCKETS = 200
SINK_NAME_CHARS = 100
SINK_DESCRIPTION_CHARS = 8_000
SINK_EXCLUSIONS = 50
BUCKET_ID_CHARS = 100
BUCKET_RETENTION_DAYS = (1, 3_650)
"""The upper end is unverified."""
BUCKET_INDEXES = 20
BUCKET_VIEWS = 30
LINK_ID_CHARS = 100
LOG_SCOPE_RESOURCES = 100
LOG_SCOPE_PROJECTS = 5
"""Description of `LogScope.resourceNames` in the discovery document of 2026-09-11."""
TRACE_SCOPE_PROJECTS = 20
LOG_ENTRY_BYTES = 262_144
"""256 KiB, about."""
LOG_ENTRY_LABELS = 64
LOG_ENTRY_LABEL_KEY_CHARS = 512
LOG_ENTRY_LABEL_VALUE_CHARS = 65_536

# --- dashboards (proto: monitoring/dashboard/v1; release note of 2025-05-02) ---------------------------------------
DASHBOARD_WIDGETS = 100
DASHBOARD_WIDGETS_CAUTIOUS = 50
"""Widgets without groups that another source calls the limit."""
DASHBOARD_LABELS = 64
MOSAIC_COLUMNS = 48
"""The proto says 12, dashboards that Google publishes use 48."""
TIMESHIFT_MINIMUM_SECONDS = 60

# --- points (monitoring/quotas) ------------------------------------------------------------------------------------
TIME_SERIES_OF_REQUEST = 200
"""Time series that one request of `timeSeries.create` may write."""

# --- uptime checks and SLOs (proto: monitoring/v3/uptime.proto, service.proto) -------------------------------------
UPTIME_PERIODS_SECONDS = (60, 300, 600, 900)
UPTIME_TIMEOUT_SECONDS = (1, 60)
UPTIME_CONTENT_BYTES = 1_024
UPTIME_HEADERS = 100
UPTIME_BODY_BYTES = 1_048_576
UPTIME_LOCATIONS = 3
UPTIME_PINGS = 3
SLO_GOAL_MAXIMUM = 0.9999
SLO_ROLLING_DAYS = (1, 30)
SLO_WINDOW_MINIMUM_SECONDS = 60
DAY_SECONDS = 86_400

# --- what a project may have ---------------------------------------------------------------------------------------
PROJECT_SINKS = 200
"""Raisable to 4,000."""
PROJECT_BUCKETS = 100
"""Buckets that await deletion count."""
PROJECT_LOG_METRICS = 500
"""Unverified."""
PROJECT_LOG_SCOPES = 100
PROJECT_EXCLUSIONS = 10
"""Exclusions of the `_Default` sink by the exclusions API."""
PROJECT_ALERT_POLICIES = 500
"""An old copy of the quotas page."""
PROJECT_CHANNELS = 4_000
"""An old copy of the quotas page."""
PROJECT_UPTIME_CHECKS = 100
"""An old copy of the quotas page."""
