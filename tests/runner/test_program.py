"""Running a program in-process: configuration from the files, any working directory, errors in the user's terms."""

import sys
from pathlib import Path

import pytest

from vigil_runner import ProgramError, StackError, program, render, stacks

HELLO = """
import pulumi
from pulumi_gcp import logging

config = pulumi.Config()
logging.Metric(config.require("metric"), filter="severity>=ERROR")
pulumi.export("region", pulumi.Config("gcp").get("region"))
pulumi.export("days", config.get_int("days"))
pulumi.export("key", config.get_secret("key"))
"""


class TestConfiguration:
    def test_it_comes_from_the_stack_file_with_and_without_namespace(self, project):
        root = project(HELLO, config="  toy:metric: orders\n  days: 30\n  gcp:region: europe-west1\n")

        run = program.run("test", root=root)

        assert [each.name for each in run.registrations] == ["orders"]
        assert (run.exports["region"], run.exports["days"]) == ("europe-west1", 30)
        assert run.project == "toy"

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("2026-01-01", "2026-01-01"), ("2026-01-01 10:00:00", "2026-01-01 10:00:00"), ("12:30", "12:30"),
            ("yes", "yes"), ("off", "off"), ("y", "y"), ("08", "08"), ("trueish", "trueish"), ("1e3x", "1e3x"),
            ("true", True), ("False", False), ("30", 30), ("-7", -7), ("0x1F", 31), ("1.5", 1.5), ("1e3", 1000.0),
            ("[2026-01-01, on]", ["2026-01-01", "on"]), ("'30'", "30"),
        ],
    )  # fmt: skip
    def test_plain_words_are_read_as_the_cli_reads_them(self, project, written, read):
        root = project(HELLO, config=f"  metric: {written}\n")

        value = stacks.load("test", root=root).config["toy:metric"]

        assert (type(value), value) == (type(read), read)

    def test_secrets_stay_closed_behind_one_placeholder(self, project):
        root = project(HELLO, config="  metric: m\n  key:\n    secure: v1:abc:def\n")

        run = program.run("test", root=root)

        assert run.exports["key"] == "[secret]"
        assert run.secret_exports == ("key",)

    def test_a_declared_secret_that_no_file_sets_is_the_placeholder_too(self, project):
        root = project(HELLO, config="  metric: m\n")
        (root / "Pulumi.yaml").write_text(
            "name: toy\nmain: infra/\nruntime: python\nconfig:\n  key: {type: string, secret: true}\n"
        )

        stack = stacks.load("test", root=root)

        assert stack.config["toy:key"] == "[secret]"
        assert stack.secrets == {"toy:key"}

    def test_a_secret_inside_an_object_closes_the_whole_key(self, project):
        root = project(HELLO, config="  metric: m\n  teams:\n    shop:\n    - key: {secure: v1:x}\n      name: n\n")

        stack = stacks.load("test", root=root)

        assert stack.config["toy:teams"] == {"shop": [{"key": "[secret]", "name": "n"}]}
        assert stack.secrets == {"toy:teams"}

    def test_a_declared_secret_that_is_not_set_needs_no_setting_here(self, project):
        root = project(HELLO, config="  metric: m\n")
        (root / "Pulumi.yaml").write_text(
            "name: toy\nmain: infra/\nruntime: python\nconfig:\n  key: {type: string, secret: true}\n"
        )

        run = program.run("test", root=root)

        assert (run.exports["key"], run.secret_exports) == ("[secret]", ("key",))

    def test_a_declared_secret_in_clear_is_a_secret_all_the_same(self, project):
        root = project(HELLO, config="  metric: m\n  key: local-only\n")
        (root / "Pulumi.yaml").write_text(
            "name: toy\nmain: infra/\nruntime: python\nconfig:\n  key: {type: string, secret: true}\n"
        )

        run = program.run("test", root=root)

        assert render.document(run)["exports"]["key"] == "[secret]"
        assert run.exports["key"] == "local-only"

    def test_values_of_the_project_file_hold_for_every_stack_and_defaults_are_the_programs_business(self, project):
        root = project(HELLO, config="  metric: m\n")
        (root / "Pulumi.yaml").write_text(
            "name: toy\nmain: infra/\nruntime: python\nconfig:\n  gcp:region: {value: europe-north1}\n  days: {type: integer, default: 7}\n"
        )

        run = program.run("test", root=root)

        assert run.exports == {"region": "europe-north1"}

    def test_an_unknown_stack_is_refused_with_the_list_of_stacks(self, project):
        root = project(HELLO, stack="alpha")
        project(HELLO, stack="beta")

        with pytest.raises(StackError, match=r"no stack 'prod'.*Stacks: alpha, beta"):
            program.run("prod", root=root)

    def test_environments_of_pulumi_cloud_are_reported_not_passed_over(self, project):
        root = project(HELLO)
        (root / "Pulumi.test.yaml").write_text("environment: [shared]\n")

        with pytest.raises(StackError, match=r"Pulumi.test.yaml imports environments"):
            program.run("test", root=root)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("config: [1]\n", "config is no mapping"),
            ("a: b: c\n", "is no YAML"),
            ("config: {a: 1,\n a: 2}\n", "line 2: the key 'a' stands here again"),
            ("- x\n", "is no mapping"),
        ],
    )
    def test_a_file_that_cannot_be_used_is_named(self, project, text, message):
        root = project(HELLO)
        (root / "Pulumi.test.yaml").write_text(text)

        with pytest.raises(StackError, match=f"Pulumi.test.yaml.*{message}"):
            program.run("test", root=root)

    def test_no_project_file(self, tmp_path):
        with pytest.raises(StackError, match=r"Pulumi\.yaml is missing"):
            program.run("test", root=tmp_path)


