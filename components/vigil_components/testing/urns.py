"""URNs as the engine makes them, and the earlier ones that aliases speak of (sdk/go/common/resource/urn)."""

from collections.abc import Iterable, Iterator
from typing import Final

from vigil_components.testing.registration import AliasSpec

STACK_TYPE: Final = "pulumi:pulumi:Stack"


def make_urn(stack: str, project: str, parent: str | None, type_: str, name: str) -> str:
    """Return the URN of a resource: all ancestors' types but the stack's, joined by `$`. `parent` is a URN."""
    ancestors = parent.split("::", 3)[2] if parent else ""
    qualified = type_ if ancestors in ("", STACK_TYPE) else f"{ancestors}${type_}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def former_urns(
    urn: str, parent: str | None, aliases: Iterable[str | AliasSpec], above: Iterable[str]
) -> tuple[str, ...]:
    """Return the URNs that a resource may have had: by its own aliases, by its parent's (`above`), and by both.

    What an alias leaves open is as it is now. Under an earlier name of the parent, a child whose name begins with the
    parent's is looked for under a name that begins with the earlier one.
    """
    stack, project, qualified, name = urn.removeprefix("urn:pulumi:").split("::", 3)
    type_ = qualified.rpartition("$")[2]
    inherited = tuple(above)

    def under(alias: AliasSpec) -> Iterator[str]:
        place = (alias.stack or stack, alias.project or project)
        kind, called = alias.type or type_, alias.name or name
        if alias.no_parent or alias.parent:
            yield make_urn(*place, alias.parent, kind, called)
            return
        if alias != AliasSpec():
            yield make_urn(*place, parent, kind, called)
        for former in inherited:
            yield make_urn(*place, former, kind, _renamed(called, parent, former))

    found = [each for alias in aliases for each in ((alias,) if isinstance(alias, str) else under(alias))]
    found += under(AliasSpec())
    return tuple(dict.fromkeys(each for each in found if each != urn))


def _renamed(name: str, parent: str | None, former: str) -> str:
    now = parent.split("::", 3)[3] if parent else ""
    return former.split("::", 3)[3] + name.removeprefix(now) if now and name.startswith(now) else name
