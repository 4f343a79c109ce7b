"""Several exchanges at once: each is read by a thread of its own, and none waits for another.

The threads read, decode, fold and journal; whoever shows the answers takes what they
tell from one queue, in the order in which it came.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event as Flag
from threading import Lock
from time import monotonic
from typing import NamedTuple

from aichat.app.exchange.exchange import Exchange
from aichat.core.exchange.event import Event
from aichat.core.http.connection import ConnectionOptions
from aichat.core.text.clock import Clock
from aichat.errors import AichatError, Fault
from aichat.process.threads import start_thread


class Batch(NamedTuple):
    """A batch of events of one exchange; ``is_last``: nothing follows it."""

    number: int
    events: list[Event]
    is_last: bool = False
    bug: BaseException | None = None  # of ours, for the main thread


class Halt:
    """What ends exchanges from outside: it cuts their connections and wakes them."""

    def __init__(self) -> None:
        self._flag, self._lock = Flag(), Lock()
        self._cuts: list[Callable[[], None]] = []
        self.connected: set[int] = set()  # those who have had a connection

    @property
    def is_stopped(self) -> bool:
        """Whether it was called."""
        return self._flag.is_set()

    def connection_options(self, number: int, options: ConnectionOptions) -> ConnectionOptions:
        """A link for the exchange called ``number``, whose connections it cuts."""
        return options._replace(on_connect=partial(self._on_connect, number))

    def clock(self, clock: Clock) -> Clock:
        """A clock whose sleepers it wakes, and who then end."""
        return clock._replace(sleep=self._sleep)

    def __call__(self) -> None:
        """End them all."""
        with self._lock:
            self._flag.set()
            cuts, self._cuts = self._cuts, []
        for cut in cuts:
            cut()

    def _on_connect(self, number: int, cut: Callable[[], None]) -> None:
        with self._lock:
            self.connected.add(number)
            if not self.is_stopped:
                self._cuts.append(cut)
                return
        cut()

    def _sleep(self, seconds: float) -> None:
        if self._flag.wait(seconds):
            raise AichatError(Fault("interrupted", "interrupted"))


class ExchangeGroup:
    """Exchanges that run; their clocks and links are made by ``halt``."""

    def __init__(self) -> None:
        self.halt = Halt()
        self._batches: deque[Batch] = deque()
        # free while there is something in it; a queue of the library's never wakes again
        # where a signal's handler outlasts its time-out, which a stop by Ctrl-Z does
        self._available = Lock()
        self._available.acquire()
        self._running: set[int] = set()

    @property
    def running(self) -> bool:
        """Whether there is one that has not had its last word."""
        return bool(self._running)

    def start(
        self, number: int, exchange: Exchange, on_events: Callable[[list[Event]], object]
    ) -> None:
        """Run an exchange, known as ``number``; ``on_events`` is called at once with its events."""
        self._running.add(number)
        start_thread(partial(self._read, number, exchange, on_events))

    def add_events(self, number: int, events: list[Event]) -> None:
        """Put in a word that the exchange called ``number`` did not say itself."""
        self._put(Batch(number, events))

    def next_batch(self, seconds: float) -> Batch | None:
        """What was told next, after ``seconds`` of silence nothing.

        One at a time: what a signal leaves behind can still be had. A bug of ours is raised.
        """
        while not self._batches:
            if not self._available.acquire(timeout=seconds):
                return None
        told = self._batches.popleft()
        if told.is_last:
            self._running.discard(told.number)
        if told.bug:
            raise told.bug
        return told

    def stop(self, seconds: float) -> list[Batch]:
        """End them all, and give what was told until then.

        Those whose connections were cut end at once, and are waited for; one that is still on
        its way to a server has nothing to tell, and is left behind.
        """
        self.halt()
        found, end = [], monotonic() + seconds
        while self._batches or self._running & self.halt.connected:
            told = self.next_batch(max(end - monotonic(), 0))
            if told is None:
                break
            found.append(told)
        return found

    def _read(
        self, number: int, exchange: Exchange, on_events: Callable[[list[Event]], object]
    ) -> None:
        bug = None
        try:
            for batch in exchange:
                if not self.halt.is_stopped:  # how it ends then is not the stream's to tell
                    on_events(batch)
                self._put(Batch(number, batch))
        except AichatError as error:
            exchange.fail(error.fault)
        except BaseException as error:  # the main thread raises it
            bug = error
        self._put(Batch(number, [], True, bug))

    def _put(self, batch: Batch) -> None:
        self._batches.append(batch)
        with suppress(RuntimeError):  # it is free already
            self._available.release()
