"""Media on every wire: in the body, whatever they are and wherever, or refused by name."""

import json
from base64 import b64encode
from itertools import product
from typing import Any, NamedTuple

import pytest

from aichat import providers, wires
from aichat.core.catalogue.card import Card
from aichat.core.exchange.event import Audio, Image, Notice
from aichat.core.exchange.request import Request
from aichat.core.message.media import LocalFile, Media, MediaSource, ProviderFile, Url
from aichat.core.message.message import Message, Text, ToolCall, ToolResult
from aichat.core.provider.endpoint import Endpoint
from aichat.errors import AichatError
from aichat.wires.shared.media_parts import read_audio, read_image
from tests.support.answering import sdk_types

BYTES = b"\x00\xfftheir bytes"
TEXT = b"plain words"
KINDS = {
    "image": "image/png",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "pdf": "application/pdf",
    "text": "text/csv",
    "other": "application/zip",
}
#: Where a medium may be, and what of it must stand in the body.
SOURCES: dict[str, tuple[MediaSource, tuple[str, ...]]] = {
    "bytes": (BYTES, (b64encode(BYTES).decode(),)),
    "url": (Url("https://a.example/file"), ("https://a.example/file",)),
    "id": (ProviderFile("file-1"), ("file-1",)),
}
WIRES = (
    ("openai", "responses"),
    ("perplexity", "responses"),
    ("openai", "chat"),
    ("groq", "chat"),
    ("moonshot", "chat"),
    ("qwen", "chat"),
    ("qwen", "dashscope"),
    ("gemini", "gemini"),
    ("anthropic", "messages"),
)


NO_CARD = Card()


class Case(NamedTuple):
    """One medium on one wire, in a message or in a tool's result."""

    provider: str
    wire: str
    kind: str
    source: str
    place: str

    @property
    def media(self) -> Media:
        return Media(KINDS[self.kind], SOURCES[self.source][0], name=f"my.{self.kind}")


CASES = [
    Case(*wire, kind, source, place)
    for wire, kind, source, place in product(WIRES, KINDS, SOURCES, ("message", "result"))
]

#: What a wire has no place for: (wire, kind, source), and None for any.
REFUSED: dict[tuple[str, str], set[tuple[str, str | None]]] = {
    ("openai", "responses"): {("video", None), ("audio", "url"), ("audio", "id")},
    ("openai", "chat"): {
        ("video", None),
        *(("image", "id"), ("audio", "url"), ("audio", "id")),
        *((kind, "url") for kind in ("pdf", "text", "other")),
    },
    ("qwen", "dashscope"): {
        *((kind, None) for kind in ("pdf", "text", "other")),
        *((kind, "id") for kind in KINDS),
    },
    ("gemini", "gemini"): set(),
    ("anthropic", "messages"): {("audio", None), ("video", None), ("other", None)},
}
REFUSED["perplexity", "responses"] = REFUSED["openai", "responses"]
REFUSED["groq", "chat"] = REFUSED["openai", "chat"]
REFUSED["moonshot", "chat"] = (REFUSED["openai", "chat"] - {("video", None)}) | {("video", "id")}
REFUSED["qwen", "chat"] = REFUSED["moonshot", "chat"] - {("audio", "url")}


def is_refused(case: Case) -> bool:
    refused = REFUSED[case.provider, case.wire]
    return not {(case.kind, None), (case.kind, case.source)}.isdisjoint(refused)


def body_of(provider: str, wire: str, *messages: Message, card: Card = NO_CARD) -> dict[str, Any]:
    known = providers.load(provider)
    endpoint = Endpoint(known, wire, known.base_url, card=card)
    request = Request("m", messages)
    body = wires.load(wire).encode(request, endpoint).body
    assert isinstance(body, tuple)
    parsed: dict[str, Any] = json.loads(b"".join(body))
    return parsed


CALL = Message("assistant", (ToolCall("t1", "look", "{}"),))


