"""Several answers where nothing is drawn: one after the other as text, or as one JSON array.

A board is told what every answer tells, by its number, and when it has ended.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from aichat.core.exchange.answer import Answer, as_json
from aichat.core.exchange.event import Event, Notice
from aichat.core.text.sanitize import one_line
from aichat.process.world import World
from aichat.term.answer.plain import Sink, TextSink, Write, tell_notices, to_line
from aichat.term.widgets.spinner import Spinner


class Board(Protocol):
    """Shows several answers; ``figures``: it says what each of them took."""

    figures: bool

    def show(self, number: int, events: list[Event]) -> None:
        """A batch of events of one answer."""

    def close(self, number: int, answer: Answer) -> None:
        """The end of one answer, whole or not."""

    def tick(self) -> None:
        """Time has passed."""

    def interrupt(self) -> None:
        """A signal came: the terminal may have echoed it, and the ends of all follow."""

    def end(self) -> None:
        """All have ended."""


class InOrder:
    """One answer after the other in the order given: the first as it comes, others when it ended.

    ``opened`` gives the sink of an answer whose turn it is.
    """

    def __init__(self, count: int, opened: Callable[[int], Sink]) -> None:
        self._opened, self._count = opened, count
        self._kept: list[deque[list[Event]]] = [deque() for _ in range(count)]
        self._ended: dict[int, Answer] = {}
        self._closed = -1  # the last one whose sink was closed
        self.place = 0  # whose turn it is
        self.sink = opened(0)

    def show(self, number: int, events: list[Event]) -> None:
        """A batch of one answer."""
        self._kept[number].append(events)
        if number == self.place:
            self._flush()

    def close(self, number: int, answer: Answer) -> None:
        """The end of one answer; those that waited for it follow.

        It may be called again after a signal came in between: nothing is closed twice then.
        """
        self._ended[number] = answer
        while self.place < self._count:
            self._flush()
            if self.place not in self._ended:
                return
            if self._closed < self.place:
                self._closed = self.place
                self.sink.close(self._ended[self.place])
            after = self.place + 1
            sink = self._opened(after) if after < self._count else self.sink
            self.sink, self.place = sink, after

    def _flush(self) -> None:
        """Show what was kept of the one whose turn it is."""
        kept = self._kept[self.place]
        while kept:
            self.sink.show(kept.popleft())


class PlainBoard:
    """Text under headings ``## PROVIDER/MODEL``, an answer without text has none.

    ``note`` takes notices, at once; ``reason`` the reasoning, where it is to be shown.
    """

    figures = False

    def __init__(
        self,
        world: World,
        names: Sequence[str],
        note: Write,
        *,
        reason: Write | None = None,
        turns: bool = True,
    ) -> None:
        self._world, self._names, self._note, self._reason = world, names, note, reason
        self._spinner = Spinner(world) if turns else None
        self._turning = self._began = False
        self._texts = InOrder(len(names), self._opened)

    def show(self, number: int, events: list[Event]) -> None:
        """Text in its turn; notices at once."""
        if any(isinstance(event, Notice) for event in events):
            self._still()
            tell_notices(events, self._note)
            events = [event for event in events if not isinstance(event, Notice)]
        self._texts.show(number, events)

    def close(self, number: int, answer: Answer) -> None:
        """The end of one of them."""
        self._still()
        self._texts.close(number, answer)

    def tick(self) -> None:
        """A sign of life, as long as nothing is to be seen of the answer whose turn it is."""
        if self._spinner and not self._turning and not self._begun:
            self._turning = True
            self._spinner.start()

    def interrupt(self) -> None:
        """No more sign of life."""
        self._still()
        self._spinner = None

    def end(self) -> None:
        """All have ended."""
        self._still()

    def _opened(self, number: int) -> Sink:
        self._begun = False
        terminal = self._world.stdout_tty

        def write(text: str) -> None:
            self._still()
            if not self._begun:
                above = "\n" if self._began else ""
                text = f"{above}## {one_line(self._names[number])}\n\n{text}"
                self._begun = self._began = True
            self._world.text(text)

        def reason(text: str) -> None:
            self._still()
            self._reason(text) if self._reason else None

        def say(line: str) -> None:
            self._still()
            self._world.say(line)

        return TextSink(write, say, terminal=terminal, reason=reason if self._reason else None)

    def _still(self) -> None:
        if self._spinner and self._turning:
            self._spinner.stop()
            self._turning = False


class JsonBoard:
    """One array at the end, in the order given."""

    figures = True

    def __init__(self, world: World, count: int, note: Write) -> None:
        self._world, self._count, self._note = world, count, note
        self._answers: dict[int, Answer] = {}

    def show(self, _number: int, events: list[Event]) -> None:
        """Only notices yet."""
        tell_notices(events, self._note)

    def close(self, number: int, answer: Answer) -> None:
        """Keep it."""
        self._answers[number] = answer

    def tick(self) -> None:
        """Nothing is shown yet."""

    def interrupt(self) -> None:
        """Nothing was shown."""

    def end(self) -> None:
        """The array."""
        text = to_line([as_json(self._answers[number]) for number in range(self._count)])
        self._world.text(self._world.shown(text))
