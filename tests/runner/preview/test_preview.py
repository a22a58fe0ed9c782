"""What a change does to a stack, in words: golden reports of prepared changes, and what every report keeps to."""

import copy
import json
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runner.preview.prepared import GOLDENS, PREPARED, SHOP, STACK, rendered, report
from vigil_runner import preview
from vigil_runner.normal_form import normal_form
from vigil_runner.preview import Kind

METRIC = "gcp:logging/metric:Metric"
BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
SINK = "gcp:logging/projectSink:ProjectSink"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
DASHBOARD = "gcp:monitoring/dashboard:Dashboard"


@pytest.fixture(scope="module")
def shop():
    return rendered(SHOP)


@pytest.fixture(scope="module")
def reports(shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    return {name: report(name, folder, shop) for name in PREPARED}


@pytest.mark.parametrize("name", PREPARED)
def test_a_prepared_change_has_its_golden_report(reports, name):
    golden = (GOLDENS / f"{name}.md").read_text()
    assert preview.markdown(reports[name]) == golden, "Remedy: python -m tests.runner.preview.prepared, and review"


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("threshold", r"Alert `orders/rejected`: .*0\.02.* → .*0\.05"),
        ("new-label", r"`orders/order.rejected` is replaced, because `metricDescriptor.labels` .*`channel`.*history"),
        ("tile-removed", r"1 tile removed \(`Rejections by reason`\)"),
        ("event-renamed", r"`orders/order.rejected` is removed. Lost for good"),
        ("service-added", r"2 alerts .*added; notifies"),
        ("secret-rotated", r"Secret `shop:webhookPassword` is rotated"),
        ("retention-lowered", r"keeps entries 30 days instead of 90: older ones are deleted for good"),
        ("team-moved", r"team orders → platform; pages .* → platform page by"),
        ("channel-changed", r"orders@example.com.* → .*orders-oncall@example.com"),
        ("objective-tightened", r"threshold .*0\.1344.* → .*0\.01344"),
        ("region-moved", r"`shop-logs` is replaced, because `location` .*every log entry.*Pulumi refuses"),
    ],
)
def test_the_first_five_lines_say_what_will_happen(reports, name, pattern):
    first = [preview.summary(reports[name]), *preview.sentences(reports[name])][:5]
    assert any(re.search(pattern, line) for line in first), first


def test_no_change_is_one_line(reports):
    assert preview.markdown(reports["nothing"]) == "**prod: nothing changes (compared with main).**\n"
    assert preview.document(reports["nothing"])["changes"] is False


def test_what_may_lose_data_comes_before_alerts_and_these_before_dashboards(reports):
    lines = preview.sentences(reports["region-moved"])
    places = [next(i for i, line in enumerate(lines) if word in line) for word in ("Log bucket", "alerts", "Dashboard")]
    assert places == sorted(places)


