"""A provider's realtime sessions, over a socket."""

from aichat.values import NamedTuple


def is_realtime(wire: str) -> bool:
    """Whether a wire is a session over a socket, and no request."""
    return wire.startswith("realtime.")


class Realtime(NamedTuple):
    """The ``wire`` of its sessions, and their default ``model``."""

    wire: str
    model: str


class Speech(NamedTuple):
    """The sound in a session: it ``hears`` the user, and ``speaks`` its answers.

    ``voice`` is the speaking voice, None for the provider's default. With ``takes_turns`` the
    server itself notices when the user starts and stops speaking; else it is told.
    """

    hears: bool = False
    speaks: bool = False
    voice: str | None = None
    takes_turns: bool = False
