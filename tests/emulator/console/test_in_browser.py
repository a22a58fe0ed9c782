"""Pages in a real browser: nothing runs, nothing is loaded from elsewhere, all is reached by keyboard."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.emulator.console.conftest import Looker, follow

if TYPE_CHECKING:
    from playwright.sync_api import Page

DARK = {"color_scheme": "dark"}
NARROW = {"viewport": {"width": 390, "height": 800}}
PATHS = (
    "/console/",
    "/console/dashboards",
    "/console/logs",
    "/console/incidents",
    "/console/alerts",
    "/console/events",
    "/console/silent",
    "/console/trace?correlation_id=c0ffee11c0ffee11c0ffee11c0ffee11",
    "/console/logs?q=severity%3D%28",
    "/console/nowhere",
)
LINKS = ("dashboards/", "incidents/", "logs/entry", "alerts/")
"""Where pages lead: the first link of each is followed."""
FAINT = """() => {
    const parts = colour => colour.match(/[0-9.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const behind = node => { for (; node; node = node.parentElement) {
        const colour = parts(getComputedStyle(node).backgroundColor); if (colour.length < 4 || colour[3] > 0) return colour; }
        return [255, 255, 255]; };
    return [...document.querySelectorAll('body *')].filter(node => [...node.childNodes].some(
        child => child.nodeType === 3 && child.textContent.trim()) && node.checkVisibility() && node.tagName !== 'OPTION').map(node => {
        const [a, b] = [light(parts(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
        return [(a + .05) / (b + .05), node.tagName + ' ' + node.textContent.trim().slice(0, 40)]; }).filter(([ratio]) => ratio < 4.5); }"""
"""Words with less contrast than 4.5 to 1."""


def _pages(looker: Looker, url: str) -> Iterator[tuple[str, "Page"]]:
    """Show each page, and one of each kind that they lead to."""
    paths, links = list(PATHS), set(LINKS)
    for path in paths:
        page = looker.see(url + path)
        yield path, page
        for link in sorted(links):
            found = page.query_selector(f"a[href^='/console/{link}']")
            if found is not None:
                links.remove(link)
                paths.append(found.get_attribute("href") or "")
    assert not links


@pytest.mark.parametrize("looker", [{}, DARK, NARROW, {**NARROW, **DARK}], indirect=True)
def test_every_page_fits_its_window_and_its_words_stand_out(served, looker):
    """Drawn without a complaint; with a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3), computed of what the browser shows."""
    for path, page in _pages(looker, served.url):
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert page.title().endswith("· Vigil"), path
        assert page.evaluate(FAINT) == [], path
    missing = [text for text in looker.wrong if "404" in text]
    assert len(missing) == 1, "the page that is nowhere"
    looker.wrong.remove(*missing)


def test_the_policy_of_the_page_stops_scripts(served, looker):
    page = looker.see(f"{served.url}/console/")
    page.evaluate("""() => { const made = document.createElement('script'); made.textContent = 'document.title = "owned"';
        document.body.append(made); }""")
    assert "owned" not in page.title()
    assert any("Content Security Policy" in text for text in looker.wrong)
    looker.wrong.clear()


def test_hostile_lines_are_text(served, looker):
    page = looker.see(f"{served.url}/console/logs?severity=ERROR")
    assert "<script>document.title='owned'</script>" in page.inner_text(".entry .what")
    assert page.title() == "Logs · Vigil"
    page.click(".entry summary")
    follow(page, ".entry .actions a >> nth=1")
    assert "The way of one request" in page.inner_text("h1")
    assert page.input_value("input[name=correlation_id]").startswith("<script>")
    assert page.evaluate("document.querySelectorAll('main script, main img[src=x]').length") == 0


def test_a_text_that_turns_the_direction_turns_nothing_but_itself(served, looker):
    page = looker.see(f"{served.url}/console/logs?severity=ERROR")
    assert page.evaluate("getComputedStyle(document.querySelector('.entry bdi.what')).unicodeBidi") == "isolate"


def test_dark_pages_ask_for_dark_charts(served, looker):
    page = looker.page
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{served.url}/console/dashboards")
        follow(page, ".cards a")
        page.locator("picture img").first.scroll_into_view_if_needed()
        while not page.evaluate("document.querySelector('picture img').currentSrc"):
            page.wait_for_timeout(20)
        assert f"-{scheme}.svg" in page.evaluate("document.querySelector('picture img').currentSrc")
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == {"light": "rgb(245, 247, 250)", "dark": "rgb(16, 21, 28)"}[scheme]


def test_everything_is_reached_and_seen_by_keyboard(served, looker):
    page = looker.see(f"{served.url}/console/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.name || ''"))
    assert any(href.startswith("/console/incidents/") for href in reached)
    assert any(href.startswith("/console/dashboards/") for href in reached)
    page.focus("nav a")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


SEEN = "selector => [...document.querySelectorAll(selector)].map(one => one.checkVisibility())"


def test_groups_open_and_one_view_shows_at_a_time_without_a_script(served, looker):
    page = looker.see(f"{served.url}/console/dashboards")
    follow(page, ".cards a")
    assert page.evaluate(SEEN, ".group h4") == [False]
    page.focus(".group > summary")
    page.keyboard.press("Enter")
    assert page.evaluate(SEEN, ".group h4") == [True]
    assert page.evaluate(SEEN, ".tab .prose.scroll") == [True, False]
    page.focus(".tab:nth-of-type(2) > summary")
    page.keyboard.press("Space")
    assert page.evaluate(SEEN, ".tab .prose.scroll") == [False, True]


def test_a_query_is_run_and_another_time_chosen(served, looker):
    page = looker.see(f"{served.url}/console/logs")
    page.fill("textarea", 'jsonPayload.event="llm.call.completed"')
    follow(page, "text=Run query")
    assert page.locator(".entry").count() == 1
    page.select_option("select[name=range]", "6h")
    follow(page, "text=Apply")
    assert "last 6h" in page.inner_text("main .about")
    assert page.input_value("textarea") == 'jsonPayload.event="llm.call.completed"'


def test_what_is_read_aloud_makes_sense(served, looker):
    page = looker.see(f"{served.url}/console/dashboards")
    follow(page, ".cards a")
    assert page.evaluate("document.querySelectorAll('header, nav, main, footer').length") == 4
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    described = page.evaluate("[...document.querySelectorAll('.chart img')].map(image => image.alt)")
    assert all(described)
    assert any("Newest values: 2xx" in text for text in described)
    unlabelled = page.evaluate(
        "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter(field => !field.labels.length).length"
    )
    assert unlabelled == 0
    duplicates = page.evaluate(
        "[...document.querySelectorAll('[id]')].map(one => one.id).filter((id, place, all) => all.indexOf(id) !== place)"
    )
    assert duplicates == []


def test_an_unused_emulator_looks_well_too(empty, looker):
    for path in ("/console/", "/console/dashboards", "/console/logs", "/console/incidents", "/console/trace"):
        looker.see(empty.url + path)
