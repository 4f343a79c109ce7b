"""Where tools come from: built in, the config's programs, a Python file, a server.

A source lists its tools and runs one call at a time in a thread that is not the main one;
calls of different sources run beside each other.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from aichat.core.tools.rules import Subject
from aichat.core.tools.tool import LocalTool, ToolOutcome
from aichat.values import NamedTuple


class Progress(NamedTuple):
    """How far a call is: so much of ``total``, where that is known, and in words."""

    done: float
    total: float | None = None
    message: str = ""


#: What a call has done at the terminal.
Errand = Callable[[], Any]


class CallControl:
    """What a running call is steered by: it tells how far it is, and is told to stop.

    ``at_terminal`` has something done by the thread that the terminal is free for, and gives
    what came of it; None where there is no such thread, or the call has ended.
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
        """Have ``stop`` called, from another thread, when the call is to end; it must not wait."""
        with self._lock:
            if not self._cancelled:
                self._stops.append(stop)
                return
        stop()

    def cancel(self) -> None:
        """End the call: whoever runs it is told, and not waited for."""
        with self._lock:
            stops, self._stops, self._cancelled = self._stops, [], True
        for stop in stops:
            with suppress(OSError):  # what ended by itself in this moment cannot be ended
                stop()


class ToolSource(Protocol):
    """A source of tools."""

    @property
    def name(self) -> str:
        """What people know it by."""

    @property
    def guidance(self) -> str:
        """What a model is told of its tools besides each of them."""

    @property
    def is_parallel(self) -> bool:
        """Whether two of its calls may run at the same time."""

    def tools(self) -> tuple[LocalTool, ...]:
        """What it has, as it is now. Errors: ``config``, ``usage`` or ``network``, naming it."""

    def refresh(self) -> bool:
        """Look, between two questions, whether it has other tools by now."""

    def subject(self, tool: LocalTool, arguments: Mapping[str, Any]) -> Subject:
        """What a call is about, as rules see it; nothing is done yet."""

    def call(
        self, tool: LocalTool, arguments: Mapping[str, Any], control: CallControl
    ) -> ToolOutcome:
        """Run one call and wait for it; what goes wrong is an outcome with a status.

        ``control`` is told of progress, and calls back where the call is to end early.
        """

    def close(self) -> None:
        """End what it has started; nothing of it is left running."""
