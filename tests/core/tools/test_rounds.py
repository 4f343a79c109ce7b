"""The rounds of a turn as one answer: sums where all are known, else unknown."""

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.exchange.answer import Answer, ToolRun
from aichat.core.message.message import Message, ToolCall
from aichat.core.tools.rounds import stop_at_limit, sum_rounds
from aichat.errors import Fault

FIRST = Answer(
    "p",
    "m",
    Message("assistant", ()),
    "id 1",
    usage=Usage(1, 2, 3),
    cost=Cost(5),
    saved=7,
    first_token_s=0.5,
    total_s=1.5,
    retries=1,
)
LAST = FIRST._replace(
    response_id="id 2",
    usage=Usage(10, 20, None, 40),
    cost=Cost(50),
    saved=None,
    first_token_s=0.25,
    total_s=2.0,
    retries=2,
)


def test_rounds_are_summed_up() -> None:
    run = ToolRun(ToolCall("1", "t", "{}"), 1, "ok", "done", 0.1)
    whole = sum_rounds([FIRST, LAST], [run])
    assert whole == LAST._replace(
        usage=Usage(11, 22, None, None),
        cost=Cost(55),
        first_token_s=0.5,
        total_s=3.5,
        retries=3,
        rounds=2,
        tool_runs=(run,),
    )


def test_one_round_is_what_it_was() -> None:
    assert sum_rounds([LAST], []) == LAST._replace(rounds=1)


def test_an_answer_stopped_at_the_limit_says_so_and_keeps_a_fault_of_its_own() -> None:
    stopped = stop_at_limit(LAST, 1, "go on")
    fault = Fault("pause", "stopped at 1 round of tool calls", "go on", provider="p", model="m")
    assert stopped == LAST._replace(fault=fault)
    lost = LAST._replace(fault=Fault("network", "gone"))
    assert stop_at_limit(lost, 1, "go on") == lost
