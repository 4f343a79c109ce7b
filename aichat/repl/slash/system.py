"""``/system``: the system prompt."""

from aichat.app.question.input import read_system_prompt
from aichat.core.cli.repl_line import PASTED_AT, parse_line
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Show it, or set or (``-``) remove it from the next question on."""
    if parse_line(session.typed_line).text.startswith(PASTED_AT):
        raise usage_error("a pasted @ names no file", "type the @ by hand to have the file read")
    if rest:
        text = "" if rest == "-" else rest
        options = session.options.with_changes(system=text)
        read_system_prompt(session.try_options(options), session.tell)  # a file must exist now
        session.change_options(options)
        session.tell(f"{'this' if text else 'no'} system prompt applies from the next question on")
        return
    said = session.tree.thread().system
    if said is None or session.options.target.system is not None:
        said = read_system_prompt(session.setup, session.tell)
    session.show(said or "no system prompt is set")


SLASH = SlashCommand(
    "system",
    "show or change the system prompt; - removes it",
    run,
    "[TEXT|@FILE|-]",
    example="/system You answer in one line.",
)
