"""``/system``: the system prompt."""

from aichat.repl.registry import Slash
from aichat.repl.session import Session


def run(session: Session, rest: str) -> None:
    """Show it, or have another one hold from the next question on."""
    if rest:
        session.change(system=rest)
        session.tell("this system prompt holds from the next question on")
        return
    there = session.values["system"] or session.tree.thread().system
    session.show(there or str(session.setup.value("system", "there is no system prompt")))


SLASH = Slash("system", "show or change the system prompt", run, "[TEXT|@FILE]")
