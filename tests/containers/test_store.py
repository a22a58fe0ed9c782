"""A store of images that a machine left damaged is known from what Docker says of it."""

from pathlib import Path

import pytest

from demo.containers.engine import EngineError, damaged

FOLDER = Path("/var/cache/vigil/engine")


@pytest.mark.parametrize(
    "message",
    [
        "stat /var/cache/vigil/engine/data/overlay2/d5eb: no such file or directory",
        "layer does not exist",
        'failed to get layer "sha256:0": layer does not exist',
    ],
)
def test_a_store_whose_files_are_gone_is_built_again(message: str) -> None:
    assert damaged(EngineError(f"docker inspect ended with exit code 1: {message}"), FOLDER)


@pytest.mark.parametrize(
    "message",
    [
        "stat /var/cache/other/data/overlay2/d5eb: no such file or directory",
        "The command '/bin/sh -c pip install uv' returned a non-zero code: 1",
        "write /var/cache/vigil/engine/data/overlay2/d5eb/link: no space left on device",
    ],
)
def test_a_build_that_fails_is_reported_and_removes_nothing(message: str) -> None:
    assert not damaged(EngineError(f"docker build ended with exit code 1: {message}"), FOLDER)
