"""What is said to be written down: the providers' own clients say what we say for the same wish."""

import asyncio
import json
import threading
from base64 import b64decode, b64encode
from typing import Any

import pytest

from aichat import providers
from aichat.core.exchange.request import Request
from aichat.core.message.message import Message, Text
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.realtime import Speech
from aichat.wires.realtime.codec import load_codec
from aichat.wires.realtime.dictation import DICTATIONS, TRANSLATION, DictationSpec
from tests.support.answering.live import BASES, KEY, LiveServer
from tests.support.answering.sdk_types import misfits
from tests.wires.realtime.test_sdks import camel_case

SOUND = bytes(range(256)) * 75
WRITTEN = "conversation.item.input_audio_transcription."


def dictation_frames(name: str, spec: DictationSpec) -> list[Any]:
    """What we say: the wish, all of the sound in tenths of a second, and that this was all."""
    dictation = TRANSLATION if name == "translation" else DICTATIONS[name]
    said = [*dictation.opening(spec), *map(dictation.encode, pieces(dictation.rate))]
    return [json.loads(frame) for frame in (*said, *dictation.end)]


def pieces(rate: int) -> list[bytes]:
    size = rate // 5
    return [SOUND[n : n + size] for n in range(0, len(SOUND), size)]


SPEC = DictationSpec("m", "en", ("Zwolle",))


@pytest.mark.long
def test_all_that_is_said_to_openai_fits_the_types_of_its_sdk() -> None:
    types = pytest.importorskip("openai.types.realtime")
    provider = providers.load("openai")
    endpoint = Endpoint(provider, "realtime.openai", "https://x/v1")
    codec = load_codec("realtime.openai")
    speech = Speech(hears=True, speaks=True, voice="marin", takes_turns=True)
    tool = Tool("now", "the time", {"type": "object", "properties": {}})
    said = Message("user", (Text("Hi"),)), Message("assistant", (Text("Ho"),))
    request = Request("m", (Message("system", (Text("Be brief."),)),), speech=speech, tools=(tool,))
    frames = [
        *codec.encode_session(request, endpoint, None),
        *codec.encode_history(said),
        *codec.encode_question(said[:1]),
        codec.encode_samples(SOUND),
        *(*codec.end_speech, *codec.cancel, *codec.truncate("item_1", 100)),
    ]
    told = [*map(json.loads, frames), *dictation_frames("openai", SPEC)]
    assert len({frame["type"] for frame in told}) == 7
    for frame in told:
        assert misfits(frame, types.RealtimeClientEventParam) == []
    for frame in dictation_frames("translation", SPEC):
        assert misfits(frame, types.RealtimeTranslationClientEventParam) == []
    wrong = {"type": "session.update", "session": {"type": "transcription", "language": "en"}}
    assert misfits(wrong, types.RealtimeClientEventParam)


@pytest.mark.long
def test_openais_own_client_has_it_written_down_as_we_do() -> None:
    openai = pytest.importorskip("openai")
    ours = dictation_frames("openai", SPEC)
    told = [
        {"type": "input_audio_buffer.committed", "item_id": "a"},
        {"type": f"{WRITTEN}delta", "item_id": "a", "content_index": 0, "delta": "It "},
        {"type": f"{WRITTEN}completed", "item_id": "a", "content_index": 0, "transcript": "It is."},
    ]
    with LiveServer("openai", last=told) as server:
        url = f"ws://127.0.0.1:{server.port}/v1"
        client = openai.OpenAI(api_key=KEY, websocket_base_url=url)
        with client.realtime.connect(extra_query={"intent": "transcription"}) as connection:
            connection.session.update(session=ours[0]["session"])
            for piece in pieces(24_000):
                connection.input_audio_buffer.append(audio=b64encode(piece).decode())
            connection.input_audio_buffer.commit()
            text = ""
            for event in connection:
                if event.type == f"{WRITTEN}completed":
                    text = event.transcript
                    break
    assert server.frames == [ours] and text == "It is."
    base = f"https://x{BASES['openai'][0]}"
    endpoint = Endpoint(providers.load("openai"), "responses", base)
    call = DICTATIONS["openai"].call(endpoint, SPEC)
    assert call.url == f"wss://x{server.openings[0].path}"


