"""A conversation that is cut to fit: what leaves, what never does, and that it comes to an end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat.core.conversation.truncate import drop_oldest_turns
from aichat.core.message.message import Message, Text, ToolCall, ToolResult

SYSTEM = Message("system", (Text("Be brief."),))
REFUSALS = st.sampled_from(
    [
        "",
        "too long",
        "2000 tokens > 1000 maximum",
        "maximum context length is 1,000 tokens, you sent 1,001",
        "999999999999 and 1000",
        "0000 0000",
        "1000 1000",
    ]
)


@st.composite
def dialogues(draw: st.DrawFn) -> tuple[Message, ...]:
    """A system prompt or none, then questions, each with answers, calls and results."""
    turns = [SYSTEM] if draw(st.booleans()) else []
    for number in range(draw(st.integers(1, 6))):
        turns.append(Message("user", (Text(f"Q{number}" + "x" * draw(st.integers(0, 300))),)))
        for step in range(draw(st.integers(0, 2))):
            name = f"c{number}.{step}"
            call, result = ToolCall(name, "f", "{}"), ToolResult(name, "f", (Text("r" * step),))
            turns += [Message("assistant", (call,)), Message("tool", (result,))]
        if draw(st.booleans()):
            turns.append(Message("assistant", (Text("a" * draw(st.integers(0, 300))),)))
    return tuple(turns)


def ids(messages: tuple[Message, ...], kind: type[ToolCall | ToolResult]) -> list[str]:
    return [part.id for m in messages for part in m.parts if isinstance(part, kind)]


@settings(max_examples=200, deadline=None)
@given(dialogues(), REFUSALS)
def test_what_is_left_is_the_system_prompt_and_the_end_from_a_question_on(
    messages: tuple[Message, ...], refusal: str
) -> None:
    rest = drop_oldest_turns(messages, refusal)
    if rest is None:
        assert sum(message.role == "user" for message in messages) == 1
        return
    system = [message for message in messages if message.role == "system"]
    said = rest[len(system) :]
    assert list(rest[: len(system)]) == system
    assert said == messages[-len(said) :] and said[0].role == "user"
    assert len(rest) < len(messages)
    asked = [message for message in messages if message.role == "user"]
    assert asked[-1] in said


@settings(max_examples=200, deadline=None)
@given(dialogues(), REFUSALS)
def test_a_call_leaves_with_its_result_and_a_result_with_its_call(
    messages: tuple[Message, ...], refusal: str
) -> None:
    rest = drop_oldest_turns(messages, refusal)
    if rest is not None:
        assert ids(rest, ToolCall) == ids(rest, ToolResult)


@settings(max_examples=100, deadline=None)
@given(dialogues(), st.lists(REFUSALS, min_size=8, max_size=8))
def test_it_comes_to_an_end_with_the_question_left(
    messages: tuple[Message, ...], refusals: list[str]
) -> None:
    last = [message for message in messages if message.role == "user"][-1]
    left: tuple[Message, ...] | None = messages
    for refusal in refusals:
        if left is not None:
            assert last in left
            left = drop_oldest_turns(left, refusal)
    assert left is None


SAME = tuple(
    Message(role, (Text(f"{role[0]}{n}{'x' * 100}"),))  # type: ignore[arg-type]
    for n in range(5)
    for role in ("user", "assistant")
)[:-1]
SHARES = {
    "no counts": ("too long", 3),
    "one count": ("Range of input length should be [1, 129024]", 3),
    "a limit and what came": ("prompt is too long: 1250 tokens > 1000 maximum", 5),
    "in the other order": ("limit 1000, you requested 1250", 5),
    "with commas": ("maximum is 100,000 tokens, you sent 125,000", 5),
    "the sum of two": ("limit 1000: you requested 1250 (900 messages, 350 completion)", 5),
    "a date in a model's name": ("claude-haiku-4-5-20251001: the prompt is too long", 3),
    "a request's number": ("req_123456789 abc123456789: 1250 > 1000", 5),
    "only just too long": ("1001 tokens > 1000", 7),
    "far too long": ("100000 tokens > 1000", 1),
}


@pytest.mark.parametrize("name", SHARES)
def test_the_refusals_own_counts_tell_how_much_may_stay(name: str) -> None:
    refusal, left = SHARES[name]
    rest = drop_oldest_turns(SAME, refusal)
    assert rest is not None and len(rest) == left


def test_a_question_alone_cannot_be_shortened() -> None:
    assert drop_oldest_turns((SYSTEM, SAME[0]), "too long") is None
    assert drop_oldest_turns((), "too long") is None


def asked(*lengths: int) -> tuple[Message, ...]:
    """Questions whose sizes are these: what a message is written as, beside its text."""
    base = len(repr(Message("user", (Text(""),)).parts))
    return tuple(Message("user", (Text("x" * (length - base)),)) for length in lengths)


@pytest.mark.parametrize(
    ("refusal", "kept"),
    [
        ("too long", 5),  # half of ten
        ("900 of 1000", 8),  # 810 of 1000
        ("500 tokens > 1,000 maximum", 4),  # 450
        ("1000 and 500 and 999", 8),  # the two largest
        ("1000", 5),
        ("10 of 20", 5),  # no counts of tokens
        ("1000 of 1000", 5),  # the same one
        ("gpt-1000 of 500 and v2.500", 5),
    ],
)
def test_as_much_stays_as_the_servers_numbers_leave(refusal: str, kept: int) -> None:
    found = drop_oldest_turns(asked(*[100] * 10), refusal)
    assert found is not None
    assert len(found) == kept


@pytest.mark.parametrize(
    ("sizes", "kept"), [([100, 100, 100], 1), ([200, 100], 1), ([60, 70, 130], 1)]
)
def test_what_just_fits_stays_and_the_first_turn_never_does(sizes: list[int], kept: int) -> None:
    found = drop_oldest_turns(asked(*sizes), "")
    assert found is not None
    assert len(found) == kept


def test_the_only_question_is_not_dropped() -> None:
    assert drop_oldest_turns((SYSTEM, *asked(100)), "") is None
    assert drop_oldest_turns((SYSTEM,), "") is None
