"""How a server is spoken with, whichever way messages travel."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Protocol

from aichat.app.tools.source import CallControl, Progress
from aichat.core.text.json import text_or_none
from aichat.errors import AichatError, Fault
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.mcp.messages import Era, McpReply, ServerNote, ServerRequest
from aichat.wires.mcp.tools import visible_text

#: What we can do for a server that asks: put a question to the user.
CAPABILITIES: Mapping[str, Any] = {"elicitation": {}}

#: Characters of a server's words that are shown in a line of ours.
_MOST_TOLD = 300


class Wanted(NamedTuple):
    """A request: ``seconds`` is how long its answer may take, None: until it is cancelled.

    ``schema`` is that of the tool that is called, if one is.
    """

    method: str
    params: Mapping[str, Any]
    seconds: float | None
    schema: Mapping[str, Any] = {}
    control: CallControl | None = None


class Connected(NamedTuple):
    """What a server said when it was first spoken with."""

    era: Era
    about: Mapping[str, Any]


class Channel(Protocol):
    """A way to a server. All errors name the server: ``network``, ``timeout``, ``protocol``."""

    @property
    def is_open(self) -> bool:
        """Whether it can be spoken with."""

    def connect(self, seconds: float) -> Connected:
        """Find out which era it is of, and what it says of itself."""

    def request(self, wanted: Wanted) -> McpReply:
        """Its answer. Errors: also ``interrupted`` once nobody wants it any more."""

    def close(self) -> None:
        """End it."""


class Ears(NamedTuple):
    """Who is told what a server says unasked: what it asks is answered, or None is.

    ``note`` is told what it tells.
    """

    answer: Callable[[ServerRequest], Mapping[str, Any] | None]
    tell: Callable[[str], object]
    note: Callable[[ServerNote], object]


class McpServerError(AichatError):
    """What went wrong with a server, in one line that names it."""


def server_error(
    label: str, why: str, kind: str = "network", hint: str = "", status: int | None = None
) -> McpServerError:
    """The error of a server; ``why`` has its own words only where they are quoted."""
    return McpServerError(Fault(kind, f"{label}: {why}", hint, status=status))


def quoted(text: str) -> str:
    """Words of a server in a line of ours: one line, not too long, nothing hidden."""
    line = " ".join(visible_text(text[: 2 * _MOST_TOLD]).split())
    return line if len(line) <= _MOST_TOLD else f"{line[:_MOST_TOLD]}..."


def quoted_rows(world: World, text: str) -> list[str]:
    """Words of a server in rows of their own: each has a mark before it, and fits the terminal."""
    from aichat.core.tools.shown import marks_for, visible, wrap_words  # few servers are shown

    marks = marks_for(world.encoding)
    room = world.columns(stderr=True) - len(_NAME) - len(_GUTTER) - 1
    return [f"{_GUTTER}{row}" for row in wrap_words(visible(text.rstrip(), marks), room, marks)]


#: What stands before a line of ours, and before each row of a server's words.
_NAME, _GUTTER = "aichat: ", "  | "


class ProgressEar:
    """Passes on how far one call is: numbers that grow, and nothing else."""

    def __init__(self, id_: int, control: CallControl | None) -> None:
        self._id, self._control, self._done = id_, control, float("-inf")

    def hear(self, note: ServerNote) -> None:
        """Something that the server tells; only progress of this very call is of interest."""
        params = note.params
        if note.method != "notifications/progress" or params.get("progressToken") != self._id:
            return
        done, total = _number(params.get("progress")), _number(params.get("total"))
        if self._control is None or done is None or done <= self._done:
            return
        self._done = done
        self._control.report(
            Progress(done, total, quoted(text_or_none(params.get("message")) or ""))
        )


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and abs(value) < 1e15 and isfinite(value) else None
