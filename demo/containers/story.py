"""The demo in containers: an error inside one becomes a notification, by way of Docker's own logging driver."""

import json
from collections.abc import Callable, Mapping

from demo.containers.bases import PYTHON
from demo.containers.compose import Service, up
from demo.containers.stage import Stage, until

PROBING = 60.0
"""Wall seconds in which the line of the first container must arrive; it takes one."""
API_PORT = 8000
"""That compose.yaml publishes."""
WITHOUT_A_DATABASE = ("--env", "DATABASE_URL=", "--env", "DATABASE_METRICS_URL=")
"""Where no image of PostgreSQL was pulled the API keeps its orders in memory."""
DATABASE = "database"
"""The service of compose.yaml that is PostgreSQL."""


def probe(stage: Stage) -> None:
    """Run a container that writes a line, and wait until it arrives: whether this machine can do it at all.

    Raises EngineError, TimeoutError and subprocess.TimeoutExpired where it cannot.
    """
    stage.engine.docker("run", "--rm", "--name", "probe", PYTHON, "python", "-c", "print('here')")
    until(lambda: stage.lines('jsonPayload.container.name="/probe"'), stage.engine.tail, patience=PROBING)


def started(stage: Stage) -> list[Service]:
    """Start what compose.yaml starts, of which there is an image; return it."""
    there = [one for one in stage.services.values() if one.build is not None or stage.engine.has(one.image)]
    database = any(one.name == DATABASE for one in there)
    up(stage.engine, there, root=stage.root, more=() if database else WITHOUT_A_DATABASE)
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
    """Wait for the notification of a policy whose name holds `policy`, and return its incident."""

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
