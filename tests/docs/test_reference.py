"""The reference is complete and current: commands, events, alerts and settings."""

import re
from pathlib import Path

import pytest

from tests.docs.reference import PAGES, ROOT

PACKAGES = ("telemetry", "apimodel", "components", "emulator", "runner", "proofs", "verify", "cli", "drains")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_generated_page_is_current(name: str) -> None:
    written = PAGES[name]()
    assert (ROOT / "docs" / f"{name}.md").read_text() == written, "Remedy: make docs"


def test_every_variable_that_a_package_reads_is_on_the_page_of_settings() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    read: set[str] = set()
    for file in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        text = file.read_text()
        read |= set(re.findall(r"\bVIGIL_[A-Z]\w*[A-Z]\b", text))
        read |= set(
            re.findall(r"""(?:environ\.get\(|getenv\(|\benv\.get\(|environ\[|envvar=)\s*["']([A-Z][A-Z_]+)["']""", text)
        )
        for names in re.findall(r"_first\(([^)]*)\)", text):
            read |= set(re.findall(r'"([A-Z_]+)"', names))
    assert {"VIGIL_ENVIRONMENT", "VIGIL_EMULATOR_TOKEN", "K_SERVICE", "PORT"} <= read
    assert {name for name in read if f"`{name}`" not in page} - {"PATH", "TOKEN"} == set()


def test_every_file_of_the_documentation_is_linked_from_another() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md"), ROOT / "CONTRIBUTING.md"]
    linked: set[Path] = set()
    missing: list[str] = []
    for page in pages:
        pictures = re.findall(r"(?:!\[[^\]]*\]\(|src(?:set)?=\")([^)#\"]+)", page.read_text())
        missing += [f"{page.relative_to(ROOT)}: {each}" for each in pictures if not (page.parent / each).exists()]
        for link in re.findall(r"\]\(([^)#:\s]+\.md)", page.read_text()):
            target = (page.parent / link).resolve()
            linked.add(target)
            if not target.exists():
                missing.append(f"{page.relative_to(ROOT)}: {link}")
    assert missing == []
    loose = {path for path in (ROOT / "docs").glob("*.md") if path.resolve() not in linked}
    assert {path.name for path in loose} - {"index.md"} == set()


def test_every_dotted_name_of_a_package_on_a_page_is_there() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md"), ROOT / "CONTRIBUTING.md"]
    named = {
        (page.relative_to(ROOT), name)
        for page in pages
        for name in re.findall(rf"\bvigil_(?:{'|'.join(PACKAGES)})(?:\.\w+)+", page.read_text())
    }
    assert len(named) > 50
    assert {(str(page), name) for page, name in named if not _is_there(name)} == set()


def _is_there(dotted: str) -> bool:
    """Whether the module is a file, and what is named in it stands there."""
    package, *rest = dotted.split(".")
    place = ROOT / package.removeprefix("vigil_") / package
    while rest and ((place / rest[0]).is_dir() or (place / f"{rest[0]}.py").is_file()):
        place = place / rest.pop(0)
    module = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    return module.is_file() and all(re.search(rf"\b{name}\b", module.read_text()) for name in rest)


def test_each_module_that_a_page_imports_is_in_the_reference() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *ROOT.glob("*/README.md")]
    imported = {
        found
        for page in pages
        for found in re.findall(r"^ *from (vigil_[\w.]+) import", page.read_text(), re.MULTILINE)
    }
    reference = "\n".join(page.read_text() for page in (ROOT / "docs" / "api").glob("*.md"))
    listed = set(re.findall(r"^::: (\S+)$", reference, re.MULTILINE))
    assert {"vigil_components", "vigil_telemetry.lifecycle", "vigil_apimodel.metrics"} <= imported
    assert {each for each in imported if not _is_listed(each, listed)} == set()


def _is_listed(module: str, listed: set[str]) -> bool:
    """Return whether a module stands in the reference: itself, or as one of a folder of events or metrics."""
    return module in listed or module.rpartition(".")[0] in listed & {
        "vigil_telemetry.events",
        "vigil_apimodel.metrics",
    }
