"""Several answers without drawing: one after the other as text, or as one JSON array.

A board gets the events of every answer, by its number, and its end.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from aichat.core.exchange.answer import Answer, answer_json
from aichat.core.exchange.event import Event, Notice
from aichat.core.text.sanitize import sanitize_line
from aichat.process.world import World
from aichat.term.answer.plain import Sink, TextSink, Write, json_line, tell_notices
from aichat.term.widgets.spinner import Spinner

#: Notices about media of an answer, which say where they were saved.
MADE_KINDS = frozenset(("image", "audio", "file"))


class Board(Protocol):
    """Shows several answers; ``shows_figures``: with the usage of each."""

    shows_figures: bool

    def show(self, number: int, events: list[Event]) -> None:
        """A batch of events of one answer."""

    def close(self, number: int, answer: Answer) -> None:
        """The end of one answer, whole or not."""

    def tick(self) -> None:
        """Time has passed."""

    def interrupt(self) -> None:
        """A signal came: the terminal may have echoed it, and all answers are about to end."""

    def end(self) -> None:
        """All have ended."""


class OrderedAnswers:
    """One answer after the other, in order: the current one as it streams, others after it.

    ``open_sink`` returns the sink for an answer when it is its turn.
    """

    def __init__(self, count: int, open_sink: Callable[[int], Sink]) -> None:
        self._open_sink, self._count = open_sink, count
        self._queued: list[deque[list[Event]]] = [deque() for _ in range(count)]
        self._answers: dict[int, Answer] = {}
        self._closed = -1  # the last one whose sink was closed
        self.current = 0  # whose turn it is
        self.sink = open_sink(0)

    def show(self, number: int, events: list[Event]) -> None:
        """A batch of one answer."""
        self._queued[number].append(events)
        if number == self.current:
            self._flush()

    def close(self, number: int, answer: Answer) -> None:
        """The end of one answer; those that waited for it follow.

        It may be called again if a signal interrupted it: nothing is closed twice.
        """
        self._answers[number] = answer
        while self.current < self._count:
            self._flush()
            if self.current not in self._answers:
                return
            if self._closed < self.current:
                self._closed = self.current
                self.sink.close(self._answers[self.current])
            after = self.current + 1
            sink = self._open_sink(after) if after < self._count else self.sink
            self.sink, self.current = sink, after

    def _flush(self) -> None:
        """Show what was held back of the current answer."""
        kept = self._queued[self.current]
        while kept:
            self.sink.show(kept.popleft())


class PlainBoard:
    """Text under headings ``## PROVIDER/MODEL``; an answer without text gets none.

    ``note`` takes notices, at once; ``reason`` the reasoning, if that is to be shown.
    """

    shows_figures = False

    def __init__(
        self,
        world: World,
        names: Sequence[str],
        note: Write,
        *,
        reason: Write | None = None,
        show_spinner: bool = True,
    ) -> None:
        self._world, self._names, self._note, self._reason = world, names, note, reason
        self._spinner = Spinner(world) if show_spinner else None
        self._spinning = self._any_shown = False
        self._texts = OrderedAnswers(len(names), self._open_sink)

    def show(self, number: int, events: list[Event]) -> None:
        """Text in its turn; notices at once."""
        if any(isinstance(event, Notice) for event in events):
            self._stop_spinner()
            tell_notices([self._named(number, event) for event in events], self._note)
            events = [event for event in events if not isinstance(event, Notice)]
        self._texts.show(number, events)

    def _named(self, number: int, event: Event) -> Event:
        """A notice of what was made, with who made it."""
        if isinstance(event, Notice) and event.kind in MADE_KINDS:
            return event._replace(message=f"{self._names[number]}: {event.message}")
        return event

    def close(self, number: int, answer: Answer) -> None:
        """The end of one of them."""
        self._stop_spinner()
        self._texts.close(number, answer)

    def tick(self) -> None:
        """A sign of life, as long as nothing of the current answer is visible."""
        if self._spinner and not self._spinning and not self._heading_shown:
            self._spinning = True
            self._spinner.start()

    def interrupt(self) -> None:
        """No more sign of life."""
        self._stop_spinner()
        self._spinner = None

    def end(self) -> None:
        """All have ended."""
        self._stop_spinner()

    def _open_sink(self, number: int) -> Sink:
        self._heading_shown = False
        terminal = self._world.stdout_tty

        def write(text: str) -> None:
            self._stop_spinner()
            if not self._heading_shown:
                above = "\n" if self._any_shown else ""
                text = f"{above}## {sanitize_line(self._names[number])}\n\n{text}"
                self._heading_shown = self._any_shown = True
            self._world.write_text(text)

        def reason(text: str) -> None:
            self._stop_spinner()
            self._reason(text) if self._reason else None

        def say(line: str) -> None:
            self._stop_spinner()
            self._note(line)

        return TextSink(
            self._world, write, say, terminal=terminal, reason=reason if self._reason else None
        )

    def _stop_spinner(self) -> None:
        if self._spinner and self._spinning:
            self._spinner.stop()
            self._spinning = False


class JsonBoard:
    """One array at the end, in the order given."""

    shows_figures = True

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
        text = json_line([answer_json(self._answers[number]) for number in range(self._count)])
        self._world.write_text(self._world.printable(text))
