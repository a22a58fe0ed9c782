"""What the recordings do not show: defaults, replacement, several steps of one update, built-in sinks and buckets."""

from typing import ClassVar

import pytest

from vigil_components.watches._supported import SUPPORTED
from vigil_runner.wire import APPLIED, wire_for

BUCKET = APPLIED["gcp:logging/projectBucketConfig:ProjectBucketConfig"]
CHANNEL = APPLIED["gcp:monitoring/notificationChannel:NotificationChannel"]
DASHBOARD = APPLIED["gcp:monitoring/dashboard:Dashboard"]
MEMBER = APPLIED["gcp:logging/logViewIamMember:LogViewIamMember"]
METRIC = APPLIED["gcp:logging/metric:Metric"]
POLICY = APPLIED["gcp:monitoring/alertPolicy:AlertPolicy"]
SINK = APPLIED["gcp:logging/projectSink:ProjectSink"]
SLO = APPLIED["gcp:monitoring/slo:Slo"]
UPTIME = APPLIED["gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig"]

URN = "urn:pulumi:local::vigil::gcp:logging/metric:Metric::orders"


def checked(wire, inputs):
    return wire.check(inputs, urn=URN, project="p")


def requests(exchange, *answers):
    sent = [next(exchange)]
    for answer in answers:
        try:
            sent.append(exchange.send(answer))
        except StopIteration:
            break
    return sent


class TestChecks:
    def test_a_missing_name_is_made_up_from_the_urn_and_stays_the_same(self):
        first, again = checked(METRIC, {"filter": "x"}), checked(METRIC, {"filter": "x"})

        assert first["name"] == again["name"]
        assert first["name"].startswith("orders-")
        assert len(first["name"]) == len("orders-") + 7

    def test_the_project_comes_from_the_configuration(self):
        assert checked(SINK, {"destination": "d", "name": "s"})["project"] == "p"
        assert checked(SINK, {"destination": "d", "name": "s", "project": "other"})["project"] == "other"

    def test_without_a_project_the_remedy_is_named(self):
        with pytest.raises(ValueError, match=r"pulumi config set gcp:project"):
            SINK.check({"destination": "d"}, urn=URN, project=None)

    @pytest.mark.parametrize(
        ("wire", "inputs", "defaults"),
        [
            (BUCKET, {}, {"retentionDays": 30}),
            (SINK, {}, {"uniqueWriterIdentity": True}),
            (POLICY, {"documentation": {"content": "c"}}, {"enabled": True, "documentation": {"mimeType": "text/markdown", "content": "c"}}),
            (CHANNEL, {}, {"enabled": True, "forceDelete": False}),
            (METRIC, {"metricDescriptor": {"labels": [{"key": "b"}, {"key": "a", "valueType": "INT64"}]}},
             {"metricDescriptor": {"unit": "1", "labels": [{"key": "a", "valueType": "INT64"}, {"key": "b", "valueType": "STRING"}]}}),
        ],
    )  # fmt: skip
    def test_the_providers_defaults(self, wire, inputs, defaults):
        assert checked(wire, inputs).items() >= defaults.items()


REPLACING = {
    "gcp:logging/folderSink:FolderSink": {"folder", "name"},
    "gcp:logging/linkedDataset:LinkedDataset": {"bucket", "linkId", "description", "location", "parent"},
    "gcp:logging/logScope:LogScope": {"name", "location", "parent"},
    "gcp:logging/logView:LogView": {"bucket", "name", "location", "parent"},
    "gcp:logging/logViewIamMember:LogViewIamMember": {"bucket", "parent", "location", "name", "role", "member", "condition"},
    "gcp:logging/metric:Metric": {"project", "metricDescriptor.labels"},
    "gcp:logging/organizationSink:OrganizationSink": {"name"},
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": {"project", "location", "bucketId"},
    "gcp:logging/projectExclusion:ProjectExclusion": {"project", "name"},
    "gcp:logging/projectSink:ProjectSink": {"project", "name"},
    "gcp:logging/savedQuery:SavedQuery": {"location", "name", "parent"},
    "gcp:monitoring/alertPolicy:AlertPolicy": {"project"},
    "gcp:monitoring/customService:CustomService": {"project", "serviceId"},
    "gcp:monitoring/dashboard:Dashboard": {"project"},
    "gcp:monitoring/genericService:GenericService": {"project", "serviceId", "basicService"},
    "gcp:monitoring/group:Group": {"project"},
    "gcp:monitoring/metricDescriptor:MetricDescriptor": {"project", "type", "labels", "metricKind", "valueType", "launchStage"},
    "gcp:monitoring/notificationChannel:NotificationChannel": {"project"},
    "gcp:monitoring/slo:Slo": {"project", "service", "sloId"},
    "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": {
        "project", "monitoredResource", "resourceGroup", "checkerType", "syntheticMonitor", "httpCheck.requestMethod",
        "httpCheck.authInfo.passwordWoVersion",
    },
}  # fmt: skip
"""Fields with `ForceNew` in terraform-provider-google-beta (google-beta/services/{logging,monitoring}, August 2026).

A metric's labels are a set whose elements have such fields, so any change of them replaces the metric.
"""


