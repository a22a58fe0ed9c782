"""The packages as others install them: wheels, in an empty environment, beside folders of the same names."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "another-repository"
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


def run(*command: str, cwd: Path, **environment: str) -> str:
    keep = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PIP"))}
    ran = subprocess.run(command, cwd=cwd, env=keep | environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with the three wheels, installed by pip without index."""
    wheels = tmp_path_factory.mktemp("wheels")
    for name in ("apimodel", "components", "telemetry"):
        run(
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(wheels),
            str(ROOT / name),
            cwd=ROOT,
        )
    built = tmp_path_factory.mktemp("environment")
    venv.create(built, with_pip=False)
    python = str(built / "bin" / "python")
    run(
        sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps",
        *map(str, sorted(wheels.glob("*.whl"))), cwd=ROOT,
    )  # fmt: skip
    return built


def test_another_repository_uses_them_beside_folders_of_the_same_names(environment: Path):
    # Third-party packages come from this environment by path alone: our editable installs are not seen that way.
    out = run(
        str(environment / "bin" / "python"), "-c", PROGRAM, cwd=EXAMPLE, PYTHONPATH=sysconfig.get_paths()["purelib"]
    )
    seen = json.loads(out)
    assert all(str(environment) in file for file in seen["files"])
    assert seen["counts"]["gcp:monitoring/alertPolicy:AlertPolicy"] == 1
    assert seen["counts"]["gcp:logging/metric:Metric"] == 2
    assert seen["counts"]["gcp:monitoring/dashboard:Dashboard"] == 1
    assert seen["fires"] == "order.rejected"


def test_a_service_takes_less_than_15_lines():
    text = (EXAMPLE / "__main__.py").read_text()
    assert len(text.split("# A service, in less than 15 lines:\n")[1].strip().splitlines()) < 15


def test_telemetry_is_light(environment: Path):
    """With msgspec and nothing else on the path it imports."""
    import msgspec

    site = environment / "msgspec-alone"
    site.mkdir()
    (site / "msgspec").symlink_to(Path(msgspec.__file__).parent)
    code = "import vigil_telemetry, sys; assert not {'pulumi', 'pydantic', 'numpy', 'lark'} & set(sys.modules)"
    run(str(environment / "bin" / "python"), "-c", code, cwd=environment, PYTHONPATH=str(site))
