"""Answers with images or videos, in each provider's format."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from tests.commands.files.test_files import answer
from tests.support.answering.server import Reply, ScriptedReply, SeenRequest, Server

#: An image of one pixel, and the start of a video.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"film" * 64

CODED = base64.b64encode(PNG).decode()


def openai_images(*data: str, **more: Any) -> Reply:
    """OpenAI's answer with images."""
    used = {"text_tokens": 20, "image_tokens": 0}
    usage = {"input_tokens": 20, "input_tokens_details": used, "output_tokens": 1056}
    entries = [{"b64_json": each} for each in data or (CODED,)]
    return answer({"data": entries, "output_format": "png", "usage": usage, **more})


def xai_images(*entries: Mapping[str, Any]) -> Reply:
    """xAI's answer with images, and their cost of 4 cents."""
    data = entries or ({"b64_json": CODED, "mime_type": "image/png"},)
    return answer({"data": [*data], "usage": {"cost_in_usd_ticks": 400_000_000}})


def gemini_images(reason: str = "STOP", **part: Any) -> Reply:
    """Gemini's answer with an image; 1120 tokens."""
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
    """The reply with a file's bytes."""
    return Reply(headers={"content-type": kind, **headers}, body=[data], length=True)


def qwen_images(server: Server) -> Callable[[SeenRequest], Reply]:
    """Qwen's answer with an image's URL, and the reply at that URL."""

    def reply(request: SeenRequest) -> Reply:
        if request.method == "GET":
            return bytes_reply(PNG, "image/png")
        content = [{"image": f"{server.url}/result.png"}]
        choice = {"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
        return answer({"output": {"choices": [choice]}, "usage": {"image_count": 1}})

    return reply


def image_reply(server: Server, provider: str) -> ScriptedReply:
    """The answer of ``provider`` with an image."""
    if provider == "qwen":
        return qwen_images(server)
    made: Mapping[str, Callable[[], Reply]] = {
        "openai": openai_images,
        "xai": xai_images,
        "gemini": gemini_images,
    }
    return made[provider]()


class VideoProvider:
    """A provider like ``name`` that makes one video, which is ready after ``looks`` polls.

    ``ended`` is its final report; ``film`` is the reply with the video.
    """

    def __init__(
        self, server: Server, name: str, looks: int = 2, ended: Mapping[str, Any] | None = None
    ) -> None:
        self._server, self._name, self._looks, self._ended = server, name, looks, ended
        self.film: Callable[[SeenRequest], Reply] = lambda _: bytes_reply(MP4, "video/mp4")
        server.default = self.reply

    @property
    def address(self) -> str:
        """The video's URL; at Gemini on the API's host, where the key is required."""
        folder = "/v1beta/files" if self._name == "gemini" else ""
        return f"{self._server.url}{folder}/film.mp4"

    def reply(self, request: SeenRequest) -> Reply:
        """The reply to a request."""
        if "film.mp4" in request.path:
            return self.film(request)
        if request.method == "POST":
            return answer(BEGUN[self._name])
        self._looks -= 1
        if self._looks >= 0:
            waits = WAITING[self._name]
            return answer(waits) if waits else Reply(202, body=[], length=True)
        return answer(self._ended or self.done())

    def done(self) -> Mapping[str, Any]:
        """The report once the video is ready."""
        return {
            "xai": {
                "status": "done",
                "video": {"url": self.address, "duration": 6},
                "usage": {"cost_in_usd_ticks": 8_400_000_000},
            },
            "gemini": interaction("completed", self.address),
            "qwen": task("SUCCEEDED", video_url=self.address),
        }[self._name]


def interaction(status: str, uri: str | None = None) -> Mapping[str, Any]:
    """A Gemini interaction, with the video's URL if any."""
    film = {"type": "video", "uri": uri, "mime_type": "video/mp4"}
    steps = [{"type": "model_output", "content": [film]}] if uri else []
    usage = {"total_input_tokens": 10, "total_output_tokens": 5000 if uri else 0}
    return {"id": "int-1", "status": status, "steps": steps, "usage": usage}


def task(status: str, **output: Any) -> Mapping[str, Any]:
    """A DashScope task."""
    used = {"duration": 5, "SR": 720, "video_count": 1} if status == "SUCCEEDED" else {}
    return {"output": {"task_id": "task-1", "task_status": status, **output}, "usage": used}


#: Answers to the request that starts a job, and while it runs; an empty one is a 202.
BEGUN: Mapping[str, Any] = {
    "xai": {"request_id": "vid-1"},
    "gemini": {"id": "int-1", "status": "in_progress"},
    "qwen": task("PENDING"),
}
WAITING: Mapping[str, Any] = {
    "xai": None,
    "gemini": interaction("in_progress"),
    "qwen": task("RUNNING"),
}

#: The id of each provider's job.
JOB_IDS = {"xai": "vid-1", "gemini": "int-1", "qwen": "task-1"}
