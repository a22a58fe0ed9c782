"""Settings: typed, defaults from the schema, every mistake at once with its key, its file and the remedy."""

import json

import pulumi
import pytest

from infra.settings import SettingsError, load
from vigil_components import Alarm, Email, PagerDuty, Team
from vigil_components.testing import record

TEAMS = {"backend": {"page": [{"type": "email", "address": "oncall@example.com"}]}}


def config(**keys: object) -> dict[str, str]:
    return {f"vigil:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in keys.items()}


def loaded(keys: dict[str, str], stack: str = "staging"):
    pulumi.runtime.set_all_config({"gcp:project": "example-staging", **keys}, [])
    try:
        return load(pulumi.Config("vigil"), pulumi.Config("gcp"), stack=stack)
    finally:
        pulumi.runtime.set_all_config({}, [])


GOOD = config(teams=TEAMS, runbooksUrl="https://example.com/runbooks")


def test_what_a_stack_file_leaves_out_has_the_default_of_the_schema():
    settings = loaded(GOOD)
    assert (settings.retention_days, settings.location, settings.log_level) == (30, "europe-west1", "INFO")
    assert settings.pages is False
    assert str(settings.api_error_ratio) == "0.05"


def test_what_it_sets_wins():
    settings = loaded(GOOD | config(retentionDays=90, apiErrorRatio="0.02", pages=True))
    assert (settings.retention_days, str(settings.api_error_ratio), settings.pages) == (90, "0.02", True)


def test_all_mistakes_are_told_at_once_with_key_and_file():
    wrong = config(teams={"backend": {"page": [{"type": "fax"}]}}, retentionDays=0, logLevel="LOUD", pages="perhaps")
    with pytest.raises(SettingsError) as caught:
        loaded(wrong)
    message = str(caught.value)
    assert message.startswith("Pulumi.staging.yaml has 5 mistake(s):")
    for told in (
        "vigil:retentionDays: Input should be greater than or equal to 1",
        "vigil:logLevel",
        "vigil:pages: Input should be a valid boolean",
        "vigil:teams.backend.page.0",
        "vigil:runbooksUrl: missing. Set it: pulumi config set vigil:runbooksUrl VALUE --stack staging",
    ):
        assert told in message


def test_a_missing_project_is_told_with_the_command_that_sets_it():
    pulumi.runtime.set_all_config(GOOD, [])
    with pytest.raises(SettingsError, match=r"pulumi config set gcp:project PROJECT_ID --stack prod"):
        load(pulumi.Config("vigil"), pulumi.Config("gcp"), stack="prod")
    pulumi.runtime.set_all_config({}, [])


def test_a_missing_secret_is_told_with_the_command_that_sets_it():
    keys = GOOD | config(teams={"backend": {"page": [{"type": "pagerduty"}]}}, pages=True)
    with pytest.raises(SettingsError, match=r"pulumi config set --secret vigil:pagerdutyKey --stack prod"):
        loaded(keys, stack="prod")


def test_where_nobody_is_paged_the_pager_s_secret_is_not_asked_for():
    keys = GOOD | config(teams={"backend": {"page": [{"type": "pagerduty"}], "ticket": TEAMS["backend"]["page"]}})
    teams: list[Team] = []
    record(lambda: teams.append(loaded(keys).team("backend")))
    assert isinstance(teams[0].channels[Alarm.PAGE][0], PagerDuty)
    assert teams[0].channels[Alarm.TICKET] == (Email(address="oncall@example.com"),)


def test_a_secret_is_shown_in_no_text_of_the_settings():
    keys = GOOD | config(webhookPassword="hunter2-secret", webhookUrl="https://example.com/hook")
    settings = loaded(keys)
    assert "hunter2-secret" not in repr(settings)
    assert "hunter2-secret" not in settings.model_dump_json()


def test_a_team_without_channels_is_a_mistake():
    with pytest.raises(SettingsError, match=r"team 'backend' has no channel; list at least one under page or ticket"):
        loaded(GOOD | config(teams={"backend": {}}))
