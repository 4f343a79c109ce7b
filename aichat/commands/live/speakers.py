"""Where what is said goes to: several places at once, and the screen."""

from aichat.app.exchange.ways.playout import Speaker
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Heard, TextDelta
from aichat.term.answer.passing import PassingSink
from aichat.term.answer.plain import Sink


class BothSpeakers:
    """A loudspeaker, and a file of all that it says."""

    is_heard = True

    def __init__(self, first: Speaker, second: Speaker) -> None:
        self._first, self._second = first, second

    def write(self, samples: bytes) -> None:
        """More of it."""
        self._first.write(samples)
        self._second.write(samples)

    def ahead(self) -> float:
        """Seconds of what was written that are not heard yet."""
        return max(self._first.ahead(), self._second.ahead())

    def stop(self) -> None:
        """Silence, now."""
        self._first.stop()
        self._second.stop()


class HeardSink(PassingSink):
    """Shows an answer as ``sink`` does, and before it, or else after it, what it answers."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._heard = ""

    def show(self, events: list[Event]) -> None:
        """What was heard is told once the answer begins."""
        for event in events:
            if isinstance(event, Heard):
                self._heard = event.text
        if any(isinstance(event, TextDelta) for event in events):
            self._tell()
        super().show(events)

    def close(self, answer: Answer) -> None:
        """As the other; what was understood late is told now."""
        super().close(answer)
        self._tell()

    def _tell(self) -> None:
        heard, self._heard = self._heard, ""
        if heard:
            self.say(f"> {heard}")
