"""`vigil cost`: what a stack costs in a month, before it is deployed."""

from typing import Annotated

import typer

from vigil_cli.commands.options import Config, Json, Measured, overrides
from vigil_cli.commands.outcome import ending

Stack = Annotated[
    str | None, typer.Option("--stack", "-s", help="The stack: the NAME in Pulumi.NAME.yaml.", show_default=False)
]
All = Annotated[bool, typer.Option("--all", help="Show every item, not only the largest of each part.")]
Prices = Annotated[bool, typer.Option("--prices", help="Print the table of prices instead: date, links, free amounts.")]


def cost(
    *,
    stack: Stack = None,
    files: Measured = None,
    every: All = False,
    prices: Prices = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Estimate the monthly cost of a stack: log volume, retention, metrics, alerts, uptime checks, services.

    Each figure is a rate times a size times a price, and names the source of each. What nobody knows before a
    deployment is a range: the values that an event declares limit the number of series of its metric. Rates come from
    `[tool.vigil.cost]` in pyproject.toml, or from measured traffic. It needs no account and no network.

    Exit code 1 where the upper bound is above the budget of the settings, 2 where there is no estimate.

    **Examples**

    `vigil cost -s prod` - each part with its largest items, what is not counted, and advice

    `vigil cost -s prod --from hour.jsonl` - with lines that `vigil entries export` or `gcloud logging read` recorded

    `vigil cost -s prod --json | jq .dollars` - for other tools

    `vigil cost --prices` - the table of prices, with its date and links
    """
    settings = overrides(config)
    with ending(json=json):
        from vigil_cli.console import output, write_document
        from vigil_cli.errors import CommandError

        if prices:
            _show_prices(json=json)
            return
        if stack is None:
            raise CommandError("No stack is named.", remedy="Name one with -s STACK.")
        import msgspec

        from vigil_cli.costs import cost_of
        from vigil_runner.cost import lines

        found = cost_of(stack, config=settings, files=files or ())
        if json:
            write_document(msgspec.json.format(msgspec.json.encode(found.document()), indent=1).decode())
        else:
            for line in lines(found, every=every):
                output().print(line, markup=False, soft_wrap=True)
    if found.over:
        raise typer.Exit(1)


def _show_prices(*, json: bool) -> None:
    import msgspec

    from vigil_cli.console import output, write_document
    from vigil_runner.cost import PRICES, READ, price_document, table

    if json:
        document = {"read": READ, "table": [price_document(one) for one in PRICES.values()]}
        write_document(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())
        return
    output().print(f"List prices in US dollars, without taxes, read on {READ}", markup=False)
    for title, price, free, regions, link in table():
        output().print(f"\n{title}\n  {price}; free: {free}; {regions}\n  {link}", markup=False, soft_wrap=True)
