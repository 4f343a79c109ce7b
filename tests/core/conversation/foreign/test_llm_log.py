"""The log of ``llm`` in both of its formats: every kind of part, and what is missing is told."""

import json
from typing import Any

import pytest

from aichat.core.conversation.foreign.llm_log import read_responses, read_thread
from aichat.core.message.media import Media, Url
from aichat.core.message.message import Message, Reasoning, ServerTool, Text

ABOUT = {"id": "c1", "name": "A talk", "tip_message_hash": "m4"}
FILES: dict[str, dict[str, Any]] = {
    "f1": {"type": "image/png", "content": b"png"},
    "f2": {"url": "https://x.org/a.mp3", "type": "audio/mpeg"},
    "f3": {"url": "file:///etc/passwd"},
    "f4": {"content": b"raw"},
}
PNG, SOUND = Media("image/png", b"png"), Media("audio/mpeg", Url("https://x.org/a.mp3"))
RAW, GONE = Media("application/octet-stream", b"raw"), "attachment that is not in the file"


def test_a_row_of_the_older_format_is_a_question_with_its_answer() -> None:
    row = {
        "id": "r1",
        "datetime_utc": "2025-01-02T03:04:05",
        "system": "be brief",
        "attachments": [FILES["f1"], FILES["f2"], FILES["f3"], FILES["f4"]],
        "fragments": ["first", "", "second"],
        "prompt": "why",
        "tool_results": [{"tool_call_id": "t0", "output": "7"}],
        "reasoning": "hm",
        "response": "so",
        "tool_calls": [{"tool_call_id": "t1", "name": "add", "arguments": '{"a": 1}'}],
        "model": "m",
        "resolved_model": "m-1",
    }
    later = "2025-01-03T00:00:00"
    again = {
        "id": "r2",
        "datetime_utc": later,
        "system": "be brief",
        "prompt": "and",
        "response": " ",
        "model": "m",
    }
    talk = read_responses(ABOUT, [row, again], FILES.get)
    assert [(turn.key, turn.message, turn.model) for turn in talk.turns] == [
        ("r1-s", Message("system", (Text("be brief"),)), ""),
        ("r1-u", Message("user", (PNG, SOUND, RAW, Text("first\n\nsecond\n\nwhy"))), ""),
        (
            "r1-a",
            Message(
                "assistant",
                (
                    ServerTool("t0", "", output="7"),
                    Reasoning("hm"),
                    Text("so"),
                    ServerTool("t1", "add", input='{"a": 1}'),
                ),
            ),
            "m-1",
        ),
        ("r2-u", Message("user", (Text("and"),)), ""),
    ]
    assert talk.created == talk.turns[0].at
    assert talk.created and talk.updated and talk.updated - talk.created == 75_355
    assert talk.parents == {"r1-s": None, "r1-u": "r1-s", "r1-a": "r1-u", "r2-u": "r1-a"}
    assert (talk.id, talk.title, talk.left_out) == ("llm-c1", "A talk", [GONE])


def part(kind: str, said: str = "", **about: Any) -> dict[str, Any]:
    return {"type": kind, "text": said, "payload": json.dumps(about)}


PARTS: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    (part("text", "a"), (Text("a"),)),
    (part("text", "", text="b"), (Text("b"),)),
    (part("text", " "), ()),
    (part("text", text_ref=[{"literal": "<"}, {"fragment": 7}, {"literal": ">"}]), (Text("<f7>"),)),
    (part("text", text_ref=[{"fragment": "7"}, {"literal": "x"}]), (Text("x"),)),
    (part("reasoning", "hm"), (Reasoning("hm"),)),
    (part("reasoning"), ()),
    (
        part("tool_call", tool_call_id="t", name="add", arguments={"a": 1}),
        (ServerTool("t", "add", input='{"a": 1}'),),
    ),
    (
        part("tool_call", tool_call_id="t", name="add", arguments="{}"),
        (ServerTool("t", "add", input="{}"),),
    ),
    (part("tool_result", tool_call_id="t", output="7"), (ServerTool("t", "", output="7"),)),
    (part("attachment", attachment={"id": "f1"}), (PNG,)),
    (part("attachment", attachment={"id": "f2"}), (SOUND,)),
]


@pytest.mark.parametrize(("row", "parts"), PARTS, ids=lambda case: str(case)[:24])
def test_each_part_of_the_newer_format_is_one_of_ours(
    row: dict[str, Any], parts: tuple[Any, ...]
) -> None:
    message = {"hash": "m4", "role": "user", "parts": [row, part("text", "end")]}
    talk = read_thread(ABOUT, [], [message], FILES.get, lambda number: f"f{number}")
    assert talk.turns[0].message == Message("user", (*parts, Text("end")))
    assert talk.left_out == []


def test_what_a_thread_lacks_is_told() -> None:
    rows = [part("attachment", attachment={"id": "no"}), part("dance", "x"), part("text", "end")]
    messages = [
        {"hash": "m1", "role": "narrator", "parts": [part("text", "x")]},
        {"hash": "m4", "role": "user", "parts": rows},
    ]
    talk = read_thread(ABOUT, [], messages, FILES.get, str)
    assert [turn.message for turn in talk.turns] == [Message("user", (Text("end"),))]
    unknown = ["message of an unknown kind", "unknown content"]
    assert sorted(talk.left_out) == sorted([GONE, *unknown])
    with pytest.raises(ValueError, match="no id"):
        read_thread({"id": "../x"}, [], [], FILES.get, str)


def test_a_turn_gave_the_messages_from_its_beginning_to_its_end() -> None:
    says = {"parts": [part("text", "x")]}
    messages = [
        {"hash": "m1", "role": "user", **says},
        {"hash": "m2", "parent_hash": "m1", "role": "assistant", **says},
        {"hash": "m3", "parent_hash": "m2", "role": "tool", **says},
        {"hash": "m4", "parent_hash": "m3", "role": "assistant", **says},
    ]
    turns = [
        {"parent_message_hash": "m1", "tip_message_hash": "m2", "model": "one"},
        {"parent_message_hash": "m2", "tip_message_hash": "m4", "resolved_model": "two"},
    ]
    talk = read_thread(ABOUT, turns, messages, FILES.get, str)
    told = [(turn.key, turn.message.role, turn.model) for turn in talk.turns]
    assert told == [
        ("m1", "user", ""),
        ("m2", "assistant", "one"),
        ("m3", "assistant", "two"),
        ("m4", "assistant", "two"),
    ]
    assert talk.parents == {"m1": None, "m2": "m1", "m3": "m2", "m4": "m3"} and talk.head == "m4"
