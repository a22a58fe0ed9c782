"""The environment variables with which clients find an emulator."""

import json
from pathlib import Path

ADDRESSES = "addresses.json"
"""The file of a state folder that says where its emulator listens, written when it is ready."""


def variables(url: str, state: Path | None = None) -> dict[str, str]:
    """Return the variables for clients of the emulator at `url`; with its state folder, those of gRPC over TLS too.

    Google's clients for Python take their endpoint as an argument (`client_options`), for which `VIGIL_EMULATOR_*`
    are meant; the other names are read by Google's own tools: the provider for Terraform and Pulumi, gcloud, and grpc.
    """
    base = url.rstrip("/")
    found = {
        "VIGIL_EMULATOR_URL": base,
        "GOOGLE_LOGGING_CUSTOM_ENDPOINT": f"{base}/v2/",
        "GOOGLE_MONITORING_CUSTOM_ENDPOINT": f"{base}/",
        "GOOGLE_OAUTH_ACCESS_TOKEN": "emulator",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING": f"{base}/",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING": f"{base}/",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
    }
    if state is None:
        return found
    try:
        addresses: dict[str, str] = json.loads((state / ADDRESSES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return found
    if "grpc" in addresses:
        found["VIGIL_EMULATOR_GRPC"] = addresses["grpc"]
    if "grpcTls" in addresses:
        found["VIGIL_EMULATOR_GRPC_TLS"] = addresses["grpcTls"]
        found["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = str((state / "tls" / "ca.pem").resolve())
    return found
