"""The conversation that is open: its turns as a tree, and where in it we are."""

from collections.abc import Callable, Iterable
from itertools import count

from aichat.app.history.recorder import Recorder
from aichat.app.question.request import PreparedQuestion
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
    """The next question follows the turn ``head``; ``unanswered`` is one that got no answer.

    ``totals`` are of every answer that was paid for in it, those of a fork only in the first.
    """

    def __init__(self, name: str, title: str = "") -> None:
        self.id, self.title = name, title
        self.head: int | None = None
        self.unanswered: int | None = None
        self._turns: dict[int, Turn] = {}
        self._new_numbers = count(FIRST_UNSTORED)
        self.totals = Totals()
        self.shortened: dict[int, int | None] = {}  # the end of a compacted path, and of its whole
        self.is_full_told = False  # the user knows that the context is nearly full

    @classmethod
    def from_conversation(cls, conversation: Conversation, totals: Totals) -> "ConversationTree":
        """A stored conversation, where it was left, and what it has cost."""
        made = cls(conversation.about.id, conversation.about.title)
        made._turns = {turn.number: turn for turn in conversation.turns}
        made.totals = totals
        made.head = conversation.about.head
        asked = unanswered_path(conversation.turns)
        made.unanswered = asked[-1].number if asked else None
        return made

    def path(self, number: int | None) -> tuple[Turn, ...]:
        """The turns from the beginning to the one called ``number``."""
        return path_among(self._turns, number)

    @property
    def current_path(self) -> tuple[Turn, ...]:
        """The turns to where we are."""
        return self.path(self.head)

    @property
    def last_answer(self) -> Answer | None:
        """The answer that we are at."""
        turn = self._turns.get(self.head) if self.head is not None else None
        return turn.answer if turn else None

    def answer_text(self, purpose: str) -> str:
        """What the last answer on the way to here says. Errors: ``usage`` where there is none."""
        answers = [turn for turn in self.current_path if turn.role == "assistant"]
        if not answers:
            raise usage_error(f"no answer to {purpose} yet")
        return text_of(answers[-1].message)

    def thread(self, before: int | None = None) -> Thread:
        """The conversation as a question finds it, or one in place of the turn ``before``."""
        if before is not None:
            return Thread(self.id, self.title, self.path(self._turns[before].parent))
        lost = self.path(self.unanswered) if self.unanswered is not None else ()
        failed = tuple(t for t in self._turns.values() if lost and t.parent == self.unanswered)
        return Thread(self.id, self.title, self.current_path, lost, failed)

    def questions(self) -> list[Turn]:
        """What the user asked on the way to where we are, unanswered ones too."""
        path = self.path(self.unanswered) if self.unanswered is not None else self.current_path
        return [turn for turn in path if turn.role == "user" and text_of(turn.message)]

    def add_exchange(
        self, parent: int | None, turns: Iterable[Turn], answer_turn: Turn | None
    ) -> None:
        """Go on to what an exchange brought: to its answer, or to a question that has none."""
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
        """Go on to the results of the calls of where we are; the model is yet to be told."""
        self.head = self.unanswered = self._add_turn(turn, self.head)

    def _add_turn(self, turn: Turn, parent: int | None) -> int:
        number = turn.number or next(self._new_numbers)
        self._turns[number] = turn._replace(number=number, parent=parent)
        return number

    def count_answers(self, answers: Iterable[Answer]) -> None:
        """Add what answers took, whether or not the conversation goes on from them."""
        self.totals = add_totals((self.totals, *map(answer_totals, answers)))

    def learn(self, turns: Iterable[Turn]) -> None:
        """Take in what the store has and we do not: others have added to the conversation."""
        self._turns |= {one.number: one for one in turns if one.number not in self._turns}

    @property
    def branch_heads(self) -> list[int]:
        """The answers that nothing follows, in the order of asking, and where we are."""
        answered = [
            number
            for number, turn in self._turns.items()
            if turn.answer and can_continue(turn.answer)
        ]
        passed = {turn.number for n in answered for turn in self.path(self._turns[n].parent)}
        here = [] if self.head is None else [self.head]
        return sorted({*(n for n in answered if n not in passed), *here})

    def go_to(self, number: int) -> None:
        """Go on from the turn called ``number``."""
        self.head, self.unanswered = number, None

    def add_branch(self, turns: Iterable[Turn]) -> None:
        """Go on from ``turns``, which follow each other from a beginning of their own.

        They say the same as the way to here, in fewer words.
        """
        parent = None
        for turn in turns:
            parent = self._add_turn(turn, parent)
        if parent is not None:
            self.shortened[parent] = self.head
            self.head, self.unanswered, self.is_full_told = parent, None, False

    def go_on_from(self, number: int | None, turns: Iterable[Turn]) -> None:
        """Go on from new turns behind the one called ``number``; a question waits for an answer."""
        self.head, self.unanswered = number, None
        for turn in turns:
            number = self._add_turn(turn, number)
        path = self.path(number)
        if path and path[-1].role == "assistant":
            self.head = number
        elif path:
            self.head, self.unanswered = path[-1].parent, number

    def rewind_before(self, number: int) -> None:
        """Go on from before the turn called ``number``, which stays where it is."""
        self.head, self.unanswered = self._turns[number].parent, None

    def copy_path(self, name: str, title: str) -> "ConversationTree":
        """The way to here as a conversation of its own."""
        made = ConversationTree(name, title)
        made._turns = {turn.number: turn for turn in self.current_path}
        made.head, made._new_numbers = self.head, self._new_numbers
        return made

    @property
    def is_stored(self) -> bool:
        """Whether the store has the turn that we are at."""
        return self.head is not None and self.head < FIRST_UNSTORED

    def conversation(self) -> Conversation:
        """All of it, as what exports it wants it."""
        turns = tuple(self._turns[number] for number in sorted(self._turns))
        times = [turn.at for turn in turns] or [0.0]
        about = Summary(self.id, self.title, times[0], times[-1], self.head, len(turns))
        return Conversation(about, turns)


class TreeTrail(NamedTuple):
    """Where a turn with tools goes along in the tree of the chat."""

    add_exchange: Callable[[Recorder, PreparedQuestion], None]
    tree: ConversationTree

    def add_answer(self, recorder: Recorder, question: PreparedQuestion) -> tuple[Turn, ...]:
        """The path to an answer that was just given."""
        self.add_exchange(recorder, question)
        return self.tree.current_path

    def add_results(self, _: tuple[Turn, ...], turn: Turn) -> tuple[Turn, ...]:
        """The path to the results of an answer's calls."""
        self.tree.add_results(turn)
        return self.tree.current_path
