"""Reasoning is told apart whatever carries it, and goes back to its model the same way."""

import json
from typing import Any

import pytest

from aichat import providers
from aichat.core.conversation import serialize
from aichat.core.exchange.answer import answer_json
from aichat.core.exchange.request import Request
from aichat.core.message.message import Message, Text, text_of
from aichat.core.provider.provider import Provider
from aichat.wires.chat import encode
from tests.support.values.feeding import (
    CUSTOM,
    endpoint,
    feed_stream,
    fold_answer,
    make_decoder,
    sse_of,
)

Deltas = list[dict[str, Any]]


def read(*deltas: dict[str, Any], provider: Provider = CUSTOM) -> Message:
    """The message of a stream of ``deltas``, as it is after it was stored."""
    lines = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    stream = sse_of(*map(json.dumps, [*lines, end]))
    answer = fold_answer(feed_stream(make_decoder("chat", provider), stream))
    message = answer.message._replace(provider=provider.id, model="m")
    assert answer_json(answer)["reasoning"] == "Ebb. Flow."
    assert answer.text == "Sail."
    return serialize.load_message(json.loads(json.dumps(serialize.dump_message(message))))


def back(message: Message, model: str = "m", provider: Provider = CUSTOM) -> dict[str, Any]:
    """The line that ``message`` is in the next request."""
    asked = (message, Message("user", (Text("And now?"),)))
    call = encode.encode(Request(model, asked), endpoint(provider))
    line: dict[str, Any] = json.loads(b"".join(call.body))["messages"][0]
    return line


def part(kind: str, words: Any) -> dict[str, Any]:
    """A delta of one part of reasoning."""
    return {"content": [{"type": kind, kind: words}]}


SAIL = {"content": "Sail."}
FIELDS = [
    *("reasoning_content", "reasoning", "reasoning_text", "thinking", "thinking_content"),
    *("thought", "thoughts", "reasoning_summary", "chain_of_thought"),
]


@pytest.mark.parametrize("field", FIELDS)
def test_reasoning_goes_back_in_the_field_it_came_in(field: str) -> None:
    message = read({field: "Ebb. "}, {field: "Flow."}, SAIL)
    assert back(message) == {"role": "assistant", "content": "Sail.", field: "Ebb. Flow."}
    assert back(message, "another") == {"role": "assistant", "content": "Sail."}


#: Deltas of reasoning, and the fields that go back.
CARRIERS: dict[str, tuple[Deltas, dict[str, Any]]] = {
    "the usual field beside another": (
        [{"reasoning": "Ebb. Flow.", "reasoning_content": "Ebb. Flow."}],
        {"reasoning": "Ebb. Flow."},
    ),
    "an object in a field": (
        [{"reasoning": {"content": "Ebb. Flow."}}],
        {"reasoning": "Ebb. Flow."},
    ),
    "a list of details in pieces": (
        [
            {"reasoning_details": [{"type": "reasoning.text", "index": 0, "text": "Ebb. "}]},
            {"reasoning_details": [{"type": "reasoning.text", "index": 0, "text": "Flow."}]},
            {
                "reasoning_details": [
                    {"type": "reasoning.text", "index": 0, "text": None, "signature": "c2ln"}
                ]
            },
        ],
        {
            "reasoning_details": [
                {
                    "type": "reasoning.text",
                    "index": 0,
                    "text": "Ebb. Flow.",
                    "signature": "c2ln",
                }
            ]
        },
    ),
    "details and the same in a field": (
        [
            {
                "reasoning": "Ebb. Flow.",
                "reasoning_details": [
                    {"type": "reasoning.summary", "summary": "Ebb. Flow."},
                    {"type": "reasoning.encrypted", "data": "x"},
                    {"type": "reasoning.encrypted", "data": "y"},
                ],
            }
        ],
        {
            "reasoning_details": [
                {"type": "reasoning.summary", "summary": "Ebb. Flow."},
                {"type": "reasoning.encrypted", "data": "x"},
                {"type": "reasoning.encrypted", "data": "y"},
            ]
        },
    ),
    "blocks that are signed": (
        [
            {"thinking_blocks": [{"type": "thinking", "thinking": "Ebb. ", "signature": "a"}]},
            {"thinking_blocks": [{"type": "thinking", "thinking": "Flow.", "signature": "b"}]},
        ],
        {
            "thinking_blocks": [
                {"type": "thinking", "thinking": "Ebb. ", "signature": "a"},
                {"type": "thinking", "thinking": "Flow.", "signature": "b"},
            ]
        },
    ),
    "tags left in a field": (
        [{"reasoning": "<think>\nEbb. "}, {"reasoning": "Flow.</think>"}],
        {"reasoning": "Ebb. Flow."},
    ),
    "a closing tag after a field": (
        [{"reasoning_content": "Ebb. Flow."}, {"content": "</th"}, {"content": "ink>\n\n"}],
        {"reasoning_content": "Ebb. Flow."},
    ),
    "parts": (
        [part("thinking", [{"type": "text", "text": "Ebb. "}]), part("thinking", "Flow.")],
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "Ebb. Flow."}]},
                {"type": "text", "text": "Sail."},
            ]
        },
    ),
    "parts of another name": (
        [part("reasoning", "Ebb. "), {"content": [{"text": "Flow.", "thought": True}]}],
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "Ebb. Flow."}]},
                {"type": "text", "text": "Sail."},
            ]
        },
    ),
    "a tag": (
        [{"content": "<tho"}, {"content": "ught>Ebb. Flow.</thought>"}],
        {"content": "<thought>\nEbb. Flow.\n</thought>\n\nSail."},
    ),
    "a tag in brackets": (
        [{"content": "[THINK]Ebb. Flow.[/THINK]"}],
        {"content": "[THINK]\nEbb. Flow.\n[/THINK]\n\nSail."},
    ),
}


@pytest.mark.parametrize(("deltas", "fields"), CARRIERS.values(), ids=CARRIERS)
def test_reasoning_goes_back_as_it_came(deltas: Deltas, fields: dict[str, Any]) -> None:
    message = read(*deltas, SAIL)
    assert back(message) == {"role": "assistant", "content": "Sail."} | fields
    assert text_of(message) == "Sail."


def test_where_a_provider_takes_none_nothing_goes_back() -> None:
    openai = providers.load("openai")
    message = read({"reasoning_content": "Ebb. Flow."}, SAIL, provider=openai)
    assert back(message, provider=openai) == {"role": "assistant", "content": "Sail."}


def test_the_usual_field_is_not_worth_naming() -> None:
    message = read({"reasoning_content": "Ebb. Flow."}, SAIL)
    assert "carrier" not in json.dumps(serialize.dump_message(message))
