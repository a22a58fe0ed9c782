"""Settings: typed, defaults from the schema, every mistake at once with its key, its file and the remedy."""

import json

import pulumi
import pytest

from infra.settings import SettingsError, load
from vigil_components import AlertSeverity, Email, PagerDuty, Routing, RoutingArgs, Team
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


def test_all_mistakes_are_reported_at_once_with_key_and_file():
    wrong = config(teams={"backend": {"page": [{"type": "fax"}]}}, retentionDays=0, logLevel="LOUD", pages="perhaps")
    with pytest.raises(SettingsError) as caught:
        loaded(wrong)
    message = str(caught.value)
    assert message.startswith("Pulumi.staging.yaml has 5 mistake(s):")
    for expected in (
        "vigil:retentionDays: Input should be greater than or equal to 1",
        "vigil:logLevel",
        "vigil:pages: Input should be a valid boolean",
        "vigil:teams.backend.page[0]",
        "vigil:runbooksUrl: missing. Set it: pulumi config set vigil:runbooksUrl VALUE --stack staging",
    ):
        assert expected in message


def test_a_missing_project_is_reported_with_the_command_that_sets_it():
    pulumi.runtime.set_all_config(GOOD, [])
    with pytest.raises(SettingsError, match=r"pulumi config set gcp:project PROJECT_ID --stack prod"):
        load(pulumi.Config("vigil"), pulumi.Config("gcp"), stack="prod")
    pulumi.runtime.set_all_config({}, [])


def test_a_missing_secret_is_reported_with_the_command_that_sets_it():
    keys = GOOD | config(teams={"backend": {"page": [{"type": "pagerduty"}]}}, pages=True)
    with pytest.raises(SettingsError, match=r"pulumi config set --secret vigil:pagerdutyKey --stack prod"):
        loaded(keys, stack="prod")


def test_where_nobody_is_paged_the_pager_s_secret_is_not_required():
    keys = GOOD | config(teams={"backend": {"page": [{"type": "pagerduty"}], "ticket": TEAMS["backend"]["page"]}})
    teams: list[Team] = []
    record(lambda: teams.append(loaded(keys).team("backend")))
    assert isinstance(teams[0].channels[AlertSeverity.PAGE][0], PagerDuty)
    assert teams[0].channels[AlertSeverity.TICKET] == (Email(address="oncall@example.com"),)


def test_a_secret_is_shown_in_no_text_of_the_settings():
    keys = GOOD | config(webhookPassword="hunter2-secret", webhookUrl="https://example.com/hook")
    settings = loaded(keys)
    assert "hunter2-secret" not in repr(settings)
    assert "hunter2-secret" not in settings.model_dump_json()


def test_a_team_without_channels_is_a_mistake():
    with pytest.raises(SettingsError, match=r"team 'backend' has no channel; list at least one under page or ticket"):
        loaded(GOOD | config(teams={"backend": {}}))


REAL = {"gcp:project": "acme-prod"}
OURS = config(
    teams={"shop": {"page": [{"type": "email", "address": "oncall@acme.io"}]}}, runbooksUrl="https://acme.io/runbooks"
)


def mistakes(keys: dict[str, str], secrets: tuple[str, ...] = ()) -> list[str]:
    pulumi.runtime.set_all_config(keys, [f"vigil:{key}" for key in secrets])
    try:
        load(pulumi.Config("vigil"), pulumi.Config("gcp"), stack="prod")
    except SettingsError as error:
        return [line.strip() for line in str(error).splitlines()[1:]]
    finally:
        pulumi.runtime.set_all_config({}, [])
    return []


@pytest.mark.parametrize(
    ("key", "value", "meant"),
    [
        (
            "vigil:retentonDays",
            "3",
            "vigil:retentonDays: there is no such key; did you mean retentionDays? The keys are",
        ),
        ("vigil:retention_days", "3", "did you mean retentionDays?"),
        ("vigil:RunbooksURL", "https://a.io", "did you mean runbooksUrl?"),
        ("vigil:zebra", "1", "vigil:zebra: there is no such key. The keys are agents, api,"),
        (
            "vigil:api",
            {"p95Second": 1},
            "vigil:api.p95Second: there is no such key; did you mean p95Seconds? The keys are",
        ),
        ("vigil:frontend", {"project": "a", "silenceMins": 5}, "did you mean silenceMinutes?"),
        ("vgil:retentionDays", "3", "vgil:retentionDays: nothing reads it; did you mean vigil:retentionDays?"),
        ("gcp:loggingCustomEndpont", "http://x/", "did you mean loggingCustomEndpoint?"),
        ("vercel:apiTokn", "x", "did you mean apiToken?"),
    ],
)
def test_a_key_that_nothing_reads_is_a_mistake_that_names_the_nearest(key, value, meant):
    text = value if isinstance(value, str) else json.dumps(value)
    [mistake] = mistakes(REAL | OURS | {key: text})
    assert meant in mistake


