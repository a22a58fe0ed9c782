"""The demo in containers: an error inside one becomes a notification, by way of Docker's own logging driver."""

import json
from collections.abc import Callable, Mapping

from demo.containers.bases import TEMPORAL
from demo.containers.compose import Service, up
from demo.containers.stage import Stage, until

API_PORT = 8000
"""That compose.yaml publishes."""
WITHOUT_A_DATABASE = ("--env", "DATABASE_URL=", "--env", "DATABASE_METRICS_URL=")
"""No image of PostgreSQL can be made here: the API keeps its orders in memory."""


def started(stage: Stage) -> list[Service]:
    """Start what compose.yaml starts, of which there is an image; return it."""
    there = [
        one
        for one in stage.services.values()
        if one.build is not None or (one.image == TEMPORAL and stage.engine.has(TEMPORAL))
    ]
    up(stage.engine, there, root=stage.root, more=WITHOUT_A_DATABASE)
    until(lambda: answers(stage, API_PORT), stage.engine.tail)
    return there


def answers(stage: Stage, port: int) -> bool:
    """Return whether the service at the published port says that it is well."""
    try:
        return stage.ask(port, "GET", "/healthz")[0] == 200  # noqa: PLR2004 - HTTP's own
    except OSError:
        return False


def break_the_api(stage: Stage) -> int:
    """Make the service behind the API fail, and order something; return the answer's status."""
    stage.ask(API_PORT, "POST", "/_demo/trouble")
    status, _ = stage.ask(API_PORT, "POST", "/orders", {"item": "compass", "quantity": 1})
    stage.ask(API_PORT, "DELETE", "/_demo/trouble")
    return status


def events(stage: Stage, service: str) -> list[Mapping[str, object]]:
    """Return what a service wrote, as it arrived through the driver."""
    query = f'jsonPayload.message=~"\\"service\\":\\"{service}\\""'
    return [json.loads(line) for line in stage.lines(query)]


def notification(stage: Stage, policy: str) -> Mapping[str, object]:
    """Wait for the notification of a policy whose name holds ``policy``, and return its incident."""

    def found() -> Mapping[str, object] | None:
        incidents = [each["incident"] for each in stage.notifications]
        return next((one for one in incidents if policy in str(one["policy_name"])), None)

    return until(found, lambda: f"no notification of {policy}; received: {stage.notifications}")


def play(stage: Stage, say: Callable[[str], None]) -> None:
    """Play the story. Raises TimeoutError where something that must come does not."""
    stage.deploy()
    say("The monitoring of examples/docker-host/monitoring is deployed to the emulator.")
    there = started(stage)
    say(f"Containers run, each with the logging driver gcplogs: {', '.join(one.name for one in there)}.")
    say(f"An order ended with HTTP {break_the_api(stage)} in the container of the API.")
    for policy in ("request-failed", "requests-failing"):
        incident = notification(stage, policy)
        say(f"Received: {incident['policy_name']}: {incident['state']}.")
