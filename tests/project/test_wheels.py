"""The packages as others install them: wheels in an empty environment, and projects that know nothing of this checkout."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.checkout import bytecode

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
DISTRIBUTIONS = ("apimodel", "cli", "components", "drains", "emulator", "proofs", "runner", "telemetry", "verify")
BUILD = """
import os, sys, tomllib
from importlib import import_module
from pathlib import Path
for root in sys.argv[2:]:
    os.chdir(root)
    backend = tomllib.loads(Path("pyproject.toml").read_text())["build-system"]["build-backend"]
    import_module(backend).build_wheel(sys.argv[1])
"""
PROGRAM = """
import json, runpy, vigil_components, vigil_telemetry, vigil_apimodel
from vigil_components.testing import record
run = record(lambda: runpy.run_path("__main__.py", run_name="__main__"), project="shop")
alert = run.one("vigil:alerts:Alert")
print(json.dumps({
    "files": [vigil_components.__file__, vigil_telemetry.__file__, vigil_apimodel.__file__],
    "counts": run.counts(),
    "fires": alert.inputs["proof"]["fires"]["emissions"][1]["event"],
}))
"""


class Installed:
    """An environment with our wheels; third-party packages come from this one by path alone."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder = folder
        self.wheels = wheels
        self.python = str(folder / "bin" / "python")

    def run(self, *command: str, cwd: Path, code: int = 0) -> str:
        """Run a program of the environment and return its output; it must end with `code`."""
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PIP", "VIGIL"))
        }
        environment |= bytecode()
        environment["PYTHONPATH"] = sysconfig.get_paths()["purelib"]  # our editable installs are not seen that way
        environment |= {"NO_COLOR": "1", "COLUMNS": "200"}
        ran = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == code, f"{' '.join(command)} ended with {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout if code == 0 else ran.stdout + ran.stderr

    def vigil(self, *arguments: str, cwd: Path, code: int = 0) -> str:
        return self.run(str(self.folder / "bin" / "vigil"), *arguments, cwd=cwd, code=code)

    def pytest(self, *arguments: str, cwd: Path) -> str:
        # its plugins come from the wheels alone: an entry point of this environment would be seen twice
        without = ("-p", "no:cacheprovider", "-p", "no:langsmith_plugin")
        return self.run(self.python, "-m", "pytest", "-q", *without, *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """All wheels, built in one process as pip and `build` ask for it, and installed by pip without an index."""
    wheels = tmp_path_factory.mktemp("wheels")
    roots = [str(ROOT / name) for name in DISTRIBUTIONS]
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(wheels), *roots], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet", "--no-index",
         "--no-deps", "--no-compile", *map(str, sorted(wheels.glob("*.whl")))], check=True,
    )  # fmt: skip
    return Installed(folder, wheels)


