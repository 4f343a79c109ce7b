"""A shortened conversation: the older part as a summary, the last questions unchanged."""

from aichat.core.conversation.turn import Turn
from aichat.core.message.message import Message, Text
from aichat.values import NamedTuple

#: How many of the last questions stay unchanged, with their answers.
_KEPT_QUESTIONS = 2

#: What the model is asked for; it also precedes the summary in the conversation.
REQUEST = (
    "Summarize our conversation so far, so that it can go on from your summary alone. Keep facts, "
    "decisions, names, numbers, code that is still needed and open questions, in the language we "
    "spoke. Answer with the summary only."
)


class Parts(NamedTuple):
    """The turns to be summarized, and those that stay unchanged."""

    older: tuple[Turn, ...]
    kept: tuple[Turn, ...]

    @property
    def question_count(self) -> int:
        """The questions that are summarized."""
        return len(_questions(self.older))


def split(path: tuple[Turn, ...]) -> Parts:
    """Split off a path's older part: all but the last questions; empty if there is only one."""
    asked = _questions(path)
    kept = min(_KEPT_QUESTIONS, len(asked) - 1)
    place = path.index(asked[-kept]) if kept > 0 else 0
    return Parts(path[:place], path[place:])


def _questions(path: tuple[Turn, ...]) -> list[Turn]:
    return [turn for turn in path if turn.role == "user"]


class ShortPath(NamedTuple):
    """A path whose ``older`` part, so many ``turns``, is to be summarized; the rest is ``kept``."""

    older: tuple[Turn, ...]
    kept: tuple[Turn, ...]
    turns: int

    @property
    def question_count(self) -> int:
        """The questions that are summarized."""
        return len(_questions(self.older))

    def with_summary(self, text: str) -> tuple[Turn, ...]:
        """The path to be sent, with ``text`` in place of the older part."""
        return (*_summary_turns(text, self.older[0].at), *self.kept)


def plan_short_path(path: tuple[Turn, ...]) -> ShortPath | None:
    """How to shorten a path; None if there is nothing before its last questions."""
    sent = shortened(path)
    older, kept = split(sent)
    return ShortPath(older, kept, len(path) - len(kept)) if older else None


def shortened(path: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The path to be sent: what was summarized for an answer on it stays a summary.

    So the next question has the same beginning as the last, and needs no new summary.
    """
    forms = (turn.answer.short_form for turn in reversed(path) if turn.answer)
    short = next(filter(None, forms), None)
    if short is None or short.turns >= len(path):
        return path
    kept = (_without_form(turn) for turn in path[short.turns :])
    return (*_summary_turns(short.text, path[0].at), *kept)


def _without_form(turn: Turn) -> Turn:
    """A turn without its short form, for a path that is already short."""
    if turn.answer is None or turn.answer.short_form is None:
        return turn
    return turn._replace(answer=turn.answer._replace(short_form=None))


def _summary_turns(text: str, at: float) -> tuple[Turn, Turn]:
    asked = Turn(Message("user", (Text(REQUEST),)), at)
    return asked, Turn(Message("assistant", (Text(text),)), at, status="complete")
