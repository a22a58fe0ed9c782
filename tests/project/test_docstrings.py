"""Docstrings have the one form that CONTRIBUTING.md describes."""

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path.relative_to(ROOT)
    for folder in (
        "apimodel/vigil_apimodel",
        "cli/vigil_cli",
        "components/vigil_components",
        "drains/vigil_drains",
        "emulator/vigil_emulator",
        "infra",
        "proofs/vigil_proofs",
        "runner/vigil_runner",
        "telemetry/vigil_telemetry",
        "verify/vigil_verify",
    )
    for path in (ROOT / folder).rglob("*.py")
)
FOLDERS = "apimodel bench cli components demo drains emulator infra policy proofs runner telemetry tests verify"
EVERY_FILE = sorted(path.relative_to(ROOT) for folder in FOLDERS.split() for path in (ROOT / folder).rglob("*.py"))
Trees: TypeAlias = dict[Path, ast.Module]
MIN_WORDS = 3
CALLS_BEGIN_WITH = """
    Add Answer Append Apply Ask Begin Bound Bring Call Cancel Cause Change Check Close Compare Compress Configure
    Continue Copy Count Create Cut Decide Decode Delete Deploy Derive Describe Do Draw Drop Echo Emit Encode End
    Estimate Evaluate Find Flush Follow Forget Free Get Give Go Hand Handle Have Hold Import Join Judge Keep Leave
    Let List Log Look Make Mark Move Name Note Offer Open Pair Pass Play Post Prepare Print Probe Propose Put Raise
    Read Record Refuse Register Release Remember Remove Render Replace Report Return Rewrite Round Run Say Scrape See Send
    Serve Set Show Silence Split Start State Store Take Tell Test Turn Update Wait Watch Write Yield
"""
"""Verbs with which the docstring of a call begins, since it says what the call does. A new one is added here."""


def documented(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the name and the docstring of the module, and of what is public in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = getattr(node, "name", "module")
            text = ast.get_docstring(node)
            if text is not None and not name.startswith("_"):
                yield name, text


def calls_of(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the name and the docstring of each public function and method, properties left out."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.ClassDef):
            yield from calls_of(inner)
        elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and not inner.name.startswith("_"):
            marks = {mark.id for mark in inner.decorator_list if isinstance(mark, ast.Name)}
            text = ast.get_docstring(inner)
            if text is not None and not marks & {"property", "cached_property"}:
                yield inner.name, text


def fields_of(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Yield each field of a class of arguments, and whether a docstring stands below it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith("Args") and not node.name.startswith("_"):
            body = [*node.body, ast.Pass()]
            for statement, below in itertools.pairwise(body):
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    documented = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
                    yield f"{node.name}.{statement.target.id}", documented


@pytest.fixture(scope="module")
def trees() -> Trees:
    """Each file, parsed once."""
    return {path: ast.parse((ROOT / path).read_text()) for path in FILES}


def test_docstrings_have_one_form(trees: Trees) -> None:
    wrong: list[str] = []
    for path, tree in trees.items():
        for name, text in documented(tree):
            first = text.splitlines()[0]
            if len(text.split()) < MIN_WORDS:
                wrong.append(f"{path}: {name}: says nothing: {text!r}")
            if "\nRaises:" in text or "\nReturns:" in text:
                wrong.append(f"{path}: {name}: errors and results are sentences: {first!r}")
            if not first.rstrip().endswith((".", "?", "!", ":")):
                wrong.append(f"{path}: {name}: the first line is a whole sentence: {first!r}")
    assert not wrong, "\n".join(wrong)


def test_the_docstring_of_a_call_begins_with_what_the_call_does(trees: Trees) -> None:
    verbs = CALLS_BEGIN_WITH.split()
    wrong = [
        f"{path}: {name}: {text.splitlines()[0]}"
        for path, tree in trees.items()
        if "vigil_apimodel/rules" not in str(path)  # the docstring of a rule is the rule
        for name, text in calls_of(tree)
        if text.split()[0].strip(":,") not in verbs
    ]
    assert not wrong, "\n".join(wrong)


def test_each_field_of_a_class_of_arguments_has_a_docstring(trees: Trees) -> None:
    arguments = {path: list(fields_of(tree)) for path, tree in trees.items() if path.parts[0] == "components"}
    assert sum(map(len, arguments.values())) > 100
    bare = [f"{path}: {name}" for path, found in arguments.items() for name, documented in found if not documented]
    assert not bare, "\n".join(bare)


def test_code_stands_in_single_backticks_in_every_folder():
    wrong = [
        f"{path}:{number}"
        for path in EVERY_FILE
        if path != Path(__file__).relative_to(ROOT)
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
        if "``" in line.replace("```", "")
    ]
    assert not wrong, "\n".join(wrong)


OTHERS = {"console", "fields", "gcplogs", "googlemanagedprometheus", "logging", "vigil"}
"""Names of other things in the docstrings of packages: an extra, a driver, an exporter, a library, a command."""


def test_the_docstring_of_a_package_names_modules_that_it_has():
    wrong: list[str] = []
    for path in EVERY_FILE:
        if path.name == "__init__.py":
            source = (ROOT / path).read_text()
            text = ast.get_docstring(ast.parse(source)) or ""
            there = {found.stem for found in (ROOT / path).parent.iterdir()} | OTHERS
            below = source.replace(text, "")
            named = [name for name in re.findall(r"`([a-z][a-z0-9_]*)`", text) if name not in there]
            wrong += [f"{path}: no {name}" for name in named if not re.search(rf"\b{name}\b", below)]
    assert not wrong, "\n".join(wrong)
