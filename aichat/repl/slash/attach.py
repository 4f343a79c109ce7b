"""``/attach``: a file, folder, page or program's output for the next message."""

from aichat.app.setup.keys import without_configured_keys
from aichat.core.cli.repl_line import split_words
from aichat.core.message.compose import Attachment
from aichat.process.programs.command import command_output
from aichat.repl.mentions import read_checked
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Attach it; without a name list what is attached; ``-`` detaches everything."""
    if rest == "-":
        session.attachments = []
    elif rest:
        session.attachments += _read_attachments(session, rest)
    for one in session.attachments:
        session.show(f"{one.name}: {one.size}")
    if not session.attachments:
        session.show("nothing attached")


def _read_attachments(session: Session, rest: str) -> list[Attachment]:
    if len(rest) > 2 and rest[0] == rest[-1] == "`":
        world = without_configured_keys(session.world, session.options.config_dir)
        return [Attachment(rest[1:-1], command_output(world, rest[1:-1]))]
    return [one for name in split_words(rest) for one in read_checked(session, name)]


SLASH = SlashCommand(
    "attach",
    "attach to the next message; - to detach",
    run,
    "[PATH|DIR|URL|`COMMAND`|-]",
    (),
    "paths",
    example="/attach notes.md",
)
