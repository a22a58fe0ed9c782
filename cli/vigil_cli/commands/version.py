"""``vigil version``: what is installed."""

import typer

OURS = (
    "vigil-gcp",
    "vigil-telemetry",
    "vigil-apimodel",
    "vigil-components",
    "vigil-emulator",
    "vigil-runner",
    "vigil-proofs",
    "vigil-verify",
)


def version() -> None:
    """Print the versions of Vigil's distributions and of what they build on."""
    import platform
    from importlib.metadata import version as installed

    for name in (*OURS, "pulumi", "pulumi-gcp"):
        typer.echo(f"{name} {installed(name)}")
    typer.echo(f"python {platform.python_version()}")
