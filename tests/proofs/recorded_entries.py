"""Entries of several kinds as `gcloud logging read --format=json` prints them, without personal data."""

from typing import Any

API = {"service_name": "api", "location": "europe-west1", "revision_name": "api-00001", "configuration_name": "api"}


def entry(payload: dict[str, Any], severity: str = "INFO", log: str = "stdout", **more: Any) -> dict[str, Any]:
    return {
        "insertId": "k2x9q4",
        "timestamp": "2026-11-02T10:11:12.503Z",
        "severity": severity,
        "logName": f"projects/live/logs/{log}",
        "resource": {"type": "cloud_run_revision", "labels": {"project_id": "live", **API}},
        **payload,
        **more,
    }


def line(severity: str = "INFO", **fields: Any) -> dict[str, Any]:
    return entry({"jsonPayload": fields}, severity)


def text(payload: str, severity: str = "DEFAULT") -> dict[str, Any]:
    return entry({"textPayload": payload}, severity)


def request(status: int, latency: str = "0.123s") -> dict[str, Any]:
    fields = {"requestMethod": "GET", "requestUrl": "https://shop.example/a", "status": status, "latency": latency}
    return entry({"httpRequest": fields}, "ERROR" if status >= 500 else "INFO", "run.googleapis.com%2Frequests")


def audit(method: str, service: str, code: int | None = None) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "methodName": method,
        "serviceName": service,
        "authenticationInfo": {"principalEmail": "eve@example.com"},
    }
    if code is not None:
        payload["status"] = {"code": code, "message": "PERMISSION_DENIED"}
    return {
        "logName": "projects/live/logs/cloudaudit.googleapis.com%2Factivity",
        "severity": "NOTICE" if code is None else "ERROR",
        "resource": {"type": "project", "labels": {"project_id": "live"}},
        "protoPayload": payload,
    }
