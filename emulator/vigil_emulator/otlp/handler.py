"""OTLP's endpoints, or what to install where its messages are missing."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from vigil_emulator.dataplane import DataPlane
from vigil_emulator.errors import ApiError
from vigil_emulator.rest.api import Answer, json_answer
from vigil_emulator.rest.request import Request

if TYPE_CHECKING:
    from vigil_emulator.otlp.service import Otlp

NEEDED: Final = "opentelemetry.proto"


def available() -> bool:
    """Return whether the messages of OTLP are installed."""
    try:
        return find_spec(NEEDED) is not None
    except ModuleNotFoundError:
        return False


class LateOtlp:
    """The endpoints, loaded with the first export: who sends none need not wait for the messages."""

    def __init__(self, data: DataPlane, ensure: Callable[[str], None], *, mapped: bool) -> None:
        """As `Otlp`."""
        self._data, self._ensure, self._mapped = data, ensure, mapped
        self._otlp: Otlp | None = None
        self._http: Callable[[Request], Answer] | None = None

    @property
    def otlp(self) -> "Otlp":
        """The three services. Raises ApiError UNIMPLEMENTED where their messages are not installed."""
        if self._otlp is None:
            if not available():
                raise ApiError("UNIMPLEMENTED", f"OTLP needs the module {NEEDED}: install vigil-emulator[otlp].")
            from vigil_emulator.otlp.service import Otlp  # noqa: PLC0415 - see the class

            self._otlp = Otlp(self._data, self._ensure, mapped=self._mapped)
        return self._otlp

    def __call__(self, request: Request) -> Answer:
        """The answer over HTTP."""
        if self._http is None:
            try:
                otlp = self.otlp
            except ApiError as error:
                return json_answer(error.code, error.body(), request)
            from vigil_emulator.otlp.http import OtlpHttp  # noqa: PLC0415 - see the class

            self._http = OtlpHttp(otlp)
        return self._http(request)
