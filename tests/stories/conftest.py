"""The command under test, and the two runs that most stories look at."""

import json
from collections.abc import Iterator

import pytest

from demo.stand_ins.temporal import free_port
from tests.stories.running import Run, Vigil


@pytest.fixture
def vigil() -> Iterator[Vigil]:
    vigil = Vigil()
    yield vigil
    vigil.clear()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Run]]:
    """Two runs, one after the other, on the same state folder.

    The first is at the usual speed, the second at four times that. Neither draws: test_whole.py looks at pictures.
    """
    state = tmp_path_factory.mktemp("state") / "local"
    port = str(free_port())
    vigil = Vigil()
    ended: list[Run] = []
    try:
        for more in ((), ("--speed", "240")):
            running = vigil.start(
                "up", "--only", "api", "--no-pictures", "--json", "--state", str(state), "--receiver-port", port, *more
            )
            code, out, err = running.end()
            assert code == 0, f"exit code {code}\n{out}\n{err}"
            ended.append(Run(json.loads(out), err, running.alive(), state))
        yield ended
    finally:
        vigil.clear()
