"""The dynamic provider of drains against Vercel's documented API: idempotent, and without secrets at rest."""

import base64
import importlib.util
from pathlib import Path

import dill
import pytest
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.config import Config
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.rpc import UNKNOWN

from vigil_components.vercel import DrainProvider, VercelApiError

_spec = importlib.util.spec_from_file_location("vercel_api", Path(__file__).with_name("vercel_api.py"))
vercel_api = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(vercel_api)

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def api():
    with vercel_api.serving() as served:
        yield served


@pytest.fixture
def vercel(api):
    return api[0]


@pytest.fixture
def props(api):
    return {
        "name": "vigil analytics (prod)",
        "schema": "analytics",
        "team": "team_abc",
        "projectIds": ["prj_2", "prj_1"],
        "endpoint": "https://drains.example/vercel/analytics",
        "secret": SECRET,
        "encoding": "ndjson",
        "samplingRate": 1,
        "api": api[1],
        "__provider": "pickled",
    }


def with_token():
    made = DrainProvider()
    made.configure(ConfigureRequest(Config({"vercel:apiToken": vercel_api.TOKEN}, "vigil")))
    return made


@pytest.fixture
def provider():
    return with_token()


def test_a_drain_is_made_as_the_api_documents_it(provider, vercel, props):
    made = provider.create(props)
    assert made.id == "drn_1"
    assert vercel.requests[-1] == (
        "POST",
        "/v1/drains",
        {"teamId": ["team_abc"]},
        {
            "name": "vigil analytics (prod)",
            "projects": "some",
            "projectIds": ["prj_2", "prj_1"],
            "schemas": {"analytics": {"version": "v1"}},
            "delivery": {
                "type": "http",
                "endpoint": "https://drains.example/vercel/analytics",
                "encoding": "ndjson",
                "headers": {},
                "secret": SECRET,
            },
            "sampling": [],
            "source": {"kind": "self-served"},
        },
    )


def test_neither_state_nor_pickled_provider_holds_a_secret(provider, props):
    made = provider.create(props)
    assert SECRET not in repr(made.outs)
    assert "secret" not in made.outs
    pickled = base64.b64decode(serialize_provider(DrainProvider()))
    assert len(pickled) < 200
    assert vercel_api.TOKEN.encode() not in pickled
    assert isinstance(dill.loads(pickled), DrainProvider)


def test_a_creation_whose_answer_was_lost_finds_its_drain_again(provider, vercel, props):
    provider.create(props)
    again = provider.create(props | {"samplingRate": 0.5})
    assert again.id == "drn_1"
    assert len(vercel.drains) == 1
    assert vercel.drains["drn_1"]["sampling"] == [{"type": "head_sampling", "rate": 0.5}]


def test_a_drain_of_the_same_name_and_another_kind_is_left_alone(provider, vercel, props):
    provider.create(props)
    assert provider.create(props | {"schema": "speed_insights"}).id == "drn_2"
    assert set(vercel.drains["drn_1"]["schemas"]) == {"analytics"}


def test_two_drains_of_one_name_are_not_guessed_between(provider, vercel, props):
    provider.create(props)
    vercel.drains["drn_9"] = vercel.drains["drn_1"] | {"id": "drn_9"}
    with pytest.raises(VercelApiError, match=r"drn_1, drn_9.*delete all but one"):
        provider.create(props)


def test_nothing_changed_is_no_change(provider, props):
    outs = provider.create(props).outs
    assert provider.diff("drn_1", outs, props).changes is False
    assert provider.diff("drn_1", outs, props | {"projectIds": ["prj_1", "prj_2"]}).changes is False


@pytest.mark.parametrize(
    ("changed", "replaces"),
    [
        ({"endpoint": "https://other.example/x"}, []),
        ({"secret": SECRET[::-1]}, []),
        ({"samplingRate": 0.1}, []),
        ({"projectIds": ["prj_1"]}, []),
        ({"secret": UNKNOWN}, []),
        ({"projectIds": UNKNOWN}, []),
        ({"schema": "speed_insights"}, ["schema"]),
        ({"team": "team_other"}, ["team"]),
    ],
)
def test_a_change_is_seen_and_only_kind_and_team_replace(provider, props, changed, replaces):
    outs = provider.create(props).outs
    found = provider.diff("drn_1", outs, props | changed)
    assert (found.changes, found.replaces) == (True, replaces)


