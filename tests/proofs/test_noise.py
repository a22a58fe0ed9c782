"""What is written beside a case comes from elsewhere, wherever the alert's own entries come from."""

import pytest

from vigil_proofs.documents import Origin
from vigil_proofs.noise import _foreign  # pyright: ignore[reportPrivateUsage] - where the noise comes from


@pytest.mark.parametrize("location", ["us-central1", "europe-west1", "asia-east1"])
@pytest.mark.parametrize("name", ["api", "another", "yet-another"])
def test_no_noise_comes_from_the_alert_s_own_service_and_region(location: str, name: str) -> None:
    origin = Origin(resource="cloud_run_revision", labels={"service_name": name, "location": location}, writer=name)
    logs = f'resource.labels.service_name="{name}" AND resource.labels.location="{location}"'
    found = list(_foreign(origin, logs, any_type=False, signed=True))
    assert len(found) == 2
    assert all(one.labels != origin.labels for one in found)
    assert found[0].writer != name
