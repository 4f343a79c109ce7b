"""What a provider has of sessions over a socket."""

from aichat.values import NamedTuple


class Realtime(NamedTuple):
    """The ``wire`` that its sessions are held on, and the ``model`` they are with by default."""

    wire: str
    model: str


class Speech(NamedTuple):
    """What of a session is sound: ``hears`` what is said to it, ``speaks`` its answers.

    ``voice`` is who speaks, None the provider's usual one. With ``takes_turns`` the server
    notices itself where the user begins and ends to speak; else it is told.
    """

    hears: bool = False
    speaks: bool = False
    voice: str | None = None
    takes_turns: bool = False
