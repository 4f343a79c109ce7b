"""Threads beside the main one, which reads the stream."""

import signal
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

#: The signals that a program handles; blocking all of them would cost more than a thread's work.
_HANDLED_SIGNALS = [
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGTSTP", "SIGWINCH")
    if (number := getattr(signal, name, None)) is not None
]


#: Seconds after which a signal is handled that came just before a wait.
_HEED_SECONDS = 0.1


def start_thread(work: Callable[[], None]) -> None:
    """Start a thread that gets no signals, which are for the main thread.

    A signal delivered to another thread would not interrupt a read. Unlike ``Thread.start``,
    this does not wait until it runs: there is a question to be sent.
    """
    with shield_threads():
        start_new_thread(work, ())


def run_in_thread(work: Callable[[], T], faults: type[Exception]) -> Callable[[], T]:
    """Start ``work`` in such a thread; returns a function that waits for its result or fault."""
    wait = _begin(work, faults)
    return lambda: wait(None)


def run_within(seconds: float, work: Callable[[], T], faults: type[Exception]) -> T:
    """The result of ``work``, or its fault; signals are handled meanwhile.

    Errors: ``TimeoutError`` when the time is up. The work then goes on, and its result is lost.
    """
    return _begin(work, faults)(seconds)


def _begin(work: Callable[[], T], faults: type[Exception]) -> Callable[[float | None], T]:
    """Start ``work``; returns a function that waits for its result, at most so many seconds."""
    done: list[T] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            done.append(work())
        except faults as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    with shield_threads():  # a signal here would make ``threading`` release a lock twice
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
    """Threads started within this context, by whatever code, never get signals."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(
            signal.SIG_BLOCK, _HANDLED_SIGNALS
        )  # signals that came meanwhile are raised here
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def unshielded() -> Iterator[None]:
    """Programs that are started meanwhile heed signals, whichever thread starts them.

    A program inherits what its thread blocks, and would have to be killed to be ended.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
