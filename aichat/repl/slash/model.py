"""``/model``: which model answers."""

from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.repl.switching import switch_model


def run(session: Session, rest: str) -> None:
    """Say which one answers, or have another one answer."""
    if rest:
        switch_model(session, rest)
    else:
        setup = session.setup
        session.show(f"{setup.provider.id}/{setup.model.value} ({setup.model.origin.label})")


SLASH = SlashCommand(
    "model",
    "show or change the model",
    run,
    "[MODEL]",
    ("m",),
    "models",
    example="/model gpt oss 20b",
)