def test_a_rotated_secret_shows_neither_value(reports):
    for written in (
        preview.markdown(reports["secret-rotated"]),
        json.dumps(preview.document(reports["secret-rotated"])),
    ):
        assert "Ciphertext" not in written


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("secure: AAAB", "secure: AAAC", "is rotated: its encrypted value is another"),
        ("secure: AAAB", "hunter2", "stands in clear in the stack file"),
        ("hunter2", "secure: AAAC", "is encrypted from now on"),
        ("hunter2", "hunter3", "stands in clear in the stack file"),
        ('""', "secure: AAAC", "is rotated: its encrypted value is another"),
        ("{inner: {secure: AAAB}, other: 1}", "{inner: hunter2, other: 1}", "stands in clear in the stack file"),
        ("secure: AAAB", "{other: hunter2}", "stands in clear in the stack file"),
        ("[{secure: AAAB}]", "[{secure: AAAC}]", "is rotated: its encrypted value is another"),
        ("{inner: hunter2}", "{inner: hunter3}", "stands in clear in the stack file"),
    ],
)
def test_a_secret_that_is_not_encrypted_is_never_called_so_and_never_shown(tmp_path, before, after, words):
    folders = [tmp_path / "before", tmp_path / "after"]
    for folder, value in zip(folders, (before, after), strict=True):
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: shop\nconfig:\n  hook: {type: string, secret: true}\n")
        written = f"\n    {value}" if value.startswith("secure") else f" {value}"
        (folder / "Pulumi.prod.yaml").write_text(f"config:\n  shop:hook:{written}\n")
    (change,) = preview.setting_changes(*folders, STACK)
    assert change.secret
    assert words in change.sentence
    assert not re.search("AAA|hunter", f"{change}{change.sentence}")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("objective-tightened", "Objective `orders/availability` is tightened: 99 % of .* → 99.9 % of"),
        ("objective-tightened", "1 tile changed \\(`Error budget of availability: 99.9 %"),
        ("event-renamed", "reads `orders/order.refused` instead of `orders/order.rejected`"),
        ("threshold", "Alert `orders/rejected`: order.rejected / order.received above 0.02 → 0.05 for 5 minutes[.]"),
        ("channel-changed", "4 notification channels .* change: `labels.email_address`"),
    ],
)
def test_a_sentence_says_what_differs_and_no_more(reports, name, pattern):
    assert any(re.search(pattern, line) for line in preview.sentences(reports[name]))


# -- what is a difference, and what is not -----------------------------------------------------------------------------


def resource(type_: str, of: str, *, parent: str = "", **inputs: object) -> dict[str, object]:
    urn = f"urn:pulumi:prod::shop::{type_}::{of}"
    return {"type": type_, "name": of, "urn": urn, "parent": parent, "custom": True, "inputs": inputs, "options": {}}


def compared(before: list[dict[str, object]], after: list[dict[str, object]]) -> preview.Report:
    return preview.compare({"resources": before}, {"resources": after}, stack=STACK, base="main")  # pyright: ignore[reportArgumentType] - JSON


def metric(of: str, **more: object) -> dict[str, object]:
    return resource(METRIC, of, project="p", name="orders/rejected", filter='severity="ERROR"', **more)


def test_what_google_adds_orders_or_drops_is_no_difference(shop):
    mixed = copy.deepcopy(shop)
    for each in mixed["resources"]:
        inputs = each["inputs"]
        for key in ("notificationChannels", "indexConfigs"):
            if key in inputs:
                inputs[key] = list(reversed(inputs[key]))
        if each["type"] == METRIC:
            inputs["disabled"] = False
            inputs["bucketName"] = ""
    random.Random(7).shuffle(mixed["resources"])
    assert preview.compare(shop, mixed, stack=STACK, base="main").empty


def test_the_spelling_of_a_dashboard_s_document_and_its_digest_are_no_difference():
    written = {
        "displayName": "d",
        "labels": {"vigil-digest": "1"},
        "gridLayout": {"widgets": [{"title": "t", "text": {}}]},
    }
    other = {**written, "labels": {"vigil-digest": "2"}, "etag": "x"}
    forms = [
        normal_form(DASHBOARD, {"dashboardJson": json.dumps(each, indent=n)}) for n, each in enumerate((written, other))
    ]
    assert forms[0] == forms[1]


def test_a_changed_name_of_a_channel_changes_only_what_people_read():
    channel = resource(
        CHANNEL, "email", project="p", type="email", displayName="on call", labels={"email_address": "a@b.c"}
    )
    assert compared([channel], [channel]).empty


def test_a_resource_that_an_alias_renames_is_left_alone_in_the_cloud():
    old, new = metric("old"), {**metric("new"), "formerUrns": [metric("old")["urn"]]}
    (change,) = compared([old], [new]).changes
    assert change.kind is Kind.RENAMED


