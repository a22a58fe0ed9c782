"""Deploying small programs to the real emulator: create, no-op, change, remove, interrupt, recover, refuse."""

import dataclasses
import json
import threading
from pathlib import Path

import httpx
import pytest

from vigil_runner import DeploymentError, ProgramError, StateError, deploy, destroy, stacks
from vigil_runner.client import RefusedAddressError, UnreachableError

SYSTEM = """
import json
import pulumi
from pulumi_gcp import cloudrunv2, logging, monitoring

bucket = logging.ProjectBucketConfig("logs", project="{p}", bucket_id="app-logs", location="europe-west1", retention_days={days})
sink = logging.ProjectSink("sink", name="app-logs", destination=pulumi.Output.concat("logging.googleapis.com/", bucket.id),
    filter='resource.type="cloud_run_revision"')
metric = logging.Metric("orders", name="orders", filter='jsonPayload.event="order.rejected"', metric_descriptor={{
    "metric_kind": "DELTA", "value_type": "INT64", "labels": [{{"key": "reason"}}]}},
    label_extractors={{"reason": "EXTRACT(jsonPayload.reason)"}})
channel = monitoring.NotificationChannel("hook", type="webhook_basicauth", display_name="Hook",
    labels={{"url": "http://127.0.0.1:9/alerts", "username": "vigil"}},
    sensitive_labels={{"password": pulumi.Output.secret("{password}")}})
monitoring.AlertPolicy("policy", display_name="Orders rejected", combiner="OR", notification_channels=[channel.name], conditions=[{{
    "display_name": "ratio", "condition_prometheus_query_language": {{
        "query": 'rate({{"logging.googleapis.com/user/orders", monitored_resource="cloud_run_revision"}}[5m]) > {threshold}',
        "duration": "120s", "evaluation_interval": "60s", "disable_metric_validation": True}}}}])
monitoring.Dashboard("dashboard", dashboard_json=json.dumps({{"displayName": "{title}", "mosaicLayout": {{"columns": 48, "tiles": [
    {{"width": 24, "height": 8, "widget": {{"title": "Text", "text": {{"content": "x", "format": "MARKDOWN"}}}}}}]}}}}))
cloudrunv2.Service("api", name="api", location="europe-west1", template={{"containers": [{{"image": "x"}}]}})
pulumi.export("channel", channel.name)
"""


class System:
    """The program above with some values, its project, and the deployment of it."""

    def __init__(self, project, emulator, tmp_path) -> None:
        self._project = project
        self._emulator = emulator
        self.state: Path = tmp_path / "state" / "deployment.json"

    def write(self, program=SYSTEM, **values):
        given = {"days": 7, "threshold": "0.1", "title": "Orders", "password": "first", **values}
        text = program.format(p=self._project.google, **given) if program is SYSTEM else program
        self.root = self._project(text)

    def deploy(self, program=SYSTEM, *, progress=None, **values):
        self.write(program, **values)
        return deploy("test", url=self._emulator, state=self.state, root=self.root, progress=progress)

    def destroy(self):
        return destroy("test", url=self._emulator, state=self.state)

    def records(self) -> dict[str, dict]:
        document = json.loads(self.state.read_text())
        return {each["urn"].rpartition("::")[2]: each for each in document["resources"]}


@pytest.fixture
def system(project, emulator, tmp_path) -> System:
    return System(project, emulator, tmp_path)


def names(summary, action) -> list[str]:
    return sorted(each.name for each in summary.resources if each.action == action)


