"""``/edit``: reword an earlier question, on a branch of its own."""

from aichat.core.cli.repl_line import mark_pasted
from aichat.core.message.message import text_of
from aichat.core.text.numbers import place_in
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Put the question back into the prompt; sending it leaves what followed on a branch."""
    asked = session.tree.questions()
    if not asked:
        raise usage_error("no question to edit yet")
    place = place_in(len(asked), rest or str(len(asked)))
    if place is None:
        raise usage_error(
            f"/edit needs a number from 1 to {len(asked)}", "/history here lists them"
        )
    question = asked[place]
    session.replaced_question = question.number
    session.draft = mark_pasted(text_of(question.message))  # files are in it as text
    session.tell(f"question {place + 1} of {len(asked)}: sending starts a branch; Ctrl-C cancels")


SLASH = SlashCommand("edit", "edit an earlier question", run, "[N]", ("e",), example="/edit 1")
