"""Pictures of dashboards: drawn by the emulator that has their data, or of a file with made-up data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import httpx
import msgspec

from vigil_cli.console import output, write_document
from vigil_cli.errors import CommandError
from vigil_cli.local.discovery import running_emulator
from vigil_cli.local.folder import state_of

if TYPE_CHECKING:
    from vigil_apimodel.json_values import JsonValue
    from vigil_emulator.charts.model import Mark

PATIENCE = 120.0
"""Wall seconds for a picture: the first one starts the process that draws."""
NOT_INSTALLED = 501
RANGES = ("30m", "1h", "3h", "6h", "1d", "7d", "30d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What to draw. `form` None: as the output's name says."""

    dashboard: str | None
    form: str | None
    output: Path | None
    within: str
    theme: str


class Dashboard(msgspec.Struct, frozen=True, rename="camel"):
    """What this reads of a dashboard."""

    name: str
    display_name: str

    @property
    def identifier(self) -> str:
        """The last part of its name."""
        return self.name.rpartition("/")[2]

    @property
    def file(self) -> str:
        """Its title as a file's name."""
        return file_name(self.display_name) or self.identifier


def file_name(title: str) -> str:
    """Return a title as a file's name, empty where nothing of it can be in one."""
    return re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()


class _Listed(msgspec.Struct, frozen=True):
    dashboards: tuple[Dashboard, ...] = ()


def draw(picture: Picture, *, url: str | None, stack: str, state: Path | None, json: bool) -> None:
    """Draw the named dashboard, or list the dashboards. Raises CommandError."""
    if picture.within not in RANGES:
        raise CommandError(f"{picture.within!r} is no range.", remedy=f"Give one of {', '.join(RANGES)} with --range.")
    base = (url or running_emulator(state_of(stack, state))).rstrip("/")
    with httpx.Client(base_url=base, timeout=PATIENCE, trust_env=False) as client:
        known = _known(client)
        if picture.dashboard is None:
            if json:
                listed = [{"id": one.identifier, "title": one.display_name} for one in known]
                write_document(msgspec.json.encode({"ok": True, "dashboards": listed}).decode())
            for one in () if json else known:
                output().print(f"{one.identifier}  {one.display_name}", markup=False, highlight=False)
            return
        found = chosen(known, picture.dashboard)
        form = picture.form or (
            "png" if picture.output is not None and picture.output.suffix.lower() == ".png" else "svg"
        )
        content = _get(
            client, f"/console/dashboards/{found.identifier}/picture.{form}", range=picture.within, theme=picture.theme
        )
    _write(_target(picture.output, found.file, form), content, found.display_name, json=json)


def draw_file(file: Path, *, form: str | None, output: Path | None, theme: str, json: bool) -> None:
    """Draw the dashboard of a file with made-up data. Raises CommandError."""
    document = _document(file)
    title = str(document.get("displayName") or file.stem)
    wanted = form or ("png" if output is not None and output.suffix.lower() == ".png" else "svg")
    svgs = illustrations([Illustrated(document)], theme=theme, png=wanted == "png")
    _write(_target(output, file_name(title) or "dashboard", wanted), svgs[0], title, json=json)


@dataclass(frozen=True, slots=True)
class Illustrated:
    """A dashboard document to be drawn, and which of its tiles are marked, by title."""

    document: Mapping[str, object]
    marks: Mapping[str, str] = field(default_factory=dict[str, str])


