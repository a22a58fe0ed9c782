"""The commands that `vigil serve` runs: a mistake is found before anything starts."""

import pytest

from vigil_cli.errors import CommandError
from vigil_cli.local.applications import of_service, words_of
from vigil_cli.local.deployment import Origin


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


def test_a_program_that_a_variable_names_is_looked_for_when_it_starts() -> None:
    assert words_of("api", "$SERVER --port $PORT") == ("$SERVER", "--port", "$PORT")
    assert words_of("api", "python -c 'import this'") == ("python", "-c", "import this")


def origin(writer: str) -> Origin:
    return Origin(resource="cloud_run_revision", labels={"service_name": writer}, writer=writer)


def test_lines_seem_to_come_from_the_service_of_that_name() -> None:
    known = [origin("api"), origin("workers")]
    assert of_service("workers", ("python",), known, location="europe-west3").origin == known[1]
    assert of_service("anything", ("python",), known[:1], location="europe-west3").origin == known[0]
    unknown = of_service("other", ("python",), known, location="europe-west3").origin
    assert (unknown.labels["service_name"], unknown.labels["location"]) == ("other", "europe-west3")
