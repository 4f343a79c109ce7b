"""``/help``: every command, or one of them."""

from aichat.repl.session import Session
from aichat.repl.slash.registry import SLASHES
from aichat.repl.slash_command import Slash


def run(session: Session, rest: str) -> None:
    """Their usage and what they do, a line each."""
    chosen = [SLASHES.find(rest.lstrip("/"))] if rest else [*SLASHES.commands().values()]
    wide = max(len(command.usage) for command in chosen)
    for command in chosen:
        also = f" (also /{', /'.join(command.aliases)})" if command.aliases else ""
        session.show(f"{command.usage:<{wide}}  {command.summary}{also}")
    if not rest:
        session.show(
            "@path in a message attaches a file, a folder or a URL; // begins with a slash"
        )


SLASH = Slash("help", "list the commands", run, "[COMMAND]", ("h", "?"), "commands")
