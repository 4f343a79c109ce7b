"""``/transcribe``: turn a recording, or what you say now, into text."""

from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """A file's transcript is shown and attached; live speech goes into the prompt."""
    from aichat.repl.asides.transcription import transcribe  # which loads audio modules

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
