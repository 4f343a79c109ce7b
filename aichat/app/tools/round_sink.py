"""Showing the rounds of a turn: each by a sink of its own, or all of them by one.

On a terminal everything is drawn in order. For a program the answer is that of the last
round: earlier text goes to stderr, and JSON is one object for all.
"""

from collections.abc import Callable

from aichat.core.cli.options import OutputOptions
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Notice, RoundStart, TextDelta
from aichat.core.message.message import ToolCall
from aichat.process.world import World
from aichat.term.answer.plain import AnswerStart, Sink


class RoundSink:
    """A sink for all rounds; ``goes_on`` tells whether another follows an answer.

    ``open_sink`` opens one for an answer; ``sum_up`` combines all answers into one.
    """

    def __init__(
        self,
        world: World,
        output: OutputOptions,
        open_sink: Callable[[], Sink],
        goes_on: Callable[[Answer], bool],
        sum_up: Callable[[Answer], Answer],
    ) -> None:
        self._open_sink, self._goes_on, self._sum_up = open_sink, goes_on, sum_up
        self._is_document = output.json or output.events
        to_program = not world.stdout_tty or output.output or output.extract or output.extract_lang
        self._is_held = bool(to_program) and not self._is_document
        self._sink = open_sink()
        self._round, self._is_between, self._is_closed = 0, True, False
        self._kept: list[list[Event]] = []

    @property
    def is_live(self) -> bool:
        """Whether it shows signs of life by itself, once the request is sent."""
        return self._sink.is_live

    def begin(self, start: AnswerStart) -> None:
        """A model is about to be asked; a document begins only once."""
        if self._is_closed:
            self._sink, self._is_closed = self._open_sink(), False
        is_new = self._is_between
        if not (self._is_document and is_new and self._round):
            self._sink.begin(start)
        if is_new:
            self._round, self._is_between = self._round + 1, False
            self._sink.show([RoundStart(self._round)])

    def on_sent(self) -> None:
        """The request was sent."""
        self._sink.on_sent()

    def show(self, events: list[Event]) -> None:
        """Show a batch of events; text waits if its round may go on."""
        if self._is_held:
            self._kept.append([event for event in events if not isinstance(event, Notice)])
            events = [event for event in events if isinstance(event, Notice)]
        if events:
            self._sink.show(events)

    def say(self, line: str) -> None:
        """A line of ours, outside the answer."""
        self._sink.say(line)

    def close(self, answer: Answer) -> None:
        """End a round, and with the last one everything."""
        kept, self._kept, self._is_between = self._kept, [], True
        if not self._goes_on(answer):
            for batch in filter(None, kept):
                self._sink.show(batch)
            self._close(self._sum_up(answer))
        elif self._is_held:
            said = "".join(e.text for batch in kept for e in batch if isinstance(e, TextDelta))
            for line in filter(str.strip, said.splitlines()):
                self._sink.say(line)
        elif not self._is_document:
            parts = tuple(p for p in answer.message.parts if not isinstance(p, ToolCall))
            self._close(answer._replace(message=answer.message._replace(parts=parts)))

    def finish(self, answer: Answer) -> None:
        """End everything between two rounds."""
        if self._is_document and not self._is_closed:
            self._close(answer)

    def _close(self, answer: Answer) -> None:
        self._is_closed = True
        self._sink.close(answer)
