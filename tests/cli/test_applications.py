"""The commands that `vigil serve` runs: a mistake is found before anything starts."""

import asyncio
import sys
from pathlib import Path

import pytest

from vigil_cli.errors import CommandError
from vigil_cli.local.applications import of_service, running, words_of
from vigil_cli.local.deployment import Origin
from vigil_cli.local.emulator import Emulator, LogSource
from vigil_cli.local.processes import Crew


@pytest.mark.parametrize(
    ("command", "message", "remedy"),
    [
        ('python -m "orders', "The command of api is 'python -m \"orders': No closing quotation.", "Close each quote."),
        ("", "The command of api is empty.", "Name a program and its arguments."),
        ([], "The command of api is empty.", "Name a program and its arguments."),
        ("no-such-program --x", "The program 'no-such-program' of api is not found.", "Install it into the environment"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_run_is_named(command: str | list[str], message: str, remedy: str) -> None:
    with pytest.raises(CommandError) as raised:
        words_of("api", command)
    assert str(raised.value) == message
    assert raised.value.remedy is not None
    assert raised.value.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("python a.py | tee log", "|"), ("python a.py|tee log", "|"), ("cd api && python a.py", "&&"),
        ("a || b", "||"), ("a; b", ";"), ("a > log", ">"), ("a >>log", ">>log"), ("a 2>&1", "2>&1"), ("a &>log", "&>log"),
        ("a < in", "<"), ("a &", "&"), ("a $(date)", "$("), ("a `date`", "`"), ("PORT=8080 python a.py", "PORT=8080"),
    ],
)  # fmt: skip
def test_what_a_shell_would_carry_out_is_no_argument(command: str, what: str) -> None:
    with pytest.raises(CommandError) as raised:
        words_of("api", command)
    assert str(raised.value).startswith(f"The command of api has {what!r}, which only a shell understands")
    assert raised.value.remedy.startswith(f"Write `sh -c '{command}'`, or quote")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("python a.py '|' \"a && b\" \\;", ["python", "a.py", "|", "a && b", ";"]),
        ("python a.py http://x/?a=1&b=2 --with=httpx>=0.28", ["python", "a.py", "http://x/?a=1&b=2", "--with=httpx>=0.28"]),
        ("sh -c 'python a.py | tee log'", ["sh", "-c", "python a.py | tee log"]),
        ("python -c 'print(\"a;b\")' LEVEL=1", ["python", "-c", 'print("a;b")', "LEVEL=1"]),
        (["python", "|", "tee"], ["python", "|", "tee"]),
    ],
)  # fmt: skip
def test_what_is_quoted_or_within_a_word_reaches_the_program(command: str | list[str], words: list[str]) -> None:
    assert list(words_of("api", command)) == words


def test_a_file_that_may_not_be_executed_is_no_missing_program(tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text("print()")
    with pytest.raises(CommandError, match=r"worker\.py' of api may not be executed") as raised:
        words_of("api", [str(tmp_path / "worker.py")])
    assert raised.value.remedy is not None
    assert f"python {tmp_path}/worker.py" in raised.value.remedy


def test_a_program_that_a_variable_names_is_looked_for_when_it_starts() -> None:
    assert words_of("api", "$SERVER --port $PORT") == ("$SERVER", "--port", "$PORT")
    assert words_of("api", "python -c 'import this'") == ("python", "-c", "import this")


def origin(writer: str) -> Origin:
    return Origin(resource="cloud_run_revision", labels={"service_name": writer}, writer=writer)


def test_lines_seem_to_come_from_the_service_of_that_name() -> None:
    known = [origin("api"), origin("workers")]
    assert of_service("workers", ("python",), known, location="europe-west3").origin == known[1]
    unknown = of_service("other", ("python",), known, location="europe-west3").origin
    assert (unknown.labels["service_name"], unknown.labels["location"]) == ("other", "europe-west3")


def test_lines_of_the_only_service_are_those_of_a_command_that_names_none() -> None:
    known = [origin("api")]
    assert of_service("python", ("python",), known, location="europe-west3", named=False).origin == known[0]
    named = of_service("worker", ("python",), known, location="europe-west3").origin
    assert named.writer == "worker", "a second process of the project was counted as the service that alerts watch"


class Agent(Emulator):
    """Keeps what an emulator would take."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:0")
        self.taken: dict[str, list[bytes]] = {}

    async def send(self, source: LogSource, lines: list[bytes], batch: str) -> int:
        self.taken.setdefault(source.log, []).extend(lines)
        return len(lines)


def delivered(log: str, logs: Path) -> dict[str, list[bytes]]:
    """What arrives of a process that writes a line to each of its outputs, when its service writes to `log`."""
    agent = Agent()
    words = (sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr)")
    service = Origin(resource="cloud_run_revision", labels={}, writer="api", log=log)
    application = of_service("api", words, [service], location="europe-west3")

    async def scene() -> None:
        async with (
            Crew(logs) as crew,
            running([application], crew, agent, project="shop", variables={}) as (one,),
        ):
            await one.pumping

    asyncio.run(scene())
    return agent.taken


def test_both_outputs_arrive_each_as_the_log_that_cloud_run_makes_of_it(tmp_path: Path) -> None:
    assert delivered("run.googleapis.com/stdout", tmp_path) == {
        "run.googleapis.com%2Fstdout": [b"out"],
        "run.googleapis.com%2Fstderr": [b"err"],
    }
    assert (tmp_path / "api.log").read_text() == "err\n"


def test_a_log_that_no_agent_makes_of_an_output_gets_standard_output_alone(tmp_path: Path) -> None:
    assert delivered("orders", tmp_path) == {"orders": [b"out"]}
    assert (tmp_path / "api.log").read_text() == "err\n"