class TestTheWholeWay:
    def test_create_nothing_change_and_destroy(self, system, api):
        first = system.deploy()
        assert names(first, "created") == ["dashboard", "hook", "logs", "orders", "policy", "sink"]
        assert names(first, "recorded") == ["api"]
        assert first.writes == 6

        second = system.deploy()
        assert (second.writes, second.changed, second.unchanged, second.recorded) == (0, False, 6, 1)

        third = system.deploy(days=30, threshold="0.2", title="Orders, all")
        assert names(third, "updated") == ["dashboard", "logs", "policy"]
        assert third.writes == 3
        bucket = api("v2/projects/{p}/locations/europe-west1/buckets/app-logs")
        assert bucket["retentionDays"] == 30
        assert "> 0.2" in json.dumps(api("v3/projects/{p}/alertPolicies"))

        last = system.destroy()
        assert last.deleted == 6
        assert api("v3/projects/{p}/alertPolicies").get("alertPolicies", []) == []
        assert api("v2/projects/{p}/metrics").get("metrics", []) == []
        assert system.destroy().deleted == 0

    def test_references_are_those_of_the_server(self, system, api):
        summary = system.deploy()

        channel = summary.run.exports["channel"]
        [policy] = api("v3/projects/{p}/alertPolicies")["alertPolicies"]
        assert policy["notificationChannels"] == [channel]
        assert api(f"v3/{channel}")["_status"] == 200
        sink = api("v2/projects/{p}/sinks/app-logs")
        assert sink["destination"].endswith("/locations/europe-west1/buckets/app-logs")

    def test_a_dependent_goes_before_what_it_depends_on(self, system):
        system.deploy()

        order = []
        destroy("test", url=system._emulator, state=system.state, progress=lambda step: order.append(step.outcome.name))

        assert order.index("policy") < order.index("hook")
        assert order.index("sink") < order.index("logs")

    def test_what_the_program_no_longer_declares_is_removed_after_it_ran(self, system, api):
        system.deploy()

        summary = system.deploy("from pulumi_gcp import logging\nlogging.Metric('orders', name='orders', filter='x')\n")

        assert names(summary, "deleted") == ["dashboard", "hook", "logs", "policy", "sink"]
        assert [each["name"] for each in api("v2/projects/{p}/metrics")["metrics"]] == ["orders"]

    def test_progress_reports_each_resource_once(self, system):
        steps = []

        system.deploy(progress=steps.append)

        assert sorted(step.outcome.name for step in steps) == [
            "api",
            "dashboard",
            "hook",
            "logs",
            "orders",
            "policy",
            "sink",
        ]
        assert [step.number for step in steps] == list(range(1, 8))

    def test_a_stack_with_other_values_than_its_file_is_deployed_as_it_is_given(self, system, api):
        system.write(
            "import pulumi\nfrom pulumi_gcp import logging\nlogging.Metric('m', name='m', filter=pulumi.Config().require('filter'))\n"
        )
        stack = stacks.load("test", root=system.root)

        deploy(
            dataclasses.replace(stack, config={**stack.config, "toy:filter": "given"}),
            url=system._emulator,
            state=system.state,
            root=system.root,
        )

        assert api("v2/projects/{p}/metrics/m")["filter"] == "given"

    def test_the_wrong_stack_of_a_state_is_refused(self, system):
        system.deploy()
        text = system.state.read_text().replace('"stack": "test"', '"stack": "other"')
        system.state.write_text(text)

        with pytest.raises(StateError, match="is the state of stack 'other'"):
            system.deploy()


SLO = """
from pulumi_gcp import monitoring

service = monitoring.CustomService("api", service_id="api", display_name="API")
monitoring.Slo("slo", service=service.service_id, slo_id="availability", goal=0.99, rolling_period_days={days},
    request_based_sli={{"good_total_ratio": {{
        "{kind}_service_filter": 'metric.type="run.googleapis.com/request_count" resource.type="cloud_run_revision"',
        "total_service_filter": 'metric.type="run.googleapis.com/request_count" resource.type="cloud_run_revision"'}}}})
"""


def test_the_indicator_of_an_objective_changes_as_the_providers_mask_says(system, api):
    system.deploy(SLO.format(kind="bad", days=28))

    summary = system.deploy(SLO.format(kind="good", days=7))

    assert summary.updated == 1
    slo = api("v3/projects/{p}/services/api/serviceLevelObjectives/availability")
    assert sorted(slo["serviceLevelIndicator"]["requestBased"]["goodTotalRatio"]) == [
        "goodServiceFilter",
        "totalServiceFilter",
    ]
    assert slo["rollingPeriod"] == "604800s"
    assert system.deploy(SLO.format(kind="good", days=7)).writes == 0


class TestSecrets:
    def test_they_reach_the_server_and_not_the_disk(self, system):
        system.deploy(password="very-hidden")

        assert "very-hidden" not in system.state.read_text()
        assert system.records()["hook"]["inputs"]["sensitiveLabels"]["password"].startswith("sha256:")
        assert (system.state.stat().st_mode & 0o777) == 0o600

    def test_a_new_one_is_a_change(self, system):
        system.deploy(password="first")

        assert names(system.deploy(password="first"), "updated") == []
        assert names(system.deploy(password="second"), "updated") == ["hook"]
        assert system.deploy(password="second").writes == 0


