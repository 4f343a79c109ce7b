"""A conversation as Markdown."""

from typing import Any

import pytest

from aichat.core.conversation.markdown.page import body, heading, render_markdown
from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Citation, Source
from aichat.core.message.media import Url
from aichat.core.message.message import (
    Media,
    Message,
    Part,
    Raw,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from aichat.core.text.dates import format_time

WHEN = format_time(0.0)


def turn(number: int, parent: int | None, role: Any, *parts: Part, **fields: Any) -> Turn:
    model = "m1" if role == "assistant" else None
    return Turn(Message(role, parts, None, model), 0.0, number, parent, **fields)


def saying(*parts: Part) -> Turn:
    return turn(1, None, "assistant", *parts)


HEADINGS = {
    "the user": (turn(1, None, "user"), f"user ({WHEN})"),
    "a model": (turn(1, None, "assistant"), f"m1 ({WHEN})"),
    "a model without a name": (
        Turn(Message("assistant", ()), 0.0),
        f"assistant ({WHEN})",
    ),
    "a tool": (turn(1, None, "tool"), f"tool result ({WHEN})"),
    "an answer that was cut": (
        turn(1, None, "assistant", status="partial"),
        f"m1 ({WHEN}, partial)",
    ),
}


@pytest.mark.parametrize(("given", "line"), HEADINGS.values(), ids=HEADINGS)
def test_a_heading_says_who_when_and_how_it_ended(given: Turn, line: str) -> None:
    assert heading(given) == line


BODIES: dict[str, tuple[tuple[Part, ...], str]] = {
    "text and refusal": ((Text("a"), Refusal("b")), "a\n\nb"),
    "reasoning is quoted": ((Reasoning("a\n\nb"),), "> a\n>\n> b"),
    "a call": ((ToolCall("i", "f", '{"a":1}'),), 'Tool call `i`: \n\n```\nf({"a":1})\n```'),
    "a result": (
        (ToolResult("i", "f", (Text("a"), Media("image/png", Url("u")), Text("b"))),),
        "Result of `i`: \n\n```\nab\n```\n\n[image/png ](u)",
    ),
    "a fence that nothing ends": (
        (ToolResult("i", "f", (Text("````"),)),),
        "Result of `i`: \n\n`````\n````\n`````",
    ),
    "media with a name": ((Media("a/b", Url("u"), "n"),), "[a/b n](u)"),
    "media without": ((Media("a/b", b"x"),), "[a/b ]()"),
    "what nobody can read": ((Raw("chat", {"x": 1}), Text("a"), Text("")), "a"),
}


@pytest.mark.parametrize(("parts", "text"), BODIES.values(), ids=BODIES)
def test_every_part_is_written(parts: tuple[Part, ...], text: str) -> None:
    assert body(saying(*parts)) == text


ASKED = turn(1, None, "user", Text("Q ## x"))
FOUND = Answer("box", "m1", Message("assistant", ()))._replace(
    sources=(Source(1, "http://a", "A"), Source(2, "http://b"))
)
FIRST = turn(2, 1, "assistant", Text("A1"))
SECOND = turn(3, 1, "assistant", Text("A2"), answer=FOUND)
OTHER = turn(4, None, "user", Text("Q2"))


def test_the_way_to_the_end_comes_first_and_then_what_branched_off() -> None:
    given = Conversation(Summary("i", "Title", 0, 0, head=3), (ASKED, FIRST, SECOND, OTHER))
    assert render_markdown(given) == (
        f"# Title\n\n## user ({WHEN})\n\nQ ## x\n\n"
        f"## m1 ({WHEN})\n\nA2\n\n1. A <http://a>\n2. http://b <http://b>\n\n"
        "---\n\n*Other branches*\n\n"
        f"## 2 after 1: m1 ({WHEN})\n\nA1\n\n"
        f"## 4 after the start: user ({WHEN})\n\nQ2\n"
    )


def test_what_is_cited_has_footnotes_and_what_was_only_found_is_listed() -> None:
    """Each turn has labels of its own, and no address can end its brackets."""
    answer = FOUND._replace(
        sources=(Source(1, "http://a/<x y>", "A\nB"), Source(2, "http://b"), Source(3, "http://c")),
        citations=(Citation(1, 0, 2), Citation(3, 3, 6), Citation(9, 0, 2)),
    )
    third = turn(3, 1, "assistant", Text("A2 [3]."), answer=answer)
    given = Conversation(Summary("i", "Title", 0, 0, head=3), (ASKED, third))
    assert render_markdown(given).partition("m1 ")[2].partition("\n\n")[2] == (
        "A2[^3-1] [^3-3].\n\n[^3-1]: A B <http://a/%3Cx%20y%3E>\n"
        "2. http://b <http://b>\n[^3-3]: http://c <http://c>\n"
    )


def test_a_conversation_without_an_end_is_written_whole() -> None:
    given = Conversation(Summary("i", "Title", 0, 0), (ASKED, FIRST))
    assert render_markdown(given) == (
        f"# Title\n\n## user ({WHEN})\n\nQ ## x\n\n## m1 ({WHEN})\n\nA1\n"
    )
