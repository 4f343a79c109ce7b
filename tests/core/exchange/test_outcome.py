"""How an answer ended, what is said of it, and what it took."""

from typing import Any

import pytest

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage, UsageDetail
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.outcome import (
    can_fall_back,
    named_usage_line,
    remarks,
    turn_usage_line,
    usage_line,
    with_fault,
)
from aichat.core.message.message import (
    Media,
    Message,
    Part,
    Reasoning,
    Refusal,
    ServerTool,
    Text,
    ToolCall,
)
from aichat.errors import Fault

SAID = Text("Aye.")
FAULT = Fault("server", "m")


def answer(*parts: Part, **fields: Any) -> Answer:
    return Answer("box", "m1", Message("assistant", parts), **fields)


ENDINGS = {
    "length": (
        "answer cut off at the model's output limit",
        "ask for the rest, or for a shorter answer",
    ),
    "content_filter": ("the provider filtered the answer", "rephrase the question"),
    "refusal": ("the model refused to answer", ""),
    "pause": ("the provider paused the answer", "send it again to continue"),
}


@pytest.mark.parametrize("reason", ENDINGS)
def test_an_ending_that_is_a_fault_says_what_to_do(reason: str) -> None:
    message, hint = ENDINGS[reason]
    found = with_fault(answer(SAID, finish_reason=reason), user_limited=False).fault
    assert found == Fault(reason, message, hint, provider="box", model="m1")


@pytest.mark.parametrize("reason", ["stop", "tool_calls"])
def test_the_ending_of_a_whole_answer_is_no_fault(reason: str) -> None:
    given = answer(SAID, finish_reason=reason)
    assert with_fault(given, user_limited=False) is given


@pytest.mark.parametrize("reason", ["cancelled", None])
def test_an_ending_that_is_not_known_to_be_of_a_whole_answer_is_a_fault(reason: str | None) -> None:
    found = with_fault(answer(SAID, finish_reason=reason), user_limited=False).fault
    assert found and found.kind == "truncated" and found.exit_code == 9


@pytest.mark.parametrize("reason", ENDINGS)
def test_only_the_limit_may_be_the_users_own(reason: str) -> None:
    found = with_fault(answer(SAID, finish_reason=reason), user_limited=True).fault
    assert (found is None) is (reason == "length")


def test_a_fault_that_came_stays_the_fault() -> None:
    given = answer(SAID, finish_reason="length", fault=FAULT)
    assert with_fault(given, user_limited=False) is given


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("max_output_tokens", "max_output_tokens"),
        ("length", None),
        (None, None),
        ("w" * 81, "w" * 80),
    ],
)
def test_the_servers_own_word_for_an_ending_is_its_code(raw: str | None, code: str | None) -> None:
    given = answer(finish_reason="length", raw_finish=raw)
    fault = with_fault(given, user_limited=False).fault
    assert fault is not None
    assert fault.code == code


EMPTY = "empty answer (finish_reason stop)"
REMARKS: dict[str, tuple[Answer, list[str]]] = {
    "nothing": (answer(finish_reason="stop"), [EMPTY]),
    "no word for it": (
        answer(finish_reason="stop", raw_finish="END"),
        ["empty answer (finish_reason END)"],
    ),
    "a long word for it": (
        answer(finish_reason="stop", raw_finish="w" * 81),
        [f"empty answer (finish_reason {'w' * 80})"],
    ),
    "reasoning alone": (answer(Reasoning("Hm."), finish_reason="stop"), [EMPTY]),
    "a server's tool alone": (answer(ServerTool("i", "t"), finish_reason="stop"), [EMPTY]),
    "calls that are none": (
        answer(finish_reason="tool_calls"),
        ["empty answer (finish_reason tool_calls)"],
    ),
    "a text": (answer(SAID, finish_reason="stop"), []),
    "a refusal": (answer(Refusal("No."), finish_reason="stop"), []),
    "a call": (answer(ToolCall("i", "f", ""), finish_reason="tool_calls"), []),
    "sound": (answer(Media("audio/*", b"x"), finish_reason="stop"), []),
    "a picture": (answer(Media("image/png", b"x"), finish_reason="stop"), []),
    "no end": (answer(), []),
    "a limit": (
        answer(SAID, finish_reason="length"),
        ["the answer stopped at the output limit you set"],
    ),
    "a fault": (answer(finish_reason="length", fault=FAULT), []),
}


@pytest.mark.parametrize(("given", "lines"), REMARKS.values(), ids=REMARKS)
def test_what_a_person_is_told_of_an_answer(given: Answer, lines: list[str]) -> None:
    assert remarks(given) == lines


