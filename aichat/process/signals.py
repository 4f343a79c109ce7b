"""Signals: how they end what goes on, when they have to wait, and how the program ends."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from types import FrameType
from typing import Any, NoReturn

from aichat.errors import Interrupted

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")  # the last is absent on Windows


def heed_signals() -> None:
    """Let the signals that end a program raise ``Interrupted``; ignored ones stay ignored."""
    for name in _ENDING:
        signum = getattr(signal, name, None)
        if signum is not None and signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, _raise)


@contextmanager
def signals_to(told: Callable[[int], object]) -> Iterator[None]:
    """Have the signals that end a program told, not raised, where others run the loop."""
    before = {n: signal.getsignal(n) for name in _ENDING if (n := getattr(signal, name, None))}
    heeded = [n for n, handler in before.items() if handler is _raise]
    for signum in heeded:
        signal.signal(signum, _teller(told))
    try:
        yield
    finally:
        for signum in heeded:
            signal.signal(signum, _raise)


def _teller(told: Callable[[int], object]) -> Callable[[int, FrameType | None], None]:
    def tell(signum: int, _frame: FrameType | None) -> None:
        told(signum)

    return tell


def _raise(signum: int, _frame: FrameType | None) -> None:
    for reader in _unheeded:
        with suppress(OSError):
            os.read(reader, 64)
    now, before = time.monotonic(), _heeded.get(signum, float("-inf"))
    if now - before < _SAME:
        return
    _heeded[signum] = now
    if not _busy:
        raise Interrupted(signum)
    _held.append(signum)


#: Seconds in which a signal that comes again is the same wish: its end is under way, and what
#: has come is being kept.
_SAME = 0.5

#: When each signal was heeded last.
_heeded: dict[int, float] = {}


#: Where Python leaves a byte for each signal until we heed it.
_unheeded: list[int] = []

#: Seconds in which a signal is heeded, or else sent again.
_HEED = 0.02


@contextmanager
def insistent() -> Iterator[None]:
    """Let no signal wait for the end of a system call that it came a moment before.

    Python heeds a signal between two steps of the program; one that comes after the
    last step before a long wait would be heeded after it. A thread sees what nothing
    has heeded for a moment, and sends it again, now into the wait.
    """
    import threading  # with what a wait needs, not with every start

    from aichat.process.threads import beside

    _heeded.clear()  # what is begun now has not been asked to end
    able = hasattr(signal, "pthread_kill")
    if not able or _unheeded or threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    hook, sys.unraisablehook = sys.unraisablehook, partial(_again, writer, sys.unraisablehook)
    _unheeded.append(reader)
    beside(partial(_insist, reader, threading.get_ident()))
    try:
        yield
    finally:
        _unheeded.clear()
        sys.unraisablehook = hook
        signal.set_wakeup_fd(before)
        os.close(writer)  # which ends the thread


def _again(writer: int, hook: Callable[[Any], object], lost: Any) -> None:
    """Have a signal sent again that came while garbage was collected: raised there, it is lost."""
    if isinstance(lost.exc_value, Interrupted):
        _heeded.clear()
        os.write(writer, bytes([lost.exc_value.signum]))
    else:
        hook(lost)


def _insist(reader: int, main: int) -> None:
    ending = {int(getattr(signal, name)) for name in _ENDING}
    while True:
        select.select([reader], [], [])
        time.sleep(_HEED)
        try:
            came = os.read(reader, 64)
        except BlockingIOError:
            continue  # it was heeded
        if not came:
            os.close(reader)
            return
        for signum in ending & {*came}:
            signal.pthread_kill(main, signum)


#: What is done before a stop, and ends after it.
Pause = Callable[[], AbstractContextManager[object]]

#: How deep we are in what must not be disturbed, and the signals that came meanwhile.
_busy: list[bool] = []
_held: list[int] = []
_stops: list[Pause] = []

#: What is done before the program is stopped, and once it goes on.
_around: list[tuple[Callable[[], object], Callable[[], object]]] = []


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no signal interrupt what must not be left half done; it is heeded at the end."""
    _busy.append(True)
    try:
        yield
    finally:
        _busy.pop()
    if _held and not _busy:
        signum = _held[0]
        _held.clear()
        raise Interrupted(signum)
    if _stops and not _busy:
        _stop(_stops.pop())


@contextmanager
def around_stops(before: Callable[[], object], after: Callable[[], object]) -> Iterator[None]:
    """Have ``before`` called whenever the program is stopped, and ``after`` once it goes on."""
    _around.append((before, after))
    heed_stops(None)
    try:
        yield
    finally:
        _around.pop()
        heed_stops(None)


def heed_stops(pause: Pause | None) -> None:
    """Have ``pause`` entered before the program is stopped by its terminal (Ctrl-Z)."""
    signum = getattr(signal, "SIGTSTP", None)
    if signum is not None and signal.getsignal(signum) != signal.SIG_IGN:
        heeded = pause or (nullcontext if _around else None)
        signal.signal(signum, (lambda *_: _stop(heeded)) if heeded else signal.SIG_DFL)


def _stop(pause: Pause) -> None:
    if _busy:
        _stops.append(pause)
        return
    with pause():
        for before, _ in _around:
            before()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # it goes on from here, some time
        for _, after in _around:
            after()
        heed_stops(pause)


def die_by(signum: int) -> NoReturn:
    """End by the signal itself, so that the parent sees what happened (128 + N in a shell)."""
    signal.signal(signum, signal.SIG_DFL)
    os.kill(os.getpid(), signum)
    os._exit(128 + signum)


def leave(code: int) -> NoReturn:
    """End at once: tearing the interpreter down would cost a fifth of a run."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        code = code or 13
    os._exit(code)
