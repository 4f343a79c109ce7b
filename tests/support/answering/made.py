"""Answers that have pictures or videos in them, as each provider gives them."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from tests.commands.files.test_files import answer
from tests.support.answering.server import Reply, ScriptedReply, SeenRequest, Server

#: A picture of one pixel, and what a video begins with.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"film" * 64

CODED = base64.b64encode(PNG).decode()


def openai_images(*data: str, **more: Any) -> Reply:
    """Pictures as OpenAI gives them."""
    used = {"text_tokens": 20, "image_tokens": 0}
    usage = {"input_tokens": 20, "input_tokens_details": used, "output_tokens": 1056}
    entries = [{"b64_json": each} for each in data or (CODED,)]
    return answer({"data": entries, "output_format": "png", "usage": usage, **more})


def xai_images(*entries: Mapping[str, Any]) -> Reply:
    """Pictures as xAI gives them, with what they cost: 4 cents."""
    data = entries or ({"b64_json": CODED, "mime_type": "image/png"},)
    return answer({"data": [*data], "usage": {"cost_in_usd_ticks": 400_000_000}})


def gemini_images(reason: str = "STOP", **part: Any) -> Reply:
    """A picture as Gemini gives it; 1120 tokens."""
    shown = part or {"inlineData": {"mimeType": "image/png", "data": CODED}}
    usage = {
        "promptTokenCount": 22,
        "candidatesTokenCount": 1120,
        "totalTokenCount": 1142,
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}],
    }
    candidate = {"content": {"parts": [shown]}, "finishReason": reason}
    return answer({"candidates": [candidate], "usageMetadata": usage})


def bytes_reply(data: bytes, kind: str, **headers: str) -> Reply:
    """A file as it is fetched."""
    return Reply(headers={"content-type": kind, **headers}, body=[data], length=True)


def qwen_images(server: Server) -> Callable[[SeenRequest], Reply]:
    """A picture as Qwen gives it: an address, and what is there."""

    def reply(request: SeenRequest) -> Reply:
        if request.method == "GET":
            return bytes_reply(PNG, "image/png")
        content = [{"image": f"{server.url}/result.png"}]
        choice = {"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
        return answer({"output": {"choices": [choice]}, "usage": {"image_count": 1}})

    return reply


def image_reply(server: Server, provider: str) -> ScriptedReply:
    """A picture as ``provider`` gives it."""
    if provider == "qwen":
        return qwen_images(server)
    made: Mapping[str, Callable[[], Reply]] = {
        "openai": openai_images,
        "xai": xai_images,
        "gemini": gemini_images,
    }
    return made[provider]()
