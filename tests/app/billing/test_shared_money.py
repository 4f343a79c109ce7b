"""Answers under way at once: what is reckoned for them, and when all together are too dear."""

import pytest

from aichat.app.billing.budget import Estimate
from aichat.app.billing.shared_money import Reckoned, SharedMoney
from aichat.app.jobs.each.money import RunBudget
from aichat.core.billing.budget import SpendLimit
from aichat.core.billing.money import Cost
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Finish, TextDelta
from aichat.core.message.message import Message
from aichat.errors import AichatError, Fault

LIMITS = [SpendLimit(1000, "USD", "the limit", strict=True)]


def known(amount: int, currency: str = "USD") -> Reckoned:
    return Reckoned(Cost(amount, currency), is_known=True)


def unknown(amount: int) -> Reckoned:
    return Reckoned(Cost(amount))


def text(tokens: int) -> list[Event]:
    return [TextDelta("four" * tokens)]


def price(into: int, out: int) -> Cost:
    return Cost(into + 10 * out)


def test_what_is_under_way_counts_as_it_was_reckoned_until_it_ends() -> None:
    money = SharedMoney()
    money.begin(1, known(600))
    assert not money.has_to_wait(known(400), LIMITS)
    assert money.has_to_wait(known(401), LIMITS) and not money.has_to_wait(known(401), [])
    money.end(1, Cost(100))
    assert not money.has_to_wait(known(901), LIMITS)  # nothing to wait for: it is too dear
    assert money.lack(known(901), LIMITS) == LIMITS[0] and not money.lack(known(900), LIMITS)
    assert not money.lack(known(10**9, "CNY"), LIMITS)


def test_only_one_of_unknown_length_is_under_way() -> None:
    money = SharedMoney()
    assert not money.has_to_wait(unknown(1), LIMITS)
    money.begin(1, unknown(1))
    assert money.has_to_wait(unknown(1), LIMITS) and not money.has_to_wait(known(1), LIMITS)
    money.end(1, None)
    assert not money.has_to_wait(unknown(1), LIMITS)


def test_an_answer_is_stopped_for_what_all_together_have_cost() -> None:
    """Each alone could go on to 90 tokens: together they may have 80, with 100 for each input."""
    money = SharedMoney()
    watches = []
    for number in (1, 2):
        money.begin(number, known(400))
        watches.append(money.watch(number, LIMITS, 100, price, "hint"))
    watches[0](text(40))
    watches[1](text(40))
    with pytest.raises(AichatError) as stopped:
        watches[1](text(1))
    assert stopped.value.fault.kind == "budget" and "the limit" in stopped.value.fault.message
    with pytest.raises(AichatError):
        watches[0](text(1))
    money.end(2, Cost(200))  # it had cost 510
    watches[0](text(20))
    watches[0]([*text(500), Finish("stop")])  # nothing is saved any more


def test_the_rounds_of_one_answer_add_up() -> None:
    money = SharedMoney()
    money.begin(1, known(100))
    money.watch(1, LIMITS, 100, price, "")(text(60))
    again = money.watch(1, LIMITS, 100, price, "")
    again(text(20))
    with pytest.raises(AichatError):
        again(text(1))
    money.end(1, Cost(910))
    assert money.lack(known(91), LIMITS) and not money.lack(known(90), LIMITS)


def answer(amount: int | None, fault: str | None = None) -> Answer:
    said = Message("assistant", ())
    cost = None if amount is None else Cost(amount)
    return Answer("p", "m", said, cost=cost, fault=Fault(fault, "x") if fault else None)


def estimate(into: int, limit: int | None = None) -> Estimate:
    return Estimate(Cost(into + (limit or 0)), into, False, limit, Cost(into))


def begin(budget: RunBudget, number: int, lane: str, about: Estimate) -> str:
    """What becomes of a question."""
    if budget.has_to_wait(number, lane, lambda: about):
        return "waits"
    if budget.lack(number, lane, lambda: about):
        return "stops"
    budget.begin(number, lane)
    return "goes"


def test_a_run_learns_what_answers_take_beside_their_input_from_each_model() -> None:
    budget = RunBudget(LIMITS)
    assert begin(budget, 1, "a", estimate(10)) == "goes"
    assert begin(budget, 2, "a", estimate(10)) == begin(budget, 3, "b", estimate(10)) == "waits"
    budget.end(1, answer(110))
    assert begin(budget, 2, "a", estimate(10)) == begin(budget, 3, "b", estimate(10)) == "goes"
    assert begin(budget, 4, "b", estimate(10)) == "waits"  # nobody knows yet of b
    budget.end(3, answer(None, "network"))  # which tells nothing
    assert begin(budget, 5, "b", estimate(10)) == "goes"
    assert begin(budget, 6, "b", estimate(10)) == "waits"
    budget.end(5, answer(310))  # 300 beside its input
    budget.end(2, answer(110))
    assert begin(budget, 6, "b", estimate(10)) == "goes"
    assert begin(budget, 7, "b", estimate(10)) == "waits"  # 530 and two of 310
    assert begin(budget, 8, "a", estimate(10)) == "goes"
    assert begin(budget, 9, "a", estimate(60)) == "waits"


def test_the_dearest_counts_beside_others_and_the_mean_alone() -> None:
    budget = RunBudget(LIMITS)
    for number, amount in enumerate((400, 20, 20, 20)):
        assert begin(budget, number, "a", estimate(0)) == "goes"
        budget.end(number, answer(amount))
    assert begin(budget, 5, "a", estimate(0)) == "goes"
    assert begin(budget, 6, "a", estimate(0)) == "waits"
    budget.end(5, answer(430))  # 110 are left
    assert begin(budget, 6, "a", estimate(0)) == "stops"


def test_an_output_limit_is_known_from_the_first_question_on() -> None:
    budget = RunBudget(LIMITS)
    assert begin(budget, 1, "a", estimate(10, 490)) == "goes"
    assert begin(budget, 2, "a", estimate(10, 490)) == "goes"
    assert begin(budget, 3, "a", estimate(10, 490)) == "waits"
    budget.end(1, answer(20))
    budget.end(2, answer(20))
    assert begin(budget, 4, "a", estimate(10, 990)) == "stops"
    rounds = RunBudget(LIMITS, has_rounds=True)  # each of which may take as much
    assert begin(rounds, 1, "a", estimate(10, 90)) == "goes"
    assert begin(rounds, 2, "a", estimate(10, 90)) == "waits"


def test_nothing_waits_without_a_limit() -> None:
    budget = RunBudget()
    assert {begin(budget, n, "a", estimate(10**9)) for n in range(9)} == {"goes"}
    budget.end(1, answer(5))
