"""``/clear``: clear the screen."""

from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, _rest: str) -> None:
    """Clear the screen only; the conversation continues."""
    session.world.write_text("\x1b[2J\x1b[H")


SLASH = SlashCommand("clear", "clear the screen but keep the conversation", run)
