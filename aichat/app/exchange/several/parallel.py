"""Concurrent exchanges: each thread reads, decodes, folds and journals."""

from collections.abc import Callable, Iterator

from aichat.app.calls import fan_out
from aichat.app.exchange.exchange import Exchange
from aichat.core.exchange.event import Event
from aichat.errors import AichatError

Batch = fan_out.Batch[Event]


class ExchangeGroup(fan_out.JobGroup[Event]):
    """Running exchanges; a bug in one is raised when its last batch is taken."""

    def start(
        self, number: int, exchange: Exchange, on_events: Callable[[list[Event]], object]
    ) -> None:
        """Run an exchange as ``number``; ``on_events`` is called with its events at once."""
        self.run(number, self._read(exchange, on_events))

    def next_batch(self, seconds: float) -> Batch | None:
        """The next batch; None after ``seconds`` of silence.

        Errors: a bug in the thread that sent it.
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
                if not self.halt.is_stopped:  # after that, its end is not the stream's
                    on_events(events)
                yield events
        except AichatError as error:
            exchange.fail(error.fault)
