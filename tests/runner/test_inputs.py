"""Inputs against the SDK: misspelled properties are found, right ones are left alone."""

import json

import pytest

from tests.corpus import CORPUS, missing
from vigil_runner.inputs import problems

RECORDED = CORPUS / "provider"


@pytest.mark.skipif(not RECORDED.is_dir(), reason=missing(RECORDED))
@pytest.mark.parametrize("file", ["resources-1-created.json", "resources-2-changed.json"])
def test_nothing_is_found_in_what_the_provider_took(file):
    for each in json.loads((RECORDED / file).read_text()):
        assert problems(each["type"], each["inputs"]) == ()


@pytest.mark.parametrize(
    ("type_", "inputs", "found"),
    [
        ("gcp:monitoring/alertPolicy:AlertPolicy", {"conditions": [{"conditionThreshold": {"filtr": "x"}}]},
         "conditions[0].conditionThreshold.filtr is no property; did you mean 'filter'?"),
        ("gcp:cloudrunv2/service:Service", {"template": {"containers": [{"envs": [{"nam": "x"}]}]}},
         "template.containers[0].envs[0].nam is no property; did you mean 'name'?"),
        ("vercel:index/webhook:Webhook", {"evnts": []}, "evnts is no property; did you mean 'events'?"),
        ("gcp:logging/metric:Metric", {"metric_descriptor": {}}, "metric_descriptor is no property; did you mean 'metricDescriptor'?"),
    ],
)  # fmt: skip
def test_a_misspelled_property_is_reported_with_the_nearest(type_, inputs, found):
    assert problems(type_, inputs) == (found,)


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("gcp:monitoring/alertPolicy:AlertPolicy", {"userLabels": {"any_key": "x"}}),
        ("gcp:logging/metric:Metric", {"labelExtractors": {"http-status": "x"}}),
        ("pulumi:providers:gcp", {"anything": "x"}),
        ("gcp:nowhere/thing:Thing", {"anything": "x"}),
    ],
)
def test_the_users_own_keys_and_unknown_types_are_left_alone(type_, inputs):
    assert problems(type_, inputs) == ()
