"""The questions of a stored conversation, prepared to be asked again."""

from aichat.app.question.prepare import PreparedQuestion
from aichat.app.question.thread import PendingTurns
from aichat.app.setup.setup import RecalledOptions
from aichat.core.conversation.turn import Conversation, Draft, Turn, path_to
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import text_of
from aichat.values import NamedTuple


class StoredQuestion(NamedTuple):
    """A question of a conversation: the ``path`` that ends in it, and its answer."""

    path: tuple[Turn, ...]
    answered: Turn

    @property
    def text(self) -> str:
        """The text of the question."""
        return text_of(self.path[-1].message)

    @property
    def answer(self) -> Answer:
        """The original answer."""
        said = self.answered.answer or Answer("", "", self.answered.message)
        return said._replace(message=self.answered.message)


def questions_of(given: Conversation) -> list[StoredQuestion]:
    """The answered questions on the path to a conversation's current turn."""
    path = path_to(given.turns, given.about.head) or given.turns
    asked = [place for place, turn in enumerate(path) if turn.role == "user"]
    found = []
    for place, after in zip(asked, [*asked[1:], len(path)], strict=True):
        turns = (turn for turn in path[place:after] if turn.role == "assistant")
        said = [turn for turn in turns if text_of(turn.message)]
        if said:
            found.append(StoredQuestion(path[: place + 1], said[-1]))
    return found


def recalled_options(question: StoredQuestion) -> RecalledOptions:
    """The provider and model that answered a question."""
    turn = question.answered
    return RecalledOptions(turn.message.provider, turn.message.model, turn.wire, turn.profile)


def prepare_again(question: StoredQuestion, conversation: str) -> PreparedQuestion:
    """The question as it was asked: after the same turns, with the same system prompt.

    Tools of the conversation are described to the model, but none is run.
    """
    systems = [text_of(turn.message) for turn in question.path if turn.role == "system"]
    tools = next((turn.tools for turn in reversed(question.path) if turn.tools), ())
    pending = PendingTurns(Draft(conversation, ""), question.path)
    return PreparedQuestion(pending, systems[-1] if systems else None, tools, tools_off=bool(tools))