METRIC = "from pulumi_gcp import logging\nlogging.Metric('m', name='{name}', filter='x', metric_descriptor={{'metric_kind': 'DELTA', 'value_type': 'INT64', 'labels': {labels}}}, label_extractors={extractors})\n"


class TestReplacement:
    def metric(self, name="m", labels="[]", extractors="{}"):
        return METRIC.format(name=name, labels=labels, extractors=extractors)

    def test_a_renamed_metric_stays_behind_as_with_google_s_provider(self, system, api):
        system.deploy(self.metric("before"))

        summary = system.deploy(self.metric("after"))

        assert (summary.updated, summary.replaced) == (1, 0)
        assert sorted(each["name"] for each in api("v2/projects/{p}/metrics")["metrics"]) == ["after", "before"]
        assert system.deploy(self.metric("after")).writes == 0
        system.deploy("")
        assert [each["name"] for each in api("v2/projects/{p}/metrics")["metrics"]] == ["before"]

    @pytest.mark.parametrize("order", ["", ", delete_before_replace=True"])
    def test_a_renamed_metric_leaves_nothing_where_its_name_replaces_it(self, system, api, order):
        options = f"import pulumi\n{{}}opts=pulumi.ResourceOptions(replace_on_changes=['name']{order}))\n"

        def program(name):
            return options.format(self.metric(name).rstrip().removesuffix(")") + ", ")

        system.deploy(program("before"))

        summary = system.deploy(program("after"))

        assert summary.replaced == 1
        assert [each["name"] for each in api("v2/projects/{p}/metrics")["metrics"]] == ["after"]
        assert system.deploy(program("after")).writes == 0

    def test_a_path_below_an_input_replaces_only_for_what_is_there(self, system):
        program = "import pulumi\n" + self.metric().replace(
            "'DELTA',", "'DELTA', 'display_name': '@',"
        ).rstrip().removesuffix(")")
        program += ", opts=pulumi.ResourceOptions(replace_on_changes=['metricDescriptor.valueType']))\n"
        system.deploy(program)

        assert system.deploy(program.replace("@", "shown")).updated == 1
        assert (
            system.deploy(
                program.replace("@", "shown")
                .replace("INT64", "DISTRIBUTION")
                .replace("filter='x'", "filter='x', value_extractor='EXTRACT(jsonPayload.n)'")
            ).replaced
            == 1
        )

    def test_a_metric_with_another_label_is_replaced_under_its_name(self, system, api):
        system.deploy(self.metric())

        summary = system.deploy(
            self.metric(labels="[{'key': 'route'}]", extractors="{'route': 'EXTRACT(jsonPayload.route)'}")
        )

        assert (summary.replaced, summary.deleted) == (1, 0)
        [metric] = api("v2/projects/{p}/metrics")["metrics"]
        assert [label["key"] for label in metric["metricDescriptor"]["labels"]] == ["route"]

    def test_what_replace_on_changes_names(self, system):
        program = "import pulumi\nfrom pulumi_gcp import logging\nlogging.Metric('m', name='m', filter='{}', opts=pulumi.ResourceOptions(replace_on_changes=['filter']))\n"
        system.deploy(program.format("a"))

        assert system.deploy(program.format("b")).replaced == 1

    def test_ignored_changes_stay_as_they_were(self, system, api):
        program = "import pulumi\nfrom pulumi_gcp import logging\nlogging.Metric('m', name='m', filter='{}', description='{}', opts=pulumi.ResourceOptions(ignore_changes=['filter']))\n"
        system.deploy(program.format("a", "one"))

        summary = system.deploy(program.format("b", "two"))

        assert summary.updated == 1
        metric = api("v2/projects/{p}/metrics/m")
        assert (metric["filter"], metric["description"]) == ("a", "two")
        assert system.deploy(program.format("c", "two")).writes == 0

    def test_an_alias_keeps_the_resource(self, system):
        system.deploy("from pulumi_gcp import logging\nlogging.Metric('old', name='m', filter='a')\n")

        summary = system.deploy(
            "import pulumi\nfrom pulumi_gcp import logging\n"
            "logging.Metric('new', name='m', filter='a', opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name='old')]))\n"
        )

        assert (summary.writes, summary.unchanged) == (0, 1)

    def test_children_of_a_renamed_component_are_kept_too(self, system):
        program = """
import pulumi
from pulumi_gcp import logging

class Box(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("toy:index:Box", name, None, opts)
        logging.Metric(f"{name}-metric", name="m", filter="a", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({})

"""
        system.deploy(program + "Box('old')\n")

        summary = system.deploy(program + "Box('new', pulumi.ResourceOptions(aliases=[pulumi.Alias(name='old')]))\n")

        assert (summary.writes, summary.unchanged) == (0, 1)
        assert list(system.records()) == ["new-metric"]


