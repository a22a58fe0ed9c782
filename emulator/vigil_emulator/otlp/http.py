"""OTLP over HTTP: the three paths, in protobuf and JSON, with gzip and the errors that exporters understand."""

import logging
from collections.abc import Mapping
from typing import Final, cast

from vigil_emulator.errors import ApiError
from vigil_emulator.otlp.messages import JSON, PROTOBUF, SERVICES, Signal, parsed, refused, written
from vigil_emulator.otlp.service import Otlp
from vigil_emulator.rest.api import Answer
from vigil_emulator.rest.request import Request, decompressed

CALLER: Final = "x-goog-user-project"

_log = logging.getLogger("vigil_emulator")


class OtlpHttp:
    """Answers requests for `/v1/logs`, `/v1/metrics` and `/v1/traces`."""

    def __init__(self, otlp: Otlp) -> None:
        """`otlp` takes the messages."""
        self._otlp = otlp

    def __call__(self, request: Request) -> Answer:
        """The answer; whatever is wrong is a `google.rpc.Status` in the media type of the request."""
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        spoken = media if media in {PROTOBUF, JSON} else JSON
        try:
            service = SERVICES[cast("Signal", request.path.rpartition("/")[2])]
            message = parsed(service.request, decompressed(request), media)
            body = written(self._otlp.export(message, request.headers.get(CALLER, "")), spoken)
            return Answer(status=200, body=body, headers=_headers(spoken))
        except ApiError as error:
            return failed(error, spoken)
        except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer and the server stays
            _log.exception("%s %s failed", request.http, request.path)
            return failed(ApiError("INTERNAL", "Internal error encountered."), spoken)


def failed(error: ApiError, media: str) -> Answer:
    """Return an error as exporters read it."""
    return Answer(status=error.code, body=refused(error, media), headers=_headers(media))


def _headers(media: str) -> Mapping[str, str]:
    return {"content-type": media}
