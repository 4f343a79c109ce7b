"""The providers' own clients say what we say for the same wish, and take what our server says."""

import asyncio
import json
import re
import threading
from base64 import b64decode, b64encode
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.exchange.request import Request
from aichat.core.media.sound.wav import wav_header
from aichat.core.message.message import Message, Text
from aichat.core.message.spoken import spoken
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.realtime import Speech
from tests.support.answering.live import BASES, KEY, STYLES, LiveServer, spoken_answer

ITEM = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}


def our_frames(provider: str, speech: Speech | None = None) -> list[Any]:
    """What we say on a socket for a question under a system prompt, with ``speech`` aloud."""
    wire, base = f"realtime.{provider}", f"http://127.0.0.1{BASES[provider][0]}"
    asked = spoken(wav_header(len(SOUND), RATES[provider]) + SOUND) if speech else Text("Hi")
    said = (Message("system", (Text("Be brief."),)), Message("user", (asked,)))
    endpoint = Endpoint(providers.load(provider), wire, base)
    body = wires.load(wire).encode(Request("m", said, speech=speech), endpoint).body
    return [json.loads(frame) for frame in body]


#: 0.2 s or more, in whole tenths, at the rate that each hears.
SOUND = bytes(range(256)) * 75
RATES = {"openai": 24_000, "gemini": 16_000, "qwen": 16_000}
ALOUD = Speech(hears=True, speaks=True, voice="Nova")


def pieces(provider: str) -> list[str]:
    """The sound in tenths of a second, as base64."""
    size = RATES[provider] // 5
    return [b64encode(SOUND[n : n + size]).decode() for n in range(0, len(SOUND), size)]


