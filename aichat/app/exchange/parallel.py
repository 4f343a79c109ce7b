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
    """A batch of events of one exchange; ``over``: it was its last word."""

    number: int
    events: list[Event]
    over: bool = False
    bug: BaseException | None = None  # of ours, for the main thread


class Halt:
    """What ends exchanges from outside: it cuts their connections and wakes them."""

    def __init__(self) -> None:
        self._flag, self._lock = Flag(), Lock()
        self._cuts: list[Callable[[], None]] = []
        self.linked: set[int] = set()  # those who have had a connection

    @property
    def stopped(self) -> bool:
        """Whether it was called."""
        return self._flag.is_set()

    def link(self, number: int, link: ConnectionOptions) -> ConnectionOptions:
        """A link for the exchange called ``number``, whose connections it cuts."""
        return link._replace(on_connect=partial(self._made, number))

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

    def _made(self, number: int, cut: Callable[[], None]) -> None:
        with self._lock:
            self.linked.add(number)
            if not self.stopped:
                self._cuts.append(cut)
                return
        cut()

    def _sleep(self, seconds: float) -> None:
        if self._flag.wait(seconds):
            raise AichatError(Fault("interrupted", "interrupted"))


class Group:
    """Exchanges that run; their clocks and links are made by ``halt``."""

    def __init__(self) -> None:
        self.halt = Halt()
        self._told: deque[Batch] = deque()
        # free while there is something in it; a queue of the library's never wakes again
        # where a signal's handler outlasts its time-out, which a stop by Ctrl-Z does
        self._some = Lock()
        self._some.acquire()
        self._running: set[int] = set()

    @property
    def running(self) -> bool:
        """Whether there is one that has not had its last word."""
        return bool(self._running)

    def start(self, number: int, exchange: Exchange, hear: Callable[[list[Event]], object]) -> None:
        """Have an exchange run, which tells as ``number``; ``hear`` is told at once."""
        self._running.add(number)
        start_thread(partial(self._read, number, exchange, hear))

    def tell(self, number: int, events: list[Event]) -> None:
        """Put in a word that the exchange called ``number`` did not say itself."""
        self._put(Batch(number, events))

    def next(self, seconds: float) -> Batch | None:
        """What was told next, after ``seconds`` of silence nothing.

        One at a time: what a signal leaves behind can still be had. A bug of ours is raised.
        """
        while not self._told:
            if not self._some.acquire(timeout=seconds):
                return None
        told = self._told.popleft()
        if told.over:
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
        while self._told or self._running & self.halt.linked:
            told = self.next(max(end - monotonic(), 0))
            if told is None:
                break
            found.append(told)
        return found

    def _read(self, number: int, exchange: Exchange, hear: Callable[[list[Event]], object]) -> None:
        bug = None
        try:
            for batch in exchange:
                if not self.halt.stopped:  # how it ends then is not the stream's to tell
                    hear(batch)
                self._put(Batch(number, batch))
        except AichatError as error:
            exchange.fail(error.fault)
        except BaseException as error:  # the main thread raises it
            bug = error
        self._put(Batch(number, [], True, bug))

    def _put(self, told: Batch) -> None:
        self._told.append(told)
        with suppress(RuntimeError):  # it is free already
            self._some.release()
