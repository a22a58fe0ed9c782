"""Another revision of a project, rendered by its own code: a worktree, and where the lock differs an environment."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Final, cast
from urllib.parse import unquote, urlsplit

from vigil_apimodel.json_values import JsonObject
from vigil_runner.errors import EngineError

LOCKS: Final = ("uv.lock", "requirements.lock", "pylock.toml", "poetry.lock", "requirements.txt")
"""Files that say which dependencies a revision has, the surest first."""
PATIENCE: Final = 600
"""Wall seconds for one command in the other revision."""


class RevisionError(EngineError):
    """The other revision cannot be had. The message names it and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision of the project in its own folder, for as long as the block lasts."""

    name: str
    """The name that was given, and its commit: `origin/main (1a2b3c4)`."""
    root: Path
    """The project's folder in it."""
    python: str
    """The interpreter that runs its code."""
    environment: dict[str, str]
    """The environment of its processes."""
    notes: tuple[str, ...] = ()

    def vigil(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `vigil` of this revision. Raises RevisionError where it takes too long."""
        command = [self.python, "-m", "vigil_cli", "-C", str(self.root), *arguments]
        try:
            return subprocess.run(
                command,
                env=self.environment,
                cwd=self.root,
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired as error:
            raise RevisionError(f"{self.name} did not render within {PATIENCE} s.") from error

    def render(self, stack: str) -> JsonObject:
        """Return what it declares for a stack. Raises RevisionError with the output of its program."""
        ran = self.vigil("render", "-s", stack, "--json")
        try:
            found: object = json.loads(ran.stdout)
        except json.JSONDecodeError:
            found = {}
        document = cast("JsonObject", found)
        if ran.returncode or "resources" not in document:
            error = document.get("error")
            message = error.get("message") if isinstance(error, dict) else None
            raise RevisionError(str(message or ran.stderr.strip()[-500:] or f"exit code {ran.returncode}"))
        return document


class Rendering:
    """A render of another revision under way, beside what this process does. `result` waits for it."""

    def __init__(self, revision: Revision, stack: str) -> None:
        """Start it."""
        self._found: JsonObject | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, args=(revision, stack), daemon=True)
        self._thread.start()

    def _work(self, revision: Revision, stack: str) -> None:
        try:
            self._found = revision.render(stack)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error

    def result(self) -> JsonObject:
        """Return the document. Raises RevisionError."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._found is not None  # noqa: S101 - it ended without an error
        return self._found


def default_base(root: Path) -> str:
    """Return where the work of this branch began: its merge base with the main branch; on that branch, `HEAD`.

    Raises RevisionError outside a git repository.
    """
    _git(root, "rev-parse", "--show-toplevel")  # raises outside a repository
    head = _git(root, "rev-parse", _NEWEST)
    for name in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        try:
            began = _git(root, "merge-base", _NEWEST, name)
        except RevisionError:
            continue
        if began != head:
            return began
    return _NEWEST


_NEWEST = "HEAD"
"""Git's name of the newest commit of the branch."""


@contextmanager
def revision(root: Path, ref: str, *, python: str | None = None) -> Generator[Revision]:
    """Check a revision of the project at `root` out into its own folder; it is removed at the end of the block.

    `python` is the interpreter for it. Default: this one, or where the lock file of the dependencies differs, one of
    an environment that is made for it. Raises RevisionError.
    """
    top = Path(_git(root, "rev-parse", "--show-toplevel"))
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    short = commit[:7]
    scratch = Path(tempfile.mkdtemp(prefix="vigil-preview-"))
    tree = scratch / "tree"
    try:
        _git(root, "worktree", "add", "--quiet", "--detach", str(tree), commit)
        folder = tree / root.resolve().relative_to(top.resolve())
        notes: list[str] = []
        interpreter = python or _interpreter(root, folder, tree, top, notes)
        yield Revision(
            name=short if ref.startswith(short) else f"{ref} ({short})",
            root=folder,
            python=interpreter,
            environment=_environment(top, tree),
            notes=tuple(notes),
        )
    finally:
        with _quiet():
            _git(root, "worktree", "remove", "--force", str(tree))
        shutil.rmtree(scratch, ignore_errors=True)
        with _quiet():
            _git(root, "worktree", "prune")


@contextmanager
def _quiet() -> Generator[None]:
    try:
        yield
    except RevisionError:
        return


def _git(root: Path, *arguments: str) -> str:
    try:
        ran = subprocess.run(
            ["git", *arguments],
            cwd=root, capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise RevisionError("git is not installed. Remedy: install git, or compare two renders.") from error
    if ran.returncode:
        if arguments[0] == "rev-parse" and "--show-toplevel" in arguments:
            raise RevisionError(f"{root} is in no git repository. Remedy: run this in a clone, or compare two renders.")
        if arguments[0] == "rev-parse":
            name = arguments[-1].removesuffix("^{commit}")
            if name == _NEWEST:
                raise RevisionError(
                    f"The git repository of {root} has no commit yet. Remedy: commit the program first, or compare two "
                    "renders."
                )
            raise RevisionError(
                f"There is no revision {name!r} in this clone. Remedy: fetch it (`git fetch origin BRANCH`; a shallow "
                "clone has only its newest commits), or name another with --base."
            )
        raise RevisionError(f"git {arguments[0]} failed: {ran.stderr.strip()}")
    return ran.stdout.strip()


def _environment(top: Path, tree: Path) -> dict[str, str]:
    """Return the environment of the other revision: what is imported from this repository comes from its tree.

    Distributions that are installed in place (editable) would else be those of the working tree.
    """
    own = [tree / path.relative_to(top) for path in _in_place(top)]
    inherited = dict(os.environ)
    kept = [
        each
        for each in inherited.get("PYTHONPATH", "").split(os.pathsep)
        if each and not Path(each).resolve().is_relative_to(top.resolve())
    ]
    path = os.pathsep.join([*(str(each) for each in own), *kept])
    return {**inherited, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}


def _in_place(top: Path) -> list[Path]:
    """Return the folders of this repository from which this interpreter imports."""
    whole = top.resolve()
    found = [Path(each or Path.cwd()) for each in sys.path]
    for one in distributions():
        direct = one.read_text("direct_url.json")
        if direct and '"editable"' in direct:
            url = urlsplit(str(json.loads(direct).get("url", "")))
            if url.scheme == "file":
                found += [Path(unquote(url.path)), Path(unquote(url.path)) / "src"]
    kept: dict[Path, None] = {}
    for each in found:
        place = each.resolve()
        inside = place.is_relative_to(whole) and place.is_dir()
        if inside and not {".venv", "venv", "site-packages", "bin"} & set(place.relative_to(whole).parts):
            kept[top / place.relative_to(whole)] = None
    return list(kept)


def _interpreter(root: Path, folder: Path, tree: Path, top: Path, notes: list[str]) -> str:
    """Return this interpreter, or that of an environment made for the revision where its lock differs."""
    for now, then in ((root, folder), (top, tree)):
        for name in LOCKS:
            new, old = now / name, then / name
            if old.is_file() and new.is_file():
                if old.read_bytes() == new.read_bytes():
                    return sys.executable
                return _made(old, root, notes)
    return sys.executable


def _made(lock: Path, root: Path, notes: list[str]) -> str:
    """Return the interpreter of an environment with a lock's dependencies, made once and kept in `.vigil`."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    home = root / ".vigil" / "environments" / digest
    python = home / "bin" / "python"
    if not (home / ".ready").is_file():
        steps = _steps(lock, home, python)
        for step in steps:
            ran = subprocess.run(
                step, cwd=lock.parent, capture_output=True, text=True, check=False, timeout=PATIENCE,
                env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(home), "VIRTUAL_ENV": str(home)},
            )  # fmt: skip
            if ran.returncode:
                shutil.rmtree(home, ignore_errors=True)
                raise RevisionError(
                    f"{lock.name} of the other revision differs, and its environment cannot be made: "
                    f"{ran.stderr.strip()[-500:]} Remedy: make one yourself and name it with --base-python."
                )
        (home / ".ready").touch()
    notes.append(f"{lock.name} differs: the other revision ran in its own environment.")
    return str(python)


def _steps(lock: Path, home: Path, python: Path) -> Sequence[Sequence[str]]:
    if lock.name == "uv.lock":
        return [["uv", "sync", "--frozen", "--quiet", "--no-install-project"]]
    if lock.name == "poetry.lock":
        raise RevisionError(
            "poetry.lock of the other revision differs. Remedy: make an environment from it, and name its interpreter "
            "with --base-python."
        )
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return [[sys.executable, "-m", "venv", str(home)], [*pip, "--requirement", lock.name]]
