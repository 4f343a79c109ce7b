"""A prompt left standing after Enter until the line has been sent.

Leaving it costs milliseconds: a last redraw, the terminal's modes, the end of a loop. Sending
need not wait for that, but writing on the terminal must.
"""

import signal
from asyncio import Runner, Task
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from threading import get_ident
from typing import Any, BinaryIO, Generic, TypeVar, cast

from prompt_toolkit.application import Application

from aichat.process.signals import defer_signals
from aichat.process.world import World

T = TypeVar("T")

#: Errors of a terminal that is gone; a signal reports that as well.
_GONE = (OSError, ValueError, EOFError)


class PromptEnd:
    """What must be done on a terminal before anything is written there.

    ``world`` is the one whose streams wait for it. Only the thread that made this does it.
    """

    def __init__(self, world: World) -> None:
        self._action: Callable[[], object] | None = None
        self._lead: list[str] = []
        self._write, self._thread = world.write_text, get_ident()
        late = [stream and _LateStream(stream, self.settle) for stream in world[2:4]]
        stdout, stderr = cast(list[BinaryIO | None], late)
        self.world = world._replace(stdout=stdout, stderr=stderr)

    def begin(self, action: Callable[[], object]) -> None:
        """Make ``action`` pending."""
        self._action = action

    @property
    def pending(self) -> Callable[[], object] | None:
        """``settle``, while an action is pending."""
        return self.settle if self._action else None

    def write(self, text: str) -> None:
        """Write ``text`` on stdout: now, or right after the pending action."""
        if self._action:
            self._lead.append(text)
        else:
            self._write(text)

    def settle(self) -> None:
        """Do the pending action now. Errors: as of ``write_text``."""
        if self._action is None or get_ident() != self._thread:
            return
        action, self._action = self._action, None
        lead, self._lead = "".join(self._lead), []
        with suppress(*_GONE):
            action()
        if lead:
            self._write(lead)


class _LateStream:
    """A stream before whose next byte something is done."""

    def __init__(self, stream: BinaryIO, settle: Callable[[], object]) -> None:
        self._settle, self._stream = settle, stream
        self.fileno, self.flush = stream.fileno, stream.flush

    def write(self, data: bytes) -> int:
        """As of any stream."""
        self._settle()
        return self._stream.write(data)


class HeldRun(Generic[T]):
    """Runs an application, whose end may be held back."""

    def __init__(self, app: Application[T], leaving: PromptEnd) -> None:
        self._app, self._leaving = app, leaving
        self._held: list[T] = []

    def run(self, application: Coroutine[Any, Any, T]) -> T:
        """The result of the application, or that of ``hold``: it then ends on ``leaving.settle``.

        Signals are the caller's.
        """
        with ExitStack() as stack:
            loop = stack.enter_context(Runner()).get_loop()
            task = loop.create_task(application)
            task.add_done_callback(lambda _: loop.stop())
            loop.run_forever()
            if not self._held:
                return task.result()
            signal.set_wakeup_fd(-1)  # it woke the loop
            result, rest = self._held.pop(), stack.pop_all()
            self._leaving.begin(lambda: self._end(rest, task, result))
        return result

    def hold(self, result: T) -> bool:
        """Return ``result`` now and leave later, unless something was typed meanwhile."""
        loop, keys = self._app.loop, self._app.key_processor.input_queue
        if loop is None or keys:
            return False
        self._held.append(result)
        loop.stop()
        return True

    def _end(self, rest: ExitStack, task: "Task[T]", result: T) -> None:
        """Leave: draw a last time, and restore the terminal."""
        with defer_signals():  # raised inside the loop they would only be printed
            woken = signal.set_wakeup_fd(-1)
            try:
                with rest:
                    self._app.exit(result=result)
                    task.get_loop().run_until_complete(task)
            finally:
                signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
