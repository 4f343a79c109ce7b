"""``/clear``: an empty screen."""

from aichat.repl.session import Session
from aichat.repl.slash_command import Slash


def run(session: Session, _rest: str) -> None:
    """Only the screen: the conversation goes on."""
    session.world.write_text("\x1b[2J\x1b[H")


SLASH = Slash("clear", "clear the screen; the conversation stays", run)
