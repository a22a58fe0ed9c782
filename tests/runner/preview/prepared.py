"""Twelve changes of a small system, prepared: what is edited for each. `python -m` rewrites their golden reports."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from vigil_runner import cost, preview, program, render
from vigil_runner.preview import Report

SHOP = Path(__file__).parent / "shop"
GOLDENS = Path(__file__).parent / "goldens"
STACK = "prod"
PROGRAM, SETTINGS = "__main__.py", f"Pulumi.{STACK}.yaml"
LINES = tuple(
    cost.Lines(name=name, per_second=rate, rate="settings", bytes=600, size="settings", entry={"severity": "INFO"})
    for name, rate in (("orders/order.received", 20.0), ("orders/order.rejected", 0.5))
)
"""What the shop writes."""


@dataclass(frozen=True)
class Edit:
    """A text in a file of the shop, and what stands there after the change."""

    file: str
    old: str
    new: str


PREPARED = {
    "threshold": (Edit(SETTINGS, 'shop:errorRatio: "0.02"', 'shop:errorRatio: "0.05"'),),
    "new-label": (
        Edit(PROGRAM, "    reason: Label[Reason]\n", "    reason: Label[Reason]\n    channel: Label[Channel]\n"),
        Edit(PROGRAM, "class OrderReceived(", 'class Channel(StrEnum):\n    WEB = "web"\n    SHOP = "shop"\n\n\nclass OrderReceived('),
    ),
    "tile-removed": (
        Edit(PROGRAM, "            charts=[", "            charts=[] and ["),
    ),
    "event-renamed": (Edit(PROGRAM, 'tag="order.rejected"', 'tag="order.refused"'),),
    "service-added": (Edit(PROGRAM, 'monitored("orders")', 'monitored("orders")\nmonitored("payments")'),),
    "secret-rotated": (
        Edit(SETTINGS, "AAABAEqTxFirstCiphertextOfTheWebhookPassword", "AAABAEqTxAnotherCiphertextOfTheWebhookPassword"),
    ),
    "retention-lowered": (Edit(SETTINGS, "shop:retentionDays: 90", "shop:retentionDays: 30"),),
    "team-moved": (Edit(SETTINGS, "shop:team: orders", "shop:team: platform"),),
    "channel-changed": (Edit(PROGRAM, "orders@example.com", "orders-oncall@example.com"),),
    "objective-tightened": (Edit(PROGRAM, 'at_least_good="99%"', 'at_least_good="99.9%"'),),
    "region-moved": (Edit(SETTINGS, "shop:location: europe-west1", "shop:location: europe-west4"),),
    "nothing": (),
}  # fmt: skip
"""The edits of each change, by its name."""


def prepared(name: str, folder: Path) -> Path:
    """Return a folder below `folder` with the shop after a change."""
    copied = folder / name
    shutil.copytree(SHOP, copied)
    for edit in PREPARED[name]:
        file = copied / edit.file
        text = file.read_text()
        assert text.count(edit.old) >= 1, f"{name}: {edit.old!r} is not in {edit.file}"
        file.write_text(text.replace(edit.old, edit.new))
    return copied


def rendered(root: Path) -> dict[str, object]:
    """Return what a folder's program declares."""
    return render.document(program.run(STACK, root=root))


def report(name: str, folder: Path, before: dict[str, object]) -> Report:
    """Return the report of a change; `before` is the shop without it."""
    after = prepared(name, folder)
    settings = preview.setting_changes(SHOP, after, STACK)
    document = rendered(after)
    compared = preview.compare(before, document, stack=STACK, base="main", settings=settings)
    traffic = cost.Traffic(lines=LINES)
    money = cost.CostChange(
        before=cost.estimate(before, traffic, stack=STACK, like=document),
        after=cost.estimate(document, traffic, stack=STACK),
    )
    return compared if compared.empty else replace(compared, money=money)


def main() -> None:
    """Rewrite the golden reports."""
    GOLDENS.mkdir(exist_ok=True)
    before = rendered(SHOP)
    with tempfile.TemporaryDirectory() as folder:
        for name in PREPARED:
            text = preview.markdown(report(name, Path(folder), before))
            (GOLDENS / f"{name}.md").write_text(text)


if __name__ == "__main__":
    main()