class TestProtection:
    program = "import pulumi\nfrom pulumi_gcp import logging\nlogging.ProjectBucketConfig('logs', project='p-1', bucket_id='b', location='{where}', opts=pulumi.ResourceOptions({options}))\n"

    def test_what_is_protected_is_neither_removed_nor_replaced(self, system):
        system.deploy(self.program.format(where="europe-west1", options="protect=True"))

        with pytest.raises(DeploymentError, match=r"protected, and no longer declared: logs\. Remedy: declare"):
            system.destroy()
        with pytest.raises(
            DeploymentError, match=r"'logs': location cannot change without replacing it, and it is protected"
        ):
            system.deploy(self.program.format(where="europe-north1", options="protect=True"))

    def test_what_is_to_be_retained_is_only_forgotten(self, system, api):
        system.deploy(self.program.format(where="us-east1", options="retain_on_delete=True"))

        assert system.destroy().writes == 0
        assert api("v2/projects/p-1/locations/us-east1/buckets/b")["_status"] == 200

    @pytest.mark.parametrize("policy", ["PREVENT", "ABANDON"])
    def test_the_deletion_policy_holds(self, system, api, policy):
        system.deploy(
            f"from pulumi_gcp import logging\nlogging.Metric('m', name='m', filter='x', deletion_policy='{policy}')\n"
        )

        if policy == "PREVENT":
            with pytest.raises(DeploymentError, match="'m': its deletionPolicy is \"PREVENT\""):
                system.destroy()
        else:
            assert system.destroy().writes == 0
        assert api("v2/projects/{p}/metrics/m")["_status"] == 200


class TestGoneBehindOurBack:
    def test_it_is_made_again(self, system, api):
        summary = system.deploy()
        channel = summary.run.exports["channel"]
        assert api(f"v3/{channel}?force=true", "DELETE")["_status"] == 200
        assert api("v2/projects/{p}/metrics/orders", "DELETE")["_status"] == 200

        again = system.deploy()

        assert names(again, "created") == ["hook", "orders"]
        assert names(again, "updated") == ["policy"]
        [policy] = api("v3/projects/{p}/alertPolicies")["alertPolicies"]
        assert policy["notificationChannels"] == [again.run.exports["channel"]] != [channel]

    def test_gone_already_is_gone(self, system, api):
        system.deploy()
        api("v2/projects/{p}/metrics/orders", "DELETE")

        assert system.destroy().deleted == 6


