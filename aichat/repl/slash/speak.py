"""``/speak``: read the last answer, or other text, aloud."""

from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Play it, or save it here if nothing can play sound. Ctrl-C stops it."""
    from aichat.repl.asides.speech import speak  # which loads audio modules

    speak(session, rest)


SLASH = SlashCommand(
    "speak",
    "have the last answer, or other words, read aloud",
    run,
    "[-m MODEL] [WORDS]",
    example="/speak -m xai/tts good morning",
)