@pytest.fixture(scope="module")
def project(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `vigil init` writes."""
    folder = tmp_path_factory.mktemp("new") / "corner-shop"
    assert "13 files" in installed.vigil("init", str(folder), cwd=folder.parent)
    return folder


def test_there_is_a_wheel_for_each_distribution_and_none_brings_a_folder_of_a_common_name(installed: Installed) -> None:
    site = installed.folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    packages = {path.name for path in site.iterdir() if path.is_dir() and not path.name.endswith(".dist-info")}
    names = ("apimodel", "cli", "components", "drains", "emulator", "proofs", "runner", "telemetry", "verify")
    assert packages - {"__pycache__"} == {f"vigil_{name}" for name in names}
    assert len(list(installed.wheels.glob("*.whl"))) == len(DISTRIBUTIONS)


def test_a_new_project_passes_its_own_tests(installed: Installed, project: Path) -> None:
    assert "4 passed" in installed.pytest(cwd=project)


def test_the_commands_work_in_a_new_project(installed: Installed, project: Path) -> None:
    document = json.loads(installed.vigil("render", "-s", "staging", "--json", cwd=project))
    assert document["project"] == "corner-shop"
    assert {"orders-rejected", "orders-overview"} <= {each["name"] for each in document["resources"]}
    assert "orders" in installed.vigil("docs", "-s", "prod", cwd=project)
    installed.vigil("catalog", "lock", cwd=project)
    locked = json.loads((project / "catalog.lock.json").read_text())["events"]
    assert {"order.received", "order.rejected", "http.request.completed"} <= set(locked)
    assert "No change" in installed.vigil("catalog", "check", cwd=project)


def test_a_command_finds_the_project_upwards_and_by_cwd(installed: Installed, project: Path, tmp_path: Path) -> None:
    below = installed.vigil("render", "-s", "prod", "--json", cwd=project / "runbooks")
    elsewhere = installed.vigil("--cwd", str(project), "render", "-s", "prod", "--json", cwd=tmp_path)
    assert below == elsewhere
    refused = installed.vigil("render", "-s", "prod", cwd=tmp_path, code=2)
    assert "There is no Pulumi.yaml in" in refused
    assert "vigil init" in refused


def test_init_overwrites_nothing(installed: Installed, project: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*.py")}
    assert "Nothing was written" in installed.vigil("init", ".", "--name", "other", cwd=project, code=2)
    assert {path: path.read_bytes() for path in project.rglob("*.py")} == before


def test_two_projects_of_one_repository_may_have_modules_of_the_same_names(
    installed: Installed, project: Path, tmp_path: Path
) -> None:
    for name in ("east", "west"):
        shutil.copytree(project, tmp_path / name, ignore=shutil.ignore_patterns(".vigil", "__pycache__"))
    events = tmp_path / "west" / "events.py"
    events.write_text(events.read_text().replace("order.rejected", "west.rejected"))
    (tmp_path / "test_both.py").write_text(
        "from pathlib import Path\n"
        "from vigil_runner import program\n"
        "HERE = Path(__file__).parent\n"
        "def filters(name):\n"
        "    run = program.run('staging', root=HERE / name)\n"
        "    return {one.inputs['filter'].rpartition('=')[2] for one in run.of_type('gcp:logging/metric:Metric')}\n"
        "def test_each_has_its_own_events():\n"
        "    assert filters('east') == {'\"order.received\"', '\"order.rejected\"'}\n"
        "    assert filters('west') == {'\"order.received\"', '\"west.rejected\"'}\n"
        "    assert filters('east') == {'\"order.received\"', '\"order.rejected\"'}\n"
    )
    assert "1 passed" in installed.pytest("test_both.py", cwd=tmp_path)


def test_a_program_in_a_folder_beside_packages_of_names_that_we_use(installed: Installed, tmp_path: Path) -> None:
    for name in ("engine", "cli", "demo", "drains", "infra"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"WHO = 'ours: {name}'\n")
    (tmp_path / "Pulumi.yaml").write_text("name: plain\nruntime: python\nmain: infra/\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  gcp:project: plain-dev\n")
    (tmp_path / "infra" / "__main__.py").write_text(
        "import sys; sys.path.insert(0, '..')\n"
        "import pulumi, pulumi_gcp, cli, demo, drains, engine\n"
        "pulumi_gcp.logging.Metric('errors', name='errors', filter='severity>=ERROR')\n"
        "pulumi.export('who', [cli.WHO, demo.WHO, drains.WHO, engine.WHO])\n"
    )
    document = json.loads(installed.vigil("render", "-s", "dev", "--json", cwd=tmp_path))
    assert [each["type"] for each in document["resources"]] == ["gcp:logging/metric:Metric"]
    assert document["exports"]["who"] == ["ours: cli", "ours: demo", "ours: drains", "ours: engine"]


def test_another_repository_uses_them_beside_folders_of_the_same_names(installed: Installed) -> None:
    seen = json.loads(installed.run(installed.python, "-c", PROGRAM, cwd=EXAMPLES / "another-repository"))
    assert all(str(installed.folder) in file for file in seen["files"])
    assert seen["counts"]["gcp:monitoring/alertPolicy:AlertPolicy"] == 1
    assert seen["counts"]["gcp:logging/metric:Metric"] == 2
    assert seen["counts"]["gcp:monitoring/dashboard:Dashboard"] == 1
    assert seen["fires"] == "order.rejected"


def test_both_projects_of_the_other_repository_prove_their_alerts(installed: Installed, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "another-repository", tmp_path / "repository")
    assert "4 passed" in installed.pytest(cwd=tmp_path / "repository")
    billing = tmp_path / "repository" / "billing"
    assert "2 passed" in installed.pytest(cwd=billing)
    assert json.loads(installed.vigil("render", "-s", "prod", "--json", cwd=billing / "tests"))["project"] == "billing"


def test_each_wheel_carries_the_licence(installed: Installed) -> None:
    licences = list(installed.folder.rglob("vigil_*.dist-info/licenses/LICENSE"))
    assert len(licences) == 9
    assert {file.read_bytes() for file in licences} == {(ROOT / "LICENSE").read_bytes()}


def test_a_service_takes_less_than_15_lines() -> None:
    text = (EXAMPLES / "another-repository" / "__main__.py").read_text()
    assert len(text.split("# A service, in less than 15 lines:\n")[1].strip().splitlines()) < 15


def test_telemetry_is_light(installed: Installed) -> None:
    """With msgspec and nothing else on the path it imports."""
    import msgspec

    site = installed.folder / "msgspec-alone"
    site.mkdir()
    (site / "msgspec").symlink_to(Path(msgspec.__file__).parent)
    code = "import vigil_telemetry, sys; assert not {'pulumi', 'pydantic', 'numpy', 'lark'} & set(sys.modules)"
    environment = {"PATH": os.defpath, "PYTHONPATH": str(site)}
    subprocess.run([installed.python, "-c", code], cwd=installed.folder, env=environment, check=True)