@pytest.mark.long
def test_openais_own_client_has_it_translated_as_we_do() -> None:
    openai = pytest.importorskip("openai")
    ours = dictation_frames("translation", SPEC)
    told = [
        {"type": "session.output_transcript.delta", "delta": "It is.", "elapsed_ms": 1},
        {"type": "session.closed"},
    ]
    with LiveServer("openai", last=told) as server:
        url = f"ws://127.0.0.1:{server.port}/v1"
        client = openai.OpenAI(api_key=KEY, websocket_base_url=url)
        model = TRANSLATION.model
        with client.realtime.translations.connect(model=model) as connection:
            connection.session.update(session=ours[0]["session"])
            for piece in pieces(24_000):
                connection.session.input_audio_buffer.append(audio=b64encode(piece).decode())
            connection.session.close()
            text = ""
            for event in connection:
                if event.type == "session.output_transcript.delta":
                    text += event.delta
                if event.type == "session.closed":
                    break
    assert server.frames == [ours] and text == "It is."
    endpoint = Endpoint(providers.load("openai"), "responses", "https://x/v1")
    call = TRANSLATION.call(endpoint, DictationSpec(model))
    assert call.url == f"wss://x{server.openings[0].path}"


@pytest.mark.long
def test_googles_own_client_has_it_written_down_as_we_do(monkeypatch: pytest.MonkeyPatch) -> None:
    genai = pytest.importorskip("google.genai")
    live = pytest.importorskip("google.genai.live")
    types = pytest.importorskip("google.genai.types")
    opened = live.ws_connect
    told = [
        {"serverContent": {"inputTranscription": {"text": "It is."}}},
        {"serverContent": {"turnComplete": True}},
    ]
    with LiveServer("gemini", last=told) as server:
        client = genai.Client(api_key=KEY, http_options={"api_version": "v1beta"})
        url = f"ws://127.0.0.1:{server.port}"  # it would have TLS
        monkeypatch.setattr(client._api_client, "_websocket_base_url", lambda *_: url)
        monkeypatch.setattr(live, "ws_connect", lambda uri, ssl, **more: opened(uri, **more))
        config = {"response_modalities": ["AUDIO"], "input_audio_transcription": {}}
        heard: list[Any] = []

        async def talk() -> None:
            async with client.aio.live.connect(model="m", config=config) as session:
                for piece in pieces(16_000):
                    blob = types.Blob(data=piece, mime_type="audio/pcm;rate=16000")
                    await session.send_realtime_input(audio=blob)
                await session.send_realtime_input(audio_stream_end=True)
                heard.extend([message async for message in session.receive()])

        asyncio.run(talk())
    assert camel_case(server.frames[0]) == dictation_frames("gemini", SPEC)
    contents = [message.server_content for message in heard if message.server_content]
    said = [c.input_transcription.text for c in contents if c.input_transcription]
    assert said == ["It is."]


@pytest.mark.long
def test_alibabas_own_client_has_as_much_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    omni = pytest.importorskip("dashscope.audio.qwen_omni")
    rules = pytest.importorskip("dashscope.audio.qwen_omni.omni_realtime")
    monkeypatch.setattr("dashscope.api_key", KEY)
    heard: list[Any] = []
    is_ready = threading.Event()

    class Callback(omni.OmniRealtimeCallback):  # type: ignore[misc, name-defined]
        def on_event(self, message: Any) -> None:
            heard.append(message)
            if message["type"] == "session.updated":
                is_ready.set()

    with LiveServer("qwen", last=[{"type": "session.finished"}]) as server:
        url = f"ws://127.0.0.1:{server.port}/api-ws/v1/realtime"
        session = omni.OmniRealtimeConversation(model="m", callback=Callback(), url=url)
        session.connect()
        wish = rules.TranscriptionParams(language="en", input_audio_format="pcm")
        session.update_session([omni.MultiModality.TEXT], transcription_params=wish)
        assert is_ready.wait(20)
        for piece in pieces(16_000):
            session.append_audio(b64encode(piece).decode())
        session.end_session()
        session.close()
    ours = dictation_frames("qwen", SPEC)
    update, *theirs = server.frames[0]
    asked, wanted = update["session"], dict(ours[0]["session"])
    turns, language = wanted.pop("turn_detection"), wanted.pop("input_audio_transcription")
    assert wanted.items() <= asked.items()  # it sends its defaults too
    assert turns.items() <= asked["turn_detection"].items()
    assert language.items() <= asked["input_audio_transcription"].items()
    assert [frame["type"] for frame in theirs] == [frame["type"] for frame in ours[1:]]
    sounds = [b64decode(frame["audio"]) for frame in theirs if "audio" in frame]
    assert b"".join(sounds) == SOUND
