"""Pictures are told as pictures wherever a server puts them; a data URI is no text."""

import json
from binascii import b2a_base64
from time import perf_counter
from typing import Any

import pytest

from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import TextDelta
from aichat.core.message.media import Url
from aichat.providers import load
from aichat.wires.shared.data_uris import DataUriFilter
from tests.support.running.program import SHARED
from tests.support.values.feeding import CUSTOM, feed_stream, fold_answer, make_decoder, sse_of

PNG = b"\x89PNG" + bytes(60)
URI = "data:image/png;base64," + b2a_base64(PNG, newline=False).decode()
CODED = URI.partition(",")[2]


def chat(*deltas: dict[str, Any]) -> bytes:
    """A stream of ``deltas``."""
    lines = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    return sse_of(*map(json.dumps, [*lines, end]))


def read(stream: bytes, wire: str = "chat") -> Answer:
    """The answer of a stream."""
    provider = {"gemini": "gemini", "messages": "anthropic"}.get(wire)
    return fold_answer(
        feed_stream(make_decoder(wire, load(provider) if provider else CUSTOM), stream)
    )


PLACES: dict[str, dict[str, Any]] = {
    "images": {"images": [{"type": "image_url", "image_url": {"url": URI}}]},
    "image": {"image": {"url": URI}},
    "image, a text": {"image": URI},
    "images, texts": {"images": [URI]},
    "a part": {"content": [{"type": "image_url", "image_url": {"url": URI}}]},
    "a part with a text": {"content": [{"type": "image_url", "image_url": URI}]},
    "an output": {"content": [{"type": "output_image", "image_url": URI}]},
    "bare base64": {"images": [{"b64_json": CODED}]},
    "a source": {
        "content": [{"type": "image", "source": {"media_type": "image/png", "data": CODED}}]
    },
    "text": {"content": f"![p]({URI})"},
    "text alone": {"content": URI},
}


@pytest.mark.parametrize("delta", PLACES.values(), ids=PLACES)
def test_a_picture_is_one_wherever_it_stands(delta: dict[str, Any]) -> None:
    answer = read(chat({"content": "Here: "}, delta))
    assert [(image.mime, image.source) for image in answer.images] == [("image/png", PNG)]
    assert "base64" not in answer.text and answer.text.startswith("Here: ")


def test_a_picture_somewhere_else_is_its_address() -> None:
    answer = read(chat({"image": {"url": "https://a.example/p.png"}}))
    assert [image.source for image in answer.images] == [Url("https://a.example/p.png")]


@pytest.mark.parametrize("case", ["image", "part", "uri"])
def test_reported_pictures_are_told(case: str) -> None:
    path = SHARED / "testdata" / "reports" / "27-picture-elsewhere" / f"{case}.sse"
    if not path.exists():
        pytest.skip(f"{path} is absent: the reports are not here")
    answer = read(path.read_bytes())
    assert len(answer.images) == 1 and answer.text.startswith("Here it is:")
    assert "base64" not in answer.text


def _stream(wire: str, text: str) -> bytes:
    if wire == "gemini":
        chunk: dict[str, Any] = {"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}
        return sse_of(json.dumps({"candidates": [chunk]}), end="")
    if wire == "messages":
        block = {"type": "content_block_start", "content_block": {"type": "text", "text": text}}
        last = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
        return sse_of(*map(json.dumps, [block, last, {"type": "message_stop"}]), end="")
    delta = {"type": "response.output_text.delta", "delta": text}
    done = {"type": "response.completed", "response": {"status": "completed"}}
    return sse_of(json.dumps(delta), json.dumps(done), end="")


@pytest.mark.parametrize("wire", ["gemini", "messages", "responses"])
def test_a_data_uri_is_no_text_on_any_wire(wire: str) -> None:
    answer = read(_stream(wire, f"See ![p]({URI})."), wire)
    assert (answer.text, len(answer.images)) == ("See ![p](image-1.png).", 1)


#: Texts, what is left of them, and how many pictures were in them.
TEXTS = {
    "two": (f"![a]({URI})\n![b]({URI})", "![a](image-1.png)\n![b](image-2.png)", 2),
    "in brackets": (f"<{URI}>", "<image-1.png>", 1),
    "more than a type": (URI.replace(";", ";charset=x;"), "image-1.png", 1),
    "in code": (f"```\n{URI}\n```", f"```\n{URI}\n```", 0),
    "after code": (f"```\n```\n{URI}", "```\n```\nimage-1.png", 1),
    "in an attribute": (f'src="{URI}"', f'src="{URI}"', 0),
    "no base64": ("data:image/svg+xml,<svg>", "data:image/svg+xml,<svg>", 0),
    "spoken of": ("a data:image/png URI", "a data:image/png URI", 0),
    "half a beginning": ("the data: d data", "the data: d data", 0),
    "cut at its head": ("see data:image/png;bas", "see data:image/png;bas", 0),
}


@pytest.mark.parametrize(("text", "left", "count"), TEXTS.values(), ids=TEXTS)
def test_a_text_is_read_the_same_at_every_cut(text: str, left: str, count: int) -> None:
    for pieces in ([text], list(text), *([text[:n], text[n:]] for n in range(1, len(text), 7))):
        filter_ = DataUriFilter()
        events = [event for piece in pieces for event in filter_.feed(TextDelta(piece))]
        events += filter_.close(0)
        assert "".join(e.text for e in events if isinstance(e, TextDelta)) == left
        assert sum(not isinstance(event, TextDelta) for event in events) == count


def test_a_thousand_pictures_in_pieces_cost_little() -> None:
    pieces = [part for _ in range(1_000) for part in ("![p](da", URI[2:40], URI[40:], ") ")]
    begin = perf_counter()
    filter_ = DataUriFilter()
    events = [event for piece in pieces for event in filter_.feed(TextDelta(piece))]
    assert sum(not isinstance(event, TextDelta) for event in events) == 1_000
    assert perf_counter() - begin < 1
