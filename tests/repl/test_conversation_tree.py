"""The conversation of a chat as a tree: what a store lacks is drafted again, and nothing moves."""

import pytest

from aichat.app.question.ending import request_ending
from aichat.app.question.thread import UserInput, pending_turns
from aichat.core.billing.money import Cost
from aichat.core.billing.totals import Totals
from aichat.core.billing.usage import Usage
from aichat.core.conversation.totals import answer_totals
from aichat.core.conversation.turn import FIRST_UNSTORED, Conversation, Summary, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.request import Settings
from aichat.core.message.message import Message, Text, text_of
from aichat.core.provider.endpoint import Endpoint
from aichat.errors import Fault
from aichat.providers import load
from aichat.repl.conversation_tree import ConversationTree
from aichat.repl.prompt.toolbar import cost_text

TARGET = Endpoint(load("groq"), "chat", "http://x")


def said(role: str, text: str, **facts: object) -> Turn:
    message = Message(role, (Text(text),), "groq", "m")  # type: ignore[arg-type]
    return Turn(message, 1.0, **facts)  # type: ignore[arg-type]


def answer(text: str, status: str = "complete", **facts: object) -> Turn:
    turn = said("assistant", text, status=status, **facts)
    return turn._replace(answer=Answer("groq", "m", turn.message))


def stored() -> ConversationTree:
    """A tree of two turns that the store has."""
    turns = (said("user", "zero", number=1), answer("nil", number=2, parent=1))
    return ConversationTree.from_conversation(
        Conversation(Summary("id", "", 1.0, 1.0, 2, 2), turns), Totals()
    )


def drafted(tree: ConversationTree) -> tuple[list[str], int | None]:
    """What a store is given, and after which of its turns, when a cut answer is finished."""
    given = pending_turns(tree.thread(), UserInput(None), 2.0, lambda _: None)
    whole = request_ending(given, "m", Settings(), TARGET, 2.0).pending
    return [text_of(t.message)[:8] for t in whole.draft.turns], whole.draft.parent


def test_a_cut_answer_that_the_store_has_is_followed_by_the_words_to_go_on() -> None:
    tree = stored()
    tree.add_exchange(2, [said("user", "one", number=3)], answer("un", "partial", number=4))
    assert drafted(tree) == (["Continue"], 4)


def test_what_no_store_took_is_stored_with_the_words_to_go_on() -> None:
    tree = stored()
    tree.add_exchange(2, [said("user", "one")], answer("un", "partial"))
    assert tree.head is not None and tree.head >= FIRST_UNSTORED
    assert drafted(tree) == (["one", "un", "Continue"], 2)


def test_a_cut_answer_whose_question_alone_was_stored_is_stored_with_the_rest() -> None:
    tree = stored()
    tree.add_exchange(2, [said("user", "one", number=3)], answer("un", "partial"))
    assert drafted(tree) == (["un", "Continue"], 3)


def test_a_question_in_other_words_moves_nothing_before_it_is_sent() -> None:
    tree = stored()
    assert tree.thread(1).path == ()
    assert (tree.head, len(tree.current_path)) == (2, 2)
    tree.rewind_before(1)
    assert (tree.head, tree.current_path) == (None, ())


MILLI = 1_000_000  # billionths
COSTS: dict[str, tuple[list[Cost | None], str]] = {
    "nothing was answered": ([], ""),
    "what is unknown is not nothing": ([None], ""),
    "amounts of a currency are added": ([Cost(2 * MILLI), Cost(3 * MILLI)], "$0.005"),
    "an estimate makes the sum one": ([Cost(MILLI), Cost(MILLI, estimated=True)], "~$0.002"),
    "currencies stay apart": (
        [Cost(1500 * MILLI), Cost(200 * MILLI, "CNY", estimated=True)],
        "~¥0.20 + $1.50",
    ),
    "what is unknown is said beside": ([Cost(MILLI), None], "$0.001 + 1 unpriced"),
    "a little is not nothing": ([Cost(1, estimated=True)], "~$0.000000001"),
    "nothing is what a free answer costs": ([Cost(0)], "$0.00"),
}


@pytest.mark.parametrize("case", COSTS)
def test_the_money_of_a_conversation(case: str) -> None:
    costs, text = COSTS[case]
    tree = ConversationTree("id")
    given = Answer("groq", "m", Message("assistant", ()), usage=Usage(10, None))
    tree.count_answers(given._replace(cost=cost) for cost in costs)
    every = tree.totals.overall
    assert (cost_text(tree.totals), every.requests) == (text, len(costs))
    assert (every.input, every.output) == (10 * len(costs) or None, None)


def test_an_answer_that_failed_has_no_price_to_be_known() -> None:
    failed = Answer("groq", "m", Message("assistant", ()), fault=Fault("server", "it broke"))
    every = answer_totals(failed).overall
    assert (every.unpriced, every.errors, every.requests) == (0, 1, 1)


def test_a_copy_costs_nothing_until_it_is_asked_something() -> None:
    tree = stored()
    tree.count_answers([Answer("groq", "m", Message("assistant", ()), cost=Cost(7))])
    assert tree.totals.amount("USD") == 7
    assert tree.copy_path("copy", "copied").totals == Totals()
