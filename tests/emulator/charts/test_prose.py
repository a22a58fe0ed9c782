"""Markdown becomes HTML that can do no harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_emulator.charts import prose


def test_html_is_shown_as_text() -> None:
    made = prose.html("<script>alert(1)</script> <b onclick='x'>hi</b>")
    assert "<script" not in made
    assert "<b " not in made
    assert "&lt;script&gt;" in made


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "JaVaScRiPt:alert(1)", "//evil.example"]
)
def test_links_that_run_something_stay_text(link: str) -> None:
    assert "<a" not in prose.html(f"[click]({link})")


def test_links_to_the_web_say_nothing_about_where_they_come_from() -> None:
    assert prose.html("[runbook](https://example.com/a)") == (
        '<p><a href="https://example.com/a" rel="noreferrer noopener">runbook</a></p>\n'
    )


def test_pictures_are_named_and_not_loaded() -> None:
    made = prose.html("![the plan](https://example.com/plan.png)")
    assert "<img" not in made
    assert "[the plan]" in made


def test_headings_are_below_the_pages_own_and_tables_have_no_style_attributes() -> None:
    made = prose.html("# Top\n\n| a |\n|--:|\n| 1 |\n")
    assert "<h4>Top</h4>" in made
    assert "style=" not in made


def test_plain_lines_for_a_picture_keep_their_order() -> None:
    assert prose.lines("# Title\n\nfirst\nsecond\n\n- point") == [
        ("h", "Title"),
        ("p", "first"),
        ("p", "second"),
        ("li", "point"),
    ]


@given(st.text(alphabet="<>\"'&/=abcjs:()[]!*`#|-\n ", max_size=200))
def test_no_markup_of_the_text_itself_survives(text: str) -> None:
    made = str(prose.html(text)).lower()
    for forbidden in ("<script", "<img", "<iframe", 'onerror="', 'javascript:"', "style="):
        assert forbidden not in made or f"&lt;{forbidden[1:]}" in made
