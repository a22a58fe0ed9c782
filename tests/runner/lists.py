"""A project of an emulator without sockets, listed as `vigil_runner.access` lists one."""

from collections.abc import Iterator
from typing import Any

import httpx

from vigil_emulator.server import Emulator
from vigil_proofs.inprocess import URL, InProcess


class Lists:
    """The lists of one project."""

    def __init__(self, emulator: Emulator, project: str) -> None:
        self._http = httpx.Client(base_url=URL, transport=InProcess(emulator.app))
        self.name = f"projects/{project}"

    def monitoring(self, request: str, path: str, items: str) -> Iterator[Any]:
        token = ""
        while True:
            answer = self._http.get(f"/{path}", params={"pageSize": 50, **({"pageToken": token} if token else {})})
            answer.raise_for_status()
            page = answer.json()
            yield from page.get(items, ())
            token = page.get("nextPageToken", "")
            if not token:
                return

    logging = monitoring
