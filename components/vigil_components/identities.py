"""Service accounts of what Vigil deploys, and the secrets that they may read."""

import re

import pulumi
from pulumi_gcp import secretmanager, serviceaccount

_ACCOUNT_ID = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])")
_SHORTEST, _LONGEST = 6, 30
"""Characters of a service account's id
(https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/create)."""


def check_account_id(where: str, value: str) -> None:
    """Check a name that also names a service account. Raises ValueError naming the argument and the remedy."""
    if not _SHORTEST <= len(value) <= _LONGEST or _ACCOUNT_ID.fullmatch(value) is None:
        raise ValueError(
            f"{where} is {value!r}, {len(value)} characters: it also names the service account, whose id has 6 to 30 "
            "lower-case letters, digits and dashes and begins with a letter"
        )


def service_account(
    name: str, *, project: pulumi.Input[str], account_id: str, display_name: str, opts: pulumi.ResourceOptions
) -> "serviceaccount.Account":
    """Register the identity of the component `name`."""
    return serviceaccount.Account(
        f"{name}-identity", project=project, account_id=account_id, display_name=display_name, opts=opts
    )


def secret_reader(
    name: str,
    *,
    project: pulumi.Input[str],
    secret_id: pulumi.Input[str],
    member: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> "secretmanager.SecretIamMember":
    """Register the permission to read one secret, and nothing else."""
    return secretmanager.SecretIamMember(
        name, project=project, secret_id=secret_id, role="roles/secretmanager.secretAccessor", member=member, opts=opts
    )