def messages_of(media: Media, place: str) -> list[Message]:
    if place == "message":
        return [Message("user", (Text("See"), media))]
    return [
        Message("user", (Text("Look"),)),
        CALL,
        Message("tool", (ToolResult("t1", "look", (Text("Seen."), media)),)),
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
def test_a_medium_is_in_the_body_or_refused_by_name(case: Case) -> None:
    messages = messages_of(case.media, case.place)
    if is_refused(case):
        with pytest.raises(AichatError, match=f"my.{case.kind}") as refused:
            body_of(case.provider, case.wire, *messages)
        fault = refused.value.fault
        assert (fault.kind, fault.exit_code) == ("invalid_request", 5) and fault.hint
        return
    body = json.dumps(body_of(case.provider, case.wire, *messages))
    as_text = case.wire == "messages" and case.kind == "text" and case.source == "bytes"
    wanted = BYTES.decode("utf-8", "replace") if as_text else SOURCES[case.source][1][0]
    assert json.dumps(wanted)[1:-1] in body
    assert body.count(json.dumps(wanted)[1:-1]) == 1


#: The official types of what a wire takes.
SDK = {
    ("openai", "responses"): sdk_types.openai_responses,
    ("openai", "chat"): sdk_types.openai_chat,
    ("anthropic", "messages"): sdk_types.anthropic_messages,
}
#: Its types have a part for sound that no message is typed to hold.
UNTYPED = ("responses", "audio")
TYPED = [
    case
    for case in CASES
    if (case.provider, case.wire) in SDK
    and (case.wire, case.kind) != UNTYPED
    and not is_refused(case)
]


@pytest.mark.parametrize("case", TYPED, ids=lambda case: "-".join(case))
def test_a_part_is_one_that_the_official_sdk_knows(case: Case) -> None:
    pytest.importorskip(case.provider)
    body = body_of(case.provider, case.wire, *messages_of(case.media, case.place))
    if case.kind == "audio":  # the format is our word for the type
        assert "mp3" in json.dumps(body)
    assert SDK[case.provider, case.wire](body) == []


# --- where a result takes no media

IMAGE = Media("image/png", b"1", name="a.png")
SOUND = Media("audio/wav", b"2")
RESULTS = (
    Message("tool", (ToolResult("t1", "look", (Text("Seen. "), IMAGE)),)),
    Message("tool", (ToolResult("t2", "hear", (SOUND,)), ToolResult("t3", "think", (Text("!"),)))),
)


def test_what_a_result_cannot_hold_follows_behind_the_last_of_the_results() -> None:
    body = body_of("openai", "chat", *RESULTS, Message("user", (Text("And?"),)))
    assert [(m["role"], m.get("tool_call_id")) for m in body["messages"]] == [
        ("tool", "t1"),
        ("tool", "t2"),
        ("tool", "t3"),
        ("user", None),
        ("user", None),
    ]
    seen, heard, _, media, words = (m["content"] for m in body["messages"])
    assert seen == "Seen. [a.png (image/png): see the next message]"
    assert heard == "[audio/wav: see the next message]"
    assert [part["type"] for part in media] == ["text", "image_url", "text", "input_audio"]
    assert media[0]["text"] == "[a.png (image/png), returned by look]"
    assert words == "And?"


def test_a_result_of_responses_holds_pictures_and_the_sound_follows() -> None:
    seen, heard, _, media = body_of("openai", "responses", *RESULTS)["input"]
    assert [part["type"] for part in seen["output"]] == ["input_text", "input_image"]
    assert heard["output"] == "[audio/wav: see the next message]"
    assert [part["type"] for part in media["content"]] == ["input_text", "input_audio"]


@pytest.mark.parametrize(("control", "holds"), [("effort", True), (None, True), ("budget", False)])
def test_a_result_of_gemini_holds_pictures_since_its_third_version(
    control: str | None, holds: bool
) -> None:
    contents = body_of("gemini", "gemini", *RESULTS, card=Card(control=control))["contents"]
    response = contents[0]["parts"][0]["functionResponse"]
    inline = {"inlineData": {"mimeType": "image/png", "data": "MQ=="}}
    assert response.get("parts") == ([inline] if holds else None)
    assert (inline in contents[-1]["parts"]) is not holds
    assert {"inlineData": {"mimeType": "audio/wav", "data": "Mg=="}} in contents[-1]["parts"]


def test_a_result_with_media_goes_where_dashscope_takes_them() -> None:
    known = providers.load("qwen")
    endpoint = Endpoint(known, "dashscope", known.base_url)
    call = wires.load("dashscope").encode(Request("m", RESULTS), endpoint)
    assert "/multimodal-generation/" in call.url


def test_qwen_takes_sound_as_a_data_url_and_openai_without_its_head() -> None:
    message = Message("user", (SOUND,))
    datas = [
        body_of(provider, "chat", message)["messages"][0]["content"][0]["input_audio"]["data"]
        for provider in ("qwen", "openai")
    ]
    assert datas == ["data:audio/wav;base64,Mg==", "Mg=="]


# --- what no wire takes


@pytest.mark.parametrize(("provider", "wire"), WIRES)
def test_a_models_own_media_go_back_as_words(provider: str, wire: str) -> None:
    spoken = Media("audio/*", b"\1", transcript="Ahoy there")
    drawn = Media("image/png", b"\2", name="map.png")
    said = [Message("assistant", (part,), "x", "y") for part in (spoken, drawn)]
    body = json.dumps(body_of(provider, wire, *said, Message("user", (Text("Go on"),))))
    assert "Ahoy there" in body and "[map.png (image/png)]" in body
    assert "base64" not in body and "inlineData" not in body


@pytest.mark.parametrize(("provider", "wire"), WIRES)
def test_a_system_prompt_takes_no_media(provider: str, wire: str) -> None:
    with pytest.raises(AichatError, match=r"a\.png"):
        body_of(provider, wire, Message("system", (Text("Be brief"), IMAGE)))


@pytest.mark.parametrize(("provider", "wire"), WIRES)
def test_a_file_that_was_not_read_is_refused(provider: str, wire: str) -> None:
    unread = Media("image/png", LocalFile("/home/me/a.png"), name="a.png")
    with pytest.raises(AichatError, match=r"a\.png .*its bytes are needed, not a path"):
        body_of(provider, wire, Message("user", (unread,)))


# --- what comes out


def test_what_came_as_base64_is_kept_as_bytes() -> None:
    assert read_image("image/png", "aGk=", partial=True) == Image(Media("image/png", b"hi"), True)
    assert read_audio("audio/*", "aGk=", "hi") == Audio(Media("audio/*", b"hi", transcript="hi"))


def test_what_is_no_base64_costs_no_answer() -> None:
    told = read_image("image/png", "é")
    assert isinstance(told, Notice) and "cannot save an image" in told.message
    assert read_audio("audio/*", "a", "words") == Audio(Media("audio/*", b"", transcript="words"))
