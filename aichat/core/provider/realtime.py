"""What a provider has of sessions over a socket."""

from aichat.values import NamedTuple


class Realtime(NamedTuple):
    """The ``wire`` that its sessions are held on, and the ``model`` they are with by default."""

    wire: str
    model: str
