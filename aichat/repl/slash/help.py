"""``/help``: every command, or one of them."""

from aichat.repl.session import Session
from aichat.repl.slash.registry import SLASH_COMMANDS
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Their usage and what they do, a line each."""
    chosen = (
        [SLASH_COMMANDS.find(rest.lstrip("/"))] if rest else [*SLASH_COMMANDS.commands().values()]
    )
    wide = max(len(command.usage) for command in chosen)
    for command in chosen:
        also = f" (also /{', /'.join(command.aliases)})" if command.aliases else ""
        session.show(f"{command.usage:<{wide}}  {command.summary}{also}")
    if not rest:
        session.show(
            "@path in a message attaches a file, a folder or a URL; // begins with a slash"
        )


SLASH = SlashCommand("help", "list the commands", run, "[COMMAND]", ("h", "?"), "commands")