def test_what_was_changed_by_hand_is_seen_and_put_right(provider, vercel, props):
    outs = provider.create(props).outs
    vercel.drains["drn_1"]["delivery"]["endpoint"] = "https://elsewhere.example"
    vercel.drains["drn_1"]["status"] = "disabled"
    live = provider.read("drn_1", outs)
    assert live.outs["endpoint"] == "https://elsewhere.example"
    assert provider.diff("drn_1", live.outs, props).changes is True
    assert provider.update("drn_1", live.outs, props).outs["status"] == "enabled"
    assert vercel.drains["drn_1"]["delivery"]["endpoint"] == props["endpoint"]
    assert vercel.drains["drn_1"]["status"] == "enabled"
    assert provider.diff("drn_1", provider.read("drn_1", outs).outs, props).changes is False


def test_a_drain_that_is_gone_is_read_as_gone_and_deleted_again_without_error(provider, vercel, props):
    outs = provider.create(props).outs
    provider.delete("drn_1", outs)
    assert vercel.drains == {}
    assert provider.read("drn_1", outs).id is None
    provider.delete("drn_1", outs)
    with pytest.raises(VercelApiError, match="pulumi refresh"):
        provider.update("drn_1", outs, props)


@pytest.mark.parametrize(
    ("changed", "field", "remedy"),
    [
        ({"schema": "trace"}, "schema", "analytics or speed_insights"),
        ({"name": ""}, "name", "name the drain"),
        ({"endpoint": "http://drains.example"}, "endpoint", "no https address"),
        ({"secret": "short"}, "secret", "openssl rand -hex 32"),
        ({"projectIds": []}, "projectIds", "prj_"),
        ({"encoding": "xml"}, "encoding", "json or ndjson"),
        ({"samplingRate": 0}, "samplingRate", "more than 0"),
    ],
)
def test_mistakes_are_failures_of_their_field(provider, props, changed, field, remedy):
    [failure] = provider.check({}, props | changed).failures
    assert failure.property == field
    assert remedy in failure.reason


def test_what_is_not_known_yet_is_not_checked(provider, props):
    assert provider.check({}, props | {"endpoint": UNKNOWN, "secret": UNKNOWN}).failures == []
    assert provider.check({}, props).failures == []


@pytest.mark.parametrize(
    ("changed", "status", "remedy"),
    [
        ({"schema": "speed_insights"}, 402, "Speed Insights Plus"),
        ({}, 403, "Pro or Enterprise"),
        ({}, 400, "correct the field it names"),
        ({}, 429, "wait a minute"),
        ({}, 500, "vercel-status"),
    ],
)
def test_a_refusal_has_the_message_of_vercel_and_a_remedy(api, props, changed, status, remedy):
    api[0].refuse_with = (status, {"error": {"code": "the_code", "message": "the message"}})
    with pytest.raises(VercelApiError, match="the_code: the message") as caught:
        with_token().create(props | changed)
    assert remedy in str(caught.value)
    assert caught.value.status == status
    assert vercel_api.TOKEN not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_no_answer_is_reported_as_such(provider, vercel, props):
    vercel.drop_answer = True
    with pytest.raises(VercelApiError, match=r"did not answer GET /v1/drains.*deploy again"):
        provider.create(props)


def test_without_a_token_the_remedy_is_the_command(props, monkeypatch):
    monkeypatch.delenv("VERCEL_API_TOKEN", raising=False)
    with pytest.raises(VercelApiError, match="pulumi config set --secret vercel:apiToken"):
        DrainProvider().create(props)


def test_the_token_may_come_from_the_environment(props, monkeypatch):
    monkeypatch.setenv("VERCEL_API_TOKEN", vercel_api.TOKEN)
    assert DrainProvider().create(props).id == "drn_1"


def test_a_wrong_token_is_reported_with_the_command(props, monkeypatch):
    monkeypatch.setenv("VERCEL_API_TOKEN", "another")
    with pytest.raises(VercelApiError, match="vercel:apiToken is no valid token"):
        DrainProvider().create(props)