def test_a_channel_s_unknown_key_is_reported_with_the_keys_of_its_kind():
    teams = {"shop": {"page": [{"type": "email", "address": "a@acme.io"}, {"type": "email", "adress": "b@acme.io"}]}}
    found = mistakes(REAL | OURS | config(teams=teams))
    assert (
        "vigil:teams.shop.page[1].adress: there is no such key; did you mean address? The keys are address, type."
        in found
    )
    assert any(one.startswith("vigil:teams.shop.page[1].address: missing.") for one in found)
    assert len(found) == 2


@pytest.mark.parametrize("key", ["gcp:userProjectOverride", "pulumi:disable-default-providers", "aws:region"])
def test_keys_of_others_are_left_alone(key):
    assert mistakes(REAL | OURS | {key: "true"}) == []


def test_a_mistake_of_one_key_hides_none_between_others():
    teams = {"shop": {"page": [{"type": "webhook", "username": "u"}]}, "web": {"page": [{"type": "pagerduty"}]}}
    found = mistakes(
        REAL | OURS
        | config(retentionDays=0, teams=teams, pages=True, api={"team": "nobody", "p95Seconds": -1}, agents={"team": "gone"})
        | config(location="nowhere")
    )  # fmt: skip
    message = "\n".join(found)
    for part in (
        "vigil:retentionDays: Input should be greater than or equal to 1",
        "vigil:location: 'nowhere' is no region; give one such as 'europe-west1'",
        "vigil:api.p95Seconds: Input should be greater than 0",
        "vigil:api.team: there is no team 'nobody', only shop, web",
        "vigil:agents.team: there is no team 'gone', only shop, web",
        "vigil:workers.team: missing; say who owns it: shop, web",
        "pulumi config set vigil:webhookUrl URL --stack prod",
        "pulumi config set --secret vigil:webhookPassword --stack prod",
        "pulumi config set --secret vigil:pagerdutyKey --stack prod",
    ):
        assert part in message
    assert len(found) == 9


def test_the_only_team_owns_what_names_no_team():
    pulumi.runtime.set_all_config(REAL | OURS, [])
    settings = load(pulumi.Config("vigil"), pulumi.Config("gcp"), stack="prod")
    pulumi.runtime.set_all_config({}, [])
    assert {settings.api.team, settings.workers.team, settings.agents.team, settings.frontend.team} == {"shop"}


def test_a_part_that_is_off_needs_no_owner():
    two = {name: {"ticket": [{"type": "email", "address": "a@acme.io"}]} for name in ("shop", "web")}
    off = {part: {"enabled": False} for part in ("workers", "agents")}
    assert mistakes(REAL | OURS | config(teams=two, api={"team": "web"}, **off)) == []


def test_a_team_that_only_wakes_people_is_a_mistake_where_nobody_is_woken():
    [mistake] = mistakes(REAL | OURS | config(teams={"shop": {"page": [{"type": "pagerduty"}]}}))
    assert "vigil:teams.shop: it would get no notification" in mistake


EXAMPLES = {
    "runbooksUrl": "https://vigil.example/runbooks",
    "canaryUrl": "https://switch.example.com/prod",
    "webhookUrl": "https://Hooks.EXAMPLE.org:8443/hook",
    "api": {"url": "https://api.example.com/health"},
    "workers": {"namespace": "example.acct"},
    "database": {"project": "exampleprod"},
    "collectorImage": "europe-docker.pkg.dev/example/images/collector:1",
    "teams": {"shop": {"page": [{"type": "email", "address": "a@acme.io"}], "ticket": [{"type": "email", "address": "shop@example.com"}]}},
}  # fmt: skip


@pytest.mark.parametrize("key", EXAMPLES)
def test_what_is_left_of_the_example_is_refused_once_the_project_is_a_real_one(key):
    keys = OURS | config(**{key: EXAMPLES[key]})
    [mistake] = mistakes(REAL | keys)
    assert mistake.startswith(f"vigil:{key}")
    assert mistake.endswith("it holds a value of the example; give your own, or remove the key")
    assert mistakes({"gcp:project": "example-prod"} | keys) == [], "the stack files of this repository are examples"
    assert mistakes(REAL | {"gcp:monitoringCustomEndpoint": "http://127.0.0.1:8085/"} | keys) == [], "an emulator"


@pytest.mark.parametrize(
    "value",
    [
        "https://github.com/acme/examples/blob/main/example.md",
        "https://example-shop.acme.io/x",
        "https://acme.io/?x=example",
    ],
)
def test_a_real_address_may_speak_of_examples(value):
    assert mistakes(REAL | OURS | config(runbooksUrl=value)) == []


@pytest.mark.parametrize(
    "url", ["https://user:S3CR3T@acme.io/x", "https://S3CR3T@acme.io/x", "acme.io/S3CR3T", "ftp://acme.io/S3CR3T"]
)
@pytest.mark.parametrize("key", ["webhookUrl", "canaryUrl"])
def test_an_address_with_a_credential_or_of_no_use_is_refused_and_not_shown(key, url):
    found = mistakes(REAL | OURS | config(**{key: url}))
    assert len(found) == 1
    assert found[0].startswith(f"vigil:{key}: ")
    assert "S3CR3T" not in found[0]


