"""What is sent for a video is what the provider's own SDK sends for the same wish."""

import base64
from typing import Any

import pytest

from tests.commands.files.test_files import point
from tests.support.answering.made import PNG, VideoProvider
from tests.support.answering.server import Server
from tests.support.running.program import Program

pytestmark = pytest.mark.long  # an SDK takes seconds to load

WORDS = ("a", "cat", "--seconds", "5", "--ratio", "16:9", "--resolution", "720p")


def film(aichat: Program, server: Server, provider: str, *words: str) -> None:
    """A video that is begun, and left to the provider."""
    point(aichat, server, provider)
    (aichat.home / "cat.png").write_bytes(PNG)
    assert aichat.invoke("video", *words, "-p", provider, "--no-wait").code == 0


@pytest.mark.parametrize("shown", [False, True])
@pytest.mark.long  # their client costs seconds to import
def test_a_video_is_asked_for_as_gemini_does(aichat: Program, shown: bool) -> None:
    genai = pytest.importorskip("google.genai", reason="the SDK of Gemini is not installed")
    asked: Any = "a cat"
    if shown:
        image = {"type": "image", "data": base64.b64encode(PNG).decode(), "mime_type": "image/png"}
        content = [{"type": "text", "text": "a cat"}, image]
        asked = [{"type": "user_input", "content": content}]
    options = {"base_url": None, "api_version": "v1beta"}
    with Server() as server:
        VideoProvider(server, "gemini", looks=0)
        client = genai.Client(api_key="k", http_options={**options, "base_url": server.url})
        theirs = client.interactions.create(
            model="gemini-omni-1.2-flash",
            input=asked,
            background=True,
            response_format=[
                {
                    "type": "video",
                    "aspect_ratio": "16:9",
                    "duration": "5s",
                    "resolution": "720p",
                    "delivery": "uri",
                }
            ],
            generation_config={
                "video_config": {"task": "image_to_video" if shown else "text_to_video"}
            },
        )
        film(aichat, server, "gemini", *WORDS, *(("-f", "cat.png") if shown else ()))
        client.interactions.get(theirs.id)
        client.interactions.cancel(theirs.id)
        aichat.invoke("jobs", "show", "last")
        aichat.invoke("jobs", "cancel", "last")
        one, two, look, end, *ours = server.requests
    assert (one.method, one.path, one.json()) == (two.method, two.path, two.json())
    assert theirs.id == "int-1"
    # it says that it does not want a stream, which is what nobody says
    assert [(r.method, r.path.removesuffix("?stream=false")) for r in (look, end)] == [
        (ours[0].method, ours[0].path),
        ("POST", "/v1beta/interactions/int-1/cancel"),
    ]


@pytest.mark.parametrize("model", ["wan2.7-t2v", "wan2.5-t2v-preview"])
@pytest.mark.long  # their client costs seconds to import
def test_a_video_is_asked_for_as_qwen_does(
    aichat: Program, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    dashscope = pytest.importorskip("dashscope", reason="the SDK of Qwen is not installed")
    size = {"resolution": "720P", "ratio": "16:9"} if "2.7" in model else {"size": "1280*720"}
    with Server() as server:
        VideoProvider(server, "qwen", looks=0)
        monkeypatch.setattr(dashscope, "base_http_api_url", server.url + "/api/v1")
        given = {"model": model, "prompt": "a cat", "negative_prompt": "rain", "seed": 7}
        theirs = dashscope.VideoSynthesis.async_call(api_key="k", duration=5, **size, **given)
        dashscope.VideoSynthesis.fetch(theirs.output.task_id, api_key="k")
        film(aichat, server, "qwen", *WORDS, "--negative", "rain", "--seed", "7", "-m", model)
        aichat.invoke("jobs", "show", "last")
        one, look, two, ours = server.requests
    asked = one.json()
    for field in ("extend_prompt", "function"):  # of its oldest model, and sent with every one
        del asked["input"][field]
    assert (one.method, one.path, asked) == (two.method, two.path, two.json())
    asynchronous = "x-dashscope-async"
    assert one.headers[asynchronous] == two.headers[asynchronous] == "enable"
    assert (look.method, look.path) == (ours.method, ours.path)
