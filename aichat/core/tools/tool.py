"""A local tool and the outcome of its calls, the same for every source."""

from collections.abc import Mapping
from typing import Any, Literal

from aichat.core.message.media import Media
from aichat.core.message.message import Text
from aichat.values import NamedTuple

#: What the pattern of a rule is matched with: a path in the root, a URL, the words of a command,
#: a text that must be equal, or else ``key=glob`` for the arguments.
SubjectKind = Literal["path", "url", "argv", "exact", "arguments"]

#: How a call ended, in the terms of ``--json``.
Status = Literal["ok", "error", "denied", "cancelled", "timeout"]

#: The most seconds that a call may take, and that one may which reports progress.
CALL_SECONDS, LONGEST_SECONDS = 60.0, 600.0


class LocalTool(NamedTuple):
    """A tool, and how rules see it; ``parameters`` is a JSON schema of an object.

    ``name`` is its name for people and rules, ``server.tool`` if it is a server's. ``origin`` says
    where it comes from, ``claim`` what its source says about it: shown, but never relied on.
    ``subject_keys`` are the arguments that make up its subject; ``seconds`` it may take.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    origin: str = "built in"
    subject: SubjectKind = "arguments"
    subject_keys: tuple[str, ...] = ()
    claim: str = ""
    is_harmless: bool = False  # runs without a rule: it reveals nothing and changes nothing
    seconds: float = CALL_SECONDS


class ToolOutcome(NamedTuple):
    """The outcome of a call; ``full_size`` is the size of its text in bytes before it was cut."""

    parts: tuple[Text | Media, ...]
    status: Status = "ok"
    full_size: int | None = None

    @property
    def text(self) -> str:
        """The text of the result."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def is_error(self) -> bool:
        """Whether the model is told that it failed."""
        return self.status != "ok"


def text_outcome(text: str, status: Status = "ok") -> ToolOutcome:
    """The outcome of a call whose result is only ``text``."""
    return ToolOutcome((Text(text),), status)
