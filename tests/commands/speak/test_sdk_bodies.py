"""What is sent for a wish is what the provider's own SDK sends for it, field by field."""

import pytest

from tests.commands.files.test_files import answer, point
from tests.commands.moderate.test_moderate import OK
from tests.commands.speak.test_speak import SOUND, sound
from tests.support.answering.server import Server
from tests.support.running.program import Program


def test_embeddings_are_asked_for_as_openai_does(aichat: Program) -> None:
    sdk = pytest.importorskip("openai", reason="the SDK of OpenAI is not installed")
    vector = {"object": "embedding", "index": 0, "embedding": "AABAQAAAgEA="}
    with Server(default=answer({"data": [vector], "usage": {"prompt_tokens": 1}})) as server:
        client = sdk.OpenAI(api_key="k", base_url=server.url + "/v1")
        theirs = client.embeddings.create(model="text-embedding-3-small", input=["a"], dimensions=2)
        done = point(aichat, server, "openai").invoke(
            "embed", "a", "-p", "openai", "--dimensions", "2"
        )
        one, two = server.requests
    assert (one.path, one.json()) == (two.path, two.json())
    assert [*theirs.data[0].embedding] == [3.0, 4.0] and done.text == "[3.0, 4.0]\n"


def test_moderation_is_asked_for_as_openai_does(aichat: Program) -> None:
    sdk = pytest.importorskip("openai", reason="the SDK of OpenAI is not installed")
    with Server(default=answer({"results": [OK]})) as server:
        client = sdk.OpenAI(api_key="k", base_url=server.url + "/v1")
        client.moderations.create(model="omni-moderation-latest", input=["a"])
        point(aichat, server, "openai").invoke("moderate", "a", "-p", "openai")
        one, two = server.requests
    assert (one.path, one.json()) == (two.path, two.json())


def test_speech_is_asked_for_as_openai_does(aichat: Program) -> None:
    sdk = pytest.importorskip("openai", reason="the SDK of OpenAI is not installed")
    with Server(default=sound(SOUND)) as server:
        client = sdk.OpenAI(api_key="k", base_url=server.url + "/v1")
        client.audio.speech.create(
            model="gpt-4o-mini-tts",
            input="a",
            voice="marin",
            response_format="mp3",
            speed=1.5,
            stream_format="sse",
        )
        point(aichat, server, "openai").invoke("speak", "a", "-p", "openai", "--speed", "1.5")
        one, two = server.requests
    assert (one.path, one.json()) == (two.path, two.json())
