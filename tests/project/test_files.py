"""The files that a project needs: licence, pages of the distributions, one version, release."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from trove_classifiers import classifiers

from tests import schedule

ROOT = Path(__file__).resolve().parents[2]
DISTRIBUTIONS = ("telemetry", "apimodel", "components", "emulator", "runner", "proofs", "verify", "cli", "drains")
FENCE = re.compile(r"^```python ?(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def metadata(folder: str) -> dict:
    return tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("name", ["LICENSE", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md"])
def test_the_root_has_the_files_that_a_project_needs(name: str) -> None:
    assert (ROOT / name).stat().st_size > 500


@pytest.mark.parametrize("name", schedule.LONG)
def test_the_long_test_files_that_begin_first_are_where_the_schedule_says(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("folder", DISTRIBUTIONS)
def test_a_distribution_has_the_licence_of_the_project(folder: str) -> None:
    assert metadata(folder)["license"] == "Apache-2.0"
    assert (ROOT / folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_all_distributions_have_one_version_and_depend_on_it() -> None:
    (version,) = {metadata(folder)["version"] for folder in DISTRIBUTIONS}
    ours = [each for folder in DISTRIBUTIONS for each in metadata(folder)["dependencies"] if each.startswith("vigil-")]
    assert len(ours) > len(DISTRIBUTIONS)
    assert {each.partition("==")[2] for each in ours} == {version}


@pytest.mark.parametrize("folder", DISTRIBUTIONS)
def test_the_page_of_a_distribution_says_what_it_is_and_how_to_install_it(folder: str) -> None:
    page = (ROOT / folder / "README.md").read_text()
    assert page.startswith(f"# {metadata(folder)['name']}\n")
    assert "## Install" in page
    assert "## Example" in page
    for extra in metadata(folder).get("optional-dependencies", {}):
        assert f"`{extra}`" in page, f"the extra {extra} is missing"
    for link in re.findall(r"\]\(\.\./([^)#]+)", page):
        assert (ROOT / link).exists(), link


@pytest.mark.parametrize("folder", ["telemetry", "apimodel", "components", "emulator"])
def test_the_example_of_a_distribution_that_works_alone_runs(folder: str, tmp_path: Path) -> None:
    examples = [code for tag, code in FENCE.findall((ROOT / folder / "README.md").read_text()) if not tag]
    assert examples
    for code in examples:
        ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr


def test_the_install_line_of_a_distribution_names_every_package_of_vigil_that_it_needs() -> None:
    by_name = {metadata(folder)["name"]: folder for folder in DISTRIBUTIONS}

    def needed(folder: str) -> set[str]:
        names = {re.split(r"[\[=]", each)[0] for each in metadata(folder)["dependencies"] if each.startswith("vigil-")}
        return {folder}.union(*(needed(by_name[name]) for name in names))

    for folder in DISTRIBUTIONS:
        (line,) = re.findall(r"`pip install (.*?)`", (ROOT / folder / "README.md").read_text())
        assert {path.removeprefix("./") for path in line.split()} == needed(folder), folder


@pytest.mark.parametrize(("tag", "code"), [("v0.0.0", 1), ("0.1.0", 1)])
def test_a_release_whose_tag_is_not_the_version_stops_before_it_builds(tag: str, code: int, tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("no bash: install it to check the script of the release workflow")
    for folder in DISTRIBUTIONS:
        (tmp_path / folder).mkdir()
        shutil.copy(ROOT / folder / "pyproject.toml", tmp_path / folder)
    script = ROOT / ".github" / "scripts" / "distributions"
    ran = subprocess.run([str(script), tag], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == code
    assert "Remedy: tag v" in ran.stderr
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("folder", DISTRIBUTIONS)
def test_a_distribution_is_found_by_words_and_classifiers_that_the_index_knows(folder: str) -> None:
    project = metadata(folder)
    assert project["keywords"]
    assert set(project["classifiers"]) <= classifiers
    assert "Typing :: Typed" in project["classifiers"]
    assert next((ROOT / folder).glob("vigil_*/py.typed"), None) is not None
