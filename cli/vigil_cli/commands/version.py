"""`vigil version`: what is installed."""

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
    """Print the versions of Vigil's distributions and of what they build on.

    Installed from a Git URL, `vigil-gcp` is all of them in one piece.
    """
    import platform
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    for name in (*OURS, "pulumi", "pulumi-gcp"):
        try:
            typer.echo(f"{name} {installed(name)}")
        except PackageNotFoundError:
            typer.echo(f"{name} {installed('vigil-gcp')} (a part of vigil-gcp)")
    typer.echo(f"python {platform.python_version()}")
