"""Asking about a call at the terminal: what is shown is what runs; only a key typed now is a yes.

The question's words are ours; anything from a model or a tool is behind our gutter, with
every character visible.
"""

import json
from collections.abc import Callable, Iterable, Iterator

from aichat.app.tools.approval import ApprovalQuestion, ApprovalReply
from aichat.core.text.wrap import wrap_line
from aichat.core.tools.preview import (
    ASCII_MARKS,
    UNICODE_MARKS,
    Fold,
    Marks,
    fold_rows,
    marks_for,
    shown_rows,
    visible,
    wrap_row,
    wrap_words,
)
from aichat.errors import Interrupted
from aichat.process.world import World
from aichat.term.widgets.typed_line import can_ask, read_typed_line
from aichat.values import NamedTuple

#: The least columns of a row, however narrow the terminal claims to be.
_FEWEST = 8

#: The most rows per remark below a call; there a rule for all of a long call is cut, as the
#: call is shown above.
_MOST_BELOW = 3

#: Columns for a one-letter answer and Enter after the question.
_ANSWER_COLUMNS = 3


class QuestionBox(NamedTuple):
    """How to draw a question.

    ``gutter`` precedes each row of the call, ``side`` each remark about it.
    """

    top: str
    gutter: str
    side: str
    bottom: str
    marks: Marks
    dots: str


_DRAWN = QuestionBox("╭ ", "│ ", "├ ", "╰ ", UNICODE_MARKS, " · ")
_ASCII = QuestionBox("+ ", "| ", "+ ", "+ ", ASCII_MARKS, " - ")


def question_box(world: World) -> QuestionBox:
    """The box for the terminal's abilities."""
    return _ASCII if marks_for(world.encoding).ascii_only else _DRAWN


def question_rows(question: ApprovalQuestion, box: QuestionBox, columns: int) -> list[str]:
    """All rows about a call, each behind the gutter and within the terminal."""
    planned = question.planned
    rows = shown_rows(planned.tool, planned.arguments, planned.subject, box.marks)
    room = max(columns - len(box.gutter) - 1, _FEWEST)
    return [f"{box.gutter}{row}" for each in rows for row in wrap_row(each, room, box.marks)]


def _heading(question: ApprovalQuestion, box: QuestionBox) -> str:
    tool, marks = question.planned.tool, box.marks
    facts = [visible(tool.name, marks, strict=True), visible(tool.origin, marks, strict=True)]
    if question.total > 1:
        facts.append(f"call {question.number} of {question.total}")
    return box.dots.join((*facts, visible(question.why, marks)))


def _below(question: ApprovalQuestion, box: QuestionBox, place: str) -> Iterator[str]:
    """Where it runs, what the tool's maker claims, and the rule that ``s`` would add."""
    marks = box.marks
    if place:
        yield f"in {visible(place, marks, strict=True)}"
    if question.planned.subject.terms:
        yield question.planned.subject.terms
    if question.planned.tool.claim:
        yield f"its maker says: {visible(question.planned.tool.claim, marks)}"
    yield f"s allows {visible(question.rule, marks)}"


def _prompt(box: QuestionBox, columns: int, *, is_folded: bool) -> str:
    """The available keys, on several rows if necessary."""
    keys = _KEYS_FOLDED if is_folded else _KEYS
    whole = f"{box.bottom}run it? {keys}: "
    if len(whole) + _ANSWER_COLUMNS <= columns:
        return whole
    rows = wrap_line(keys, max(columns - len(box.side) - 1, _FEWEST), 0)
    return "".join(f"{box.side}{row}\n" for row in rows) + f"{box.bottom}run it? "


class TerminalAsker:
    """Asks questions at the terminal.

    ``edit`` lets the user edit a text; ``hold`` gets keys typed too soon; ``place`` is the
    folder that tools work in.
    """

    def __init__(
        self,
        world: World,
        edit: Callable[[str], str | None],
        hold: Callable[[str], object],
        place: str,
    ) -> None:
        self._world, self._edit, self._hold, self._place = world, edit, hold, place

    def ask(self, question: ApprovalQuestion) -> ApprovalReply | None:
        """The user's answer; None if nobody can be asked. Errors: ``Interrupted``."""
        world = self._world
        if not can_ask(world):
            return None
        box, columns = question_box(world), world.columns(stderr=True)
        fold = fold_rows(question_rows(question, box, columns))
        self._draw(question, box, fold, columns)
        while True:
            try:
                typed = read_typed_line(world, _prompt(box, columns, is_folded=fold.more_rows > 0))
            except OSError:
                return None
            if typed.held:
                self._hold(typed.held)
            word, _, rest = (typed.text or "").strip().partition(" ")
            if fold.more_rows and word.lower() in ("v", "y", "s", "e"):
                fold = self._show_rest(question, box, columns)
                continue
            return self._reply(question, word.lower(), rest)

    def _reply(self, question: ApprovalQuestion, word: str, rest: str) -> ApprovalReply:
        if word == "q":
            raise Interrupted(_SIGINT)
        if word == "e":
            text = self._edit(json.dumps(question.planned.arguments, indent=2, ensure_ascii=False))
            return ApprovalReply("no") if text is None else ApprovalReply("edit", text)
        if word == "r" and not rest:
            rest = read_typed_line(self._world, "because: ").text or ""
        return ApprovalReply(_WORDS.get(word, "no"), rest if word == "r" else "")

    def _draw(self, question: ApprovalQuestion, box: QuestionBox, fold: Fold, columns: int) -> None:
        room = max(columns - len(box.gutter) - 1, _FEWEST)
        heading = wrap_words(_heading(question, box), room, box.marks)
        rows = [f"{box.top}{heading[0]}", *(f"{box.side}{row}" for row in heading[1:])]
        rows += fold.rows
        if fold.more_rows:
            rows.append(f"{box.side}{fold.more_rows} more rows, {fold.more_size} characters: v")
        self._print(rows)
        self._print_below(question, box, room)

    def _print_below(self, question: ApprovalQuestion, box: QuestionBox, room: int) -> None:
        for line in _below(question, box, self._place):
            rows = wrap_words(line, room, box.marks)
            if len(rows) > _MOST_BELOW:
                last = wrap_row(rows[_MOST_BELOW - 1], room - 3, box.marks)[0]
                rows[_MOST_BELOW - 1 :] = [f"{last}..."]
            self._print(f"{box.side}{row}" for row in rows)

    def _show_rest(self, question: ApprovalQuestion, box: QuestionBox, columns: int) -> Fold:
        """Show all of it, without which it cannot be allowed."""
        rows = question_rows(question, box, columns)
        self._print(rows[len(fold_rows(rows).rows) :])
        return Fold(tuple(rows))

    def _print(self, rows: Iterable[str]) -> None:
        self._say("".join(f"{row}\n" for row in rows))

    def _say(self, text: str) -> None:
        self._world.write_stderr(text)


_SIGINT = 2
_KEYS = "y once, s always, e edit, N no, r no because, q stop"
_KEYS_FOLDED = "v all of it, N no, r no because, q stop"
_WORDS = {"y": "once", "s": "always"}
