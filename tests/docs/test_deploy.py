"""docs/deploy.md, run with stand-ins that record each request: it enables, grants and sets what the program needs.

What the program needs is taken from the goldens, and, for what is off in them, from a run with both images configured.
"""

import dataclasses
import json
import os
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from infra.settings import schema
from tests.docs.shell import PAGES, ROOT, blocks
from vigil_runner import program, stacks

PAGE = (ROOT / "docs" / "deploy.md").read_text()
GOLDENS = ROOT / "infra" / "goldens"
ROW = re.compile(r"^\| `(gcp:\w+/\w*)` \| `([\w.]+)` \| (.*?) \| (.*?) \|$", re.MULTILINE)
ROLE = re.compile(r"`(roles/[\w.]+|vigilSharedQueries)`")
TABLE = {kind: (api, set(ROLE.findall(roles)), when) for kind, api, roles, when in ROW.findall(PAGE)}
FOR_STATE = {"storage.googleapis.com", "cloudkms.googleapis.com"}
FOR_GITHUB = {"iam.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com"}
FOR_VERIFY = {"roles/logging.viewer", "roles/logging.viewAccessor"}
IMAGES = {
    "vigil:collectorImage": "example.com/collector:1",
    "vigil:drainsImage": "example.com/drains:1",
    "vigil:vercelDrainSecret": "0123456789abcdef0123456789abcdef",
    "vigil:frontend": {"project": "shop", "vercelTeam": "team_1", "vercelProject": "prj_1"},
}


@cache
def with_images() -> program.Run:
    """Prod, with the collector and the drains that its stack file leaves off."""
    prod = stacks.load("prod")
    return program.run(dataclasses.replace(prod, config={**prod.config, **IMAGES}))


@cache
def registered(*, images: bool) -> frozenset[str]:
    """The types of Google's resources, as `gcp:logging/metric`."""
    if images:
        types = {each.type for each in with_images().registrations}
    else:
        types = {
            each["type"]
            for stack in ("staging", "prod")
            for each in json.loads((GOLDENS / stack / "render.json").read_text())["resources"]
        }
    return frozenset(each.rpartition(":")[0] for each in types if each.startswith("gcp:"))


def rows_of(kind: str) -> str:
    """The row with the longest prefix of a type. Raises KeyError where the table has none."""
    found = [prefix for prefix in TABLE if kind.startswith(prefix)]
    if not found:
        raise KeyError(f"{kind}: docs/deploy.md names no API and role for it")
    return max(found, key=len)


END = "\x1e"
# it reads its input to the end: a command that pipes a secret to it must not find a closed pipe
RECORDER = r"""#!/usr/bin/env bash
cat > /dev/null
{{ printf '%s\0' "${{0##*/}}" "$@"; printf '\x1e'; }} >> {log}
case " $* " in *" describe "* | *" --jq "*) printf 123456 ;; esac
"""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """Every command of the page's cloud blocks, in their order, as one reader would type them."""
    folder = tmp_path_factory.mktemp("deploy")
    log = folder / "calls"
    (folder / ".venv" / "bin").mkdir(parents=True)
    for each in ("gcloud", "pulumi", "gh", "make", ".venv/bin/vigil"):
        file = folder / each
        file.write_text(RECORDER.format(log=log))
        file.chmod(0o755)
    text = "".join(block.text for block in blocks() if block.page == "docs/deploy.md" and block.tag == "cloud")
    environment = {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "SUPABASE_KEY": "not-a-key",
        "TEMPORAL_KEY": "not-a-key",
    }
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return [call.split("\0")[:-1] for call in log.read_text().split(END)[:-1]]


def option(call: list[str], name: str) -> str:
    """The value of an option, as `--name=value` or `--name value`."""
    for at, word in enumerate(call):
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
        if word == name:
            return call[at + 1]
    return ""


def granted(calls: list[list[str]], account: str) -> set[str]:
    return {
        option(call, "--role").rpartition("/")[2] if "projects/" in option(call, "--role") else option(call, "--role")
        for call in calls
        if call[1:3] == ["projects", "add-iam-policy-binding"] and f":{account}@" in option(call, "--member")
    }


def test_every_resource_of_the_program_has_an_api_and_a_role_and_no_row_is_idle() -> None:
    used = {rows_of(kind) for kind in registered(images=True) | registered(images=False)}
    assert used == set(TABLE)


def test_what_is_always_needed_is_what_the_goldens_register() -> None:
    always = {rows_of(kind) for kind in registered(images=False)}
    assert always == {kind for kind, (_, _, when) in TABLE.items() if when == "always"}


def test_the_page_enables_exactly_these_apis(calls: list[list[str]]) -> None:
    enabled = {
        word
        for call in calls
        if call[1:3] == ["services", "enable"]
        for word in call
        if word.endswith("googleapis.com")
    }
    assert enabled == {api for api, _, _ in TABLE.values()} | FOR_STATE | FOR_GITHUB


