"""``/help``: every command, or one of them."""

from aichat.repl.registry import Slash, commands, find
from aichat.repl.session import Session


def run(session: Session, rest: str) -> None:
    """Their usage and what they do, a line each."""
    chosen = [find(rest.lstrip("/"))] if rest else [*commands().values()]
    wide = max(len(command.usage) for command in chosen)
    for command in chosen:
        also = f" (also /{', /'.join(command.aliases)})" if command.aliases else ""
        session.show(f"{command.usage:<{wide}}  {command.summary}{also}")
    if not rest:
        session.show(
            "@path in a message attaches a file, a folder or a URL; // begins with a slash"
        )


SLASH = Slash("help", "list the commands", run, "[COMMAND]", ("h", "?"), "commands")