class TestWhereItRuns:
    def test_from_any_working_directory(self, project, tmp_path, monkeypatch):
        root = project(HELLO, config="  metric: m\n")
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.chdir(elsewhere)

        assert len(program.run("test", root=root).registrations) == 1
        assert Path.cwd() == elsewhere

    def test_modules_of_the_programs_own_and_nothing_left_behind(self, project):
        root = project(
            "from infra.names import NAME\nfrom pulumi_gcp import logging\nlogging.Metric(NAME, filter='x')\n"
        )
        (root / "infra" / "__init__.py").write_text("")
        (root / "infra" / "names.py").write_text("NAME = 'first'\n")
        paths, infra = (
            list(sys.path),
            {name: module for name, module in sys.modules.items() if name.startswith("infra")},
        )

        first = program.run("test", root=root)
        (root / "infra" / "names.py").write_text("NAME = 'another'\n")
        second = program.run("test", root=root)

        assert [each.registrations[0].name for each in (first, second)] == ["first", "another"]
        assert sys.path == paths
        assert {name: module for name, module in sys.modules.items() if name.startswith("infra")} == infra


class TestErrors:
    @pytest.mark.parametrize("main", ["nowhere/", "empty", "gone.py"])
    def test_a_program_that_is_not_there_is_named_with_the_remedy(self, project, main):
        root = project(HELLO)
        (root / "empty").mkdir()
        (root / "Pulumi.yaml").write_text(f"name: toy\nmain: {main}\nruntime: python\n")

        with pytest.raises(ProgramError, match=r"there is no program .*Remedy: name its folder or file"):
            program.run("test", root=root)

    def test_the_cause_and_the_users_own_frames(self, project):
        root = project("from infra.deep import broken\n\nbroken()\n")
        (root / "infra" / "__init__.py").write_text("")
        (root / "infra" / "deep.py").write_text("def broken():\n    return {}['retention']\n")

        with pytest.raises(ProgramError) as error:
            program.run("test", root=root)

        assert str(error.value).splitlines() == [
            "the program failed for stack 'test': KeyError: 'retention'",
            "  infra/deep.py:2 in broken",
            "  infra/__main__.py:3 in <module>",
        ]
        assert isinstance(error.value.__cause__, KeyError)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("raise pulumi.RunError('vigil:teams is missing')", "vigil:teams is missing"),
            (
                "pulumi.Config().require('teams')",
                (
                    "Missing required configuration variable 'toy:teams'\n"
                    "\tplease set a value using the command `pulumi config set toy:teams <value>`"
                ),
            ),
        ],
    )
    def test_what_a_program_says_to_its_user_is_the_whole_message(self, project, text, message):
        with pytest.raises(ProgramError) as error:
            program.run("test", root=project(f"import pulumi\n{text}\n"))

        assert str(error.value) == f"the program failed for stack 'test': {message}"

    def test_an_error_inside_an_apply(self, project):
        root = project(
            HELLO + "logging.Metric('second', filter='x').name.apply(lambda name: 1 / 0)\n", config="  metric: m\n"
        )

        with pytest.raises(
            ProgramError, match=r"ZeroDivisionError: division by zero\n  infra/__main__.py:10 in <lambda>"
        ):
            program.run("test", root=root)

    @pytest.mark.parametrize("text", ["def x(:\n", "import pulumi\nfrom broken import x\n"])
    def test_a_program_that_is_no_python(self, project, text):
        root = project(text)
        (root / "infra" / "broken.py").write_text("x = = 1\n")

        with pytest.raises(ProgramError, match=r"SyntaxError: invalid syntax.*\n  infra/(__main__|broken)\.py:1"):
            program.run("test", root=root)

    def test_what_the_sdk_refuses_is_the_programs_error(self, project):
        root = project("import pulumi\npulumi.export('handle', object())\n")

        with pytest.raises(ProgramError, match=r"ValueError: .*'handle'"):
            program.run("test", root=root)

    def test_an_output_of_another_stack_is_not_known(self, project):
        reference = "import pulumi\nnet = pulumi.StackReference('org/net/prod')\n"

        run = program.run("test", root=project(reference + "pulumi.export('vpc', net.get_output('vpc'))\n"))

        assert "vpc" not in run.exports

    def test_what_it_prints_goes_to_standard_error_of_its_children_too(self, project, capfd):
        root = project("import subprocess\nprint('told')\nsubprocess.run(['echo', 'by a child'], check=True)\n")

        program.run("test", root=root)
        print("a document")  # noqa: T201 - what a command writes afterwards

        out, err = capfd.readouterr()
        assert out == "a document\n"
        assert set(err.splitlines()) >= {"told", "by a child"}

    def test_a_program_that_exits(self, project):
        root = project("import sys\nsys.exit('vigil:teams is missing')\n")

        with pytest.raises(ProgramError, match="SystemExit: vigil:teams is missing"):
            program.run("test", root=root)

    def test_two_resources_of_one_name_are_an_error_with_both_places(self, project):
        root = project(
            "from pulumi_gcp import logging\nlogging.Metric('m', filter='x')\nlogging.Metric('m', filter='y')\n"
        )

        with pytest.raises(
            ProgramError, match=r"Duplicate resource URN .*infra/__main__.py:2, again at .*infra/__main__.py:3"
        ):
            program.run("test", root=root)


