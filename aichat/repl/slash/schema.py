"""``/schema``: the schema that answers must match."""

from aichat.app.question.json_output import is_wanted, read_schema
from aichat.core.cli.repl_line import PASTED_AT, parse_line
from aichat.core.text.json_layout import indent_json
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Show it, or set or (``-``) remove it from the next question on."""
    if parse_line(session.typed_line).text.startswith(PASTED_AT):
        raise usage_error("a pasted @ names no schema", "type the @ by hand")
    if rest:
        options = session.options.with_changes(schema="" if rest == "-" else rest)
        setup = session.try_options(options)
        if is_wanted(setup, options):
            read_schema(setup, options)  # reports errors in it now
        session.change_options(options)
        kind = "prose again" if rest == "-" else "JSON of this schema"
        session.tell(f"answers are {kind} from the next question on")
        return
    if not is_wanted(session.setup, session.options):
        session.show("answers are prose: no schema is set")
        return
    session.show(indent_json(read_schema(session.setup, session.options).text))


SLASH = SlashCommand(
    "schema",
    "show or set the schema that answers have to match; - removes it",
    run,
    "[SCHEMA|@NAME|-]",
    example="/schema name, age int, tags [str]",
)
