"""The shell in README and docs runs: for real where it is cheap, and otherwise its commands and options exist."""

import os
import re
import shlex
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.checkout import copied
from tests.docs.shell import PAGES, ROOT, Block, blocks
from vigil_cli.app import app

BLOCKS = blocks()
TAGS = ("", "cloud", "long", "project")  # project: test_first_alert.py runs it in a new project
NOT_RUN = {
    "README.md": {"long": 2, "cloud": 1},
    "docs/console.md": {"long": 1},
    "docs/debug-metric.md": {"cloud": 1},
    "docs/demo.md": {"cloud": 1},
    "docs/deploy.md": {"cloud": 16, "long": 1},
    "docs/docker-hosts.md": {"cloud": 1},
    "docs/first-alert.md": {"long": 1, "project": 5},
    "docs/install.md": {"long": 1, "cloud": 3},
    "docs/log-signals.md": {"cloud": 1},
    "docs/proofs.md": {"long": 1, "cloud": 2},
    "docs/silencing.md": {"cloud": 2},
}
"""Blocks that are not run as they stand, by page: one more is a decision that somebody makes here."""


def name(block: Block) -> str:
    return f"{block.page}:{block.line}"


def test_the_blocks_that_do_not_run_are_counted() -> None:
    counted: dict[str, Counter[str]] = {}
    for block in BLOCKS:
        if block.tag:
            counted.setdefault(block.page, Counter())[block.tag] += 1
    assert counted == NOT_RUN


def test_a_block_that_does_not_run_says_what_it_needs() -> None:
    for block in BLOCKS:
        assert block.tag in TAGS, f"{name(block)}: {block.tag} is not one of {TAGS}"
        assert bool(block.reason) == (block.tag == "long"), f"{name(block)}: long has a reason, nothing else has"


@pytest.mark.parametrize("block", BLOCKS, ids=name)
def test_every_block_is_valid_shell(block: Block) -> None:
    checked = subprocess.run(["bash", "-n"], input=block.text, text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of this checkout, where commands may write."""
    return copied(tmp_path_factory.mktemp("copy"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("block", [each for each in BLOCKS if not each.tag], ids=name)
def test_a_block_without_a_tag_runs_to_its_end(block: Block, copy: Path) -> None:
    environment = {**os.environ, "HOME": str(copy), "PATH": f"{copy / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=copy, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, f"{name(block)}\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}"


# -- commands of blocks that are not run exist ---------------------------------------------------------------------------

TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
OURS = [
    (block, shlex.split(re.split(r"[|>;]", line)[0]))
    for block in BLOCKS
    for line in block.commands
    if re.match(r"(\.venv/bin/)?(vigil|make) ", line)
]


def require(words: list[str]) -> None:
    """Raise AssertionError for a subcommand or an option that does not exist."""
    command: Any = typer.main.get_command(app)
    rest = words[1:]
    if rest[:1] in (["-C"], ["--cwd"]):
        rest = rest[2:]
    while hasattr(command, "commands"):
        assert rest[:1], f"{' '.join(words)}: no subcommand"
        assert rest[0] in command.commands, f"vigil has no {rest[0]}"
        command, rest = command.commands[rest[0]], rest[1:]
    known = {each for parameter in command.params for each in (*parameter.opts, *parameter.secondary_opts)}
    known |= {"--help", "-h"}
    for word in rest[: rest.index("--")] if "--" in rest else rest:
        if word.startswith("-") and word != "-":
            assert word.split("=")[0] in known, f"{' '.join(words)}: no {word}"


@pytest.mark.parametrize(("block", "words"), OURS, ids=[f"{name(block)} {' '.join(words)}" for block, words in OURS])
def test_our_own_commands_are_there_with_these_options(block: Block, words: list[str]) -> None:
    if Path(words[0]).name == "make":
        targets = [word for word in words[1:] if "=" not in word]
        assert targets, name(block)
        assert set(targets) <= TARGETS, name(block)
    else:
        require(words)


GROUPS = (["vigil", "adopt"], ["vigil", "catalog"])
"""Commands that a sentence may name without a subcommand."""


def in_text() -> list[tuple[str, list[str]]]:
    """Each `vigil ...` that stands in a sentence, or in a block of text, with its page and line."""
    found = []
    for page in (*PAGES, *sorted(ROOT.glob("*/README.md"))):
        for number, line in enumerate(page.read_text().splitlines(), 1):
            spans = re.findall(r"`(vigil [^`]+)`", line) + re.findall(r"^\s*(vigil [^`]+)$", line)
            spans += re.findall(r"\| (?:uvx .*?)?(vigil [^`|]+)$", line)
            for span in spans:
                words = re.split(r"[|>;&(]|  ", span)[0].split("#")[0].split()
                if words[1:] and "COMMAND" not in words[:4] and words not in GROUPS:
                    found.append((f"{page.relative_to(ROOT)}:{number}", words))
    return found


def test_each_command_in_a_sentence_is_there_with_these_options() -> None:
    commands = in_text()
    assert len(commands) > 200
    wrong: list[str] = []
    for place, words in commands:
        try:
            require(words)
        except AssertionError as error:
            wrong.append(f"{place}: {error}")
    assert not wrong, "\n".join(wrong)


def test_an_unknown_option_is_noticed() -> None:
    require(["vigil", "verify", "-s", "staging", "--junit=x.xml"])
    for wrong in (["vigil", "verify", "--nope"], ["vigil", "nope"], ["vigil", "catalog", "nope"], ["vigil"]):
        with pytest.raises(AssertionError):
            require(wrong)


def test_every_page_with_shell_has_commands_that_were_looked_at() -> None:
    assert {"README.md", "docs/deploy.md", "docs/proofs.md", "docs/silencing.md"} <= {block.page for block, _ in OURS}
