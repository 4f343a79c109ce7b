"""Talking to a server, over whichever transport."""

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

#: Our capability as a client: asking the user a question.
CAPABILITIES: Mapping[str, Any] = {"elicitation": {}}

#: The most characters of a server's text shown in a line of ours.
_MOST_TOLD = 300


class Wanted(NamedTuple):
    """A request; ``seconds`` limits the wait for its response; None: until cancelled.

    ``schema`` is that of the called tool, if any.
    """

    method: str
    params: Mapping[str, Any]
    seconds: float | None
    schema: Mapping[str, Any] = {}
    control: CallControl | None = None


class Connected(NamedTuple):
    """What a server said when it was first contacted."""

    era: Era
    about: Mapping[str, Any]


class Channel(Protocol):
    """A connection to a server. Errors name the server: ``network``, ``timeout``, ``protocol``."""

    @property
    def is_open(self) -> bool:
        """Whether the server can be reached."""

    def connect(self, seconds: float) -> Connected:
        """Find out the server's era, and what it says about itself."""

    def request(self, wanted: Wanted) -> McpReply:
        """The response. Errors: also ``interrupted`` once it is no longer wanted."""

    def close(self) -> None:
        """Close the connection."""


class Ears(NamedTuple):
    """Handlers of unsolicited messages: one returns the answer to a request, or None.

    ``note`` takes notifications.
    """

    answer: Callable[[ServerRequest], Mapping[str, Any] | None]
    tell: Callable[[str], object]
    note: Callable[[ServerNote], object]


class McpServerError(AichatError):
    """An error of a server, in one line that names it."""


def server_error(
    label: str, why: str, kind: str = "network", hint: str = "", status: int | None = None
) -> McpServerError:
    """The error of a server; ``why`` may contain the server's own words only as a quotation."""
    return McpServerError(Fault(kind, f"{label}: {why}", hint, status=status))


def quoted(text: str) -> str:
    """A server's words for a line of ours: one line, short, nothing hidden."""
    line = " ".join(visible_text(text[: 2 * _MOST_TOLD]).split())
    return line if len(line) <= _MOST_TOLD else f"{line[:_MOST_TOLD]}..."


def quoted_rows(world: World, text: str) -> list[str]:
    """A server's words in rows of their own, each marked and within the terminal."""
    from aichat.core.tools.preview import marks_for, visible, wrap_words  # few servers are shown

    marks = marks_for(world.encoding)
    room = world.columns(stderr=True) - len(_NAME) - len(_GUTTER) - 1
    return [f"{_GUTTER}{row}" for row in wrap_words(visible(text.rstrip(), marks), room, marks)]


#: Precede a line of ours, and each row of a server's words.
_NAME, _GUTTER = "aichat: ", "  | "


class ProgressEar:
    """Passes on the progress of one call, if it increases."""

    def __init__(self, id_: int, control: CallControl | None) -> None:
        self._id, self._control, self._done = id_, control, float("-inf")

    def hear(self, note: ServerNote) -> None:
        """Take a notification; only progress of this call matters."""
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
