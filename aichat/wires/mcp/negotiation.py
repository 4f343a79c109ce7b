"""Which era a server is of, from what it answers: pure, for both ways that messages travel.

It is asked in the words of today's era and, if it does not know them or says nothing, in those
of the era before as well; the first answer that is one decides.
"""

from collections.abc import Mapping
from typing import Any, Literal

from aichat.core.text.json import text_or_none
from aichat.values import NamedTuple
from aichat.wires.mcp.messages import (
    LEGACY,
    MODERN,
    MODERN_ERRORS,
    VERSION_ERROR,
    Era,
    McpReply,
    discovered_versions,
)

#: Questions of one kind that a server gets at most.
_MOST_ASKED = 2


class Step(NamedTuple):
    """What comes next: a question to ``ask``, an era, a ``fault``, or more waiting."""

    ask: Literal["discover", "initialize", ""] = ""
    era: Era | None = None
    about: Mapping[str, Any] = {}
    fault: str = ""


class Negotiation:
    """The questions so far, and what was said; ``discover`` is asked by whoever begins it.

    ``legacy_capabilities`` are declared to a server of the era before.
    """

    def __init__(
        self, capabilities: Mapping[str, Any], legacy_capabilities: Mapping[str, Any]
    ) -> None:
        self._modern = Era(MODERN, True, capabilities)
        self._legacy = Era(LEGACY[0], False, legacy_capabilities)
        self._asked = {"discover": 1, "initialize": 0}
        self._refusals = {"discover": "", "initialize": ""}

    def hear_silence(self) -> Step:
        """Nothing was said for a while: a server of the era before may not know the question."""
        return self._ask("initialize") if not self._asked["initialize"] else Step()

    def hear_discovery(self, reply: McpReply) -> Step:
        """An answer to ``discover``: anything but a list of versions is of the era before."""
        versions = None if reply.error else discovered_versions(reply.result)
        if versions is not None and MODERN in versions:
            return Step(era=self._modern, about=reply.result)
        if reply.error and reply.error.code in MODERN_ERRORS - {VERSION_ERROR}:
            return Step(fault=reply.error.message)  # it knows what it was asked
        if reply.error and MODERN in reply.error.supported:
            return self._ask("discover")  # it does speak our version
        said = reply.error.message if reply.error else "it speaks none of our versions"
        self._refusals["discover"] = said
        return self._ask("initialize") if not self._asked["initialize"] else self._end()

    def hear_beginning(self, reply: McpReply) -> Step:
        """An answer to ``initialize``."""
        if reply.error is None:
            version = text_or_none(reply.result.get("protocolVersion")) or "none"
            if version in LEGACY:
                return Step(era=self._legacy._replace(version=version), about=reply.result)
            self._refusals["initialize"] = f"it speaks version {version}"
        else:
            self._refusals["initialize"] = reply.error.message
            if reply.error.code == VERSION_ERROR and self._refusals["discover"]:
                self._refusals["discover"] = ""
                return self._ask("discover")
        return self._end()

    def _ask(self, question: Literal["discover", "initialize"]) -> Step:
        if self._asked[question] >= _MOST_ASKED:
            return Step(fault=self._refusals[question] or "it speaks none of our versions")
        self._asked[question] += 1
        return Step(ask=question)

    def _end(self) -> Step:
        """It is over once both questions were refused."""
        refused = all(self._refusals.values())
        return Step(fault=self._refusals["initialize"]) if refused else Step()