@pytest.mark.parametrize("url", ["https://user:S3CR3T@acme.io/x", "https://acme.io/x?auth_token=S3CR3T"])
@pytest.mark.parametrize("key", ["runbooksUrl", "api"])
def test_an_address_that_is_deployed_in_clear_holds_no_credential(key, url):
    [mistake] = mistakes(REAL | OURS | config(**{key: {"url": url} if key == "api" else url}))
    assert "the address holds a user, a password or a token" in mistake
    assert "S3CR3T" not in mistake


def test_what_was_set_with_secret_stays_secret_or_is_refused():
    hook = OURS | config(
        teams={"shop": {"page": [{"type": "webhook", "username": "u"}]}},
        webhookUrl="https://hooks.acme.io/S3CR3T",
        webhookPassword="hunter2",
        api={"url": "https://acme.io/S3CR3T"},
    )
    [mistake] = mistakes(REAL | hook, secrets=("webhookUrl", "webhookPassword", "api"))
    assert mistake.startswith("vigil:api: it is encrypted, and the program would deploy it in clear")

    def program() -> None:
        settings = load(pulumi.Config("vigil"), pulumi.Config("gcp"), stack="prod")
        assert "S3CR3T" not in repr(settings.webhook_url)
        args = RoutingArgs(project="acme-prod", environment="prod", pages=True, teams=[settings.team("shop")])
        Routing("routing", args)

    run = record(program, stack="prod", config=REAL | hook, secrets=("vigil:webhookUrl", "vigil:webhookPassword"))
    [channel] = run.of_type("gcp:monitoring/notificationChannel:NotificationChannel")
    assert "labels.url" in channel.secret_paths


NO_NUMBER = "9" * 5_000


@pytest.mark.parametrize(
    ("keys", "mistake"),
    [
        (config(teams={"shop": {"page": [{"type": ["email"]}]}}), "vigil:teams.shop.page[0].type: there is no such"),
        (
            config(teams={"shop": {"page": [{"type": "emial", "address": "a@acme.io"}]}}),
            "vigil:teams.shop.page[0].type: there is no such type; did you mean email? The types are email,",
        ),
        (config(teams={"shop": {"page": [{"address": "a@acme.io"}]}}), "vigil:teams.shop.page[0].type: missing."),
        (
            config(teams={"shop": {"pag": []}}),
            "vigil:teams.shop.pag: there is no such key; did you mean page? The keys are page, ticket.",
        ),
        (config(teams={"The shop\n": {"page": []}}), "vigil:teams['The shop\\n']: name a team in lower-case letters"),
        (config(teams="[1, 2]"), "vigil:teams: give keys with values"),
        (config(api="null"), "vigil:api: give keys with values"),
        (config(workers={"scrape": "a:1"}), "vigil:workers.scrape: give a list"),
        (config(workers={"scrape": ["a:70000"]}), "vigil:workers.scrape[0]: the port is a number from 1 to 65535"),
        (config(retentionDays=NO_NUMBER), "vigil:retentionDays: "),
        (config(api="[" * 20_000), "vigil:api: give keys with values"),
        (config(api='{"p95Seconds": 1e999}'), "vigil:api.p95Seconds: Input should be a finite number"),
        (config(apiErrorRatio="1e-99999"), "vigil:apiErrorRatio: Decimal input should have no more than 6 decimal"),
        (config(runbooksUrl="https://[acme.io"), "vigil:runbooksUrl: give an address"),
        (config(canaryUrl="https://[S3CR3T]/"), "vigil:canaryUrl: give an address"),
        (config(webhookUrl="https://acme.io:S3CR3T/"), "vigil:webhookUrl: give an address"),
        ({"GCP:project": "acme-prod"}, "GCP:project: nothing reads it; did you mean gcp:project?"),
    ],
)
def test_what_no_stack_file_should_hold_is_a_mistake_like_any_other(keys, mistake):
    found = mistakes(REAL | OURS | keys | config(logLevel="LOUD"))
    assert [one for one in found if one.startswith(mistake)]
    assert [one for one in found if one.startswith("vigil:logLevel: ")], "it hides no other"
    assert "S3CR3T" not in str(found)


def test_no_mistake_shows_a_value_that_should_not_be_encrypted():
    wrong = config(location="S3CR3T", api={"team": "S3CR3T", "S3CR3T": 1}, teams={"S3CR3T": {"S3CR3T": []}})
    found = mistakes(REAL | OURS | wrong, secrets=("location", "api", "teams"))
    assert [one.partition(",")[0] for one in found] == [
        f"vigil:{key}: it is encrypted" for key in ("api", "location", "teams")
    ]
    assert "S3CR3T" not in str(found)


def test_the_last_line_end_of_a_secret_is_no_part_of_it():
    settings = loaded(GOOD | config(pagerdutyKey="abc\r\n", webhookPassword=" a b \n"))
    assert settings.pagerduty_key.get_secret_value() == "abc"
    assert settings.webhook_password.get_secret_value() == " a b "


def test_pulumi_shows_the_message_alone():
    assert issubclass(SettingsError, pulumi.RunError)
