"""A sign of life while calls run: their names, and the latest line of output."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aichat.app.tools.results import progress_note
from aichat.core.exchange.event import Event, ToolProgress
from aichat.process.world import World
from aichat.term.widgets.spinner import Spinner


class CallSign:
    """One dim line on a terminal while calls with these names run; it leaves nothing behind."""

    def __init__(self, world: World, names: Sequence[str], *, is_quiet: bool) -> None:
        self._spinner = Spinner(world, " and ".join(names)) if names and not is_quiet else None

    def heed(self, events: Sequence[Event]) -> None:
        """Note the progress of a call."""
        for event in events:
            if self._spinner and isinstance(event, ToolProgress):
                self._spinner.note = progress_note(event) or self._spinner.note

    @contextmanager
    def show(self) -> Iterator[None]:
        """A context in which the line is shown."""
        if self._spinner:
            self._spinner.start()
        try:
            yield
        finally:
            if self._spinner:
                self._spinner.stop()

    @contextmanager
    def hide(self, *, for_good: bool = False) -> Iterator[None]:
        """A context without the line, to say something else; ``for_good``: nothing is running."""
        if self._spinner:
            self._spinner.stop()
        yield
        if self._spinner and not for_good:
            self._spinner.start()
