"""A conversation made short: its older part goes as a summary, the last questions as they were."""

from aichat.core.conversation.turn import Turn
from aichat.core.message.message import Message, Text
from aichat.values import NamedTuple

#: The last questions that stay as they are, with their answers.
_KEPT_QUESTIONS = 2

#: What the model is asked; it stands before the summary.
REQUEST = (
    "Summarize our conversation so far, so that it can go on from your summary alone. Keep facts, "
    "decisions, names, numbers, code that is still needed and open questions, in the language we "
    "spoke. Answer with the summary only."
)


class Parts(NamedTuple):
    """The turns that are summarized, and those that stay as they are."""

    older: tuple[Turn, ...]
    kept: tuple[Turn, ...]

    @property
    def question_count(self) -> int:
        """The questions that are summarized."""
        return len(_questions(self.older))


def split(path: tuple[Turn, ...]) -> Parts:
    """What of a path is its older part: all but the last questions; nothing where there is one."""
    asked = _questions(path)
    kept = min(_KEPT_QUESTIONS, len(asked) - 1)
    place = path.index(asked[-kept]) if kept > 0 else 0
    return Parts(path[:place], path[place:])


def _questions(path: tuple[Turn, ...]) -> list[Turn]:
    return [turn for turn in path if turn.role == "user"]


class ShortPath(NamedTuple):
    """A path whose ``older`` part is to be summarized: ``turns`` of it; the rest is ``kept``."""

    older: tuple[Turn, ...]
    kept: tuple[Turn, ...]
    turns: int

    @property
    def question_count(self) -> int:
        """The questions that are summarized."""
        return len(_questions(self.older))

    def with_summary(self, text: str) -> tuple[Turn, ...]:
        """The path as it is sent, with ``text`` in the place of the older part."""
        return (*_summary_turns(text, self.older[0].at), *self.kept)


def plan_short_path(path: tuple[Turn, ...]) -> ShortPath | None:
    """How a path is made short; None where there is nothing before its last questions."""
    sent = shortened(path)
    older, kept = split(sent)
    return ShortPath(older, kept, len(path) - len(kept)) if older else None


def shortened(path: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """A path as it is sent: what was summarized for an answer on it stays a summary.

    So a question that follows begins as the one before it did, and costs no other summary.
    """
    forms = (turn.answer.short_form for turn in reversed(path) if turn.answer)
    short = next(filter(None, forms), None)
    if short is None or short.turns >= len(path):
        return path
    kept = (_without_form(turn) for turn in path[short.turns :])
    return (*_summary_turns(short.text, path[0].at), *kept)


def _without_form(turn: Turn) -> Turn:
    """A turn on a path that is short already."""
    if turn.answer is None or turn.answer.short_form is None:
        return turn
    return turn._replace(answer=turn.answer._replace(short_form=None))


def _summary_turns(text: str, at: float) -> tuple[Turn, Turn]:
    asked = Turn(Message("user", (Text(REQUEST),)), at)
    return asked, Turn(Message("assistant", (Text(text),)), at, status="complete")