def test_without_an_alias_it_is_deleted_and_made_again_under_the_same_name():
    (change,) = compared([metric("old")], [metric("new")]).changes
    assert change.kind is Kind.MADE_AGAIN
    (line,) = preview.sentences(compared([metric("old")], [metric("new")]))
    assert "alias" in line
    assert "history" in line


def test_inputs_whose_change_the_program_ignores_are_no_change():
    ignoring = {**metric("m", description="b"), "options": {"ignore_changes": ["description"]}}
    assert compared([metric("m", description="a")], [ignoring]).empty


def test_a_removed_metric_does_not_count_again():
    (line,) = preview.sentences(compared([metric("m")], []))
    assert line.endswith("is removed. Lost for good: its history; what still reads it has no data.")


def test_a_title_that_changes_removes_no_tile():
    def drawn(*titles: str) -> dict[str, object]:
        tiles = [{"title": one, "text": {"content": one[-1]}} for one in titles]
        document = json.dumps({"displayName": "d", "gridLayout": {"widgets": tiles}})
        return resource(DASHBOARD, "d", dashboardJson=document)

    (dashboard,) = compared([drawn("first a", "second b")], [drawn("other a", "third c")]).dashboards
    assert [(one.kind, one.title, one.former) for one in dashboard.tiles] == [
        (Kind.CHANGED, "other a", "first a"),
        (Kind.ADDED, "third c", ""),
        (Kind.REMOVED, "second b", ""),
    ]


def test_dashboards_that_change_alike_share_a_sentence():
    def drawn(name: str, content: str) -> dict[str, object]:
        tiles = [{"title": "Errors", "text": {"content": content}}]
        document = json.dumps({"displayName": name, "gridLayout": {"widgets": tiles}})
        return resource(DASHBOARD, name, dashboardJson=document)

    names = ("a", "b", "c")
    changed = compared([drawn(one, "x") for one in names], [drawn(one, "z" if one == "b" else "y") for one in names])
    assert preview.sentences(changed) == ["3 dashboards (`a`, `b`, `c`): 1 tile changed (`Errors`)."]
    assert preview.sentences(compared([], [drawn(one, "x") for one in names[:2]])) == [
        "2 dashboards (`a`, `b`) are added."
    ]


def policy(query: str) -> dict[str, object]:
    condition = {"displayName": "c", "conditionPrometheusQueryLanguage": {"query": query, "duration": "60s"}}
    return resource(
        "gcp:monitoring/alertPolicy:AlertPolicy", "p", project="p", displayName="queue", conditions=[condition]
    )


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ("sum(queue) > 9", "threshold > 5 → > 9"),
        ("max(queue) > 9", "threshold > 5 → > 9; the query differs in more than numbers"),
        ("max(queue) > 5", "the query is another"),
        ("sum(backlog) > 5", "reads `backlog` instead of `queue`"),
        ("sum(queue) + sum(backlog) > 5", "also reads `backlog`"),
    ],
)
def test_a_query_that_differs_says_how(after, words):
    (line,) = preview.sentences(compared([policy("sum(queue) > 5")], [policy(after)]))
    assert line == f"Alert `queue`: {words}."


def test_everybody_is_called_everybody():
    type_ = "gcp:storage/bucketIAMMember:BucketIAMMember"
    old, new = (
        resource(type_, "m", bucket="b", role=role, member=member)
        for role, member in (("roles/viewer", "user:a@example.com"), ("roles/owner", "allUsers"))
    )
    (line,) = preview.sentences(compared([old], [new]))
    assert line == (
        "Bucket grant `m` is replaced: it grants `roles/owner` instead of `roles/viewer` to `allUsers` "
        "(everybody on the internet) instead of `user:a@example.com`."
    )


