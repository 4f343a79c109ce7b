"""``/continue``: the rest of an answer that was cut."""

from aichat.repl.registry import Slash
from aichat.repl.session import Session


def run(session: Session, _rest: str) -> None:
    """Have the last answer finished; where there is none yet, the question put again."""
    session.again(session.tree.thread())


SLASH = Slash("continue", "finish an answer that was cut", run, aliases=("c",))
