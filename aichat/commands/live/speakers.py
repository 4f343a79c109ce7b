"""Outputs of speech: several at once, and the screen."""

from aichat.app.exchange.live.playout import Speaker
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Heard, TextDelta
from aichat.term.answer.forwarding import ForwardingSink
from aichat.term.answer.plain import Sink


class BothSpeakers:
    """A loudspeaker together with a file of its audio."""

    is_heard = True

    def __init__(self, first: Speaker, second: Speaker) -> None:
        self._first, self._second = first, second

    def write(self, samples: bytes) -> None:
        """Add samples."""
        self._first.write(samples)
        self._second.write(samples)

    def ahead(self) -> float:
        """Seconds of written audio that are not yet played."""
        return max(self._first.ahead(), self._second.ahead())

    def stop(self) -> None:
        """Stop at once."""
        self._first.stop()
        self._second.stop()


class HeardSink(ForwardingSink):
    """Shows an answer with ``sink``, and the user's transcript before it, or after it if late."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._heard = ""

    def show(self, events: list[Event]) -> None:
        """Show events, and what was heard once the answer begins."""
        for event in events:
            if isinstance(event, Heard):
                self._heard = event.text
        if any(isinstance(event, TextDelta) for event in events):
            self._tell()
        super().show(events)

    def close(self, answer: Answer) -> None:
        """Close the sink, and show a late transcript."""
        super().close(answer)
        self._tell()

    def _tell(self) -> None:
        heard, self._heard = self._heard, ""
        if heard:
            self.say(f"> {heard}")
