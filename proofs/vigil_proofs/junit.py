"""JUnit's report, as build servers read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase:
    """One test: its failure in a line with details below, or None; `skipped` is why it was not run."""

    __test__ = False

    name: str
    group: str
    seconds: float = 0.0
    failure: str | None = None
    details: str = ""
    skipped: str | None = None


def report(name: str, cases: Iterable[TestCase]) -> str:
    """Return the report of one suite as XML text. Characters that XML does not take are replaced."""
    listed = list(cases)
    suite = ET.Element(
        "testsuite",
        name=name,
        tests=str(len(listed)),
        failures=str(sum(case.failure is not None for case in listed)),
        skipped=str(sum(case.skipped is not None for case in listed)),
        errors="0",
        time=f"{sum(case.seconds for case in listed):.3f}",
    )
    for case in listed:
        element = ET.SubElement(
            suite, "testcase", name=_clean(case.name), classname=_clean(case.group), time=f"{case.seconds:.3f}"
        )
        if case.failure is not None:
            ET.SubElement(element, "failure", message=_clean(case.failure)).text = _clean(case.details)
        if case.skipped is not None:
            ET.SubElement(element, "skipped", message=_clean(case.skipped))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _clean(text: str) -> str:
    return "".join(one if one in "\t\n\r" or " " <= one <= "\ud7ff" or one > "\udfff" else "\ufffd" for one in text)
