"""Random turns for property tests: every kind of part, and text of any kind."""

from hypothesis import strategies as st

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Citation, Source
from aichat.core.message.media import LocalFile, Media, ProviderFile, Url
from aichat.core.message.message import (
    Message,
    Raw,
    Reasoning,
    Refusal,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
)
from aichat.core.message.tool_schema import Tool
from aichat.errors import Fault

#: Characters that are difficult for JSON, SQLite or terminals. No low surrogate, since JSON
#: would pair it with a preceding high one.
ODD = 'a"\\/ \n\r\t\x00\x1b\x7f\x85\u2028\u200d\ufeff\ud800é漢😀'
TEXTS = st.text(ODD, max_size=8)
WORDS = st.sampled_from(["a", "call_0", "call_1", "call_2", "", "\ud800", "\x00", "e\u0301"])
MAYBE = st.none() | TEXTS
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3),
    max_leaves=4,
)
COUNTS = st.none() | st.integers(0, 2**53)
TIMES = st.floats(0, 4e9)

_SOURCES = st.one_of(
    st.binary(max_size=40),
    st.builds(lambda text: Url(f"https://{text}"), TEXTS),
    st.builds(lambda text: LocalFile(f"/{text}"), TEXTS),
    st.builds(ProviderFile, TEXTS),
)
_MEDIA = st.builds(Media, TEXTS, _SOURCES, MAYBE, MAYBE, MAYBE)
_TEXT = st.builds(Text, TEXTS, MAYBE, MAYBE)
CALLS = st.builds(ToolCall, WORDS, WORDS, TEXTS, MAYBE, MAYBE, st.sampled_from(["function", "x"]))
RESULTS = st.builds(
    ToolResult,
    WORDS,
    WORDS,
    st.lists(_TEXT | _MEDIA, max_size=2).map(tuple),
    st.booleans(),
    COUNTS,
)
PARTS = st.one_of(
    _TEXT,
    st.builds(Reasoning, TEXTS, MAYBE, MAYBE, st.booleans()),
    _MEDIA,
    CALLS,
    RESULTS,
    st.builds(ServerTool, WORDS, WORDS, TEXTS, TEXTS, TEXTS, MAYBE),
    st.builds(Refusal, TEXTS, MAYBE),
    st.builds(
        Raw, st.sampled_from(["chat", "responses", "messages", "gemini"]), JSON, st.booleans()
    ),
)
WHO = st.sampled_from([(None, None), ("openai", "a"), ("openai", "b"), ("groq", "a")])
STATUSES = st.sampled_from(["complete", "partial", "interrupted", "failed"])
TOOLS = st.lists(
    st.builds(
        Tool, WORDS, TEXTS, st.dictionaries(TEXTS, JSON, max_size=2), st.none() | st.booleans()
    ),
    max_size=2,
).map(tuple)

_FAULTS = st.builds(
    Fault,
    *(WORDS, TEXTS, TEXTS, MAYBE, MAYBE, COUNTS, MAYBE, MAYBE, MAYBE, st.none() | TIMES),
    signum=st.none() | st.integers(1, 64),
)
_MANY = {
    "sources": st.lists(st.builds(Source, st.integers(0, 9), TEXTS, MAYBE, MAYBE), max_size=2),
    "citations": st.lists(st.builds(Citation, st.integers(0, 9), COUNTS, COUNTS), max_size=2),
}


@st.composite
def messages(draw: st.DrawFn, role: str) -> Message:
    """A message of ``role``."""
    return Message(role, tuple(draw(st.lists(PARTS, max_size=3))), *draw(WHO))  # type: ignore[arg-type]


@st.composite
def answers(draw: st.DrawFn, said: Message) -> Answer:
    """A model's answer with all fields."""
    return Answer(
        draw(WORDS),
        draw(WORDS),
        said,
        response_id=draw(MAYBE),
        finish_reason=draw(st.sampled_from([None, "stop", "length", "pause", "tool_calls"])),
        raw_finish=draw(MAYBE),
        continuation=draw(MAYBE),
        usage=draw(st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)),
        cost=draw(st.none() | st.builds(Cost, st.integers(0, 2**53), WORDS, st.booleans(), WORDS)),
        raw_usage=draw(JSON),
        first_token_s=draw(st.none() | TIMES),
        total_s=draw(st.none() | TIMES),
        fault=draw(st.none() | _FAULTS),
        request_id=draw(MAYBE),
        **{name: tuple(draw(many)) for name, many in _MANY.items()},
    )


@st.composite
def turns(draw: st.DrawFn, number: int = 1, parent: int | None = None) -> Turn:
    """Any turn of either side."""
    role = draw(st.sampled_from(["system", "user", "assistant", "tool"]))
    said = draw(messages(role))
    answer = draw(answers(said)) if role == "assistant" and draw(st.booleans()) else None
    return Turn(
        said,
        draw(TIMES),
        number,
        parent,
        draw(STATUSES),
        draw(MAYBE),
        draw(MAYBE),
        draw(TOOLS),
        answer,
    )


@st.composite
def paths(draw: st.DrawFn) -> tuple[Turn, ...]:
    """Consecutive turns."""
    many = draw(st.integers(0, 4))
    return tuple(draw(turns(n, n - 1 or None)) for n in range(1, many + 1))
