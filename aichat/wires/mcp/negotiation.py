"""Finding out a server's era from its answers: pure, for both transports.

It is asked in the modern way and, if it does not understand or is silent, in the legacy way
too; the first meaningful answer decides.
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

#: How often a server is asked the same question at most.
_MOST_ASKED = 2


class Step(NamedTuple):
    """The next step: a question to ``ask``, an era, a ``fault``, or more waiting."""

    ask: Literal["discover", "initialize", ""] = ""
    era: Era | None = None
    about: Mapping[str, Any] = {}
    fault: str = ""


class Negotiation:
    """The negotiation so far; the caller begins it by asking ``discover``.

    ``legacy_capabilities`` are declared to a legacy server.
    """

    def __init__(
        self, capabilities: Mapping[str, Any], legacy_capabilities: Mapping[str, Any]
    ) -> None:
        self._modern = Era(MODERN, True, capabilities)
        self._legacy = Era(LEGACY[0], False, legacy_capabilities)
        self._asked = {"discover": 1, "initialize": 0}
        self._refusals = {"discover": "", "initialize": ""}

    def hear_silence(self) -> Step:
        """After a while without an answer: a legacy server may not know the question."""
        return self._ask("initialize") if not self._asked["initialize"] else Step()

    def hear_discovery(self, reply: McpReply) -> Step:
        """After an answer to ``discover``: without a list of versions the server is legacy."""
        versions = None if reply.error else discovered_versions(reply.result)
        if versions is not None and MODERN in versions:
            return Step(era=self._modern, about=reply.result)
        if reply.error and reply.error.code in MODERN_ERRORS - {VERSION_ERROR}:
            return Step(fault=reply.error.message)  # it understood the question
        if reply.error and MODERN in reply.error.supported:
            return self._ask("discover")  # it supports our version
        said = reply.error.message if reply.error else "it speaks none of our versions"
        self._refusals["discover"] = said
        return self._ask("initialize") if not self._asked["initialize"] else self._end()

    def hear_beginning(self, reply: McpReply) -> Step:
        """After an answer to ``initialize``."""
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
        """Fail, once both questions were refused."""
        refused = all(self._refusals.values())
        return Step(fault=self._refusals["initialize"]) if refused else Step()
