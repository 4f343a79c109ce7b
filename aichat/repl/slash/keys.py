"""``/keys``: the key bindings."""

from aichat.core.config.key_bindings import BINDINGS, bound_keys
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, _rest: str) -> None:
    """Each with its name in ``[bindings]``."""
    bound = bound_keys(session.setup.config_file.config.bindings)
    session.show_entries(
        (f"{name:<10} {', '.join(keys):<24}", BINDINGS[name].help) for name, keys in bound.items()
    )


SLASH = SlashCommand("keys", "list the key bindings", run)
