"""A tool that runs here, and what a call of it leaves: the same for every source."""

from collections.abc import Mapping
from typing import Any, Literal

from aichat.core.message.media import Media
from aichat.core.message.message import Text
from aichat.values import NamedTuple

#: What the pattern of a rule is matched to: a path in the root, a URL, the words of a command,
#: a text that must be the whole of it, or else ``key=glob`` of the arguments.
SubjectKind = Literal["path", "url", "argv", "exact", "arguments"]

#: How a call ended, in the words of ``--json``.
Status = Literal["ok", "error", "denied", "cancelled", "timeout"]

#: Seconds that a call may take, and that one may which tells how far it is.
CALL_SECONDS, LONGEST_SECONDS = 60.0, 600.0


class LocalTool(NamedTuple):
    """A tool and how rules see it; ``parameters`` is a JSON schema of an object.

    ``name`` is what people and rules call it, ``server.tool`` where a server has it. ``origin``
    says where it comes from, ``claim`` what that says of it: shown, and never decided by.
    ``subject_keys`` are the arguments that its subject is made of; ``seconds`` it may take.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    origin: str = "built in"
    subject: SubjectKind = "arguments"
    subject_keys: tuple[str, ...] = ()
    claim: str = ""
    is_harmless: bool = False  # nothing need allow it: only what tells nothing and changes nothing
    seconds: float = CALL_SECONDS


class ToolOutcome(NamedTuple):
    """What a call left; ``full_size`` are the bytes of its text before it was cut."""

    parts: tuple[Text | Media, ...]
    status: Status = "ok"
    full_size: int | None = None

    @property
    def text(self) -> str:
        """What it says."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def is_error(self) -> bool:
        """Whether the model is told that it went wrong."""
        return self.status != "ok"


def text_outcome(text: str, status: Status = "ok") -> ToolOutcome:
    """What a call left that says only ``text``."""
    return ToolOutcome((Text(text),), status)
