"""``/transcribe``: a recording, or what is said now, written down."""

from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Of a file the words are shown and attached; what is said now is put into the prompt."""
    from aichat.repl.beside.writing_down import transcribe  # it loads what hears and plays

    transcribe(session, rest)


SLASH = SlashCommand(
    "transcribe",
    "write down a recording, or what you say now",
    run,
    "[-m MODEL] [FILE]",
    (),
    "paths",
    example="/transcribe meeting.mp3",
)
