"""``/profile``: under which profile questions are put."""

from aichat.repl.session import Session
from aichat.repl.slash_command import Slash
from aichat.repl.switching import told_switch


def run(session: Session, rest: str) -> None:
    """List the profiles, or go over to one: model and provider are its own then."""
    if rest:
        told_switch(session, profile=rest, model=None, provider=None)
        return
    setup = session.setup
    for name in setup.loaded.config.profiles:
        session.show(f"{'*' if name == setup.profile else ' '} {name}")
    if not setup.loaded.config.profiles:
        session.show("there is no profile; aichat profiles set NAME KEY=VALUE makes one")


SLASH = Slash("profile", "list the profiles, or use one", run, "[NAME]", (), "profiles")
