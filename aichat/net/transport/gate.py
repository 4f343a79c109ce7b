"""What every request passes on its way out, whoever sends it: the rules of ``[privacy]``.

They are one for the whole program, and read when the first request is about to leave, so that
nothing that sends can forget them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from aichat.core.http.call import StreamedBody
from aichat.errors import AichatError, Fault, usage_error
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.net.transport.tape import Tape


#: What a request has in it: pieces that are there, or are read while they are sent.
Body = tuple[bytes, ...] | StreamedBody


class Departure(NamedTuple):
    """What is about to leave: the ``body`` of a request, for ``host``."""

    host: str
    body: Body


class NetRules(NamedTuple):
    """``offline``: nothing goes beyond this machine. ``write_down`` is told what leaves.

    It gives the body that is to be sent, which may tell how much of it has gone.
    ``tape`` keeps whole exchanges, or plays them back in the place of the net.
    """

    offline: bool = False
    write_down: Callable[[Departure], Body] | None = None
    tape: "Tape | None" = None


class _Gate:
    """Where the rules are once they were read."""

    def __init__(self) -> None:
        self.read: Callable[[], NetRules] = NetRules
        self.rules: NetRules | None = None


_GATE = _Gate()


def set_rules(read: Callable[[], NetRules]) -> None:
    """Have ``read`` say what holds from here on; it is asked once, before anything leaves."""
    _GATE.read, _GATE.rules = read, None


def rules() -> NetRules:
    """What holds. Errors: those of reading it, so that nothing leaves."""
    if _GATE.rules is None:
        _GATE.rules = _GATE.read()
    return _GATE.rules


def plays_back() -> bool:
    """Whether exchanges are played back, so that nothing leaves. Errors: as of ``rules``."""
    tape = rules().tape
    return tape is not None and tape.plays


def check_no_tape(what: str) -> None:
    """Raise (``usage``) where exchanges are kept or played back, which ``what`` cannot be."""
    if rules().tape:
        raise usage_error(f"--record and --replay do not keep {what}")


def is_open(url: str) -> bool:
    """Whether anything may go where ``url`` leads. Errors: as of ``rules``."""
    if not rules().offline:
        return True
    from aichat.core.http.connection import (
        is_loopback,
    )  # no command waits for it that sends nothing

    return is_loopback(_host(url))


def check_host(url: str) -> None:
    """Raise (``config``) where ``url`` leads beyond this machine and nothing may go there."""
    if not is_open(url):
        why = f"offline = true in [privacy]: nothing goes to {_host(url) or 'another machine'}"
        raise AichatError(Fault("config", why, "local models answer: -p local"))


def pass_out(url: str, body: Body) -> Body:
    """Let a request out, and write down that it leaves; the body that is to be sent.

    Errors: as of ``check_host``; ``config`` where it cannot be written down.
    """
    check_host(url)
    write_down = rules().write_down
    return write_down(Departure(_host(url), body)) if write_down else body


def _host(url: str) -> str:
    from aichat.core.http.connection import host_of

    return host_of(url)
