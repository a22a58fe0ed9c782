"""From a line on stdout to a notification in a receiver's hands, and back: the whole way in one process."""

import json

QUERY = (
    'sum by (service_name) (rate({"logging.googleapis.com/user/http_failed", monitored_resource="cloud_run_revision"}[5m]))'
    ' / sum by (service_name) (rate(logging_googleapis_com:user_http_completed{monitored_resource="cloud_run_revision"}[5m]))'
    " > 0.05"
)


def stack(world, receiver):
    world.counter(
        "http_completed",
        'resource.type="cloud_run_revision" AND jsonPayload.event="http.request.completed"',
        labels={"status_class": "EXTRACT(jsonPayload.status_class)"},
    )
    world.counter("http_failed", 'resource.type="cloud_run_revision" AND jsonPayload.event="http.request.failed"')
    channel = world.channel("webhook_basicauth", {"url": receiver.url, "username": "vigil", "password": "s3cret-word"})
    world.policy(
        {
            "conditionPrometheusQueryLanguage": {
                "query": QUERY,
                "duration": "120s",
                "evaluationInterval": "60s",
                "disableMetricValidation": True,
            }
        },
        channels=(channel,),
        severity="CRITICAL",
        documentation={"content": "Runbook of ${policy.display_name}", "mimeType": "text/markdown"},
        userLabels={"team": "shop"},
    )


def traffic(world, failures, of):
    lines = []
    for number in range(of):
        event = {"severity": "INFO", "message": "GET /orders answered", "event": "http.request.completed",
                 "status_class": "5xx" if number < failures else "2xx", "route": "/orders"}  # fmt: skip
        lines.append(json.dumps(event))
        if number < failures:
            lines.append('{"severity": "ERROR", "message": "GET /orders failed", "event": "http.request.failed"}')
    return lambda: world.line("\n".join(lines))


def test_an_error_ratio_opens_an_incident_notifies_and_closes_on_recovery(world, receiver):
    stack(world, receiver)
    world.pass_time(600, during=traffic(world, failures=0, of=20))
    assert receiver.received == []

    world.pass_time(600, during=traffic(world, failures=4, of=20))
    (incident,) = world.open_incidents()
    assert incident["policyName"] == "too many errors"
    assert incident["labels"] == {"service_name": "api"}
    assert 0.05 < incident["value"] <= 0.2001
    assert incident["threshold"] == 0.05

    (opened,) = receiver.received
    assert opened["version"] == "1.2"
    assert opened["incident"]["state"] == "open"
    assert opened["incident"]["ended_at"] is None
    assert opened["incident"]["severity"] == "Critical"
    assert opened["incident"]["policy_name"] == "too many errors"
    assert opened["incident"]["policy_user_labels"] == {"team": "shop"}
    assert opened["incident"]["documentation"]["content"] == "Runbook of too many errors"
    assert opened["incident"]["scoping_project_id"] == "p"
    assert opened["incident"]["threshold_value"] == "0.050"
    assert receiver.headers[0]["Authorization"].startswith("Basic ")

    world.pass_time(900, during=traffic(world, failures=0, of=20))
    assert world.open_incidents() == []
    assert [body["incident"]["state"] for body in receiver.received] == ["open", "closed"]
    closed = receiver.received[1]["incident"]
    assert closed["incident_id"] == opened["incident"]["incident_id"]
    assert closed["ended_at"] > closed["started_at"] == opened["incident"]["started_at"]
    assert [(d["event"], d["attempts"], d["status"]) for d in world.plane.deliveries()] == [
        ("open", 1, "delivered"),
        ("closed", 1, "delivered"),
    ]


def test_the_near_miss_stays_silent(world, receiver):
    stack(world, receiver)
    world.pass_time(1800, during=traffic(world, failures=1, of=21))
    assert world.plane.incidents() == []
    assert receiver.received == []


def test_a_ratio_above_the_threshold_that_does_not_last_stays_silent(world, receiver):
    stack(world, receiver)
    world.pass_time(600, during=traffic(world, failures=0, of=50))
    world.pass_time(30, during=traffic(world, failures=30, of=50))
    # one burst keeps the five-minute ratio above 5 % for less than two evaluations in a row at this traffic
    world.pass_time(900, during=traffic(world, failures=0, of=300))
    assert world.plane.incidents() == []


def test_no_secret_of_a_channel_is_shown_anywhere(world, receiver, caplog):
    stack(world, receiver)
    receiver.status = 500
    world.pass_time(1200, during=traffic(world, failures=10, of=20))
    shown = json.dumps([world.plane.deliveries(), world.plane.incidents(), receiver.received]) + caplog.text
    assert world.plane.deliveries()[0]["error"] == "HTTP 500"
    assert world.plane.deliveries()[0]["attempts"] > 1
    assert "s3cret-word" not in shown
    assert receiver.url not in json.dumps(world.plane.deliveries())
