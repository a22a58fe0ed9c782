"""Types that are part of the program but not run on one machine: recorded, with made-up computed outputs."""

from typing import Final

RECORDED: Final[tuple[str, ...]] = (
    "gcp:artifactregistry/",
    "gcp:bigquery/",
    "gcp:billing/",
    "gcp:cloudfunctions/",
    "gcp:cloudfunctionsv2/",
    "gcp:cloudrun/",
    "gcp:cloudrunv2/",
    "gcp:cloudscheduler/",
    "gcp:cloudtasks/",
    "gcp:compute/uRLMap:",
    "gcp:container/",
    "gcp:eventarc/",
    "gcp:firestore/",
    "gcp:iam/",
    "gcp:kms/",
    "gcp:observability/",
    "gcp:organizations/",
    "gcp:projects/",
    "gcp:pubsub/",
    "gcp:redis/",
    "gcp:secretmanager/",
    "gcp:serviceaccount/",
    "gcp:sql/",
    "gcp:storage/",
    "gcp:workflows/",
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
