"""The gate that every request passes on its way out: the rules of ``[privacy]``.

There is one set of rules for the whole program, read when the first request is about to
leave, so that no sender can forget them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from aichat.errors import AichatError, Fault, usage_error
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.core.http.call import StreamedBody
    from aichat.net.transport.tape import Tape


#: The body of a request: pieces in memory, or read while it is sent.
Body: TypeAlias = "tuple[bytes, ...] | StreamedBody"


class Departure(NamedTuple):
    """A request about to leave: its ``body``, for ``host``."""

    host: str
    body: Body


class NetRules(NamedTuple):
    """``offline``: nothing leaves this machine. ``write_down`` logs what leaves.

    It returns the body to send, which may count how much of it has gone. ``tape`` records
    whole exchanges, or plays them back in place of the net.
    """

    offline: bool = False
    write_down: Callable[[Departure], Body] | None = None
    tape: "Tape | None" = None


class _Gate:
    """Holds the rules once they have been read."""

    def __init__(self) -> None:
        self.read: Callable[[], NetRules] = NetRules
        self.rules: NetRules | None = None


_GATE = _Gate()


def set_rules(read: Callable[[], NetRules]) -> None:
    """Set the source of the rules; ``read`` is called once, before anything leaves."""
    _GATE.read, _GATE.rules = read, None


def rules() -> NetRules:
    """The rules. Errors: those of reading them, so that nothing leaves."""
    if _GATE.rules is None:
        _GATE.rules = _GATE.read()
    return _GATE.rules


def plays_back() -> bool:
    """Whether exchanges are played back, so that nothing leaves. Errors: as in ``rules``."""
    tape = rules().tape
    return tape is not None and tape.plays


def check_no_tape(what: str) -> None:
    """Raise (``usage``) if exchanges are recorded or played back, which ``what`` cannot be."""
    if rules().tape:
        raise usage_error(f"--record and --replay do not keep {what}")


def is_open(url: str) -> bool:
    """Whether anything may be sent to ``url``. Errors: as in ``rules``."""
    if not rules().offline:
        return True
    from aichat.core.http.connection import (
        is_loopback,  # commands that send nothing do not wait for it
    )

    return is_loopback(_host(url))


def check_host(url: str) -> None:
    """Raise (``config``) if nothing may be sent to ``url``, beyond this machine."""
    if not is_open(url):
        why = f"offline = true in [privacy]: nothing goes to {_host(url) or 'another machine'}"
        raise AichatError(Fault("config", why, "local models answer: -p local"))


def pass_out(url: str, body: Body) -> Body:
    """Let a request out, log that it leaves, and return the body to send.

    Errors: as in ``check_host``; ``config`` if it cannot be logged.
    """
    check_host(url)
    write_down = rules().write_down
    return write_down(Departure(_host(url), body)) if write_down else body


def _host(url: str) -> str:
    from aichat.core.http.connection import host_of

    return host_of(url)
