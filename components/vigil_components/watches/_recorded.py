"""Entries that Google's services write, as their documentation and public reports show them, without anybody's data."""


def entry(
    log: str,
    resource: str,
    severity: str,
    *,
    text: str | None = None,
    json: object = None,
    proto: object = None,
    status: int | None = None,
) -> dict[str, object]:
    """Return a LogEntry of one log of a project, with the payload that is given and the status of its request."""
    request = None if status is None else {"requestMethod": "GET", "status": status}
    payload = {"textPayload": text, "jsonPayload": json, "protoPayload": proto, "httpRequest": request}
    return {
        "logName": f"projects/p/logs/{log.replace('/', '%2F')}",
        "resource": {"type": resource, "labels": {"project_id": "p"}},
        "severity": severity,
        "timestamp": "2026-11-02T03:00:01Z",
        **{name: value for name, value in payload.items() if value is not None},
    }
