"""Pins: the tools of a trusted server as they were shown, and what has changed since."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aichat.values import NamedTuple

#: A server's whole description of a tool.
Described = Mapping[str, Any]


class PinChanges(NamedTuple):
    """The names of tools that have changed since they were trusted."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def unseen(self) -> frozenset[str]:
        """The tools whose present form nobody has reviewed."""
        return frozenset((*self.new, *self.changed))

    @property
    def words(self) -> str:
        """What has changed, for a line of text."""
        kinds = (("new", self.new), ("changed", self.changed), ("gone", self.gone))
        return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds if names)


def pin_of(tools: Iterable[Described]) -> str:
    """A hash of all tools of a server, in whatever order it lists them."""
    from hashlib import sha256  # few servers have a pin in the config

    ordered = sorted(tools, key=lambda tool: str(tool["name"]))
    return f"sha256:{sha256(_encode(ordered).encode()).hexdigest()}"


#: Values that came from JSON have no cycles, so there is no need to check.
_encode = json.JSONEncoder(sort_keys=True, check_circular=False).encode


def changes_since(before: Iterable[Described], now: Iterable[Described]) -> PinChanges:
    """How a server's tools differ from those that were trusted."""
    old = {tool["name"]: tool for tool in before}
    found = {tool["name"]: tool for tool in now}
    return PinChanges(
        tuple(name for name in found if name not in old),
        tuple(name for name, tool in found.items() if name in old and old[name] != tool),
        tuple(name for name in old if name not in found),
    )


def change_lines(before: Described, now: Described) -> Sequence[str]:
    """The changes of one tool: removed lines begin with ``-``, added ones with ``+``."""
    from difflib import unified_diff  # here, since tools seldom change

    old, new = (
        json.dumps(tool, indent=1, ensure_ascii=False, sort_keys=True).splitlines()
        for tool in (before, now)
    )
    return [*unified_diff(old, new, n=0, lineterm="")][2:]
