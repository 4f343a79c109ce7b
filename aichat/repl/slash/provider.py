"""``/provider``: the provider that answers."""

from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.repl.switching import switch_provider


def run(session: Session, rest: str) -> None:
    """Show it, or switch to another provider's default model."""
    if rest:
        switch_provider(session, rest)
    else:
        setup = session.setup
        session.show(f"{setup.provider.id} ({setup.provider_origin.label})")


SLASH = SlashCommand(
    "provider",
    "show or change the provider",
    run,
    "[PROVIDER]",
    (),
    "providers",
    example="/provider groq",
)
