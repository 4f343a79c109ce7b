"""``/continue``: the rest of an answer that was cut."""

from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, _rest: str) -> None:
    """Have the last answer finished; where there is none yet, the question put again."""
    session.ask_again(session.tree.thread(), session.options)


SLASH = SlashCommand("continue", "finish a cut-off answer", run, aliases=("c",))
