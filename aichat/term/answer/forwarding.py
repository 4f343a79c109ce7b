"""A sink that forwards everything to another one: the base of those that only listen."""

from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event
from aichat.term.answer.plain import AnswerStart, Sink


class ForwardingSink:
    """Forwards everything to ``sink``."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    @property
    def is_live(self) -> bool:
        """Whether the other sink shows signs of life by itself."""
        return self._sink.is_live

    def begin(self, start: AnswerStart) -> None:
        """A model is about to be asked."""
        self._sink.begin(start)

    def on_sent(self) -> None:
        """The request is on its way."""
        self._sink.on_sent()

    def show(self, events: list[Event]) -> None:
        """Show one batch of events."""
        self._sink.show(events)

    def say(self, line: str) -> None:
        """A line of ours, outside the answer."""
        self._sink.say(line)

    def close(self, answer: Answer) -> None:
        """The end of the answer, complete or not."""
        self._sink.close(answer)