RENDERED = """
import json
import pulumi
from pulumi_gcp import logging, monitoring

class Box(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("toy:index:Box", name, {"event": "order.rejected"}, pulumi.ResourceOptions(protect=True))
        logging.Metric("orders", name="orders", filter="x", opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True))
        self.register_outputs({})

Box("box")
channel = monitoring.NotificationChannel("pager", type="pagerduty", sensitive_labels={"service_key": pulumi.Output.secret("k-1")})
monitoring.AlertPolicy("policy", display_name="P", combiner="OR", conditions=[], notification_channels=[channel.name])
pulumi.export("channel", channel.name)
pulumi.export("secret", pulumi.Output.secret({"a": 1}))
"""


class TestRender:
    def test_a_document_of_the_whole_run(self, project):
        document = render.document(program.run("test", root=project(RENDERED), preview=True))

        assert (document["stack"], document["project"], document["preview"]) == ("test", "toy", True)
        assert document["exports"] == {"channel": "[unknown]", "secret": "[secret]"}
        assert [each["urn"] for each in document["resources"]] == sorted(each["urn"] for each in document["resources"])
        by_name = {each["name"]: each for each in document["resources"]}
        assert by_name["box"]["inputs"] == {"event": "order.rejected"}
        assert by_name["box"]["custom"] is False
        assert by_name["orders"] == {
            "type": "gcp:logging/metric:Metric",
            "name": "orders",
            "urn": "urn:pulumi:test::toy::toy:index:Box$gcp:logging/metric:Metric::orders",
            "parent": by_name["box"]["urn"],
            "custom": True,
            "inputs": {"name": "orders", "filter": "x"},
            "options": {"protect": True, "delete_before_replace": True},
        }
        assert by_name["pager"]["inputs"]["sensitiveLabels"] == {"serviceKey": "[secret]"}
        assert by_name["policy"]["inputs"]["notificationChannels"] == ["[unknown]"]
        assert by_name["policy"]["options"]["depends_on"] == [by_name["pager"]["urn"]]

    @pytest.mark.parametrize("preview", [True, False])
    def test_two_runs_give_the_same_text(self, project, preview):
        root = project(RENDERED)

        first, second = (render.dumps(program.run("test", root=root, preview=preview)) for _ in range(2))

        assert first == second
        assert "k-1" not in first
        assert first.endswith("}\n")


QUOTA = """
from pulumi_gcp import logging

for index in range(501):
    logging.Metric(f"metric-{index}", name=f"m{index}", filter="severity>=ERROR", metric_descriptor={
        "metric_kind": "DELTA", "value_type": "INT64"})
"""


def test_a_program_that_exceeds_a_quota_is_refused_with_the_quota_named(project):
    root = project(QUOTA)

    with pytest.raises(ProgramError, match=r"501 metrics made from logs, at most 500") as refused:
        program.run("test", root=root)

    assert "breaks a rule of the APIs" in str(refused.value)
