"""The recorded program, every type in it, deployed to the real emulator: create, nothing, change, nothing, destroy."""

import json

from tests.corpus import CORPUS, present
from vigil_runner import deploy, destroy

RECORDED = present(CORPUS / "provider")

PROGRAM = """
import json
import pulumi

SECRET = "4dabf18193072939515e22adb298388d"
FIRST = ["projectBucketConfig", "logView:", "Channel", "Service", "metric:"]
resources = json.loads({text!r})
made = {{}}


class Raw(pulumi.CustomResource):
    def __init__(self, type_, name, inputs, opts):
        super().__init__(type_, name, inputs, opts)


def live(value):
    if isinstance(value, dict):
        if SECRET in value:
            return pulumi.Output.secret("not-a-secret")
        return {{key: live(item) for key, item in value.items()}}
    if isinstance(value, list):
        return [live(item) for item in value]
    return made[value].id if value in made else value


def rank(each):
    return next((place for place, word in enumerate(FIRST) if word in each["type"]), len(FIRST))


for each in sorted(resources, key=rank):
    before = [made[other["id"]] for other in resources if rank(other) < min(rank(each), 2)]
    if "slo" in each["type"] or "Iam" in each["type"] or "logScope" in each["type"]:
        before += [made[other["id"]] for other in resources if "Service" in other["type"] or "logView:" in other["type"]]
    made[each["id"]] = Raw(each["type"], each["name"], live(each["inputs"]), pulumi.ResourceOptions(depends_on=before))
"""


def test_every_type_goes_the_whole_way(project, emulator, tmp_path):
    def run(file: str):
        root = project(PROGRAM.format(text=(RECORDED / file).read_text()))
        return deploy("test", url=emulator, state=tmp_path / "deployment.json", root=root)

    created = run("resources-1-created.json")
    assert created.created == 34

    again = run("resources-1-created.json")
    assert (again.writes, again.unchanged) == (0, 34)

    changed = run("resources-2-changed.json")
    before = {
        (each["type"], each["name"]): each["inputs"]
        for each in json.loads((RECORDED / "resources-1-created.json").read_text())
    }
    after = {
        (each["type"], each["name"]): each["inputs"]
        for each in json.loads((RECORDED / "resources-2-changed.json").read_text())
    }
    secret = {"webhook-basic", "pagerduty"}  # encrypted again, the same in clear
    assert {each.name for each in changed.resources if each.action == "updated"} == {
        name for (type_, name), inputs in after.items() if inputs != before[type_, name] and name not in secret
    }

    assert run("resources-2-changed.json").writes == 0
    assert destroy("test", url=emulator, state=tmp_path / "deployment.json").deleted == 34


def test_a_bucket_that_was_destroyed_is_taken_back_since_its_name_stays_taken_for_seven_days(
    project, emulator, tmp_path
):
    buckets = [
        each
        for each in json.loads((RECORDED / "resources-1-created.json").read_text())
        if each["type"] == "gcp:logging/projectBucketConfig:ProjectBucketConfig"
    ]
    root = project(PROGRAM.format(text=json.dumps(buckets)))
    state = tmp_path / "deployment.json"
    assert deploy("test", url=emulator, state=state, root=root).created == 1
    assert destroy("test", url=emulator, state=state).deleted == 1
    assert deploy("test", url=emulator, state=state, root=root).created == 1
    assert deploy("test", url=emulator, state=state, root=root).writes == 0
