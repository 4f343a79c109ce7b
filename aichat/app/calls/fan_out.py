"""Several jobs at once: each is done by a thread of its own, and none waits for another.

Whoever started them takes what they tell from one queue, in the order in which it came.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from math import inf
from threading import Event as Flag
from threading import Lock
from time import monotonic
from types import TracebackType
from typing import Generic, Self, TypeVar

from aichat.core.http.connection import ConnectionOptions, OnConnect
from aichat.core.text.clock import Clock
from aichat.errors import AichatError, Fault
from aichat.process.threads import start_thread
from aichat.term.widgets.progress import StatusLine
from aichat.values import NamedTuple

E = TypeVar("E")

#: Seconds between two looks at who is waited for.
_POLL_SECONDS = 0.1


class Batch(NamedTuple, Generic[E]):
    """What the job called ``number`` told at once; ``is_last``: nothing follows it."""

    number: int
    events: list[E]
    is_last: bool = False
    bug: BaseException | None = None  # of ours, which ended it

    @property
    def fault(self) -> Fault | None:
        """The bug as a fault, for those that let the other jobs go on."""
        if self.bug is None:
            return None
        return Fault("internal", f"a bug of ours: {type(self.bug).__name__}", "please report it")


class Halt:
    """What ends jobs from outside: it cuts their connections and wakes them."""

    def __init__(self) -> None:
        self._flag, self._lock = Flag(), Lock()
        self._cuts: dict[int, list[Callable[[], None]]] = {}  # of each job's connections
        self.connected: set[int] = set()  # those who have had a connection

    @property
    def is_stopped(self) -> bool:
        """Whether it was called."""
        return self._flag.is_set()

    def connection_options(self, number: int, options: ConnectionOptions) -> ConnectionOptions:
        """How the job called ``number`` connects, so that its connections are cut."""
        return options._replace(on_connect=self.on_connect(number))

    def on_connect(self, number: int) -> OnConnect:
        """What the job called ``number`` tells of a connection, so that it is cut."""
        return partial(self._on_connect, number)

    def clock(self, clock: Clock) -> Clock:
        """A clock whose sleepers it wakes, and who then end."""
        return clock._replace(sleep=self._sleep)

    def __call__(self) -> None:
        """End them all."""
        with self._lock:
            self._flag.set()
            cuts, self._cuts = self._cuts, {}
        for cut in chain.from_iterable(cuts.values()):
            cut()

    def forget(self, number: int) -> None:
        """The job called ``number`` has ended: there is nothing to cut."""
        with self._lock:
            self._cuts.pop(number, None)
            self.connected.discard(number)

    def _on_connect(self, number: int, cut: Callable[[], None]) -> None:
        with self._lock:
            self.connected.add(number)
            if not self.is_stopped:
                self._cuts.setdefault(number, []).append(cut)
                return
        cut()

    def _sleep(self, seconds: float) -> None:
        if self._flag.wait(seconds):
            raise AichatError(Fault("interrupted", "interrupted"))


class JobGroup(Generic[E]):
    """Jobs that run; ``halt`` makes their clocks and connections. Left as a block, all end."""

    def __init__(self) -> None:
        self.halt = Halt()
        self._batches: deque[Batch[E]] = deque()
        # free while there is something in it; a queue of the library's never wakes again
        # where a signal's handler outlasts its time-out, which a stop by Ctrl-Z does
        self._available = Lock()
        self._available.acquire()
        self._running: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._running:
            self.halt()

    @property
    def running(self) -> bool:
        """Whether there is one that has not had its last word."""
        return bool(self._running)

    @property
    def has_batches(self) -> bool:
        """Whether something was told that nobody has taken yet."""
        return bool(self._batches)

    def run(self, number: int, job: Iterable[list[E]]) -> None:
        """Do a job, known as ``number``: what it gives is what it tells."""
        self._running.add(number)
        start_thread(partial(self._do, number, job))

    def add_events(self, number: int, events: list[E]) -> None:
        """Put in a word that the job called ``number`` did not give itself."""
        self._put(Batch(number, events))

    def next_batch(self, seconds: float) -> Batch[E] | None:
        """What was told next, after ``seconds`` of silence nothing.

        One at a time: what a signal leaves behind can still be had.
        """
        while not self._batches:
            if not self._available.acquire(timeout=seconds):
                return None
        batch = self._batches.popleft()
        if batch.is_last:
            self._running.discard(batch.number)
            self.halt.forget(batch.number)
        return batch

    def all_batches(
        self, names: Sequence[str], line: StatusLine, patience: float = inf, limit: float = inf
    ) -> Iterator[Batch[E]]:
        """What is told until all have ended, or for ``patience`` seconds nobody says anything.

        After ``limit`` seconds it ends in any case; what has not ended then is cut when the
        group is left.

        ``line`` says who is waited for: the job called N by the name number N.
        """
        # silence is what was listened to: a machine that slept in between gave nobody a chance
        end, silence = monotonic() + limit, 0.0
        try:
            while self._running and silence < patience and monotonic() < end:
                if batch := self.next_batch(_POLL_SECONDS):
                    line.clear()
                    yield batch
                    silence = 0.0
                    continue
                silence += _POLL_SECONDS
                if line.is_due:
                    line.show(f"waiting for {', '.join(names[n] for n in sorted(self._running))}")
        finally:
            line.clear()

    def stop(self, seconds: float) -> list[Batch[E]]:
        """End them all, and give what was told until then.

        Those whose connections were cut end at once, and are waited for; one that is still on
        its way to a server has nothing to tell, and is left behind.
        """
        self.halt()
        found, end = [], monotonic() + seconds
        while self._batches or self._running & self.halt.connected:
            batch = self.next_batch(max(end - monotonic(), 0))
            if batch is None:
                break
            found.append(batch)
        return found

    def _do(self, number: int, job: Iterable[list[E]]) -> None:
        bug = None
        try:
            for events in job:
                self._put(Batch(number, events))
        except BaseException as error:  # the main thread has to hear of it
            bug = error
        self._put(Batch(number, [], True, bug))

    def _put(self, batch: Batch[E]) -> None:
        self._batches.append(batch)
        with suppress(RuntimeError):  # it is free already
            self._available.release()
