"""Addresses in the Google Cloud console, made from the same filters that the resources use."""

from urllib.parse import quote

_CONSOLE = "https://console.cloud.google.com"


def logs(project: str, query: str) -> str:
    """Logs Explorer with ``query`` (Logging query language) filled in.

    The form is the one that the console itself shares: the query is a path parameter, so ``;`` and ``/`` are escaped
    too.
    """
    return f"{_CONSOLE}/logs/query;query={quote(query, safe='')}?project={quote(project, safe='')}"


def dashboard(project: str, dashboard_id: str) -> str:
    """One dashboard; ``dashboard_id`` is the last segment of its resource name."""
    return f"{_CONSOLE}/monitoring/dashboards/builder/{quote(dashboard_id, safe='')}?project={quote(project, safe='')}"


def alert_policy(project: str, policy_id: str) -> str:
    """One alert policy with its incidents; ``policy_id`` is the last segment of its resource name."""
    return f"{_CONSOLE}/monitoring/alerting/policies/{quote(policy_id, safe='')}?project={quote(project, safe='')}"


def last_segment(name: str) -> str:
    """The id at the end of a resource name: ``projects/p/dashboards/d`` gives ``d``."""
    return name.rsplit("/", 1)[-1]
