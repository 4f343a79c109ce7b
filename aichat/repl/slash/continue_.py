"""``/continue``: the rest of a cut-off answer."""

from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, _rest: str) -> None:
    """Finish the last answer; if there is none, ask the question again."""
    session.ask_again(session.tree.thread(), session.options)


SLASH = SlashCommand("continue", "finish a cut-off answer", run, aliases=("c",))