def test_a_grant_says_who_gets_what():
    member = resource(
        "gcp:projects/iAMMember:IAMMember", "m", project="p", role="roles/owner", member="user:a@example.com"
    )
    (added,) = preview.sentences(compared([], [member]))
    assert "it grants `roles/owner` to `user:a@example.com`" in added
    (removed,) = preview.sentences(compared([member], []))
    assert "it takes away `roles/owner` from `user:a@example.com`" in removed
    other = {**member, "inputs": {**member["inputs"], "role": "roles/viewer"}}  # pyright: ignore[reportGeneralTypeIssues] - a mapping
    (change,) = compared([member], [other]).changes
    assert (change.kind, change.forced_by) == (Kind.REPLACED, ("role",))


# -- what a report never does -------------------------------------------------------------------------------------------

SECRETS = {
    "in an address": "https://vigil:hunter2secret@example.com/x",
    "in a query": "https://example.com/x?token=hunter2secret",
    "a webhook": "https://hooks.slack.com/services/T0/B0/hunter2secret",
    "a key": "AIza" + "hunter2secret".ljust(35, "x"),
}


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("field", ["url", "description", "displayName"])
def test_a_credential_is_shown_nowhere(kind, field):
    before = resource(CHANNEL, "c", type="webhook", **{field: "https://example.com"})
    after = resource(CHANNEL, "c", type="webhook", **{field: SECRETS[kind]})
    found = compared([before], [after])
    for written in (preview.markdown(found), json.dumps(preview.document(found))):
        assert "hunter2secret" not in written


@pytest.mark.parametrize("key", ["password", "auth_token", "service_key", "passwordWo", "apiKey"])
def test_what_a_field_s_name_calls_secret_is_hidden_at_any_depth(key):
    before, after = (
        resource(CHANNEL, "c", labels={key: value}, list=[{key: value}]) for value in ("first0", "second0")
    )
    found = compared([before], [after])
    assert not found.empty
    for written in (preview.markdown(found), json.dumps(preview.document(found))):
        assert "first0" not in written
        assert "second0" not in written


def test_the_page_needs_nothing_else_and_runs_nothing(reports):
    urn = reports["tile-removed"].dashboards[0].change.resource.urn
    written = preview.page(reports["tile-removed"], {urn: preview.Pictures(before=b"<svg/>", after=None)})
    assert "default-src 'none'" in written
    assert written.count("data:image/svg+xml;base64,") == 1
    assert "there is no such dashboard" in written
    assert "<script" not in written
    assert all(target.startswith("data:") for target in re.findall(r"(?:src|href)=[\"']?([^\"'\s>]+)", written))


def test_the_page_writes_names_as_text():
    found = compared([], [resource(METRIC, "m", project="p", name="<script>alert(1)</script>")])
    assert "<script" not in preview.page(found)


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet="`@|<>[]()*_#\n!~ ab1://.", min_size=1, max_size=40))
def test_names_cannot_become_links_mentions_pictures_or_rows(name):
    found = compared([], [resource(METRIC, "m", project="p", name=f"x{name}")])
    for line in preview.markdown(found).splitlines():
        outside = re.sub(r"`[^`]*`", "", line)
        assert not re.search(r"(?<!\\)[<>]|(?<!\\)\[|!\[|@|://", outside), line
        assert not re.search(r"&#64;(?!&#8203;)|#(?=\d)(?!(?<=&#)(?:64|58|46|8203);)", outside), line
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5


def test_a_report_of_a_large_change_stays_below_github_s_limit_and_keeps_what_matters_most():
    many = [metric(f"m{n}", description="x" * 200) for n in range(2000)]
    for number, each in enumerate(many):
        each["inputs"] = {**each["inputs"], "name": f"orders/m{number}"}  # pyright: ignore[reportGeneralTypeIssues] - a mapping
    kept = resource(BUCKET, "logs", project="p", location="eu", bucketId="logs", retentionDays=90)
    lowered = resource(BUCKET, "logs", project="p", location="eu", bucketId="logs", retentionDays=30)
    written = preview.markdown(compared([kept], [lowered, *many]))
    assert len(written) < preview.LIMIT
    assert "keeps entries 30 days instead of 90" in "\n".join(written.splitlines()[:5])
    assert "do not fit here" in written


