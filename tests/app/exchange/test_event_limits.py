"""An answer of thousands of calls or pictures: what is beyond the limit is named, once."""

import json
import time
from collections.abc import Callable, Iterable

import pytest

from aichat.core.exchange.event import ToolCallStart
from aichat.core.exchange.filters.event_filter import EVENT_LIMITS
from tests.app.history.test_answer_media import PNG, drawn
from tests.support.answering.server import Reply, Server, chat_stream, tool_call
from tests.support.running.program import Program

LIMIT = EVENT_LIMITS[ToolCallStart].most


def calls(count: int) -> Reply:
    """An answer of that many calls of one tool."""
    names: Iterable[int] = range(count)
    made = [tool_call("look", '{"n":1}', call_id=f"call_{n}", index=n)[0] for n in names]
    return chat_stream([], tool_calls=made)


def test_calls_beyond_the_limit_are_told_and_left_out(aichat: Program) -> None:
    with Server(calls(LIMIT + 5)) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "hi", "--json")
    assert len(json.loads(done.text)["tool_calls"]) == LIMIT
    assert done.stderr.count(f"more than {LIMIT:,} tool calls: the rest is left out") == 1
    stored = json.loads(aichat.invoke("history", "show", "last", "--json").text)
    assert json.dumps(stored).count('"call_') == LIMIT


def test_all_calls_within_the_limit_are_kept(aichat: Program) -> None:
    with Server(calls(LIMIT)) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "hi", "--json")
    assert len(json.loads(done.text)["tool_calls"]) == LIMIT
    assert "left out" not in done.stderr


@pytest.mark.parametrize("reply", [calls, lambda n: drawn(*[PNG] * n)], ids=["calls", "pictures"])
@pytest.mark.long
def test_cost_grows_with_what_came(aichat: Program, reply: Callable[[int], Reply]) -> None:
    seconds = {}
    for count in (250, 1_000):
        with Server(reply(count)) as server:
            aichat.point_groq_at(server.url)
            begun = time.process_time()
            assert aichat.invoke("ask", "hi", "--json").code == 0
            seconds[count] = time.process_time() - begun
    assert seconds[1_000] < 6 * seconds[250]
