"""What is built in: the table of its tools, and the source that they are.

A tool is a value and two functions: what a call is about, and the call itself. What they raise
as ``AichatError`` is told to the model.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aichat.app.tools.local.sandbox import SandboxRule
from aichat.app.tools.source import CallControl
from aichat.core.text.clock import Clock
from aichat.core.tools.rules import Subject
from aichat.core.tools.tool import LocalTool, ToolOutcome
from aichat.disk.files.rooted import RootedFolder
from aichat.process.programs import end_programs
from aichat.values import NamedTuple


class ToolPlace(NamedTuple):
    """Where tools work: their root, this machine's environment, clock and sandbox."""

    root: RootedFolder
    environ: Mapping[str, str]
    clock: Clock
    local_pages: bool = False  # pages of this machine's network may be fetched
    sandbox: SandboxRule = SandboxRule()


class Builtin(NamedTuple):
    """One tool and how it is done."""

    tool: LocalTool
    subject: Callable[[ToolPlace, Mapping[str, Any]], Subject]
    run: Callable[[ToolPlace, Mapping[str, Any], CallControl], ToolOutcome]


def parameters(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    """A JSON schema of an object; each property by its type, or as a schema of its own."""

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
    """The source of all that is built in."""

    name, guidance = "built in", ""
    is_parallel = True

    def __init__(self, place: ToolPlace, builtins: Mapping[str, Builtin]) -> None:
        self._place, self._builtins = place, builtins

    def tools(self) -> tuple[LocalTool, ...]:
        """All of them."""
        return tuple(each.tool for each in self._builtins.values())

    def refresh(self) -> bool:
        """They stay what they are."""
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
        """End the programs that run still."""
        end_programs()
