"""The conversation that is open: its turns as a tree, and where in it we are."""

from collections.abc import Iterable
from itertools import count

from aichat.app.question.thread import Thread
from aichat.core.conversation.totals import ConversationTotals
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


class Tree:
    """The next question follows the turn called ``head``; ``lost`` is one that got no answer."""

    def __init__(self, name: str, title: str = "") -> None:
        self.id, self.title = name, title
        self.head: int | None = None
        self.lost: int | None = None
        self._turns: dict[int, Turn] = {}
        self._fresh = count(FIRST_UNSTORED)
        self.used = ConversationTotals()

    @classmethod
    def of(cls, given: Conversation) -> "Tree":
        """A stored conversation, where it was left."""
        made = cls(given.about.id, given.about.title)
        made._turns = {turn.number: turn for turn in given.turns}
        for turn in given.turns:
            made.used = made.used.with_turn(turn)
        made.head = given.about.head
        asked = unanswered_path(given.turns)
        made.lost = asked[-1].number if asked else None
        return made

    def path(self, number: int | None) -> tuple[Turn, ...]:
        """The turns from the beginning to the one called ``number``."""
        return path_among(self._turns, number)

    @property
    def here(self) -> tuple[Turn, ...]:
        """The turns to where we are."""
        return self.path(self.head)

    @property
    def last(self) -> Answer | None:
        """The answer that we are at."""
        turn = self._turns.get(self.head) if self.head is not None else None
        return turn.answer if turn else None

    def thread(self, before: int | None = None) -> Thread:
        """The conversation as a question finds it, or one in place of the turn ``before``."""
        if before is not None:
            return Thread(self.id, self.title, self.path(self._turns[before].parent))
        lost = self.path(self.lost) if self.lost is not None else ()
        failed = tuple(t for t in self._turns.values() if lost and t.parent == self.lost)
        return Thread(self.id, self.title, self.here, lost, failed)

    def questions(self) -> list[Turn]:
        """What the user asked on the way to where we are, unanswered ones too."""
        way = self.path(self.lost) if self.lost is not None else self.here
        return [turn for turn in way if turn.role == "user" and text_of(turn.message)]

    def take(self, parent: int | None, added: Iterable[Turn], answered: Turn | None) -> None:
        """Go on to what an exchange brought: to its answer, or to a question that has none."""
        for turn in added:
            parent = self._put(turn, parent)
        if answered is None or answered.answer is None or not can_continue(answered.answer):
            self.lost = parent
            if answered:
                self._put(answered, parent)
            return
        self.head, self.lost = self._put(answered, parent), None

    def _put(self, turn: Turn, parent: int | None) -> int:
        number = turn.number or next(self._fresh)
        if number not in self._turns:
            self.used = self.used.with_turn(turn)
        self._turns[number] = turn._replace(number=number, parent=parent)
        return number

    def back_before(self, number: int) -> None:
        """Go on from before the turn called ``number``, which stays where it is."""
        self.head, self.lost = self._turns[number].parent, None

    def copy(self, name: str, title: str) -> "Tree":
        """The way to here as a conversation of its own."""
        made = Tree(name, title)
        made._turns = {turn.number: turn for turn in self.here}
        made.head, made._fresh = self.head, self._fresh
        return made

    @property
    def stored(self) -> bool:
        """Whether the store has the turn that we are at."""
        return self.head is not None and self.head < FIRST_UNSTORED

    def conversation(self) -> Conversation:
        """All of it, as what exports it wants it."""
        turns = tuple(self._turns[number] for number in sorted(self._turns))
        times = [turn.at for turn in turns] or [0.0]
        about = Summary(self.id, self.title, times[0], times[-1], self.head, len(turns))
        return Conversation(about, turns)
