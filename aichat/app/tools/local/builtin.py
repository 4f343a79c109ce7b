"""The built-in tools' source, and what each tool consists of.

A tool is a definition and two functions: what a call is about, and the call itself. An
``AichatError`` raised by them is told to the model.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aichat.app.tools.local.sandbox import SandboxRule
from aichat.app.tools.source import CallControl
from aichat.core.text.clock import Clock
from aichat.core.tools.rules import Subject
from aichat.core.tools.tool import LocalTool, ToolOutcome
from aichat.disk.files.rooted import RootedFolder
from aichat.process.programs.background import end_programs
from aichat.values import NamedTuple


class ToolPlace(NamedTuple):
    """Where tools work: their root, and this machine's environment, clock and sandbox."""

    root: RootedFolder
    environ: Mapping[str, str]
    clock: Clock
    local_pages: bool = False  # pages on this machine's network may be fetched
    sandbox: SandboxRule = SandboxRule()


class Builtin(NamedTuple):
    """A tool and its functions."""

    tool: LocalTool
    subject: Callable[[ToolPlace, Mapping[str, Any]], Subject]
    run: Callable[[ToolPlace, Mapping[str, Any], CallControl], ToolOutcome]


def parameters(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    """A JSON schema of an object; each property is given by its type or its schema."""

    def schema(given: Any) -> Any:
        return {"type": given} if isinstance(given, str) else given

    every = {**required, **optional}
    return {
        "type": "object",
        "properties": {name: schema(given) for name, given in every.items()},
        "required": list(required),
        "additionalProperties": False,
    }


class BuiltinSource:
    """The source of the built-in tools."""

    name, guidance = "built in", ""
    is_parallel = True

    def __init__(self, place: ToolPlace, builtins: Mapping[str, Builtin]) -> None:
        self._place, self._builtins = place, builtins

    def tools(self) -> tuple[LocalTool, ...]:
        """All of them."""
        return tuple(each.tool for each in self._builtins.values())

    def refresh(self) -> bool:
        """They never change."""
        return False

    def subject(self, tool: LocalTool, arguments: Mapping[str, Any]) -> Subject:
        """What a call is about."""
        return self._builtins[tool.name].subject(self._place, arguments)

    def call(
        self, tool: LocalTool, arguments: Mapping[str, Any], control: CallControl
    ) -> ToolOutcome:
        """Run it."""
        return self._builtins[tool.name].run(self._place, arguments, control)

    def close(self) -> None:
        """Stop the programs still running."""
        end_programs()
