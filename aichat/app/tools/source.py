"""Sources of tools: built in, the config's programs, a Python file, a server.

A source lists its tools, and runs one call at a time in a thread other than the main one;
calls of different sources run in parallel.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from aichat.core.tools.rules import Subject
from aichat.core.tools.tool import LocalTool, ToolOutcome
from aichat.values import NamedTuple


class Progress(NamedTuple):
    """The progress of a call: how much of ``total``, if known, and in words."""

    done: float
    total: float | None = None
    message: str = ""


#: An action of a call at the terminal.
Errand = Callable[[], Any]


class CallControl:
    """Controls a running call: takes its progress, and tells it to stop.

    ``at_terminal`` runs an action in the thread that owns the terminal and returns the
    result; None if there is no such thread, or the call has ended.
    """

    def __init__(
        self,
        report: Callable[[Progress], object] = lambda _: None,
        at_terminal: Callable[[Errand], Any] = lambda _: None,
    ) -> None:
        self.report, self.at_terminal = report, at_terminal
        self._lock = threading.Lock()
        self._stops: list[Callable[[], object]] = []
        self._cancelled = False

    def on_cancel(self, stop: Callable[[], object]) -> None:
        """Let ``stop``, which must not block, be called from another thread to end the call."""
        with self._lock:
            if not self._cancelled:
                self._stops.append(stop)
                return
        stop()

    def cancel(self) -> None:
        """End the call, without waiting for it."""
        with self._lock:
            stops, self._stops, self._cancelled = self._stops, [], True
        for stop in stops:
            with suppress(OSError):  # what has just ended by itself cannot be ended
                stop()


class ToolSource(Protocol):
    """A source of tools."""

    @property
    def name(self) -> str:
        """Its name for people."""

    @property
    def guidance(self) -> str:
        """Guidance for a model on its tools as a whole."""

    @property
    def is_parallel(self) -> bool:
        """Whether two of its calls may run at the same time."""

    def tools(self) -> tuple[LocalTool, ...]:
        """Its current tools. Errors: ``config``, ``usage`` or ``network``, naming it."""

    def refresh(self) -> bool:
        """Between two questions: whether its tools have changed."""

    def subject(self, tool: LocalTool, arguments: Mapping[str, Any]) -> Subject:
        """What a call is about, as rules see it; nothing is done yet."""

    def call(
        self, tool: LocalTool, arguments: Mapping[str, Any], control: CallControl
    ) -> ToolOutcome:
        """Run one call to its end; an error is an outcome with a status.

        ``control`` takes progress, and calls back if the call must end early.
        """

    def close(self) -> None:
        """Stop everything that it has started."""
