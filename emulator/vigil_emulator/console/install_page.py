"""What `/console/` says where the libraries that it needs are not installed."""

from vigil_emulator.rest.api import Answer

NEEDED = ("altair", "jinja2", "markdown_it", "vl_convert")
INSTALL = "pip install 'vigil-emulator[console]'"


def explained(missing: list[str]) -> Answer:
    """Return a page, made without any of them."""
    text = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Vigil: console not installed</title>"
        "<h1>The console is not installed</h1>"
        f"<p>The APIs work without it. To look at dashboards, logs and incidents here, stop the emulator, run "
        f"<code>{INSTALL}</code> and start it again.</p><p>Missing: {', '.join(missing)}.</p>"
    )
    headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": "default-src 'none'"}
    return Answer(status=501, body=text.encode(), headers=headers)
