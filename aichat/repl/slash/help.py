"""``/help``: all commands, or one of them."""

from aichat.repl.session import Session
from aichat.repl.slash.registry import SLASH_COMMANDS
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Usage and purpose of all, a line each; for one command its full help."""
    if rest:
        _show_one(session, SLASH_COMMANDS.find(rest.strip().lstrip("/")))
        return
    commands = SLASH_COMMANDS.commands().values()
    session.show_entries((command.usage, _summary(command)) for command in commands)
    session.show("!COMMAND runs it in the shell and offers to attach its output")
    session.show("@path in a message attaches a file, a folder or a URL; // sends a slash")


def _show_one(session: Session, command: SlashCommand) -> None:
    session.show(command.usage)
    also = ", ".join(f"/{alias}" for alias in command.aliases)
    told = {"does": command.summary, "also": also, "example": command.example}
    session.show_entries((f"  {what}", text) for what, text in told.items() if text)


def _summary(command: SlashCommand) -> str:
    also = f" (also /{', /'.join(command.aliases)})" if command.aliases else ""
    return command.summary + also


SLASH = SlashCommand(
    "help", "list the commands", run, "[COMMAND]", ("h", "?"), "commands", "/help retry"
)
