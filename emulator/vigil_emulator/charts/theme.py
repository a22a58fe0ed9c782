"""Colours, of charts and pages alike.

The series colours are those of Okabe and Ito's palette, which colour-blind readers distinguish too. Their lightness is
changed so that each has a contrast of at least 3:1 on its background (WCAG 2.2, 1.4.11).
"""

from dataclasses import dataclass

from vigil_emulator.charts.model import Level, ThemeName

FONT = "Arial, Helvetica, sans-serif"
"""Of charts: the renderer measures text with its metric twin, so that labels fit wherever they are shown."""


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours."""

    page: str
    card: str
    border: str
    text: str
    muted: str
    grid: str
    series: tuple[str, ...]
    levels: dict[Level, str]
    heat: tuple[str, str]


LIGHT = Theme(
    page="#f5f7fa",
    card="#ffffff",
    border="#dce1e8",
    text="#1b2430",
    muted="#5a6675",
    grid="#e9edf2",
    series=(
        "#1f6fd1",
        "#d9640c",
        "#0b8a67",
        "#b0498c",
        "#7a5cd6",
        "#8a6d00",
        "#0e8fb0",
        "#b23b3b",
        "#4d6b1f",
        "#5f6b7a",
    ),
    levels={"ok": "#137a4c", "warning": "#a05a00", "critical": "#c62828", "none": "#1f6fd1"},
    heat=("#e8f1fc", "#0d4a96"),
)
DARK = Theme(
    page="#10151c",
    card="#181f29",
    border="#2b3644",
    text="#e6ebf2",
    muted="#9caabb",
    grid="#263140",
    series=(
        "#6db1ff",
        "#ff9d57",
        "#3fcf9f",
        "#ec8cc8",
        "#b39dff",
        "#dcbc3c",
        "#4fcbe8",
        "#ff8a80",
        "#a9cf6a",
        "#a7b3c2",
    ),
    levels={"ok": "#4ad295", "warning": "#ffb74d", "critical": "#ff7b72", "none": "#6db1ff"},
    heat=("#1d2b3c", "#8cc4ff"),
)


def theme(name: ThemeName) -> Theme:
    """Return the colours of a name."""
    return DARK if name == "dark" else LIGHT
