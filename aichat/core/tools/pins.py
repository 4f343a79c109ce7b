"""What was trusted of a server: each of its tools as it was shown, and what has changed since."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aichat.values import NamedTuple

#: A tool as its server describes it, whole.
Described = Mapping[str, Any]


class PinChanges(NamedTuple):
    """The names of tools that are not as they were when they were trusted."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def unseen(self) -> frozenset[str]:
        """Those that nobody has looked at as they are now."""
        return frozenset((*self.new, *self.changed))

    @property
    def words(self) -> str:
        """What has changed, as a line says it."""
        kinds = (("new", self.new), ("changed", self.changed), ("gone", self.gone))
        return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds if names)


def pin_of(tools: Iterable[Described]) -> str:
    """What stands for all tools of a server, in whatever order it lists them."""
    from hashlib import sha256  # few servers have a pin in the config

    ordered = sorted(tools, key=lambda tool: str(tool["name"]))
    return f"sha256:{sha256(_encode(ordered).encode()).hexdigest()}"


#: What was read as JSON holds nothing that holds itself: that is not looked for.
_encode = json.JSONEncoder(sort_keys=True, check_circular=False).encode


def changes_since(before: Iterable[Described], now: Iterable[Described]) -> PinChanges:
    """How the tools of a server differ from those that were trusted."""
    old = {tool["name"]: tool for tool in before}
    found = {tool["name"]: tool for tool in now}
    return PinChanges(
        tuple(name for name in found if name not in old),
        tuple(name for name, tool in found.items() if name in old and old[name] != tool),
        tuple(name for name in old if name not in found),
    )


def change_lines(before: Described, now: Described) -> Sequence[str]:
    """What has changed of one tool: a line that went is ``-``, one that came ``+``."""
    from difflib import unified_diff  # nothing is compared as long as nothing changes

    old, new = (
        json.dumps(tool, indent=1, ensure_ascii=False, sort_keys=True).splitlines()
        for tool in (before, now)
    )
    return [*unified_diff(old, new, n=0, lineterm="")][2:]
