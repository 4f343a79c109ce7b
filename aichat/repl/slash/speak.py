"""``/speak``: the last answer, or other words, read aloud."""

from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Play it, or save it here where nothing plays sound. Ctrl-C ends it."""
    from aichat.repl.beside.speaking import speak  # it loads what hears and plays

    speak(session, rest)


SLASH = SlashCommand(
    "speak",
    "have the last answer, or other words, read aloud",
    run,
    "[-m MODEL] [WORDS]",
    example="/speak -m xai/tts good morning",
)
