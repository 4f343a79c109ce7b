"""Threads that stand beside the one that reads the stream."""

import signal
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

#: Those that a program heeds; to block all of them costs more than what a thread does.
_HANDLED_SIGNALS = [
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGTSTP", "SIGWINCH")
    if (number := getattr(signal, name, None)) is not None
]


#: Seconds after which a signal is heeded that came in the instant before a wait.
_HEED_SECONDS = 0.1


def start_thread(work: Callable[[], None]) -> None:
    """Start a thread that gets no signals: they are for the one that reads the stream.

    One that another thread got would not end a read. Nobody waits until it runs, as a
    ``Thread`` would: there is a question to be sent.
    """
    with shield_threads():
        start_new_thread(work, ())


def run_in_thread(work: Callable[[], T], faults: type[Exception]) -> Callable[[], T]:
    """Begin ``work`` in such a thread; what comes back gives its result, or raises its fault."""
    wait = _begin(work, faults)
    return lambda: wait(None)


def run_within(seconds: float, work: Callable[[], T], faults: type[Exception]) -> T:
    """The result of ``work``, or its fault; signals are heeded meanwhile.

    Errors: ``TimeoutError`` once the time is over. The work goes on then, and nobody hears of it.
    """
    return _begin(work, faults)(seconds)


def _begin(work: Callable[[], T], faults: type[Exception]) -> Callable[[float | None], T]:
    """Begin ``work``; what comes back waits for its result, at most so many seconds."""
    done: list[T] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            done.append(work())
        except faults as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    with shield_threads():  # one that came now would have ``threading`` release a lock twice
        thread.start()

    def result(seconds: float | None) -> T:
        until = float("inf") if seconds is None else time.monotonic() + seconds
        while thread.is_alive():
            if (left := until - time.monotonic()) <= 0:
                raise TimeoutError
            thread.join(min(left, _HEED_SECONDS))
        if failed:
            raise failed[0]
        return done[0]

    return result


@contextmanager
def shield_threads() -> Iterator[None]:
    """Threads that are started meanwhile, by whomever, get no signals, ever."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(
            signal.SIG_BLOCK, _HANDLED_SIGNALS
        )  # what came till now is raised here
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
