"""Several exchanges at once: the threads read, decode, fold and journal."""

from collections.abc import Callable, Iterator

from aichat.app.calls import fan_out
from aichat.app.exchange.exchange import Exchange
from aichat.core.exchange.event import Event
from aichat.errors import AichatError

Batch = fan_out.Batch[Event]


class ExchangeGroup(fan_out.JobGroup[Event]):
    """Exchanges that run; a bug of ours in one of them is raised where its last batch is taken."""

    def start(
        self, number: int, exchange: Exchange, on_events: Callable[[list[Event]], object]
    ) -> None:
        """Run an exchange, known as ``number``; ``on_events`` is called at once with its events."""
        self.run(number, self._read(exchange, on_events))

    def next_batch(self, seconds: float) -> Batch | None:
        """What was told next, after ``seconds`` of silence nothing.

        Errors: a bug of the thread that told it.
        """
        batch = super().next_batch(seconds)
        if batch and batch.bug:
            raise batch.bug
        return batch

    def _read(
        self, exchange: Exchange, on_events: Callable[[list[Event]], object]
    ) -> Iterator[list[Event]]:
        try:
            for events in exchange:
                if not self.halt.is_stopped:  # how it ends then is not the stream's to tell
                    on_events(events)
                yield events
        except AichatError as error:
            exchange.fail(error.fault)
