"""The last exchange of a conversation, drawn as it was, in at most one screen."""

from collections.abc import Iterator
from io import BytesIO

from aichat.core.conversation.turn import Turn
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.citations import mark_message
from aichat.core.exchange.event import TextDelta
from aichat.core.message.message import text_of
from aichat.core.text.cells import text_width
from aichat.core.text.sanitize import sanitize
from aichat.repl.session import Session
from aichat.term.terminal import terminal_size

#: Rows left for the lines around it and the next prompt.
_ROWS_BESIDE = 6


def show_last_exchange(session: Session) -> None:
    """Show the last question, dim, and its answer; nothing if there is none."""
    asked = session.tree.questions()
    if not asked:
        return
    columns, height = terminal_size(session.world)
    shown = [*_question_lines(session, asked[-1]), *_answer_lines(session, asked[-1], columns)]
    rows = [max(-(-text_width(line) // columns), 1) for line in shown]
    session.show("")
    gone, room = 0, height - _ROWS_BESIDE
    while gone < len(shown) - 1 and sum(rows[gone:]) > room:
        gone += 1
    if gone:
        whole = f"; aichat history show {session.tree.id}" if session.tree.is_stored else ""
        session.dim(f"… {gone} lines above{whole}")
    session.world.write_text("".join(f"{line}\n" for line in shown[gone:]))


def _question_lines(session: Session, question: Turn) -> Iterator[str]:
    """The question as it was in the prompt."""
    text = session.world.wrap(sanitize(text_of(question.message)).strip("\n"))
    for number, row in enumerate(text.split("\n")):
        yield session.world.paint(f"{'  ' if number else '> '}{row}", "dim")


def _answer_lines(session: Session, question: Turn, columns: int) -> Iterator[str]:
    """The answer to it, if there is one."""
    path = session.tree.current_path
    place = next((n for n, turn in enumerate(path) if turn.number == question.number), len(path))
    for turn in path[place:]:
        if turn.role == "assistant":
            yield ""
            yield from _drawn_answer(session, turn, columns).rstrip("\n").split("\n")


def _drawn_answer(session: Session, turn: Turn, columns: int) -> str:
    """An answer as drawn in so many columns, with the lines under it."""
    # here, since a new chat draws nothing before its first answer
    from aichat.app.exchange.show import answer_style, is_drawn

    world, said = session.world, turn.message
    if not is_drawn(world, session.options.output):
        return world.wrap(sanitize(text_of(said)))
    from aichat.term.answer.drawn import DrawnSink
    from aichat.term.answer.style import AnswerStyle

    paper = BytesIO()
    environ = {**world.environ, "COLUMNS": str(columns)}
    on_paper = world._replace(stdout=paper, environ=environ)
    setup = session.usable_setup
    ui = setup.config_file.config.ui if setup else {}
    style = answer_style(world, session.options, ui)
    sink = DrawnSink(on_paper, AnswerStyle(style.drawn._replace(live=False), "hide", style.quiet))
    answer = turn.answer or Answer(said.provider or "", said.model or "", said)
    marked = mark_message(said, answer.citations, "[{}]".format)
    if text := text_of(marked):
        sink.show([TextDelta(text)])
    sink.close(answer._replace(message=said, citations=()))
    return paper.getvalue().decode(world.encoding, "replace")
