"""``/clear``: an empty screen."""

from aichat.repl.registry import Slash
from aichat.repl.session import Session


def run(session: Session, _rest: str) -> None:
    """Only the screen: the conversation goes on."""
    session.world.text("\x1b[2J\x1b[H")


SLASH = Slash("clear", "clear the screen; the conversation stays", run)
