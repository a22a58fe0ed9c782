"""What sinks send to Cloud Storage and BigQuery, as files to look into.

The layout is Google's: objects by hour in a bucket (https://docs.cloud.google.com/logging/docs/export/storage), tables
by day in a data set (https://docs.cloud.google.com/logging/docs/export/bigquery), both by the entry's own time. A line
is an entry as the API lists it, in both.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from vigil_emulator.logging.entry import Entry
from vigil_emulator.times import SECOND

STORAGE = "storage.googleapis.com/"
BIGQUERY = "bigquery.googleapis.com/"


class Exports:
    """Appends to files below a folder; without one nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.failure = ""
        """Why the last entries could not be written; empty where they were."""

    def write(self, sent: Iterable[tuple[str, Entry]]) -> None:
        """Keep the JSON of what was sent, each entry with its destination.

        `failure` reports what cannot be written, and only the files lack it.
        """
        if self._folder is None:
            return
        files: dict[Path, list[bytes]] = {}
        for destination, entry in sent:
            place = path_of(destination, entry)
            if place is not None:
                files.setdefault(self._folder / place, []).append(entry.encoded)
        if not files:
            return
        self.failure = ""
        for file, lines in files.items():
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                with file.open("ab") as appended:
                    appended.write(b"\n".join([*lines, b""]))
            except OSError as error:
                self.failure = f"{file.name} cannot be written: {error.strerror or error}"


def path_of(destination: str, entry: Entry) -> Path | None:
    """Return where an entry belongs below the folder; None for destinations that are no files."""
    time = datetime.fromtimestamp(entry.time // SECOND, tz=UTC)
    if destination.startswith(STORAGE):
        bucket = destination.removeprefix(STORAGE)
        hour = f"{time:%H}:00:00_{time:%H}:59:59_S0.json"
        return Path("storage", _part(bucket), _part(entry.log_id), f"{time:%Y}", f"{time:%m}", f"{time:%d}", hour)
    if destination.startswith(BIGQUERY):
        _, project, _, dataset = destination.removeprefix(BIGQUERY).split("/")
        table = re.sub(r"[^A-Za-z0-9_]", "_", entry.log_id)
        return Path("bigquery", _part(project), _part(dataset), f"{table}_{time:%Y%m%d}.json")
    return None


def _part(name: str) -> str:
    """A name as one part of a path, which it cannot leave."""
    return quote(name, safe="") if name.strip(".") else "%2E" * len(name)