def camel_case(value: Any) -> Any:
    """A value as we write it: Google's server takes both spellings of names, and of base64."""
    if isinstance(value, str) and len(value) > 1000:
        return value.translate(str.maketrans("-_", "+/"))
    if isinstance(value, list):
        return [camel_case(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {re.sub("_(.)", lambda m: m[1].upper(), k): camel_case(v) for k, v in value.items()}


@pytest.mark.long
def test_openais_own_client_says_the_same() -> None:
    openai = pytest.importorskip("openai")
    with LiveServer("openai", STYLES["openai"].answer("Hel", "lo")) as server:
        url = f"ws://127.0.0.1:{server.port}/v1"
        client = openai.OpenAI(api_key=KEY, websocket_base_url=url)
        with client.realtime.connect(model="m") as connection:
            update, item, _ = our_frames("openai")
            connection.session.update(session=update["session"])
            connection.conversation.item.create(item=item["item"])
            connection.response.create()
            heard = []
            for event in connection:
                heard.append(event)
                if event.type == "response.done":
                    break
    assert server.frames == [our_frames("openai")]
    assert server.openings[0].path == "/v1/realtime?model=m"
    assert "".join(e.delta for e in heard if e.type == "response.output_text.delta") == "Hello"


@pytest.mark.long
def test_googles_own_client_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    genai = pytest.importorskip("google.genai")
    live = pytest.importorskip("google.genai.live")
    opened = live.ws_connect
    with LiveServer("gemini", STYLES["gemini"].answer("Hello", "")) as server:
        client = genai.Client(api_key=KEY, http_options={"api_version": "v1beta"})
        url = f"ws://127.0.0.1:{server.port}"  # it would have TLS
        monkeypatch.setattr(client._api_client, "_websocket_base_url", lambda *_: url)
        monkeypatch.setattr(live, "ws_connect", lambda uri, ssl, **more: opened(uri, **more))
        config = {
            "response_modalities": ["AUDIO"],
            "system_instruction": "Be brief.",
            "output_audio_transcription": {},
            "session_resumption": {},
        }
        heard: list[Any] = []

        async def talk() -> None:
            async with client.aio.live.connect(model="m", config=config) as session:
                await session.send_realtime_input(text="Hi")
                heard.extend([message async for message in session.receive()])

        asyncio.run(talk())
    theirs = camel_case(server.frames[0])
    theirs[0]["setup"]["systemInstruction"].pop("role", None)
    assert theirs == our_frames("gemini")
    assert server.openings[0].path.endswith(".v1beta.GenerativeService.BidiGenerateContent")
    contents = [message.server_content for message in heard if message.server_content]
    spoken = [c.output_transcription.text for c in contents if c.output_transcription]
    assert "".join(spoken) == "Hello"


@pytest.mark.long
def test_alibabas_own_client_says_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    omni = pytest.importorskip("dashscope.audio.qwen_omni")
    monkeypatch.setattr("dashscope.api_key", KEY)
    heard, ended = [], threading.Event()

    class Callback(omni.OmniRealtimeCallback):  # type: ignore[misc, name-defined]
        def on_event(self, message: Any) -> None:
            heard.append(message)
            if message["type"] == "response.done":
                ended.set()

    with LiveServer("qwen", STYLES["qwen"].answer("Hel", "lo")) as server:
        url = f"ws://127.0.0.1:{server.port}/api-ws/v1/realtime"
        session = omni.OmniRealtimeConversation(model="m", callback=Callback(), url=url)
        session.connect()
        text = omni.MultiModality.TEXT
        session.update_session([text], instructions="Be brief.", enable_turn_detection=False)
        session.create_item(ITEM)
        session.create_response()
        assert ended.wait(20)
        session.close()
    update, item, wish = server.frames[0]
    ours = our_frames("qwen")
    assert ours[0]["session"].items() <= update["session"].items()  # it sends its defaults too
    assert (item["type"], item["item"]) == (ours[1]["type"], ours[1]["item"])
    assert wish["type"] == ours[2]["type"]
    assert server.openings[0].path == "/api-ws/v1/realtime?model=m"


# -- the same aloud


@pytest.mark.long
def test_openais_own_client_speaks_as_we_do() -> None:
    openai = pytest.importorskip("openai")
    ours = our_frames("openai", ALOUD)
    with LiveServer("openai", spoken_answer("openai", ["Hel", "lo"], SOUND)) as server:
        url = f"ws://127.0.0.1:{server.port}/v1"
        client = openai.OpenAI(api_key=KEY, websocket_base_url=url)
        with client.realtime.connect(model="m") as connection:
            connection.session.update(session=ours[0]["session"])
            for piece in pieces("openai"):
                connection.input_audio_buffer.append(audio=piece)
            connection.input_audio_buffer.commit()
            connection.response.create()
            heard = []
            for event in connection:
                heard.append(event)
                if event.type == "response.done":
                    break
    assert server.frames == [ours]
    sounds = [e.delta for e in heard if e.type == "response.output_audio.delta"]
    assert b"".join(map(b64decode, sounds)) == SOUND


@pytest.mark.long
def test_googles_own_client_speaks_as_we_do(monkeypatch: pytest.MonkeyPatch) -> None:
    genai = pytest.importorskip("google.genai")
    live = pytest.importorskip("google.genai.live")
    types = pytest.importorskip("google.genai.types")
    opened = live.ws_connect
    with LiveServer("gemini", spoken_answer("gemini", ["Hel", "lo"], SOUND)) as server:
        client = genai.Client(api_key=KEY, http_options={"api_version": "v1beta"})
        url = f"ws://127.0.0.1:{server.port}"  # it would have TLS
        monkeypatch.setattr(client._api_client, "_websocket_base_url", lambda *_: url)
        monkeypatch.setattr(live, "ws_connect", lambda uri, ssl, **more: opened(uri, **more))
        voice = {"voice_config": {"prebuilt_voice_config": {"voice_name": "Nova"}}}
        config = {
            "response_modalities": ["AUDIO"],
            "speech_config": voice,
            "system_instruction": "Be brief.",
            "input_audio_transcription": {},
            "output_audio_transcription": {},
            "realtime_input_config": {"automatic_activity_detection": {"disabled": True}},
            "session_resumption": {},
        }
        heard: list[Any] = []

        async def talk() -> None:
            async with client.aio.live.connect(model="m", config=config) as session:
                await session.send_realtime_input(activity_start=types.ActivityStart())
                for piece in pieces("gemini"):
                    blob = types.Blob(data=b64decode(piece), mime_type="audio/pcm;rate=16000")
                    await session.send_realtime_input(audio=blob)
                await session.send_realtime_input(activity_end=types.ActivityEnd())
                heard.extend([message async for message in session.receive()])

        asyncio.run(talk())
    theirs = camel_case(server.frames[0])
    theirs[0]["setup"]["systemInstruction"].pop("role", None)
    assert theirs == our_frames("gemini", ALOUD)
    assert b"".join(message.data for message in heard if message.data) == SOUND


@pytest.mark.long
def test_alibabas_own_client_speaks_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    omni = pytest.importorskip("dashscope.audio.qwen_omni")
    monkeypatch.setattr("dashscope.api_key", KEY)
    heard, ended = [], threading.Event()

    class Callback(omni.OmniRealtimeCallback):  # type: ignore[misc, name-defined]
        def on_event(self, message: Any) -> None:
            heard.append(message)
            if message["type"] == "response.done":
                ended.set()

    with LiveServer("qwen", spoken_answer("qwen", ["Hel", "lo"], SOUND)) as server:
        url = f"ws://127.0.0.1:{server.port}/api-ws/v1/realtime"
        session = omni.OmniRealtimeConversation(model="m", callback=Callback(), url=url)
        session.connect()
        both = [omni.MultiModality.TEXT, omni.MultiModality.AUDIO]
        session.update_session(
            both, voice="Nova", instructions="Be brief.", enable_turn_detection=False
        )
        for piece in pieces("qwen"):
            session.append_audio(piece)
        session.commit()
        session.create_response()
        assert ended.wait(20)
        session.close()
    ours = our_frames("qwen", ALOUD)
    differs = {"input_audio_format", "output_audio_format", "input_audio_transcription"}
    update, *theirs = server.frames[0]
    wanted = {k: v for k, v in ours[0]["session"].items() if k not in differs}
    assert wanted.items() <= update["session"].items()  # it calls the same samples pcm16

    def bare(frames: list[Any]) -> list[Any]:
        return [{k: v for k, v in frame.items() if k in ("type", "audio")} for frame in frames]

    assert bare(theirs) == bare(ours[1:])
