"""``/compare``: the same question to several models; continue from the answer you choose."""

from collections.abc import Sequence
from functools import partial
from signal import SIGINT
from typing import TYPE_CHECKING

from aichat.app.question.input import Question
from aichat.app.question.thread import Thread
from aichat.core.cli.candidate import Choice
from aichat.core.cli.options import AskOptions
from aichat.core.cli.repl_line import split_words
from aichat.core.conversation.turn import can_continue
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.outcome import usage_line
from aichat.errors import Interrupted, usage_error
from aichat.repl.mentions import read_mentions
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.repl.switching import model_options, pin_model
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.app.exchange.several.comparison import Comparison


class _Question(NamedTuple):
    """The question and its place in the tree; without text it is the last one again."""

    thread: Thread
    question: Question
    is_repeated: bool


def run(session: Session, rest: str) -> None:
    """Ask the models before ``--`` the text after it, or the last question again.

    A single model is compared with that of the chat. All answers are kept side by side; the
    chat continues from the chosen one, but with its own model.
    """
    named, _, text = f" {rest} ".partition(" -- ")
    models = split_words(named)
    if not models:
        raise usage_error(f"usage: {SLASH.usage}")
    pin_model(session)  # the next question uses the chat's model
    setup = session.setup
    here = session.options.with_changes(provider=setup.provider.id, model=setup.model.value)
    chosen = [model_options(session, name) for name in models]
    if len(chosen) == 1:
        chosen = [here, *chosen]
    asked = _new_question(session, text.strip()) if text.strip() else _last_question(session)
    found = _compare(session, asked, chosen)
    if found:
        _choose_answer(session, found)


def _new_question(session: Session, text: str) -> _Question:
    """A new question."""
    files = (*session.attachments, *read_mentions(session, text))
    thread, session.replaced_question = session.tree.thread(session.replaced_question), None
    return _Question(thread, Question(text, files), is_repeated=False)


def _last_question(session: Session) -> _Question:
    """The last question."""
    thread = session.tree.thread_again()
    if thread is None:
        raise usage_error("no question to compare yet", f"usage: {SLASH.usage}")
    return _Question(thread, Question(), is_repeated=True)


def _compare(
    session: Session, asked: _Question, choices: Sequence[AskOptions]
) -> list[tuple[int, Answer]]:
    """The answers the chat can continue from, with their places in the tree."""
    from aichat.app.exchange.several.comparison import (
        Comparison,
        ComparisonContext,
        report_answers,
        setups_for,
    )

    if asked.is_repeated:
        choices = [options.with_changes(system=asked.thread.system) for options in choices]
    options = choices[0]
    setup = session.try_options(options)
    prepared = session.prepare(asked.thread, asked.question, setup, options)
    setups = setups_for(session.world, prepared, choices)
    report = partial(session.world.report_fault, program="")
    context = ComparisonContext(session.world, options, session.dim, report)
    comparison = Comparison(context, prepared, setups, session.targets)
    session.tree.title = prepared.pending.draft.title
    recorder = session.recorder.next_recorder()
    session.show("")
    try:
        answers = comparison.run(recorder)
    finally:
        found = _add_to_tree(session, comparison)
        session.recorder = recorder
        session.open(session.tree)
    session.attachments = []
    faults = [answer.fault for answer in answers if answer.fault and answer.fault.signum]
    if signum := next((f.signum for f in faults if f.signum != SIGINT), None):
        raise Interrupted(signum)
    whole = [a for a in answers if not (a.fault and a.fault.signum)]
    report_answers(context, whole, figures=not comparison.shows_figures)
    return found


def _add_to_tree(session: Session, comparison: "Comparison") -> list[tuple[int, Answer]]:
    """Add the question and all answers to the tree."""
    first = comparison.first_recorder
    if first is None or first.question is None:
        return []  # none of them could be asked
    tree = session.tree
    tree.add_exchange(first.question.parent, first.question_turns, None)
    tree.count_answers(first.answers)
    question, found = tree.unanswered, []
    for recorder in comparison.recorders:
        turn = recorder.answer_turn
        tree.add_exchange(question, (), turn)
        if turn and turn.answer and can_continue(turn.answer) and tree.head is not None:
            found.append((tree.head, turn.answer))
    return found


def _choose_answer(session: Session, answers: list[tuple[int, Answer]]) -> None:
    """Let the user choose if there are several."""
    usual = next((n for n, (_, answer) in enumerate(answers) if answer.is_complete), 0)
    place: int | None = usual
    if len(answers) > 1:
        choices = [Choice(_model_name(answer), usage_line(answer)) for _, answer in answers]
        title = f"continue from which answer? (Ctrl-C: {usual + 1})"
        place = session.choose(title, choices, usual)
    number, answer = answers[usual if place is None else place]
    session.tree.head, session.tree.unanswered = number, None
    session.open(session.tree)
    session.last_answer = answer
    session.save_head()
    model = str(session.setup.model.value)
    session.tell(f"continuing from the answer of {_model_name(answer)}, with {model}")


def _model_name(answer: Answer) -> str:
    """The model, as the user asked for it."""
    return f"{answer.message.provider}/{answer.message.model}"


SLASH = SlashCommand(
    "compare",
    "ask several models and choose an answer",
    run,
    "MODEL... [-- QUESTION]",
    completion_source="models",
    example="/compare groq/openai/gpt-oss-20b -- which is faster?",
)
