"""``/compare``: the same question to several models; the chat goes on from the answer of choice."""

from collections.abc import Mapping, Sequence
from signal import SIGINT
from typing import TYPE_CHECKING, Any, NamedTuple

from aichat.app.question.input import Question
from aichat.app.question.prepare import Now, prepare
from aichat.app.question.thread import Thread
from aichat.core.cli.repl_line import split_words
from aichat.core.conversation.turn import can_continue
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.outcome import usage_summary
from aichat.errors import Interrupted, usage_error
from aichat.repl.mentions import mentioned
from aichat.repl.session import Session
from aichat.repl.slash_command import Slash
from aichat.repl.switching import model_values

if TYPE_CHECKING:
    from aichat.app.exchange.several import Contest


class _Asked(NamedTuple):
    """What is asked: where it belongs, what it says, and with which options."""

    begun: Thread
    question: Question
    values: Mapping[str, Any]


def run(session: Session, rest: str) -> None:
    """Ask the models before ``--`` what stands after it, or the last question once more.

    One model alone is compared with the one that the chat is held with. Every answer is
    kept beside the others; the chat goes on from the one that is chosen, with its own model.
    """
    named, _, text = f" {rest} ".partition(" -- ")
    models = split_words(named)
    if not models:
        raise usage_error(f"usage: {SLASH.usage}")
    session.pin()  # the next question goes where it would have gone
    setup = session.setup
    here = {"provider": setup.provider.id, "model": str(setup.model.value)}
    chosen = [model_values(session, name) for name in models]
    if len(chosen) == 1:
        chosen = [here, *chosen]
    asked = _put(session, text.strip()) if text.strip() else _again(session)
    found = _compared(session, asked, chosen)
    if found:
        _go_on(session, found)


def _put(session: Session, text: str) -> _Asked:
    """A new question."""
    files = (*session.attached, *mentioned(session, text))
    begun, session.branch = session.tree.thread(session.branch), None
    return _Asked(begun, Question(text, files), {})


def _again(session: Session) -> _Asked:
    """The last question."""
    asked = session.tree.questions()
    if not asked:
        raise usage_error("there is no question to compare answers to", f"usage: {SLASH.usage}")
    way = session.tree.path(asked[-1].number)
    begun = session.tree.thread()._replace(path=way[:-1], unanswered=way, failed=())
    return _Asked(begun, Question(), {"system": begun.system})


def _compared(
    session: Session, asked: _Asked, chosen: Sequence[Mapping[str, Any]]
) -> list[tuple[int, Answer]]:
    """The answers that the chat can go on from, and where in the tree they are."""
    from aichat.app.exchange.several import Asking, Contest, each, told

    values = {**session.values, **asked.values}
    now = Now(session.world, session.tell)
    setup = session.trial(**asked.values, **chosen[0])
    options = {**values, **chosen[0]}
    prepared = prepare(setup, options, asked.begun, lambda: asked.question, now)
    asking = Asking(session.world, values, session.dim)
    contest = Contest(asking, each(asking, prepared, chosen), session.targets)
    session.tree.title = prepared.asked.draft.title
    recorder = session.library.another()
    try:
        answers = contest.run(recorder)
    finally:
        found = _taken(session, contest)
        session.library = recorder
        session.open(session.tree)
    session.attached = []
    faults = [answer.fault for answer in answers if answer.fault and answer.fault.signum]
    if signum := next((f.signum for f in faults if f.signum != SIGINT), None):
        raise Interrupted(signum)
    whole = [a for a in answers if not (a.fault and a.fault.signum)]
    told(asking, whole, figures=not contest.figures)
    return found


def _taken(session: Session, contest: "Contest") -> list[tuple[int, Answer]]:
    """Put the question and all answers into the tree."""
    first = contest.first
    if first is None or first.began is None:
        return []  # none of them could be asked
    tree = session.tree
    tree.take(first.began.parent, first.added, None)
    question, found = tree.lost, []
    for recorder in contest.recorders:
        turn = recorder.answered
        tree.take(question, (), turn)
        if turn and turn.answer and can_continue(turn.answer) and tree.head is not None:
            found.append((tree.head, turn.answer))
    return found


def _go_on(session: Session, found: list[tuple[int, Answer]]) -> None:
    """Have the user choose, where there is a choice."""
    usual = next((n for n, (_, answer) in enumerate(found) if answer.is_complete), 0)
    place: int | None = usual
    if len(found) > 1:
        lines = [f"{_name(answer)}  {usage_summary(answer)}" for _, answer in found]
        title = f"go on from which answer? a number, or Ctrl-C for {usual + 1}"
        place = session.pick(title, lines)
    number, answer = found[usual if place is None else place]
    session.tree.head, session.tree.lost = number, None
    session.open(session.tree)
    session.answer = answer
    session.lead()
    model = str(session.setup.model.value)
    session.tell(f"the chat goes on from the answer of {_name(answer)}, with {model}")


def _name(answer: Answer) -> str:
    """Whose it is, as the user asked for it."""
    return f"{answer.message.provider}/{answer.message.model}"


SLASH = Slash(
    "compare",
    "ask several models the same, and choose an answer",
    run,
    "MODEL... [-- QUESTION]",
    completes="models",
)