class TestErrors:
    def test_an_address_that_is_not_this_machine_is_refused_before_anything(self, system):
        system.write()

        with pytest.raises(RefusedAddressError, match="not on this machine"):
            deploy("test", url="https://logging.googleapis.com", state=system.state, root=system.root)
        assert not system.state.exists()

    def test_nobody_at_the_address(self, system):
        system.write()

        with pytest.raises(UnreachableError, match=r"nobody answers at http://127\.0\.0\.1:1 "):
            deploy("test", url="http://127.0.0.1:1", state=system.state, root=system.root)

    def test_what_the_api_refuses_names_the_resource_and_says_googles_words(self, system):
        with pytest.raises(
            DeploymentError, match=r"deploying gcp:logging/metric:Metric 'bad': 400 INVALID_ARGUMENT.*filter"
        ):
            system.deploy(
                "from pulumi_gcp import logging\nlogging.Metric('bad', name='bad', filter='severity>>ERROR')\n"
            )

    def test_a_policy_before_its_metric_is_refused_with_the_metric_and_both_remedies(self, system):
        with pytest.raises(
            DeploymentError,
            match=r"'late': 404 NOT_FOUND: Cannot find .* Remedy: where the program makes "
            r"logging\.googleapis\.com/user/late, .*depends_on.*disableMetricValidation",
        ):
            system.deploy(
                "from pulumi_gcp import monitoring\n"
                "monitoring.AlertPolicy('late', display_name='Late', combiner='OR', conditions=[{'display_name': 'late',"
                " 'condition_threshold': {'filter': 'metric.type=\"logging.googleapis.com/user/late\" AND "
                "resource.type=\"global\"', 'comparison': 'COMPARISON_GT', 'threshold_value': 1, 'duration': '60s',"
                " 'aggregations': [{'alignment_period': '60s', 'per_series_aligner': 'ALIGN_DELTA'}]}}])\n"
            )

    def test_after_a_refusal_the_rest_is_kept_and_nothing_removed(self, system, api):
        good = "from pulumi_gcp import logging\nlogging.Metric('good', name='good', filter='x')\nlogging.ProjectExclusion('old', name='old', filter='x')\n"
        system.deploy(good)

        with pytest.raises(DeploymentError):
            system.deploy(
                "from pulumi_gcp import logging\nlogging.Metric('good', name='good', filter='x')\nlogging.Metric('bad', name='bad', filter='>>')\n"
            )

        assert sorted(system.records()) == ["good", "old"]
        assert api("v2/projects/{p}/exclusions/old")["_status"] == 200

    def test_what_exists_and_is_not_ours_is_not_taken(self, system, api):
        api("v2/projects/{p}/metrics", "POST", {"name": "orders", "filter": "theirs"})

        with pytest.raises(
            DeploymentError,
            match=r"'orders': it exists already, and this deployment did not make it \(409 ALREADY_EXISTS.*Remedy",
        ):
            system.deploy("from pulumi_gcp import logging\nlogging.Metric('orders', name='orders', filter='ours')\n")

        assert api("v2/projects/{p}/metrics/orders")["filter"] == "theirs"
        assert system.records() == {}

    def test_a_type_that_is_not_applied_is_recorded_of_whichever_provider_it_is(self, system):
        """Once an error. A program that is watched contains whatever its system consists of."""
        summary = system.deploy(
            "import pulumi\n"
            "from pulumi_gcp import logging\n"
            "pulumi.CustomResource('gcp:dns/policy:Policy', 'names', {'description': 'Names'})\n"
            "logs = pulumi.CustomResource('aws:s3/bucket:Bucket', 'logs', {'acl': 'private'})\n"
            "logging.Metric('m', name='m', filter=pulumi.Output.concat('textPayload=', logs.acl))\n"
        )

        assert names(summary, "recorded") == ["logs", "names"]
        assert {name: one["inputs"]["filter"] for name, one in system.records().items()} == {"m": "textPayload=private"}

    def test_a_property_that_the_provider_does_not_know(self, system):
        with pytest.raises(
            DeploymentError, match=r"'api': template\.containers\[0\]\.imag is no property; did you mean 'image'"
        ):
            system.deploy(
                "from pulumi_gcp import cloudrunv2\ncloudrunv2.Service('api', location='l', template={'containers': [{'imag': 'x'}]})\n"
            )

    def test_a_data_source_is_reported(self, system):
        with pytest.raises(DeploymentError, match=r"reads the data source gcp:organizations/getProject:getProject"):
            system.deploy("from pulumi_gcp import organizations\norganizations.get_project_output(project_id='p')\n")

    def test_a_program_that_fails_removes_nothing(self, system):
        system.deploy()

        with pytest.raises(ProgramError, match="ValueError: mine"):
            system.deploy("raise ValueError('mine')\n")
        assert len(system.records()) == 6

    def test_a_second_deployment_beside_it_is_refused(self, system):
        errors = []

        def beside(_step) -> None:
            if not errors:
                try:
                    deploy("test", url=system._emulator, state=system.state, root=system.root)
                except StateError as error:
                    errors.append(str(error))

        system.deploy(progress=beside)

        assert "another deployment is running here" in errors[0]


class KilledError(Exception):
    """The process ends here."""


