"""``vigil version``: what is installed."""

import typer

OURS = ("vigil", "vigil-telemetry", "vigil-apimodel", "vigil-components", "vigil-emulator")


def version() -> None:
    """Print the versions of Vigil's distributions and of what they build on."""
    import platform  # noqa: PLC0415 - this command's own
    from importlib.metadata import version as installed  # noqa: PLC0415 - this command's own

    for name in (*OURS, "pulumi", "pulumi-gcp"):
        typer.echo(f"{name} {installed(name)}")
    typer.echo(f"python {platform.python_version()}")
