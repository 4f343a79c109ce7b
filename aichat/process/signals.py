"""Signals: how they interrupt, when they have to wait, and how the program ends."""

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

_END_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # the last is absent on Windows


def raise_on_signals() -> None:
    """Make the signals that end a program raise ``Interrupted``; ignored ones stay ignored."""
    for name in _END_SIGNALS:
        signum = getattr(signal, name, None)
        if signum is not None and signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, _handle_signal)


@contextmanager
def route_signals(callback: Callable[[int], object]) -> Iterator[None]:
    """Pass these signals to ``callback`` instead of raising, while other code runs the loop."""
    before = {n: signal.getsignal(n) for name in _END_SIGNALS if (n := getattr(signal, name, None))}
    heeded = [n for n, handler in before.items() if handler is _handle_signal]
    for signum in heeded:
        signal.signal(signum, _make_handler(callback))
    try:
        yield
    finally:
        for signum in heeded:
            signal.signal(signum, _handle_signal)


@contextmanager
def let_signals_raise() -> Iterator[None]:
    """Make Ctrl-C raise again, within ``route_signals``."""
    before = signal.signal(signal.SIGINT, _handle_signal)
    _last_handled.clear()
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _make_handler(callback: Callable[[int], object]) -> Callable[[int, FrameType | None], None]:
    def tell(signum: int, _frame: FrameType | None) -> None:
        callback(signum)

    return tell


def _handle_signal(signum: int, _frame: FrameType | None) -> None:
    for reader in _wakeup_pipe[:1]:
        with suppress(OSError):
            os.read(reader, 64)
    now, before = time.monotonic(), _last_handled.get(signum, float("-inf"))
    if now - before < _REPEAT_SECONDS:
        return
    _last_handled[signum] = now
    if not _deferring:
        raise Interrupted(signum)
    _deferred_signals.append(signum)


#: Seconds within which a repeated signal counts as the same: the end is under way, and what
#: has arrived is being saved.
_REPEAT_SECONDS = 0.5

#: When each signal was last handled.
_last_handled: dict[int, float] = {}


#: The ends of the pipe in which Python leaves a byte for each signal until it is handled: none
#: before it is first needed, and then the same until the program ends.
_wakeup_pipe: list[int] = []

#: Seconds within which a signal is handled, or else sent again.
_RESEND_SECONDS = 0.02


@contextmanager
def resend_signals() -> Iterator[None]:
    """Make sure that no signal is delayed by a system call that began just after it came.

    Python handles a signal between two steps of the program; one that comes after the
    last step before a long wait would be handled only after it. A thread notices that a
    signal was not handled for a moment, and sends it again, now into the wait.
    """
    import threading  # loaded with the first wait, not with every start

    _last_handled.clear()  # what begins now has not been interrupted yet
    able = hasattr(signal, "pthread_kill")
    if not able or threading.current_thread() is not threading.main_thread():
        yield
        return
    writer = _wakeup_writer()
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    hook, sys.unraisablehook = sys.unraisablehook, partial(_resend_lost, writer, sys.unraisablehook)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        signal.set_wakeup_fd(before)


def _wakeup_writer() -> int:
    """The end of the pipe to write to; the thread that watches it is started with it."""
    if not _wakeup_pipe:
        from threading import get_ident

        from aichat.process.threads import start_thread

        _wakeup_pipe.extend(os.pipe())
        for end in _wakeup_pipe:
            os.set_blocking(end, False)
        start_thread(partial(_watch_wakeups, _wakeup_pipe[0], get_ident()))
    return _wakeup_pipe[1]


def _resend_lost(writer: int, hook: Callable[[Any], object], lost: Any) -> None:
    """Resend a signal that came during garbage collection, where its exception is lost."""
    if isinstance(lost.exc_value, Interrupted):
        _last_handled.clear()
        os.write(writer, bytes([lost.exc_value.signum]))
    else:
        hook(lost)


def _watch_wakeups(reader: int, main: int) -> None:
    ending = {int(getattr(signal, name)) for name in _END_SIGNALS}
    while True:
        try:
            select.select([reader], [], [])
        except OSError:  # out of file descriptors: signals are not resent
            return
        time.sleep(_RESEND_SECONDS)
        try:
            came = os.read(reader, 64)
        except BlockingIOError:
            continue  # it was handled
        for signum in ending & {*came}:
            signal.pthread_kill(main, signum)


#: A context that is entered before a stop, and left after it.
Pause = Callable[[], AbstractContextManager[object]]

#: How deeply we are within ``defer_signals``, and the signals that came meanwhile.
_deferring: list[bool] = []
_deferred_signals: list[int] = []
_deferred_stops: list[Pause] = []

#: What to call before the program is stopped, and after it continues.
_stop_hooks: list[tuple[Callable[[], object], Callable[[], object]]] = []


@contextmanager
def defer_signals() -> Iterator[None]:
    """Keep signals from interrupting what must not be left half done; they are handled at its end.

    Errors: ``Interrupted`` at the end.
    """
    _deferring.append(True)
    try:
        yield
    finally:
        _deferring.pop()
    if _deferred_signals and not _deferring:
        signum = _deferred_signals[0]
        _deferred_signals.clear()
        raise Interrupted(signum)
    if _deferred_stops and not _deferring:
        _suspend(_deferred_stops.pop())


@contextmanager
def hook_stops(before: Callable[[], object], after: Callable[[], object]) -> Iterator[None]:
    """Call ``before`` whenever the program is about to be stopped, ``after`` when it continues."""
    _stop_hooks.append((before, after))
    handle_stops(None)
    try:
        yield
    finally:
        _stop_hooks.pop()
        handle_stops(None)


def handle_stops(pause: Pause | None) -> None:
    """Enter ``pause`` before the program is stopped by its terminal (Ctrl-Z)."""
    signum = getattr(signal, "SIGTSTP", None)
    if signum is not None and signal.getsignal(signum) != signal.SIG_IGN:
        heeded = pause or (nullcontext if _stop_hooks else None)
        signal.signal(signum, (lambda *_: _suspend(heeded)) if heeded else signal.SIG_DFL)


def _suspend(pause: Pause) -> None:
    if _deferring:
        _deferred_stops.append(pause)
        return
    with pause():
        for before, _ in _stop_hooks:
            before()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # it continues from here, later
        for _, after in _stop_hooks:
            after()
        handle_stops(pause)


def die_by_signal(signum: int) -> NoReturn:
    """Die by the signal itself, so that the parent sees what happened (128 + N in a shell)."""
    signal.signal(signum, signal.SIG_DFL)
    os.kill(os.getpid(), signum)
    os._exit(128 + signum)


def exit_now(code: int) -> NoReturn:
    """Exit at once: tearing down the interpreter would take a fifth of a run."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        code = code or 13
    os._exit(code)
