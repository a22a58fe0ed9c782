"""Where in the program a resource is declared, found without the SDK's whole stack trace.

For each resource the SDK reads every frame of the stack, with its line of source and its file as a URI. In a program
of 250 resources that took a tenth of the time. A registration here keeps one position.
"""

import inspect
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2

from vigil_components.testing.registration import CHECK

_CONSTRUCTORS = 3
"""Constructors between the SDK and the program: of Resource, of CustomResource or ComponentResource, and its own."""
_TRACE = "_get_stack_trace"
_WHOLE = getattr(resource, _TRACE, None)
"""The SDK's own, which is no part of its interface. A version without it reads the stack in its own way."""


@contextmanager
def one_position() -> Generator[None]:
    """Have the SDK read only the position of each resource that is declared meanwhile, and no whole trace."""
    if _WHOLE is None:
        yield
        return
    setattr(resource, _TRACE, _declared_at)
    try:
        yield
    finally:
        setattr(resource, _TRACE, _WHOLE)  # the SDK's own, also where two threads run programs at once


def _declared_at() -> source_pb2.StackTrace:
    """Return the frames from the one that makes the resource to the first that is no check of its arguments."""
    frame: FrameType | None = inspect.currentframe()
    constructors = 0
    while frame is not None and constructors < _CONSTRUCTORS:
        constructors += frame.f_code.co_name == "__init__"
        frame = frame.f_back
    frames: list[source_pb2.StackFrame] = []
    while frame is not None:
        uri = _uri(frame.f_code.co_filename)
        position = source_pb2.SourcePosition(uri=uri, line=frame.f_lineno) if uri else None
        frames.append(source_pb2.StackFrame(pc=position))
        frame = frame.f_back if uri.endswith(CHECK) else None
    return source_pb2.StackTrace(frames=frames)


@cache
def _uri(filename: str) -> str:
    """Return the URI of a file; no text for a name such as `<string>`."""
    try:
        return Path(filename).as_uri()
    except ValueError:
        return ""