class TestInterruption:
    def through(self, system, wrap):
        """Deploy through a transport that `wrap` may break."""
        inner = httpx.HTTPTransport()

        class Transport(httpx.BaseTransport):
            def handle_request(self, request):
                return wrap(request, inner)

            def close(self):
                inner.close()

        return deploy(
            "test", url=system._emulator, state=system.state, root=system.root, transport=Transport(), parallel=1
        )

    def writes_until(self, system, number, *, answer):
        """The `number`-th writing request is the last: it arrives (`answer`: and is answered), then all breaks."""
        lock, seen = threading.Lock(), []

        def wrap(request, inner):
            writing = request.method != "GET"
            with lock:
                if len(seen) >= number:
                    raise httpx.ConnectError("interrupted")
                if writing:
                    seen.append(request)
                last = writing and len(seen) == number
            response = inner.handle_request(request)
            if last and not answer:
                response.read()
                raise httpx.ReadError("interrupted")
            return response

        with pytest.raises(UnreachableError):
            self.through(system, wrap)

    @pytest.mark.parametrize(
        ("number", "answer"),
        [
            (1, True),
            (1, False),
            (2, True),
            (2, False),
            (3, True),
            (3, False),
            (4, True),
            (4, False),
            (5, True),
            (5, False),
            (6, False),
        ],
    )
    def test_at_any_write_the_next_run_continues_and_nothing_is_there_twice(self, system, api, number, answer):
        system.write()
        self.writes_until(system, number, answer=answer)

        system.deploy()

        assert len(api("v3/projects/{p}/alertPolicies")["alertPolicies"]) == 1
        assert len(api("v3/projects/{p}/notificationChannels")["notificationChannels"]) == 1
        assert len(api("v1/projects/{p}/dashboards")["dashboards"]) == 1
        assert system.deploy().writes == 0
        assert len(system.records()) == 6
        assert system.destroy().deleted == 6

    def test_during_a_change(self, system, api):
        system.deploy()
        system.write(days=30, threshold="0.2", title="Other")
        self.writes_until(system, 2, answer=False)

        system.deploy(days=30, threshold="0.2", title="Other")

        assert api("v2/projects/{p}/locations/europe-west1/buckets/app-logs")["retentionDays"] == 30
        assert system.deploy(days=30, threshold="0.2", title="Other").writes == 0

    def test_a_process_that_is_killed_leaves_the_journal_which_is_enough(self, system):
        system.write()
        before = {}

        def crash(step) -> None:
            if step.number == 4:
                folder = system.state.parent
                before.update({file.name: file.read_bytes() for file in folder.iterdir()})
                raise KilledError

        with pytest.raises(KilledError):
            deploy("test", url=system._emulator, state=system.state, root=system.root, progress=crash, parallel=1)
        # what a killed process would have left: the files as they were, the last line cut off
        system.state.unlink()
        journal = before["deployment.json.journal"]
        (system.state.parent / "deployment.json.journal").write_bytes(journal[:-7])

        summary = system.deploy()

        assert summary.created + summary.unchanged == 6
        assert summary.unchanged >= 2
        assert system.deploy().writes == 0

    def test_a_busy_server_is_waited_for(self, system, api):
        fault = {
            "methods": ["logging.projects.metrics.create", "monitoring.projects.alertPolicies.create"],
            "status": 503,
            "count": 2,
        }
        assert api("vigil/v1/faults", "POST", fault)["_status"] == 200

        assert system.deploy().created == 6


def test_a_policy_that_is_replaced_is_removed_after_its_successor_is_there(system, api):
    program = "from pulumi_gcp import monitoring\nmonitoring.UptimeCheckConfig('up', display_name='u', timeout='10s', http_check={{'path': '/'}}, monitored_resource={{'type': 'uptime_url', 'labels': {{'host': '{}', 'project_id': 'p'}}}})\n"
    system.deploy(program.format("a.example"))
    order = []

    system.deploy(program.format("b.example"), progress=lambda step: order.append(step.outcome.action))

    assert order == ["replaced", "deleted"]
    [check] = api("v3/projects/{p}/uptimeCheckConfigs")["uptimeCheckConfigs"]
    assert check["monitoredResource"]["labels"]["host"] == "b.example"


def test_a_channel_that_was_made_by_hand_has_a_stand_in_and_a_misspelt_name_has_none(system, api):
    program = """
from pulumi_gcp import monitoring
monitoring.AlertPolicy("policy", display_name="Orders rejected", combiner="OR", notification_channels=["{name}"],
    conditions=[{{"display_name": "rejected", "condition_matched_log": {{"filter": 'severity="ERROR"'}}}}],
    alert_strategy={{"notification_rate_limit": {{"period": "300s"}}, "auto_close": "1800s"}})
"""
    name = f"projects/{system._project.google}/notificationChannels/4711"

    assert system.deploy(program.format(name=name)).writes == 1
    assert api(f"v3/{name}")["displayName"] == "a channel made by hand"
    assert system.deploy(program.format(name=name)).writes == 0

    with pytest.raises(DeploymentError, match="404 NOT_FOUND"):
        system.deploy(program.format(name=name.replace("notificationChannels", "channels")))
