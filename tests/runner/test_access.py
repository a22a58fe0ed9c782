"""Access to a project: each error of Google, and each missing answer, is reported with its remedy."""

from typing import Any

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import RefreshError, TransportError

from vigil_emulator.http_server import drop, in_thread
from vigil_emulator.server import Emulator
from vigil_runner.access import Access, AccessError

PATH = "v3/projects/p/snoozes"


@pytest.fixture(scope="module")
def url():
    emulator = Emulator(drop=drop)
    with in_thread(emulator.app, around=emulator.running) as found:
        yield found


def denied(url: str, fault: dict[str, Any] | None, access: Access) -> AccessError:
    if fault is not None:
        httpx.post(f"{url}/vigil/v1/faults", json=fault, timeout=60).raise_for_status()
    with pytest.raises(AccessError) as caught:
        access.post("making a snooze", PATH, {}, role="roles/monitoring.editor on the project")
    httpx.delete(f"{url}/vigil/v1/faults", timeout=60)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "kind", "remedy"),
    [
        ({"status": 403}, "permission", "give who runs this roles/monitoring.editor on the project"),
        ({"status": 401}, "permission", "gcloud auth application-default login"),
        ({"status": 429}, "quota", "wait a minute"),
        ({"status": 503}, "unreachable", "check the endpoint"),
        ({"status": 504}, "timeout", "look at the API's status"),
        ({"drop": True}, "unreachable", "check the endpoint"),
        ({"latency": "2s"}, "timeout", "run it again"),
        (None, "refused", "check the project and the resource"),
    ],
)
def test_each_answer_has_its_kind_and_its_remedy(
    url: str, fault: dict[str, Any] | None, kind: str, remedy: str
) -> None:
    pauses: list[float] = []
    patience = 0.5 if "latency" in (fault or {}) else 60.0
    access = Access(project="p", credentials=AnonymousCredentials(), url=url, timeout=patience, sleep=pauses.append)
    error = denied(url, fault and {"methods": ["monitoring.projects.snoozes.create"], **fault}, access)
    assert error.kind == kind
    assert remedy in error.remedy
    assert error.message.startswith("making a snooze: ")
    assert pauses == ([1.0, 2.0, 4.0] if (fault or {}).get("status") in {429, 503} else [])


class Expired(AnonymousCredentials):
    """Credentials whose token cannot be fetched."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def before_request(self, request: Any, method: str, url: str, headers: Any) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "kind", "remedy"),
    [
        (RefreshError("invalid_grant"), "permission", "gcloud auth application-default login"),
        (TransportError("no route"), "unreachable", "the network"),
    ],
)
def test_credentials_that_are_not_taken_are_reported_too(url: str, error: Exception, kind: str, remedy: str) -> None:
    found = denied(url, None, Access(project="p", credentials=Expired(error), url=url))
    assert found.kind == kind
    assert remedy in found.remedy


def test_the_time_is_the_projects_own(url: str) -> None:
    now, speed = Access.emulator("p", url=url).clock()
    assert speed == 1.0
    assert abs((now - Access(project="p", credentials=AnonymousCredentials()).now()).total_seconds()) < 60