def test_the_page_grants_exactly_these_roles_to_the_deploying_account(calls: list[list[str]]) -> None:
    assert granted(calls, "vigil-deploy") == set().union(*(roles for _, roles, _ in TABLE.values())) | FOR_VERIFY


def test_who_previews_can_change_nothing(calls: list[list[str]]) -> None:
    roles = granted(calls, "vigil-preview")
    assert roles
    assert {role for role in roles if not re.search(r"viewer$|Reviewer$", role)} == set()
    others = {
        option(call, "--role")
        for call in calls
        if "add-iam-policy-binding" in call and "projects" not in call and ":vigil-preview@" in option(call, "--member")
    }
    assert others == {"roles/storage.objectViewer", "roles/cloudkms.cryptoKeyDecrypter"}


def test_who_deploys_may_grant_the_one_role_that_the_program_grants(calls: list[list[str]]) -> None:
    needed = {
        each.inputs["role"] for each in with_images().registrations if each.type == "gcp:projects/iAMMember:IAMMember"
    }
    (call,) = [call for call in calls if option(call, "--role") == "roles/resourcemanager.projectIamAdmin"]
    assert option(call, "--condition-from-file") == "only-metric-writer.yaml"
    assert needed == set(re.findall(r"hasOnly\(\['([^']+)'\]\)", PAGE))


def test_each_configuration_key_that_a_page_sets_is_in_the_schema() -> None:
    keys = re.findall(r"pulumi config set (?:--\w+ )*'?vigil:(\w+)", "\n".join(path.read_text() for path in PAGES))
    assert len(keys) > 5
    assert set(keys) <= set(schema())


def test_a_secret_is_never_an_argument(calls: list[list[str]]) -> None:
    secret = {f"vigil:{key}" for key, declared in schema().items() if declared.get("secret")} | {"vercel:apiToken"}
    for call in calls:
        assert "not-a-key" not in " ".join(call)
        if call[1:3] == ["config", "set"] and secret & set(call):
            (key,) = secret & set(call)
            assert "--secret" in call, call
            assert call[call.index(key) + 1] == "--stack", call


def test_each_github_environment_gets_what_the_workflows_read(calls: list[list[str]]) -> None:
    text = "".join(path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yml"))
    read = set(re.findall(r"vars\.(\w+)", text))
    for environment in ("staging", "preview-staging"):
        given = {
            call[3] for call in calls if call[:3] == ["gh", "variable", "set"] and option(call, "--env") == environment
        }
        assert given == read - {"VIGIL_CLOUD"}
    assert ["gh", "variable", "set", "VIGIL_CLOUD"] in [call[:4] for call in calls]


def test_each_identity_is_bound_to_its_own_environment(calls: list[list[str]]) -> None:
    bound = {
        call[4].partition("@")[0]: option(call, "--member").rpartition("/")[2]
        for call in calls
        if call[1:4] == ["iam", "service-accounts", "add-iam-policy-binding"]
    }
    assert bound == {"vigil-deploy": "staging", "vigil-preview": "preview-staging"}
    (provider,) = [call for call in calls if "create-oidc" in call]
    condition = option(provider, "--attribute-condition")
    assert "assertion.repository_id == '123456'" in condition
    assert "assertion.ref == 'refs/heads/main'" in condition


def test_the_page_names_the_cli_of_the_locked_sdk() -> None:
    (locked,) = re.findall(r"^pulumi==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert re.findall(r"Pulumi CLI\]\(\S+\) (\S+)", PAGE) == [locked]


def test_the_link_to_the_workflows_section_leads_there() -> None:
    assert "## 7. GitHub\n" in PAGE
    assert "docs/deploy.md#7-github" in (ROOT / "README.md").read_text()
    for page in re.findall(r"`([\w-]+\.yml)`", PAGE):
        assert (ROOT / ".github" / "workflows" / page).exists(), page


def test_a_type_without_a_row_is_noticed() -> None:
    with pytest.raises(KeyError, match="names no API"):
        rows_of("gcp:bigquery/dataset")
    assert rows_of("gcp:logging/savedQuery") == "gcp:logging/savedQuery"
    assert rows_of("gcp:logging/metric") == "gcp:logging/"


def test_what_pulumi_adds_to_a_stack_file_does_not_disturb_us(tmp_path: Path) -> None:
    for each in ("Pulumi.yaml", "Pulumi.prod.yaml"):
        (tmp_path / each).write_text((ROOT / each).read_text())
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(
        "secretsprovider: gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k\nencryptedkey: bm90LWEta2V5\n"
        f"{file.read_text()}  vigil:pagerdutyKey:\n    secure: v1:closed\n  vercel:apiToken:\n    secure: v1:closed\n"
    )
    loaded = stacks.load("prod", root=tmp_path)
    assert loaded.gcp_project == "example-prod"
    assert "v1:closed" not in repr(loaded)
