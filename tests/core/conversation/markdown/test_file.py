"""A conversation as a file: whatever is said in it, what is read is what was written."""

import pytest

from aichat.core.conversation.markdown.file import new_turns, parse_file, render_file, stored_path
from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.message.message import Message, Text, ToolCall, ToolResult, text_of
from aichat.errors import AichatError

SAID = [
    "plain\n\n    indented\n```\n## user\n```",
    "## user\n\\## assistant\n## m1 (2026-01-01 10:00)\n\\\\## tool result (?)",
    "*Other branches*\n---\nid: x\n---\n\\*Other branches*",
    "## a heading\n## user said\n# Title\n## user (soon)",
    "\u202eis turned\x1b[31m",
]


def turn(number: int, parent: int | None, role: str, text: str, model: str | None = None) -> Turn:
    who = ("groq", model) if model else (None, None)
    return Turn(Message(role, (Text(text),), *who), 1e9, number, parent)  # type: ignore[arg-type]


def conversation(*texts: str) -> Conversation:
    turns = [
        turn(n + 1, n or None, *(("assistant", text, "a/b (x)") if n % 2 else ("user", text)))
        for n, text in enumerate(texts)
    ]
    return Conversation(Summary("k3", 'T "q": # x', 1e9, 1e9, len(turns)), tuple(turns))


@pytest.mark.parametrize("text", SAID)
def test_what_is_read_is_what_was_written(text: str) -> None:
    given = conversation(text, text, "end")
    file = parse_file(render_file(given))
    assert [one.role for one in file.turns] == ["user", "assistant", "user"]
    assert [one.model for one in file.turns] == [None, "a/b (x)", None]
    assert stored_path(given.turns, file.turns) == given.turns
    assert (file.head["id"], file.title) == ("k3", 'T "q": # x')
    if text.isprintable() or "\x1b" not in text:
        assert [text_of(one.message) for one in new_turns(file, (), 1.0)] == [text, text, "end"]


def test_an_edit_ends_what_is_known_and_other_keys_stay() -> None:
    given = conversation("one", "two", "three")
    written = render_file(given, ("tags:", "  - work", "# mine"))
    file = parse_file(written.replace("two", "2").replace("\n", "\r\n"))
    assert file.other_lines == ("tags:", "  - work", "# mine")
    known = stored_path(given.turns, file.turns)
    assert [one.number for one in known] == [1]
    new = new_turns(file, known, 5.0)
    assert [(one.role, text_of(one.message), one.message.provider) for one in new] == [
        ("assistant", "2", "groq"),
        ("user", "three", None),
    ]


def test_of_branches_that_of_the_end_is_written_and_each_is_known() -> None:
    given = conversation("one", "two", "three")
    given = given._replace(turns=(*given.turns, turn(4, 1, "assistant", "other", "m")))
    file = parse_file(render_file(given))
    assert [one.text for one in file.turns] == ["one", "two", "three"]
    other = parse_file("## user\none\n## m (2026-01-01 10:00)\nother")
    assert [one.number for one in stored_path(given.turns, other.turns)] == [1, 4]


def test_of_two_that_say_the_same_the_one_is_meant_that_was_gone_on_from() -> None:
    given = conversation("one", "two", "three")
    again = turn(4, 1, "assistant", "two", "a/b (x)")
    file = parse_file(render_file(given))
    known = stored_path((*given.turns, again), file.turns)
    assert [one.number for one in known] == [1, 2, 3]
    assert [one.number for one in stored_path((*given.turns, again), file.turns[:2])] == [1, 4]


def test_an_edited_result_stays_that_of_its_call() -> None:
    call = ToolCall("c1", "f", '{"a": "x) `y`"}')
    asked = Turn(Message("assistant", (Text("hm"), call), "groq", "m"), 1e9, 2, 1)
    result = Turn(Message("tool", (ToolResult("c1", "f", (Text("out\n```\nin"),)),)), 1e9, 3, 2)
    given = conversation("one")
    given = given._replace(turns=(*given.turns, asked, result), about=given.about._replace(head=3))
    text = render_file(given)
    file = parse_file(text.replace("out", "OUT"))
    edited = ToolResult("c1", "f", (Text("OUT\n```\nin"),))
    assert stored_path(given.turns, file.turns) == given.turns[:2]
    (new,) = new_turns(file, given.turns[:2], 1.0)
    assert (new.role, new.message.parts) == ("tool", (edited,))
    whole = parse_file(text.replace("out", "OUT").replace("hm", "HM"))
    assert [one.message.parts for one in new_turns(whole, given.turns[:1], 1.0)] == [
        (Text("HM"), call),
        (edited,),
    ]
    other = parse_file(text.replace("Result of `c1`", "Result of `c2`").replace("hm", "HM"))
    assert [one.role for one in new_turns(other, given.turns[:1], 1.0)] == ["assistant", "user"]
    assert not any(
        isinstance(part, ToolCall)
        for one in new_turns(other, given.turns[:1], 1.0)
        for part in one.message.parts
    )


def test_what_a_tool_returned_to_nothing_is_the_users_word() -> None:
    result = Turn(Message("tool", (ToolResult("c1", "f", (Text("out"),)),)), 1e9, 3, 2)
    given = conversation("one", "two")
    given = given._replace(turns=(*given.turns, result), about=given.about._replace(head=3))
    file = parse_file(render_file(given))
    assert stored_path(given.turns, file.turns) == given.turns
    assert [one.role for one in new_turns(file, given.turns[:2], 1.0)] == ["user"]


@pytest.mark.parametrize("text", ["", "words", "---\nid: x\n---\n# Title\n", "## users\nx"])
def test_a_file_without_turns_is_told(text: str) -> None:
    with pytest.raises(AichatError, match="its turns stand below headings"):
        parse_file(text)
