"""The shell in the pages: every fenced block, with what its info string says about running it."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(
    r"^(?P<fence>```+|~~~+)(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)
_SHELL = {"sh", "bash", "shell", "console", "zsh"}


@dataclass(frozen=True)
class Block:
    """One block. `tag` is empty (it runs as it stands), `cloud`, `project` or `long`, whose `reason` says why."""

    page: str
    line: int
    tag: str
    reason: str
    text: str

    @property
    def commands(self) -> list[str]:
        """Its commands, one a line, without comments."""
        joined = self.text.replace("\\\n", " ")
        return [line for each in joined.splitlines() if (line := re.sub(r"(^|\s)#.*", "", each).strip())]


def blocks() -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text()
        for match in _BLOCK.finditer(text):
            language, _, rest = match["info"].strip().partition(" ")
            if language in _SHELL:
                tag, _, reason = rest.partition(":")
                line = text.count("\n", 0, match.start()) + 1
                name = str(page.relative_to(ROOT))
                found.append(Block(name, line, tag.strip(), reason.strip(), match["text"]))
    return found
