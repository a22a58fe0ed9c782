"""The recording monitor behaves like the real engine, where the SDK's mocks do not."""

from concurrent.futures import ThreadPoolExecutor

import pulumi
import pytest
from pulumi.runtime import resource
from pulumi_gcp import logging, monitoring, pubsub

from vigil_components.testing import (
    MISSING,
    UNKNOWN,
    AliasSpec,
    RegistrationError,
    Timeouts,
    positions,
    record,
)

STACK_URN = "urn:pulumi:staging::vigil::pulumi:pulumi:Stack::vigil-staging"
METRIC = "gcp:logging/metric:Metric"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"


class Box(pulumi.ComponentResource):
    """A component as a user writes it: children below it, outputs registered last."""

    def __init__(self, name: str, *, finish: bool = True, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("toy:index:Box", name, {"purpose": "test"}, opts)
        self.metric = logging.Metric(
            f"{name}-metric", filter="severity>=ERROR", opts=pulumi.ResourceOptions(parent=self)
        )
        if finish:
            self.register_outputs({"metric": self.metric.name})


def test_urns_have_the_engine_form_with_all_ancestors_and_without_the_stack():
    class Outer(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("toy:index:Outer", "outer")
            Box("inner", opts=pulumi.ResourceOptions(parent=self))
            self.register_outputs({})

    recorded = record(Outer)

    assert [each.urn for each in recorded.registrations] == [
        "urn:pulumi:staging::vigil::toy:index:Outer::outer",
        "urn:pulumi:staging::vigil::toy:index:Outer$toy:index:Box::inner",
        "urn:pulumi:staging::vigil::toy:index:Outer$toy:index:Box$gcp:logging/metric:Metric::inner-metric",
    ]


def test_a_name_with_colons_stays_a_name():
    recorded = record(lambda: [logging.Metric("a::b", filter="x"), logging.Metric("a::c", filter="x")])

    assert [each.urn.split("::", 3)[3] for each in recorded.registrations] == ["a::b", "a::c"]


def test_a_second_resource_with_the_same_urn_is_refused_in_the_engines_words():
    def program() -> None:
        logging.Metric("orders", filter="a")
        logging.Metric("orders", filter="b")

    with pytest.raises(
        RegistrationError,
        match="Duplicate resource URN 'urn:pulumi:staging::vigil::gcp:logging/metric:Metric::orders'; try giving it a unique name",
    ) as error:
        record(program)

    assert "test_recording_monitor.py:" in str(error.value)


def test_the_same_name_under_two_parents_is_two_resources():
    def program() -> None:
        logging.Metric("same-metric", filter="a")
        Box("same")

    assert record(program).counts() == {METRIC: 2, "toy:index:Box": 1}


def test_a_component_that_does_not_register_its_outputs_fails_the_run_by_name():
    with pytest.raises(
        RegistrationError,
        match=r"component 'half' \(toy:index:Box at .*never registered its outputs.*self\.register_outputs",
    ):
        record(lambda: Box("half", finish=False))


def test_a_finished_component_keeps_its_inputs_and_outputs():
    box = record(lambda: Box("whole")).one("toy:index:Box")

    assert (box.custom, box.id, box.inputs) == (False, None, {"purpose": "test"})
    assert box.outputs is not None
    assert str(box.outputs["metric"]).startswith("whole-metric-")


def test_a_child_that_forgot_its_parent_hangs_on_the_stack():
    class Careless(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("toy:index:Careless", "careless")
            logging.Metric("kept", filter="a", opts=pulumi.ResourceOptions(parent=self))
            logging.Metric("lost", filter="a")
            self.register_outputs({})

    recorded = record(Careless)

    assert [each.name for each in recorded.children()] == ["careless", "lost"]
    assert recorded.one(METRIC, "lost").parent == STACK_URN
    assert (
        recorded.tree()
        == "toy:index:Careless careless\n  gcp:logging/metric:Metric kept\ngcp:logging/metric:Metric lost"
    )


def test_merged_options_that_replace_the_parent_are_seen():
    class Merging(pulumi.ComponentResource):
        def __init__(self, opts: pulumi.ResourceOptions) -> None:
            super().__init__("toy:index:Merging", "merging", None, opts)
            wrong = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(parent=self), opts)
            logging.Metric("child", filter="a", opts=wrong)
            self.register_outputs({})

    recorded = record(lambda: Merging(pulumi.ResourceOptions(parent=Box("above"))))

    assert recorded.one(METRIC, "child").parent == recorded.one("toy:index:Box").urn


def test_options_are_recorded_as_the_engine_gets_them():
    def program() -> None:
        topic = pubsub.Topic("alerts")
        logging.Metric(
            "metric",
            filter="a",
            opts=pulumi.ResourceOptions(
                protect=True,
                depends_on=[topic],
                aliases=[pulumi.Alias(name="old-metric"), "urn:pulumi:staging::vigil::toy:index:Box::gone"],
                ignore_changes=["description"],
                additional_secret_outputs=["filter"],
                replace_on_changes=["metricDescriptor"],
                delete_before_replace=True,
                retain_on_delete=True,
                custom_timeouts=pulumi.CustomTimeouts(create="7m"),
            ),
        )

    options = record(program).one(METRIC).options

    assert options.parent == STACK_URN
    assert (options.protect, options.delete_before_replace, options.retain_on_delete) == (True, True, True)
    assert options.depends_on == ("urn:pulumi:staging::vigil::gcp:pubsub/topic:Topic::alerts",)
    assert options.aliases == (AliasSpec(name="old-metric"), "urn:pulumi:staging::vigil::toy:index:Box::gone")
    assert options.ignore_changes == ("description",)
    assert options.additional_secret_outputs == ("filter",)
    assert options.replace_on_changes == ("metricDescriptor",)
    assert options.custom_timeouts == Timeouts(create="7m")


def test_aliases_have_the_earlier_urns_those_of_children_too():
    def program() -> None:
        Box(
            "new",
            opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old"), pulumi.Alias(type_="toy:index:Crate")]),
        )

    recorded = record(program)

    assert recorded.one("toy:index:Box").former_urns == (
        "urn:pulumi:staging::vigil::toy:index:Box::old",
        "urn:pulumi:staging::vigil::toy:index:Crate::new",
    )
    assert recorded.one(METRIC).former_urns == (
        "urn:pulumi:staging::vigil::toy:index:Box$gcp:logging/metric:Metric::old-metric",
        "urn:pulumi:staging::vigil::toy:index:Crate$gcp:logging/metric:Metric::new-metric",
    )


def test_without_aliases_there_are_no_earlier_urns():
    assert [each.former_urns for each in record(lambda: Box("box")).registrations] == [(), ()]


def test_options_left_open_are_none_not_false():
    options = record(lambda: logging.Metric("metric", filter="a")).one(METRIC).options

    assert (options.protect, options.delete_before_replace, options.retain_on_delete) == (None, None, None)


def test_children_inherit_protection_and_the_explicit_provider():
    def program() -> None:
        provider = pulumi.ProviderResource("gcp", "local", {})
        Box("box", opts=pulumi.ResourceOptions(protect=True, providers={"gcp": provider}))

    recorded = record(program)
    metric = recorded.one(METRIC)

    assert metric.options.protect is True
    provider = recorded.one("pulumi:providers:gcp")
    assert metric.options.provider == f"{provider.urn}::{provider.id}"


def test_what_the_inputs_refer_to_is_a_dependency_of_the_property():
    def program() -> None:
        topic = pubsub.Topic("alerts")
        monitoring.NotificationChannel("channel", type="pubsub", labels={"topic": topic.id})

    channel = record(program).one(CHANNEL)

    topic = "urn:pulumi:staging::vigil::gcp:pubsub/topic:Topic::alerts"
    assert channel.options.property_dependencies == {"labels": (topic,)}
    assert channel.inputs["labels"] == {
        "topic": "projects/vigil-test/topics/" + str(channel.inputs["labels"]["topic"]).rpartition("/")[2]
    }


class TestSecrets:
    @staticmethod
    def channel(**more: object) -> None:
        monitoring.NotificationChannel(
            "pager",
            type="pagerduty",
            sensitive_labels={"service_key": pulumi.Output.secret("k-1")},
            user_labels={"team": "shop"},
        )

    def test_inputs_are_unwrapped_and_their_paths_kept(self):
        channel = record(self.channel).one(CHANNEL)

        assert channel.inputs["sensitiveLabels"] == {"serviceKey": "k-1"}
        assert channel.secret_paths == ("sensitiveLabels.serviceKey",)

    def test_a_secret_in_a_component_is_found_at_its_path(self):
        class Keeper(pulumi.ComponentResource):
            def __init__(self) -> None:
                props = {
                    "url": {"plain": "a", "token.key": pulumi.Output.secret("t")},
                    "many": ["x", pulumi.Output.secret("y")],
                }
                super().__init__("toy:index:Keeper", "keeper", props)
                self.register_outputs({})

        keeper = record(Keeper).one("toy:index:Keeper")

        assert keeper.inputs == {"url": {"plain": "a", "token.key": "t"}, "many": ["x", "y"]}
        assert keeper.secret_paths == ("many[1]", 'url["token.key"]')

    def test_what_came_in_secret_comes_out_secret(self):
        def program() -> None:
            topic = pubsub.Topic("t", labels={"key": pulumi.Output.secret("v")})
            pulumi.export("labels", topic.labels)
            pulumi.export("name", topic.name)

        recorded = record(program)

        assert recorded.exports["labels"] == {"key": "v"}
        assert recorded.secret_exports == ("labels",)

    def test_additional_secret_outputs_are_secret(self):
        def program() -> None:
            topic = pubsub.Topic("t", opts=pulumi.ResourceOptions(additional_secret_outputs=["name"]))
            pulumi.export("name", topic.name)

        assert record(program).secret_exports == ("name",)

    def test_secret_config_becomes_a_secret_input(self):
        def program() -> None:
            key = pulumi.Config().require_secret("key")
            monitoring.NotificationChannel("c", type="pagerduty", sensitive_labels={"service_key": key})

        channel = record(program, config={"key": "s3"}, secrets=["key"]).one(CHANNEL)

        assert (channel.inputs["sensitiveLabels"], channel.secret_paths) == (
            {"serviceKey": "s3"},
            ("sensitiveLabels.serviceKey",),
        )


class TestPreview:
    @staticmethod
    def program() -> None:
        channel = monitoring.NotificationChannel("mail", type="email", labels={"email_address": "a@b.c"})
        monitoring.AlertPolicy(
            "policy", combiner="OR", conditions=[], display_name="P", notification_channels=[channel.name]
        )
        pulumi.export("type", channel.type)
        pulumi.export("channel", channel.name)

    def test_computed_outputs_are_unknown_and_inputs_known(self):
        recorded = record(self.program, preview=True)

        policy = recorded.one("gcp:monitoring/alertPolicy:AlertPolicy")
        assert policy.inputs["notificationChannels"] == [UNKNOWN]
        assert policy.inputs["displayName"] == "P"
        assert policy.id == ""
        assert recorded.exports == {"type": "email", "channel": UNKNOWN}

    def test_an_update_knows_them(self):
        policy = record(self.program).one("gcp:monitoring/alertPolicy:AlertPolicy")

        assert str(policy.inputs["notificationChannels"]).startswith("['projects/vigil-test/notificationChannels/")

    def test_the_program_can_tell(self):
        seen: list[bool] = []
        record(lambda: seen.append(pulumi.runtime.is_dry_run()), preview=True)
        record(lambda: seen.append(pulumi.runtime.is_dry_run()))

        assert seen == [True, False]


class TestIsolation:
    def test_two_runs_never_see_each_other(self):
        def one() -> None:
            logging.Metric("a", filter="x")
            pulumi.export("stack", pulumi.get_stack())

        def two() -> None:
            logging.Metric("a", filter="x")
            pulumi.export("stack", pulumi.get_stack())

        first = record(one, stack="staging", config={"only": "here"})
        second = record(two, stack="prod")

        assert (first.exports["stack"], second.exports["stack"]) == ("staging", "prod")
        assert len(second.registrations) == 1

    def test_config_of_one_run_is_gone_in_the_next(self):
        def read() -> None:
            pulumi.export("it", pulumi.Config().get("it", "absent"))

        assert record(read, config={"it": "here"}).exports == {"it": "here"}
        assert record(read).exports == {"it": "absent"}

    def test_a_run_inside_a_program_keeps_to_itself(self):
        def program() -> None:
            logging.Metric("outer", filter="x")
            with ThreadPoolExecutor(1) as pool:
                inner = pool.submit(record, lambda: logging.Metric("inner", filter="x"), stack="prod").result()
            pulumi.export("inner", [each.urn for each in inner.registrations])
            pulumi.export("stack", pulumi.get_stack())

        recorded = record(program)

        assert [each.name for each in recorded.registrations] == ["outer"]
        assert recorded.exports == {
            "inner": ["urn:pulumi:prod::vigil::gcp:logging/metric:Metric::inner"],
            "stack": "staging",
        }

    def test_config_is_text_as_the_cli_hands_it_over(self):
        def program() -> None:
            config = pulumi.Config()
            pulumi.export(
                "values", [config.require_int("days"), config.require_bool("on"), config.require_object("teams")]
            )
            pulumi.export("region", pulumi.Config("gcp").require("region"))

        recorded = record(
            program, config={"days": 30, "on": True, "teams": {"shop": ["a"]}, "gcp:region": "europe-west1"}
        )

        assert recorded.exports == {"values": [30, True, {"shop": ["a"]}], "region": "europe-west1"}


class TestErrors:
    def test_the_programs_exception_comes_out_as_it_was_raised(self):
        def program() -> None:
            logging.Metric("a", filter="x")
            raise KeyError("mine")

        with pytest.raises(KeyError, match="mine"):
            record(program)

    def test_an_output_in_a_name_is_an_error(self):
        def program() -> None:
            topic = pubsub.Topic("alerts")
            logging.Metric("metric", filter=f"topic={topic.name}")

        with pytest.raises(Exception, match="__str__ on an Output"):
            record(program)

    def test_an_error_that_the_program_logs_fails_the_run(self):
        with pytest.raises(RegistrationError, match="logged an error: too many services"):
            record(lambda: pulumi.log.error("too many services"))

    def test_warnings_are_kept(self):
        assert record(lambda: pulumi.log.warn("nearly full")).diagnostics.warnings == ["nearly full"]

    def test_hooks_are_refused_rather_than_passed_over(self):
        def program() -> None:
            hook = pulumi.ResourceHook("wait", lambda _args: None)
            logging.Metric(
                "m", filter="x", opts=pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(after_create=[hook]))
            )

        with pytest.raises(RegistrationError, match="does not run resource hooks"):
            record(program)

    def test_transforms_are_refused_rather_than_passed_over(self):
        def program() -> None:
            logging.Metric("m", filter="x", opts=pulumi.ResourceOptions(transforms=[lambda args: None]))

        with pytest.raises(RegistrationError, match="does not run transforms"):
            record(program)


class TestAssertions:
    @staticmethod
    def program() -> None:
        Box("orders")
        pubsub.Topic("alerts", labels={"a": "1", "b": "2"})
        pulumi.export("box", "orders")

    def test_counts_and_lookups(self):
        recorded = record(self.program)

        assert recorded.counts() == {METRIC: 1, "gcp:pubsub/topic:Topic": 1, "toy:index:Box": 1}
        assert recorded.one(METRIC).name == "orders-metric"
        assert recorded.of_type("gcp:pubsub/subscription:Subscription") == ()

    def test_one_says_what_there_is(self):
        with pytest.raises(
            AssertionError,
            match=r"0 registrations of gcp:logging/metric:Metric named 'x', not one\. Of this type: orders-metric",
        ):
            record(self.program).one(METRIC, "x")

    def test_an_inventory_holds_only_what_matters(self):
        record(self.program).check(
            counts={METRIC: 1, "gcp:logging/projectSink:ProjectSink": 0},
            values={"gcp:pubsub/topic:Topic::alerts": {"labels": {"a": "1"}, "kmsKeyName": MISSING}},
            exports={"box": "orders"},
        )

    def test_an_inventory_that_does_not_hold_lists_every_difference(self):
        with pytest.raises(AssertionError) as error:
            record(self.program).check(
                counts={METRIC: 2},
                values={"gcp:pubsub/topic:Topic::alerts": {"labels": {"a": "2", "b": MISSING}}},
                exports={"box": "other"},
            )

        assert str(error.value).splitlines() == [
            "gcp:logging/metric:Metric: 1 registered, 2 expected",
            "gcp:pubsub/topic:Topic::alerts: labels.a is '1', expected '2'",
            "gcp:pubsub/topic:Topic::alerts: labels.b is '2', expected MISSING",
            "exports: box is 'orders', expected 'other'",
        ]


def test_data_sources_are_recorded():
    from pulumi_gcp import organizations

    def program() -> None:
        pulumi.export("number", organizations.get_project_output(project_id="p").project_id)

    recorded = record(program)

    assert [(each.token, each.arguments) for each in recorded.invocations] == [
        ("gcp:organizations/getProject:getProject", {"projectId": "p"})
    ]
    assert recorded.exports == {"number": "p"}


@pytest.mark.parametrize("version", ["with its own function", "without it"])
def test_the_place_of_a_declaration_is_known_whatever_the_version_of_the_sdk(monkeypatch, version):
    if version == "without it":
        monkeypatch.setattr(positions, "_WHOLE", None)
    own = resource._get_stack_trace

    (metric,) = record(lambda: Box("orders")).of_type(METRIC)

    assert metric.source == f"{__file__}:{Box.__init__.__code__.co_firstlineno + 2}"
    assert resource._get_stack_trace is own
