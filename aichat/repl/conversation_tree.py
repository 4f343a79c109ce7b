"""The open conversation: its turns as a tree, and the current position in it."""

from collections.abc import Callable, Iterable
from itertools import count

from aichat.app.history.recorder import Recorder
from aichat.app.question.prepare import PreparedQuestion
from aichat.app.question.thread import Thread
from aichat.core.billing.totals import Totals, add_totals
from aichat.core.conversation.totals import answer_totals
from aichat.core.conversation.turn import (
    FIRST_UNSTORED,
    Conversation,
    Summary,
    Turn,
    can_continue,
    path_among,
    unanswered_path,
)
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import text_of
from aichat.errors import usage_error
from aichat.values import NamedTuple


class ConversationTree:
    """The next question follows the turn ``head``; ``unanswered`` is a question without an answer.

    ``totals`` are of all answers paid for in it; a fork's are counted only in the original.
    """

    def __init__(self, name: str, title: str = "") -> None:
        self.id, self.title = name, title
        self.head: int | None = None
        self.unanswered: int | None = None
        self._turns: dict[int, Turn] = {}
        self._new_numbers = count(FIRST_UNSTORED)
        self.totals = Totals()
        self.shortened: dict[int, int | None] = {}  # compacted head -> whole head
        self.is_full_told = False  # the user was told that the context is nearly full

    @classmethod
    def from_conversation(cls, conversation: Conversation, totals: Totals) -> "ConversationTree":
        """Open a stored conversation where it was left, with what it has cost."""
        made = cls(conversation.about.id, conversation.about.title)
        made._turns = {turn.number: turn for turn in conversation.turns}
        made.totals = totals
        made.head = conversation.about.head
        asked = unanswered_path(conversation.turns)
        made.unanswered = asked[-1].number if asked else None
        return made

    def path(self, number: int | None) -> tuple[Turn, ...]:
        """The turns from the beginning to the one with ``number``."""
        return path_among(self._turns, number)

    @property
    def current_path(self) -> tuple[Turn, ...]:
        """The turns up to the current position."""
        return self.path(self.head)

    @property
    def last_answer(self) -> Answer | None:
        """The answer at the current position."""
        turn = self._turns.get(self.head) if self.head is not None else None
        return turn.answer if turn else None

    def answer_text(self, purpose: str) -> str:
        """The text of the last answer on the current path. Errors: ``usage`` if there is none."""
        answers = [turn for turn in self.current_path if turn.role == "assistant"]
        if not answers:
            raise usage_error(f"no answer to {purpose} yet")
        return text_of(answers[-1].message)

    def thread(self, before: int | None = None) -> Thread:
        """The thread for a question here, or for one that replaces the turn ``before``."""
        if before is not None:
            return Thread(self.id, self.title, self.path(self._turns[before].parent))
        lost = self.path(self.unanswered) if self.unanswered is not None else ()
        failed = tuple(t for t in self._turns.values() if lost and t.parent == self.unanswered)
        return Thread(self.id, self.title, self.current_path, lost, failed)

    def thread_again(self) -> Thread | None:
        """The thread for asking the last question again; None if there is none."""
        asked = self.questions()
        if not asked:
            return None
        path = self.path(asked[-1].number)
        return self.thread()._replace(path=path[:-1], unanswered=path, failed=())

    def questions(self) -> list[Turn]:
        """The questions on the current path, including an unanswered one."""
        path = self.path(self.unanswered) if self.unanswered is not None else self.current_path
        return [turn for turn in path if turn.role == "user" and text_of(turn.message)]

    def add_exchange(
        self, parent: int | None, turns: Iterable[Turn], answer_turn: Turn | None
    ) -> None:
        """Add an exchange, and move to its answer, or to a question without one."""
        for turn in turns:
            parent = self._add_turn(turn, parent)
        if (
            answer_turn is None
            or answer_turn.answer is None
            or not can_continue(answer_turn.answer)
        ):
            self.unanswered = parent
            if answer_turn:
                self._add_turn(answer_turn, parent)
            return
        self.head, self.unanswered = self._add_turn(answer_turn, parent), None

    def add_results(self, turn: Turn) -> None:
        """Add the results of the current answer's calls, which the model has yet to see."""
        self.head = self.unanswered = self._add_turn(turn, self.head)

    def _add_turn(self, turn: Turn, parent: int | None) -> int:
        number = turn.number or next(self._new_numbers)
        self._turns[number] = turn._replace(number=number, parent=parent)
        return number

    def count_answers(self, answers: Iterable[Answer]) -> None:
        """Count what answers used, whether or not the conversation continues from them."""
        self.totals = add_totals((self.totals, *map(answer_totals, answers)))

    def learn(self, turns: Iterable[Turn]) -> None:
        """Add the stored turns that are missing here: another process may have added some."""
        self._turns |= {one.number: one for one in turns if one.number not in self._turns}

    @property
    def branch_heads(self) -> list[int]:
        """The answers that nothing follows, in the order of asking, and the current position."""
        answered = [
            number
            for number, turn in self._turns.items()
            if turn.answer and can_continue(turn.answer)
        ]
        passed = {turn.number for n in answered for turn in self.path(self._turns[n].parent)}
        here = [] if self.head is None else [self.head]
        return sorted({*(n for n in answered if n not in passed), *here})

    def go_to(self, number: int) -> None:
        """Move to the turn with ``number``."""
        self.head, self.unanswered = number, None

    def add_branch(self, turns: Iterable[Turn]) -> None:
        """Move to the end of ``turns``, which form a new path from the beginning.

        They say the same as the current path, in fewer words.
        """
        parent = None
        for turn in turns:
            parent = self._add_turn(turn, parent)
        if parent is not None:
            self.shortened[parent] = self.head
            self.head, self.unanswered, self.is_full_told = parent, None, False

    def go_on_from(self, number: int | None, turns: Iterable[Turn]) -> None:
        """Add turns after the one with ``number``, and move to the last; a question stays open."""
        self.head, self.unanswered = number, None
        for turn in turns:
            number = self._add_turn(turn, number)
        path = self.path(number)
        if path and path[-1].role == "assistant":
            self.head = number
        elif path:
            self.head, self.unanswered = path[-1].parent, number

    def rewind_before(self, number: int) -> None:
        """Move to before the turn with ``number``, which stays in the tree."""
        self.head, self.unanswered = self._turns[number].parent, None

    def copy_path(self, name: str, title: str) -> "ConversationTree":
        """The current path as a new conversation."""
        made = ConversationTree(name, title)
        made._turns = {turn.number: turn for turn in self.current_path}
        made.head, made._new_numbers = self.head, self._new_numbers
        return made

    @property
    def is_stored(self) -> bool:
        """Whether the current turn is stored."""
        return self.head is not None and self.head < FIRST_UNSTORED

    def conversation(self) -> Conversation:
        """The whole conversation, for an export."""
        turns = tuple(self._turns[number] for number in sorted(self._turns))
        times = [turn.at for turn in turns] or [0.0]
        about = Summary(self.id, self.title, times[0], times[-1], self.head, len(turns))
        return Conversation(about, turns)


class TreeTrail(NamedTuple):
    """Where a turn with tools puts its answers and results in the chat's tree."""

    add_exchange: Callable[[Recorder, PreparedQuestion], None]
    tree: ConversationTree

    def add_answer(self, recorder: Recorder, question: PreparedQuestion) -> tuple[Turn, ...]:
        """Add an answer, and return the path to it."""
        self.add_exchange(recorder, question)
        return self.tree.current_path

    def add_results(self, _: tuple[Turn, ...], turn: Turn) -> tuple[Turn, ...]:
        """Add the results of an answer's calls, and return the path to them."""
        self.tree.add_results(turn)
        return self.tree.current_path
