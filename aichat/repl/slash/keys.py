"""``/keys``: what the keys do."""

from aichat.core.config.key_bindings import BINDINGS, bound_keys
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, _rest: str) -> None:
    """Each by its name in ``[bindings]``."""
    for name, keys in bound_keys(session.setup.config_file.config.bindings).items():
        session.show(f"{name:<10} {', '.join(keys):<24} {BINDINGS[name].help}")


SLASH = SlashCommand("keys", "list the keys", run)