class TestReplacement:
    def metric(self, **changes):
        descriptor = {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": "route"}]}
        return checked(METRIC, {"name": "m", "filter": "f", "metricDescriptor": descriptor, **changes})

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"name": "n"}, ()),
            ({"project": "q"}, ("project",)),
            ({"filter": "g"}, ()),
            ({"metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": "status"}]}}, ("metricDescriptor.labels",)),
            ({"metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION", "labels": [{"key": "route"}]}}, ()),
            ({"metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": "route"}], "displayName": "D"}}, ()),
        ],
    )  # fmt: skip
    def test_a_metric_keeps_its_labels_alone(self, changes, fields):
        assert METRIC.replaces(self.metric(), self.metric(**changes)) == fields

    def test_a_metric_that_is_renamed_in_place_is_written_under_its_new_name(self):
        [request] = requests(METRIC.update(self.metric(), self.metric(name="n"), "m", {}))

        assert (request.method, request.path) == ("PUT", "/v2/projects/p/metrics/n")

    @pytest.mark.parametrize("wire", APPLIED.values(), ids=lambda wire: wire.type)
    def test_what_replaces_is_what_the_provider_s_schema_says(self, wire):
        assert wire.immutable == REPLACING[wire.type]

    def test_the_order_of_labels_is_no_change(self):
        two = {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": "a"}, {"key": "b"}]}
        turned = {**two, "labels": [{"key": "b"}, {"key": "a"}]}

        old, new = self.metric(metricDescriptor=two), self.metric(metricDescriptor=turned)

        assert METRIC.replaces(old, new) == ()
        assert METRIC.update(old, new, "m", {}) is None

    def test_a_channel_changes_its_type_in_place(self):
        old = checked(CHANNEL, {"type": "email", "labels": {"email_address": "a@b.c"}})
        new = checked(CHANNEL, {"type": "pubsub", "labels": {"topic": "t"}})

        assert CHANNEL.replaces(old, new) == ()


def test_a_metric_name_with_a_slash_is_one_segment():
    inputs = checked(METRIC, {"name": "a/b", "filter": "f"})

    assert requests(METRIC.read("a/b", inputs))[0].path == "/v2/projects/p/metrics/a%2Fb"


class TestBuckets:
    inputs: ClassVar = {"bucketId": "b", "location": "global", "retentionDays": 30, "project": "p"}

    def test_analytics_settings_and_lock_are_three_updates_in_this_order(self):
        new = {**self.inputs, "enableAnalytics": True, "description": "d", "retentionDays": 60, "locked": True}

        sent = requests(BUCKET.update(self.inputs, new, "projects/p/locations/global/buckets/b", {}), {}, {}, {})

        assert [(each.method, each.query["updateMask"]) for each in sent] == [
            ("PATCH", "analyticsEnabled"),
            ("PATCH", "retentionDays,description"),
            ("PATCH", "locked"),
        ]
        assert sent[0].body == {"analyticsEnabled": True}
        assert sent[1].body["retentionDays"] == 60

    def test_a_built_in_bucket_is_changed_and_never_removed(self):
        inputs = {**self.inputs, "bucketId": "_Default", "retentionDays": 7}

        sent = requests(BUCKET.create(inputs), {"name": "n", "retentionDays": 30})

        assert [(each.method, each.query.get("updateMask")) for each in sent] == [
            ("GET", None),
            ("PATCH", "retentionDays"),
        ]
        with pytest.raises(StopIteration):
            next(BUCKET.delete("x", inputs))

    def test_a_bucket_that_exists_is_taken_over_as_by_the_provider(self):
        sent = requests(BUCKET.create({**self.inputs, "retentionDays": 60}), {"name": "n", "retentionDays": 30})

        assert [(each.method, each.query.get("updateMask")) for each in sent] == [
            ("GET", None),
            ("PATCH", "retentionDays"),
        ]


class TestSinks:
    def test_a_built_in_sink_is_changed_and_never_removed(self):
        inputs = checked(SINK, {"name": "_Default", "destination": "d", "filter": "severity>=INFO"})

        sent = requests(SINK.create(inputs), {"name": "_Default", "destination": "d"})

        assert sent[1].method == "PATCH"
        assert sent[1].query["updateMask"] == "exclusions,filter"
        assert sent[1].body == {"destination": "d", "disabled": False, "exclusions": [], "filter": "severity>=INFO"}
        with pytest.raises(StopIteration):
            next(SINK.delete("x", inputs))


class TestMembers:
    inputs: ClassVar = {
        "bucket": "b",
        "location": "l",
        "parent": "projects/p",
        "name": "v",
        "role": "r",
        "member": "user:me",
    }

    def test_a_member_joins_the_others_of_its_role(self):
        policy = {
            "etag": "e",
            "bindings": [{"role": "r", "members": ["user:you"]}, {"role": "s", "members": ["user:she"]}],
        }

        sent = requests(MEMBER.create(self.inputs), policy)

        assert sent[1].body == {"policy": {"etag": "e", "version": 3, "bindings": [
            {"role": "r", "members": ["user:you", "user:me"]}, {"role": "s", "members": ["user:she"]},
        ]}}  # fmt: skip

    def test_taking_it_out_leaves_the_others(self):
        policy = {
            "etag": "e",
            "bindings": [{"role": "r", "members": ["user:you", "user:me"]}, {"role": "s", "members": ["user:me"]}],
        }

        sent = requests(MEMBER.delete("id", self.inputs), policy)

        assert sent[1].body["policy"]["bindings"] == [
            {"role": "r", "members": ["user:you"]}, {"role": "s", "members": ["user:me"]},
        ]  # fmt: skip

    def test_it_is_there_only_with_its_own_role(self):
        exchange = MEMBER.read("id", self.inputs)
        next(exchange)
        with pytest.raises(StopIteration) as end:
            exchange.send({"bindings": [{"role": "s", "members": ["user:me"]}]})
        assert end.value.value is None


def test_a_disabled_policy_says_so():
    inputs = checked(POLICY, {"displayName": "P", "combiner": "OR", "conditions": [], "enabled": False})

    assert requests(POLICY.create(inputs))[0].body == {"displayName": "P", "combiner": "OR", "enabled": False}


def test_a_condition_that_is_new_has_no_name_yet():
    old = checked(POLICY, {"displayName": "P", "combiner": "OR", "conditions": [{"displayName": "a"}]})
    new = {**old, "conditions": [{"displayName": "a"}, {"displayName": "b"}]}

    sent = requests(POLICY.update(old, new, "projects/p/alertPolicies/1", {"conditions": [{"name": "c/1"}]}))

    assert sent[0].body["conditions"] == [{"displayName": "a", "name": "c/1"}, {"displayName": "b"}]


def test_a_zero_threshold_is_left_out_as_the_provider_does_and_text_in_labels_kept():
    condition = {
        "displayName": "c",
        "conditionThreshold": {"filter": "f", "thresholdValue": 0, "duration": "0s", "comparison": "COMPARISON_GT"},
    }
    inputs = checked(
        POLICY, {"displayName": "P", "combiner": "OR", "conditions": [condition], "userLabels": {"empty": ""}}
    )

    body = requests(POLICY.create(inputs))[0].body

    assert body["conditions"][0]["conditionThreshold"] == {
        "filter": "f",
        "duration": "0s",
        "comparison": "COMPARISON_GT",
    }
    assert body["userLabels"] == {"empty": ""}


def test_a_dashboard_spelled_otherwise_is_the_same():
    old, new = {"dashboardJson": '{"a": 1, "b": 2}'}, {"dashboardJson": '{"b":2,"a":1}'}

    assert DASHBOARD.update(old, new, "projects/p/dashboards/1", {}) is None


def test_a_dashboard_that_is_no_json_is_refused():
    with pytest.raises(ValueError, match="dashboardJson is no JSON object"):
        next(DASHBOARD.create({"dashboardJson": "[1]"}))


def test_basic_availability_is_an_empty_object():
    inputs = checked(
        SLO, {"service": "api", "sloId": "a", "goal": 0.9, "basicSli": {"availability": {"enabled": True}}}
    )

    assert requests(SLO.create(inputs))[0].body["serviceLevelIndicator"] == {"basicSli": {"availability": {}}}


def test_a_basic_indicator_has_its_lists_in_the_singular_and_stands_in_windows_too():
    basic = {"locations": ["europe-west1"], "methods": ["Get"], "availability": {"enabled": True}}
    sent = {"location": ["europe-west1"], "method": ["Get"], "availability": {}}
    windows = {"goodTotalRatioThreshold": {"threshold": 0.9, "basicSliPerformance": basic}, "windowPeriod": "300s"}

    alone = checked(SLO, {"service": "api", "sloId": "a", "goal": 0.9, "basicSli": basic})
    within = checked(SLO, {"service": "api", "sloId": "a", "goal": 0.9, "windowsBasedSli": windows})

    assert SLO.body(alone)["serviceLevelIndicator"] == {"basicSli": sent}
    threshold = SLO.body(within)["serviceLevelIndicator"]["windowsBased"]["goodTotalRatioThreshold"]
    assert threshold == {"threshold": 0.9, "basicSliPerformance": sent}


def test_a_write_only_password_of_a_check_is_sent_as_the_password():
    given = {"username": "u", "passwordWo": "p", "passwordWoVersion": "1"}
    check = checked(UPTIME, {"displayName": "c", "timeout": "10s", "httpCheck": {"authInfo": given}})

    assert UPTIME.body(check)["httpCheck"]["authInfo"] == {"username": "u", "password": "p"}
    shown = {**UPTIME.body(check), "name": "n"}
    shown["httpCheck"] = {**shown["httpCheck"], "authInfo": {"username": "u", "password": "******"}}
    assert UPTIME.same(check, shown)
    assert not UPTIME.same({**check, "displayName": "d"}, shown)


class TestTypes:
    def test_what_is_recorded_has_no_wire(self):
        assert wire_for("gcp:cloudrunv2/service:Service") is None
        assert wire_for("pulumi:providers:gcp") is None
        assert wire_for("vercel:index/webhook:Webhook") is None
        assert wire_for("pulumi-python:dynamic/vercel:Drain") is None

    @pytest.mark.parametrize(
        "type_",
        [
            *("gcp:logging/folderExclusion:FolderExclusion", "gcp:compute/instance:Instance"),
            *("pulumi-python:dynamic/other:Thing", "aws:s3/bucket:Bucket", *SUPPORTED),
        ],
    )
    def test_any_other_type_is_recorded(self, type_):
        """Types outside of a list were an error once; a program may contain any resource of any provider."""
        assert wire_for(type_) is None


class TestMasks:
    """In the provider's order, which is its schema's (terraform-provider-google-beta), not the alphabet's."""

    def test_an_update_of_a_policy_masks_what_changed(self):
        old = checked(POLICY, {"displayName": "P", "combiner": "OR", "conditions": [{"displayName": "c"}]})
        new = {**old, "severity": "ERROR", "enabled": False, "displayName": "Q", "conditions": [{"displayName": "d"}]}

        [sent] = requests(POLICY.update(old, new, "n", {}))

        assert sent.query["updateMask"] == "displayName,enabled,conditions,severity"
        assert sent.body["enabled"] is False

    def test_an_update_of_a_sink_masks_exclusions_first(self):
        old = checked(
            SINK, {"name": "s", "destination": "d", "filter": "a", "bigqueryOptions": {"usePartitionedTables": True}}
        )
        new = {**old, "description": "x", "filter": "b", "bigqueryOptions": {"usePartitionedTables": False}}

        [sent] = requests(SINK.update(old, new, "projects/p/sinks/s", {}))

        assert sent.query["updateMask"] == "exclusions,filter,description,bigqueryOptions"
        assert sent.body["bigqueryOptions"] == {}
        assert SINK.update(old, {**old, "uniqueWriterIdentity": False}, "n", {}) is not None

    def test_an_indicator_names_each_of_its_leaves(self):
        ratio = {
            "service": "api",
            "sloId": "a",
            "goal": 0.9,
            "requestBasedSli": {"goodTotalRatio": {"totalServiceFilter": "t"}},
        }
        old = checked(SLO, ratio)

        [sent] = requests(
            SLO.update(old, {**old, "requestBasedSli": {"goodTotalRatio": {"totalServiceFilter": "u"}}}, "n", {})
        )

        prefix = "serviceLevelIndicator.requestBased."
        assert sent.query["updateMask"].split(",") == [
            f"{prefix}goodTotalRatio.badServiceFilter",
            f"{prefix}goodTotalRatio.goodServiceFilter",
            f"{prefix}goodTotalRatio.totalServiceFilter",
            f"{prefix}distributionCut.range",
            f"{prefix}distributionCut.distributionFilter",
        ]

    def test_windows_name_thirteen(self):
        old = checked(SLO, {"service": "api", "sloId": "a", "goal": 0.9, "windowsBasedSli": {"windowPeriod": "300s"}})

        [sent] = requests(SLO.update(old, {**old, "windowsBasedSli": {"windowPeriod": "60s"}}, "n", {}))

        assert len(sent.query["updateMask"].split(",")) == 13


def test_a_key_of_ones_own_is_sent_with_its_computed_parts():
    inputs = {
        "bucketId": "b",
        "location": "l",
        "project": "p",
        "retentionDays": 30,
        "cmekSettings": {"kmsKeyName": "k"},
    }

    body = requests(BUCKET.create(inputs), {})[1].body

    assert body["cmekSettings"] == {"name": "", "kmsKeyName": "k", "kmsKeyVersionName": "", "serviceAccountId": ""}
