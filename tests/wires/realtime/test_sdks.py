"""The providers' own clients say what we say for the same wish, and take what our server says."""

import asyncio
import json
import re
import threading
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.exchange.request import Request
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint
from tests.support.answering.live import BASES, KEY, STYLES, LiveServer

ITEM = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}


def our_frames(provider: str, model: str = "m") -> list[Any]:
    """What we say on a socket for a question under a system prompt."""
    wire, base = f"realtime.{provider}", f"http://127.0.0.1{BASES[provider][0]}"
    said = (Message("system", (Text("Be brief."),)), Message("user", (Text("Hi"),)))
    endpoint = Endpoint(providers.load(provider), wire, base)
    body = wires.load(wire).encode(Request(model, said), endpoint).body
    return [json.loads(frame) for frame in body]


def camel_case(value: Any) -> Any:
    """A value with the names in it as we write them: Google's server takes both spellings."""
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
def test_alibabas_own_client_says_as_much() -> None:
    omni = pytest.importorskip("dashscope.audio.qwen_omni")
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
