"""What is sent for a picture is what the provider's own SDK sends for the same wish."""

import base64
import json
from typing import Any

import pytest

from tests.commands.files.test_files import answer, form_of, point
from tests.support.answering.made import CODED, PNG, gemini_images, openai_images, qwen_images, task
from tests.support.answering.server import Server
from tests.support.running.program import Program, curl_body, curl_url

pytestmark = pytest.mark.long  # an SDK takes seconds to load


def draw(aichat: Program, server: Server, provider: str, *words: str) -> bytes:
    """The picture that the command makes of the server's answer."""
    point(aichat, server, provider)
    (aichat.home / "cat.png").write_bytes(PNG)
    return aichat.invoke("image", *words, "-p", provider, "-O", "-").stdout


def test_a_drawing_is_asked_for_as_openai_does(aichat: Program) -> None:
    sdk = pytest.importorskip("openai", reason="the SDK of OpenAI is not installed")
    with Server(default=openai_images()) as server:
        client = sdk.OpenAI(api_key="k", base_url=server.url + "/v1", max_retries=0)
        theirs = client.images.generate(
            model="gpt-image-2.6-flare",
            prompt="a cat",
            size="1536x1024",
            quality="high",
            background="transparent",
            output_format="webp",
        )
        words = ("--size", "1536x1024", "--quality", "high", "--background", "transparent")
        ours = draw(aichat, server, "openai", "a", "cat", *words, "--format", "webp")
        one, two = server.requests
    assert (one.method, one.path, one.json()) == (two.method, two.path, two.json())
    assert base64.b64decode(theirs.data[0].b64_json) == ours == PNG


@pytest.mark.parametrize("several", [False, True])
def test_a_change_is_asked_for_as_openai_does(aichat: Program, several: bool) -> None:
    sdk = pytest.importorskip("openai", reason="the SDK of OpenAI is not installed")
    file = ("cat.png", PNG, "image/png")
    with Server(default=openai_images()) as server:
        client = sdk.OpenAI(api_key="k", base_url=server.url + "/v1", max_retries=0)
        wish = {"model": "gpt-image-2.6-flare", "prompt": "a hat", "mask": file}
        client.images.edit(image=[file, file] if several else file, **wish)
        shown = ("-f", "cat.png") * (2 if several else 1)
        draw(aichat, server, "openai", "a", "hat", *shown, "--mask", "cat.png")
        one, two = map(form_of, server.requests)
    assert sorted(one) == sorted(two)


@pytest.mark.long  # their client costs seconds to import
def test_a_drawing_is_asked_for_as_gemini_does(aichat: Program) -> None:
    genai = pytest.importorskip("google.genai", reason="the SDK of Gemini is not installed")
    types = genai.types
    with Server(default=gemini_images()) as server:
        client = genai.Client(
            api_key="k", http_options={"base_url": server.url, "api_version": "v1beta"}
        )
        image = {"aspect_ratio": "16:9", "image_size": "2K"}
        theirs = client.models.generate_content(
            model="gemini-nano-banana-2.1",
            contents=[
                types.Content(
                    role="user",
                    parts=[
                        types.Part.from_text(text="a hat"),
                        types.Part.from_bytes(data=PNG, mime_type="image/png"),
                    ],
                )
            ],
            config={"response_modalities": ["IMAGE"], "image_config": image},
        )
        words = ("a", "hat", "-f", "cat.png", "--ratio", "16:9", "--resolution", "2k")
        ours = draw(aichat, server, "gemini", *words)
        one, two = server.requests
    # both spellings of a name, and of base64, are read alike by its server
    theirs_sent = one.body.replace(b"mime_type", b"mimeType")
    asked = json.loads(theirs_sent.replace(base64.urlsafe_b64encode(PNG), CODED.encode()))
    assert (one.path, asked) == (two.path, two.json())
    assert theirs.candidates[0].content.parts[0].inline_data.data == ours == PNG


@pytest.mark.long  # their client costs seconds to import
def test_a_drawing_is_asked_for_as_qwen_does(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    dashscope = pytest.importorskip("dashscope", reason="the SDK of Qwen is not installed")
    with Server() as server:
        server.default = qwen_images(server)
        monkeypatch.setattr(dashscope, "base_http_api_url", server.url + "/api/v1")
        content = [{"image": f"data:image/png;base64,{CODED}"}, {"text": "a hat"}]
        wish: dict[str, Any] = {"n": 1, "size": "1328*1328", "negative_prompt": "rain", "seed": 7}
        dashscope.MultiModalConversation.call(
            model="qwen-image-3.0",
            api_key="k",
            stream=False,
            **{"messages": [{"role": "user", "content": content}], **wish},
        )
        words = ("a", "hat", "-f", "cat.png", "--size", "1328x1328", "--seed", "7")
        draw(aichat, server, "qwen", *words, "--negative", "rain")
        one, two, _ = server.requests
    assert (one.path, one.json()) == (two.path, two.json())


@pytest.mark.long  # their client costs seconds to import
def test_a_task_is_asked_for_as_qwen_does(aichat: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    dashscope = pytest.importorskip("dashscope", reason="the SDK of Qwen is not installed")
    with Server(default=answer(task("PENDING"))) as server:
        monkeypatch.setattr(dashscope, "base_http_api_url", server.url + "/api/v1")
        wish: dict[str, Any] = {"n": 2, "size": "1024*1024", "negative_prompt": "rain", "seed": 7}
        model = "wan2.5-t2i-preview"
        dashscope.ImageSynthesis.async_call(model=model, prompt="a hat", api_key="k", **wish)
        words = ("image", "a", "hat", "-n", "2", "--size", "1024x1024", "--seed", "7")
        more = ("--negative", "rain", "-p", "qwen", "-m", model, "--dry-run")
        ours = point(aichat, server, "qwen").invoke(*words, *more)
        (theirs,) = server.requests
    assert curl_url(ours).endswith(theirs.path) and curl_body(ours) == theirs.json()