# -- Pulumi's own plan ---------------------------------------------------------------------------------------------------


def state(type_: str, of: str, **inputs: object) -> dict[str, object]:
    given_ = resource(type_, of, **inputs)
    return {**given_, "inputs": {**inputs, "__defaults": []}}


def step(op: str, old: dict[str, object] | None, new: dict[str, object] | None, *reasons: str) -> dict[str, object]:
    urn = (new or old or {})["urn"]
    states = {**({"oldState": old} if old else {}), **({"newState": new} if new else {})}
    return {"op": op, "urn": urn, **states, **({"replaceReasons": list(reasons)} if reasons else {})}


def planned(*steps: dict[str, object]) -> preview.Report:
    found = preview.plan({"steps": list(steps)})  # pyright: ignore[reportArgumentType] - JSON
    return preview.compare(found.before, found.after, stack=STACK, base="what is deployed", replaced=found.replaced)


def board(*titles: str) -> str:
    tiles = [{"title": one, "text": {"content": one}} for one in titles]
    return json.dumps({"displayName": "orders", "gridLayout": {"widgets": tiles}})


def test_a_plan_of_pulumi_says_which_tile_changes():
    old, new = (state(DASHBOARD, "d", dashboardJson=board("first", *more)) for more in ((), ("second",)))
    (line,) = preview.sentences(planned(step("update", old, new)))
    assert line == "Dashboard `orders`: 1 tile added (`second`)."


def test_a_replacement_has_the_reason_of_the_engine_and_nothing_else_is_one():
    before, after = (state(METRIC, "m", project="p", name=name, filter="x") for name in ("a/b", "a/c"))
    steps = [
        step("create-replacement", before, after, "name"),
        step("replace", before, after, "name"),
        step("delete-replaced", before, None, "name"),
    ]
    (change,) = planned(*steps).changes
    assert (change.kind, change.forced_by) == (Kind.REPLACED, ("name",))
    (other,) = planned(step("update", before, after)).changes
    assert (other.kind, other.forced_by) == (Kind.CHANGED, ())


def test_a_plan_creates_deletes_and_leaves_alone():
    kept, gone, made = (state(METRIC, one, project="p", name=f"a/{one}", filter="x") for one in ("k", "g", "n"))
    found = planned(step("same", kept, kept), step("delete", gone, None), step("create", None, made))
    assert {(one.kind, one.resource.name) for one in found.changes} == {(Kind.REMOVED, "g"), (Kind.ADDED, "n")}


def test_a_plan_calls_an_alert_as_its_component_says():
    def steps(query: str):
        component = state(
            "vigil:alerts:Alert", "orders-slow", title="slow", facts='{"alert":"slow","service":"orders"}'
        )
        return component, {**policy(query), "parent": component["urn"]}

    old, new = (steps(query) for query in ("sum(queue) > 5", "sum(queue) > 9"))
    (line,) = preview.sentences(planned(*(step("update", *both) for both in zip(old, new, strict=True))))
    assert line == "Alert `orders/slow`: threshold > 5 → > 9."


def test_a_value_that_is_known_only_later_is_described_in_words():
    """The real engine writes its mark wherever a value follows from a resource that is replaced."""
    places = ("logging.googleapis.com/b/eu", "04da6b54-80e4-46f7-96ec-b56ff0331ba9")
    old, new = (state(SINK, "s", project="p", name="s", destination=place) for place in places)
    (line,) = preview.sentences(planned(step("update", old, new)))
    assert "writes to `${known only once it is deployed}` instead of `logging.googleapis.com/b/eu`" in line


def test_what_is_no_plan_is_refused():
    with pytest.raises(preview.PlanError, match="Remedy: write it by `pulumi preview --json"):
        preview.plan({"resources": []})