def illustrations(dashboards: Sequence[Illustrated], *, theme: str = "light", png: bool = False) -> list[bytes]:
    """Draw dashboards with made-up data, one after the other by the same processes. Raises CommandError."""
    import asyncio

    try:
        from vigil_emulator.charts.renderer import DrawingError
        from vigil_emulator.illustration import Illustration
    except ImportError as error:
        raise CommandError(
            f"The libraries that draw are not installed: {error}.", remedy="Install vigil-emulator[console]."
        ) from error

    async def work() -> list[bytes]:
        illustration = Illustration()
        try:
            drawn: list[bytes] = []
            for one in dashboards:
                marks = cast("dict[str, Mark]", dict(one.marks))
                document = cast("dict[str, JsonValue]", dict(one.document))
                svg = await illustration.svg(document, theme="dark" if theme == "dark" else "light", marks=marks)
                drawn.append(await illustration.png(svg) if png else svg.encode())
            return drawn
        finally:
            await illustration.close()

    try:
        return asyncio.run(work())
    except DrawingError as error:
        raise CommandError(
            f"The picture cannot be drawn: {error}.", remedy="Check the file with `vigil check`."
        ) from error


def _document(file: Path) -> Mapping[str, object]:
    from vigil_apimodel import unique_keys

    try:
        found = unique_keys.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.", remedy="Name a file that is there.") from error
    except unique_keys.RepeatedKeyError as error:
        raise CommandError(f"{file}, {error.reason}.", remedy=f"{error.remedy}.") from error
    except ValueError as error:
        raise CommandError(f"{file} is not JSON: {error}.", remedy="Give a dashboard as the API writes it.") from error
    layouts = ("gridLayout", "mosaicLayout", "rowLayout", "columnLayout")
    if not isinstance(found, dict) or not any(name in found for name in layouts):
        raise CommandError(
            f"{file} is no dashboard: it has none of {', '.join(layouts)}.",
            remedy="Write one by `gcloud monitoring dashboards describe ID --format=json > FILE`.",
        )
    return cast("Mapping[str, object]", found)


def _write(path: Path, content: bytes, title: str, *, json: bool) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(
            f"The picture could not be written to {path}: {error.strerror}.", remedy="Give another --output."
        ) from error
    if json:
        document = {"ok": True, "dashboard": title, "file": str(path), "bytes": len(content)}
        write_document(msgspec.json.encode(document).decode())
    else:
        output().print(f"{path} ({title})", markup=False, highlight=False, soft_wrap=True)


def chosen(known: list[Dashboard], wanted: str) -> Dashboard:
    """Return the one dashboard that is meant: by id, by title, or by the title's beginning. Raises CommandError."""
    folded = wanted.casefold()
    for fits in (
        [one for one in known if wanted == one.identifier],
        [one for one in known if folded == one.display_name.casefold()],
        [one for one in known if one.display_name.casefold().startswith(folded)],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            titles = ", ".join(f"{one.display_name!r} ({one.identifier})" for one in fits)
            raise CommandError(f"{wanted!r} may be each of {titles}.", remedy="Give the whole title, or the id.")
    titles = ", ".join(repr(one.display_name) for one in known) or "none"
    raise CommandError(f"There is no dashboard {wanted!r}; there are: {titles}.", remedy="Give one of these titles.")


def _known(client: httpx.Client) -> list[Dashboard]:
    """All dashboards of all projects of the emulator."""
    answer = _get(client, "/console/dashboards.json")
    return list(msgspec.json.decode(answer, type=_Listed).dashboards)


def _target(path: Path | None, name: str, form: str) -> Path:
    if path is None:
        return Path(f"{name}.{form}")
    return path / f"{name}.{form}" if path.is_dir() or not path.suffix else path


def _get(client: httpx.Client, path: str, **query: str) -> bytes:
    try:
        answer = client.get(path, params=query)
    except httpx.HTTPError as error:
        raise CommandError(
            f"The emulator at {client.base_url} does not answer: {type(error).__name__} {error}".rstrip() + ".",
            remedy="Start one with `vigil serve`, or name a running one with --url.",
        ) from error
    if answer.status_code == NOT_INSTALLED:
        raise CommandError(
            "The emulator runs without the libraries that draw.",
            remedy="Install vigil-emulator[console] where it runs, and start it again.",
        )
    if not answer.is_success:
        raise CommandError(
            f"The emulator answered {answer.status_code} to {path}.", remedy="Its log has the reason (emulator.log)."
        )
    return answer.content
