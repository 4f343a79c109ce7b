"""What the official SDKs themselves send and read, captured on loopback.

Each class is a client of one SDK and the server that it talks to.  An SDK is
imported when its class is entered, so a test can skip itself where it is not
installed.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

from tests.support.answering.server import SSE, Reply, SeenRequest, Server

JSON = {"content-type": "application/json"}
KEY = "sk-loopback-0123456789"

_GEMINI = (
    b'data: {"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},'
    b'"finishReason":"STOP","index":0}],"modelVersion":"m","responseId":"r"}\r\n\r\n'
)
_DASHSCOPE = (
    b"id:1\nevent:result\n:HTTP_STATUS/200\n"
    b'data:{"output":{"choices":[{"message":{"role":"assistant","content":"Hi"},'
    b'"finish_reason":"stop"}]},"usage":{"input_tokens":1,"output_tokens":1},"request_id":"r"}\n\n'
)


class _Loopback:
    """A server that always gives the same answer, without a proxy."""

    answer = b""

    def __enter__(self) -> Self:
        self._environ = patch.dict(os.environ, {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"})
        self._environ.start()
        self.server = Server(default=Reply(headers=SSE, body=[self.answer]))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self.server.close()
        self._environ.stop()

    def last_request(self) -> SeenRequest:
        """The last request."""
        return self.server.requests[-1]


class Google(_Loopback):
    """google-genai: ``generate_content_stream``."""

    answer = _GEMINI

    def __enter__(self) -> Self:
        super().__enter__()
        genai = importlib.import_module("google.genai")
        self.types = importlib.import_module("google.genai.types")
        options = self.types.HttpOptions(base_url=self.server.url)
        self._client = genai.Client(api_key=KEY, vertexai=False, http_options=options)
        return self

    def capture_request(self, contents: Any, model: str, **config: Any) -> SeenRequest:
        """The request of a question."""
        self._ask(contents, model, config)
        return self.last_request()

    def read_stream(self, body: Iterable[bytes]) -> list[Any]:
        """The client's reading of a stream: a response per chunk."""
        self.server.push(Reply(headers=SSE, body=[*body]))
        return self._ask("Hi", "m", {})

    def _ask(self, contents: Any, model: str, config: dict[str, Any]) -> list[Any]:
        settings = self.types.GenerateContentConfig(automatic_continuation=False, **config)
        stream = self._client.models.generate_content_stream(
            model=model, contents=contents, config=settings
        )
        return list(stream)


class DashScope(_Loopback):
    """dashscope: ``Generation.call``, or ``MultiModalConversation.call`` where ``multimodal``."""

    answer = _DASHSCOPE

    def __enter__(self) -> Self:
        super().__enter__()
        self._sdk = importlib.import_module("dashscope")
        return self

    def capture_request(
        self, messages: list[dict[str, Any]], model: str, *, multimodal: bool = False, **terms: Any
    ) -> SeenRequest:
        """The request of a question, streamed in increments."""
        fixed = {"incremental_output": True, "stream": True, "result_format": "message"}
        if not (fixed | terms)["stream"]:
            whole = self.answer.partition(b"data:")[2]
            self.server.push(Reply(headers=JSON, body=[whole], length=True))
        self._ask(messages, model, multimodal, fixed | terms)
        return self.last_request()

    def read_stream(self, body: Iterable[bytes], *, multimodal: bool = False) -> list[Any]:
        """The client's reading of a stream: a response per event."""
        self.server.push(Reply(headers=SSE, body=[*body]))
        question = [{"role": "user", "content": [{"text": "Hi"}] if multimodal else "Hi"}]
        return self._ask(question, "qwen-plus", multimodal, {"stream": True})

    def _ask(
        self, messages: list[dict[str, Any]], model: str, multimodal: bool, terms: dict[str, Any]
    ) -> list[Any]:
        kind = self._sdk.MultiModalConversation if multimodal else self._sdk.Generation
        address = f"{self.server.url}/api/v1"
        found = kind.call(
            model=model, messages=messages, api_key=KEY, base_address=address, **terms
        )
        return list(found) if terms["stream"] else [found]
