"""The sign of life of calls that run: which they are, and the last line that one of them said."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aichat.app.tools.results import progress_note
from aichat.core.exchange.event import Event, ToolProgress
from aichat.process.world import World
from aichat.term.widgets.spinner import Spinner


class CallSign:
    """One dim line of a terminal, while calls of these names run; nothing of it stays."""

    def __init__(self, world: World, names: Sequence[str], *, is_quiet: bool) -> None:
        self._spinner = Spinner(world, " and ".join(names)) if names and not is_quiet else None

    def heed(self, events: Sequence[Event]) -> None:
        """What a call tells of itself."""
        for event in events:
            if self._spinner and isinstance(event, ToolProgress):
                self._spinner.note = progress_note(event) or self._spinner.note

    @contextmanager
    def show(self) -> Iterator[None]:
        """It is there for as long as this lasts."""
        if self._spinner:
            self._spinner.start()
        try:
            yield
        finally:
            if self._spinner:
                self._spinner.stop()

    @contextmanager
    def hide(self, *, for_good: bool = False) -> Iterator[None]:
        """Without it, for as long as something else is said; ``for_good``: nothing runs now."""
        if self._spinner:
            self._spinner.stop()
        yield
        if self._spinner and not for_good:
            self._spinner.start()
