"""Types that are part of the program but not run on one machine: recorded, with made-up computed outputs."""

from typing import Final

RECORDED: Final[tuple[str, ...]] = (
    "gcp:artifactregistry/",
    "gcp:bigquery/",
    "gcp:billing/",
    "gcp:cloudrun/",
    "gcp:cloudrunv2/",
    "gcp:cloudscheduler/",
    "gcp:iam/",
    "gcp:kms/",
    "gcp:observability/",
    "gcp:organizations/",
    "gcp:projects/",
    "gcp:pubsub/",
    "gcp:secretmanager/",
    "gcp:serviceaccount/",
    "gcp:storage/",
    "pulumi-python:dynamic/observability:",
    "pulumi-python:dynamic/vercel:",
    "pulumi:providers:",
    "pulumi:pulumi:StackReference",
    "vercel:",
)
"""Beginnings of their tokens."""


def is_recorded(type_: str) -> bool:
    """Whether resources of the type are recorded instead of applied."""
    return type_.startswith(RECORDED)