LINES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing known": ({}, ""),
    "tokens": ({"usage": Usage(7, 5)}, "7 in · 5 out · cost unknown"),
    "a told 0": ({"usage": Usage(0, 0)}, "0 in · 0 out · cost unknown"),
    "input alone": ({"usage": Usage(7)}, "7 in"),
    "parts of them": (
        {"usage": Usage(7, 5, cached_input=3, reasoning=2), "cost": Cost(20_000_000)},
        "7 in (3 cached) · 5 out (2 reasoning) · $0.02",
    ),
    "parts that are none": (
        {"usage": Usage(7, 5, cached_input=0, reasoning=0), "cost": Cost(0)},
        "7 in · 5 out · free",
    ),
    "what was seen, heard and said": (
        {
            "usage": Usage(900, 80, cached_input=5, reasoning=7),
            "detail": UsageDetail({"image_input": 258, "audio_input": 32, "audio_output": 60}),
            "cost": Cost(0),
        },
        "900 in (258 image, 32 audio, 5 cached) · 80 out (60 audio, 7 reasoning) · free",
    ),
    "an estimate that caching made cheaper": (
        {"cost": Cost(20_000_000, "CNY", True), "saved": 1_000_000},
        "~¥0.02 (caching saved ¥0.001)",
    ),
    "one that caching made dearer": (
        {"cost": Cost(20_000_000), "saved": -1_000_000},
        "$0.02 (caching cost $0.001)",
    ),
    "one billionth saved": (
        {"cost": Cost(20_000_000), "saved": 1},
        "$0.02 (caching saved $0.000000001)",
    ),
    "times": (
        {"usage": Usage(None, 100), "cost": Cost(0), "first_token_s": 0.5, "total_s": 2.5},
        "100 out · free · 0.5 s to first · 2.5 s · 50 tok/s",
    ),
    "a time too short for a speed": (
        {"usage": Usage(None, 100), "cost": Cost(0), "first_token_s": 0.0, "total_s": 0.05},
        "100 out · free · 0.0 s to first · 0.1 s",
    ),
    "no speed of nothing": (
        {"usage": Usage(None, 0), "cost": Cost(0), "first_token_s": 0.5, "total_s": 2.5},
        "0 out · free · 0.5 s to first · 2.5 s",
    ),
    "no first token": (
        {"usage": Usage(None, 9), "cost": Cost(0), "total_s": 2.5},
        "9 out · free · 2.5 s",
    ),
    "no end": ({"first_token_s": 0.0}, "0.0 s to first"),
}


@pytest.mark.parametrize(("fields", "rest"), LINES.values(), ids=LINES)
def test_what_an_answer_took_stands_on_one_line(fields: dict[str, Any], rest: str) -> None:
    assert usage_line(answer(**fields)) == rest
    assert named_usage_line(answer(**fields)) == (f"box m1 · {rest}" if rest else "box m1")


ELSEWHERE = ["rate_limit", "quota", "overloaded", "server", "network", "timeout"]
NOWHERE = ["auth", "permission", "invalid_request", "context_length", "refusal", "truncated"]


@pytest.mark.parametrize("kind", [*ELSEWHERE, *NOWHERE])
def test_another_endpoint_is_asked_where_it_may_have_what_lacks(kind: str) -> None:
    assert can_fall_back(answer(fault=Fault(kind, "m"))) is (kind in ELSEWHERE)


def test_another_endpoint_is_not_asked_once_something_was_said() -> None:
    assert not can_fall_back(answer(fault=FAULT, first_token_s=0.0))
    assert not can_fall_back(answer())


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        (80, "box m1 · 9 in · 3 out · $0.02 · 0.4 s to first · 3.6 s · 1 tok/s"),
        (60, "box m1 · 9 in · 3 out · $0.02 · 0.4 s to first · 3.6 s"),
        (50, "box m1 · 9 in · 3 out · $0.02 · 0.4 s to first"),
        (20, "box m1 · 9 in · 3 out · $0.02"),  # tokens and money are always told
    ],
)
def test_the_usage_of_a_turn_is_one_row_without_its_last_times(columns: int, row: str) -> None:
    given = answer(usage=Usage(9, 3), cost=Cost(20_000_000), first_token_s=0.4, total_s=3.6)
    assert turn_usage_line(given, None, columns) == row
    other = given._replace(model="m0")
    assert turn_usage_line(given, other, columns) == row
    assert turn_usage_line(given, given, 80).startswith("9 in · 3 out")
