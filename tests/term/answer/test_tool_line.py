"""A tool of the provider's on one line."""

import pytest

from aichat.core.exchange.event import ServerToolProgress
from aichat.term.answer.tool_line import tool_line

LINES: dict[str, tuple[ServerToolProgress, str]] = {
    "a query": (ServerToolProgress("1", "web_search", "start", "tides"), "web_search: tides"),
    "a query in JSON": (
        ServerToolProgress("1", "web_search", "start", '{"query": "high\\nwater"}'),
        "web_search: high water",
    ),
    "several": (
        ServerToolProgress("1", "google_search", "end", '["a", "b"]'),
        "google_search: a, b",
    ),
    "an address": (
        ServerToolProgress("1", "web_fetch", "start", '{"url": "https://a/"}'),
        "web_fetch: https://a/",
    ),
    "code": (ServerToolProgress("1", "code", "start", "x = 1\nprint(x)"), "code: x = 1 print(x)"),
    "what has other fields": (
        ServerToolProgress("1", "t", "start", '{"a": 1}'),
        't: {"a": 1}',
    ),
    "what is no JSON": (ServerToolProgress("1", "t", "start", "{a"), "t: {a"),
    "only its result": (ServerToolProgress("1", "t", "end", "", "done"), "t: done"),
    "nothing yet": (ServerToolProgress("1", "t", "start"), ""),
    "only that it goes on": (ServerToolProgress("1", "t", "progress", "", "searching"), ""),
    "controls": (ServerToolProgress("1", "t\x1b", "start", "a\x07"), "t\u241b: a\u2407"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_says_what_is_searched_opened_or_run(name: str) -> None:
    event, line = LINES[name]
    assert tool_line(event) == line
