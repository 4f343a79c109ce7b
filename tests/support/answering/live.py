"""A server of realtime sessions on loopback: each question gets the next scripted answer."""

import json
import logging
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from socket import SHUT_RDWR
from types import TracebackType
from typing import Any, NamedTuple

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server as SocketServer
from websockets.sync.server import ServerConnection, serve

from tests.support.running.program import Program

_MUTE = logging.getLogger("tests.live")
_MUTE.setLevel(logging.CRITICAL + 1)

Frames = Sequence[Any]


class Close(NamedTuple):
    """The server closes the connection."""

    code: int
    reason: str = ""


class Gate(NamedTuple):
    """The server waits until the client sends something, or ``event`` is set."""

    event: threading.Event | None = None


class Refusal(NamedTuple):
    """The server refuses the socket."""

    status: int
    body: Mapping[str, Any] = {}


class Style(NamedTuple):
    """A protocol: its greeting, its reply to settings, and how to recognise a question."""

    greeting: Frames
    ready: Any
    is_setup: Callable[[Mapping[str, Any]], bool]
    is_question: Callable[[Mapping[str, Any]], bool]
    answer: Callable[..., list[Any]]
    cancelled: Any = None


def openai_answer(*words: str, usage: Any = None, status: str = "completed") -> list[Any]:
    """A text answer of the Realtime API."""
    place = {"response_id": "resp_1", "item_id": "item_2", "output_index": 0, "content_index": 0}
    response = {"id": "resp_1", "object": "realtime.response", "output": []}
    item = {"id": "item_2", "type": "message", "role": "assistant", "content": []}
    return [
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        *({"type": "response.output_text.delta", **place, "delta": word} for word in words),
        {"type": "response.output_text.done", **place, "text": "".join(words)},
        {
            "type": "response.done",
            "response": {**response, "status": status, "usage": usage or OPENAI_USAGE},
        },
        {
            "type": "rate_limits.updated",
            "rate_limits": [{"name": "tokens", "limit": 100, "remaining": 90}],
        },
    ]


OPENAI_USAGE = {
    "total_tokens": 40,
    "input_tokens": 30,
    "output_tokens": 10,
    "input_token_details": {"text_tokens": 30, "audio_tokens": 0, "cached_tokens": 0},
    "output_token_details": {"text_tokens": 10, "audio_tokens": 0},
}


def xai_answer(*words: str) -> list[Any]:
    """A spoken answer, with the usage beside the response."""
    place = {"output_index": 0, "content_index": 0}
    usage = {**OPENAI_USAGE, "billable_audio_seconds": 5, "output_audio_seconds": 3.38}
    name = "response.output_audio_transcript.delta"
    return [
        {"type": "ping", "timestamp": 1785214080296},
        {"type": "response.created", "response": {"id": "resp_1", "usage": {}}},
        {"type": "response.output_audio.delta", **place, "delta": "AAAA"},
        *({"type": name, **place, "delta": word, "start_time": 0.0} for word in words),
        {
            "type": "response.done",
            "response": {"id": "resp_1", "status": "completed", "usage": {}},
            "usage": usage,
        },
    ]


def qwen_answer(*words: str) -> list[Any]:
    """A text answer with the older names."""
    place = {"response_id": "resp_1", "item_id": "item_2", "output_index": 0, "content_index": 0}
    usage = {
        "total_tokens": 350,
        "input_tokens": 341,
        "output_tokens": 9,
        "input_tokens_details": {"text_tokens": 341},
        "output_tokens_details": {"text_tokens": 9},
    }
    return [
        {"type": "response.created", "response": {"id": "resp_1"}},
        *({"type": "response.text.delta", **place, "delta": word} for word in words),
        {"type": "response.done", "response": {"status": "completed", "usage": usage}},
    ]


def gemini_answer(*words: str) -> list[Any]:
    """A spoken answer, whose transcript ends after the answer itself."""
    usage = {
        "promptTokenCount": 482,
        "responseTokenCount": 69,
        "totalTokenCount": 551,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 482}],
        "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 57}],
    }
    sound = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAAA"}}
    said = [{"serverContent": {"outputTranscription": {"text": word}}} for word in words]
    return [
        {"serverContent": {"modelTurn": {"parts": [{"text": "hm", "thought": True}]}}},
        *said[:-1],
        {"serverContent": {"modelTurn": {"parts": [sound]}}},
        {"serverContent": {"generationComplete": True}},
        {"serverContent": {"turnComplete": True}, "usageMetadata": usage},
        *said[-1:],
    ]


#: The names of events with audio and transcripts in each protocol of OpenAI's family.
_SOUND_NAMES = {
    "openai": ("response.output_audio.delta", "response.output_audio_transcript.delta"),
    "xai": ("response.output_audio.delta", "response.output_audio_transcript.delta"),
    "qwen": ("response.audio.delta", "response.audio_transcript.delta"),
}


def spoken_answer(provider: str, words: Sequence[str], sound: bytes, heard: str = "") -> list[Any]:
    """A spoken answer, with a piece of audio per word.

    The transcript of a spoken question comes after it, as it may.
    """
    size = len(sound) // len(words) // 2 * 2
    pieces = [sound[n * size : (n + 1) * size] for n in range(len(words) - 1)]
    pieces.append(sound[(len(words) - 1) * size :])
    coded = [b64encode(piece).decode() for piece in pieces]
    if provider == "gemini":
        return _spoken_by_gemini(words, coded, heard)
    place = {"response_id": "resp_1", "item_id": "item_2", "output_index": 0, "content_index": 0}
    sounds, says = _SOUND_NAMES[provider]
    item = {"id": "item_2", "type": "message", "role": "assistant", "content": []}
    begin, *_, end = STYLES[provider].answer("x")
    last = STYLES["openai"].answer("x")[-2] if provider == "openai" else end
    written = {
        "type": "conversation.item.input_audio_transcription.completed",
        "item_id": "item_1",
        "content_index": 0,
        "transcript": heard,
        "usage": {"type": "duration", "seconds": 3},
    }
    if provider == "xai":
        begin = {"type": "response.created", "response": {"id": "resp_1", "usage": {}}}
    return [
        begin,
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        *(
            frame
            for word, piece in zip(words, coded, strict=True)
            for frame in (
                {"type": says, **place, "delta": word},
                {"type": sounds, **place, "delta": piece},
            )
        ),
        last,
        *([written] if heard else []),
    ]


def _spoken_by_gemini(words: Sequence[str], coded: Sequence[str], heard: str) -> list[Any]:
    """The same for Gemini, which sends the question's transcript first."""
    mime = "audio/pcm;rate=24000"
    said = [{"serverContent": {"inputTranscription": {"text": heard}}}] if heard else []
    for word, piece in zip(words, coded, strict=True):
        said.append({"serverContent": {"outputTranscription": {"text": word}}})
        part = {"inlineData": {"mimeType": mime, "data": piece}}
        said.append({"serverContent": {"modelTurn": {"parts": [part]}}})
    return [*said, *gemini_answer("x", "")[3:5]]


#: Events by which a client ends speech.
ENDS = ("input_audio_buffer.commit", "session.finish", "session.close", "audio.done")

#: Events of a server that detects turns, before it answers.
HEARD: Frames = [
    {"type": "input_audio_buffer.speech_started", "audio_start_ms": 0, "item_id": "item_1"},
    {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 900, "item_id": "item_1"},
    {"type": "input_audio_buffer.committed", "item_id": "item_1"},
]


def is_end(frame: Any) -> bool:
    """Whether a frame ends speech."""
    return frame.get("type") in ENDS or "audioStreamEnd" in _realtime_input(frame)


def is_sound(frame: Any) -> bool:
    """Whether a frame has the user's audio."""
    is_appended = str(frame.get("type")).endswith("input_audio_buffer.append")
    return is_appended or "sound" in frame or "audio" in _realtime_input(frame)


def samples_said(provider: str, frames: Frames) -> bytes:
    """The samples in a connection's frames."""
    if any("sound" in frame for frame in frames):
        return b"".join(frame.get("sound", b"") for frame in frames)
    if provider == "gemini":
        coded = [_realtime_input(f).get("audio", {}).get("data", "") for f in frames]
    else:
        coded = [f["audio"] for f in frames if f.get("type") == "input_audio_buffer.append"]
    return b"".join(map(b64decode, coded))


def _realtime_input(told: Mapping[str, Any]) -> Any:
    """A client's input, under either of the names that its server accepts."""
    return told.get("realtimeInput") or told.get("realtime_input") or {}


def _of_type(name: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda told: told.get("type") == name


def conversation(name: str) -> Any:
    """xAI's event with the name of a connection's conversation."""
    return {"type": "conversation.created", "conversation": {"id": name}}


_OPENAI = Style(
    [{"type": "session.created", "session": {"id": "sess_1", "object": "realtime.session"}}],
    {"type": "session.updated", "session": {}},
    _of_type("session.update"),
    _of_type("response.create"),
    openai_answer,
    openai_answer(status="cancelled")[-2],
)

STYLES = {
    "openai": _OPENAI,
    "xai": _OPENAI._replace(
        greeting=[*_OPENAI.greeting, conversation("conv_1")],
        answer=xai_answer,
    ),
    "qwen": _OPENAI._replace(answer=qwen_answer),
    "gemini": Style(
        [],
        b'{"setupComplete":{}}',  # a message of bytes, as its server sends them
        lambda told: "setup" in told,
        lambda told: (
            "toolResponse" in told or bool({"text", "activityEnd"} & {*_realtime_input(told)})
        ),
        gemini_answer,
    ),
}

#: Where each provider's base URL ends, and the variable of its key.
BASES = {
    "openai": ("/v1", "OPENAI_API_KEY"),
    "xai": ("/v1", "XAI_API_KEY"),
    "qwen": ("/compatible-mode/v1", "DASHSCOPE_API_KEY"),
    "gemini": ("/v1beta", "GEMINI_API_KEY"),
}

KEY = "k-secret-0123456789"


class LiveServer:
    """Sessions of one provider; ``frames`` is what each connection was told, ``openings`` how.

    ``script`` has an answer for each question: frames, and between them what else is done.
    With ``turn_pieces`` the server takes turns: so many pieces of sound are a question.
    ``last`` is what it tells once it hears that all was said.
    """

    def __init__(
        self,
        provider: str,
        *script: Frames,
        refusals: Sequence[Refusal] = (),
        turn_pieces: int = 0,
        last: Frames = (),
    ) -> None:
        self.last = last
        self.turn_pieces = turn_pieces
        self.on_sound: Callable[[], object] = lambda: None  # once something is heard
        self.provider, self.style = provider, STYLES[provider]
        self.script, self.refusals = list(script), list(refusals)
        self.frames: list[list[Any]] = []
        self.openings: list[Request] = []
        self.asked = threading.Event()  # set once a question has arrived
        self.headers: Mapping[str, str] = {}  # headers of the response that opens a socket
        self.on_resumed: Frames = ()  # frames on a connection that resumes another

    def __enter__(self) -> "LiveServer":
        self._server: SocketServer = serve(
            self._hold,
            "127.0.0.1",
            0,
            process_request=self._open,
            process_response=self._say_limits,
            compression=None,
            logger=_MUTE,  # a client that hangs up would be told of on the stderr of its run
        )
        self.port = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()

    def point(self, aichat: Program) -> Program:
        """Point the provider's sessions at this server."""
        path, key = BASES[self.provider]
        name = f"AICHAT_{self.provider.upper()}_BASE_URL"
        aichat.environ |= {key: KEY, name: f"http://127.0.0.1:{self.port}{path}"}
        return aichat

    def _open(self, connection: ServerConnection, request: Request) -> Response | None:
        self.openings.append(request)
        if not self.refusals:
            return None
        refusal = self.refusals.pop(0)
        response = connection.respond(HTTPStatus(refusal.status), json.dumps(refusal.body))
        response.headers["x-request-id"] = "req_1"
        return response

    def _say_limits(self, _: ServerConnection, __: Request, response: Response) -> Response:
        response.headers.update(self.headers)
        return response

    def _hold(self, socket: ServerConnection) -> None:
        told: list[Any] = []
        self.frames.append(told)
        self._pieces = 0
        try:
            self._send(socket, self.style.greeting)
            if socket.request and "conversation_id=" in socket.request.path:
                self._send(socket, self.on_resumed)
            for message in socket:
                is_sound = isinstance(message, bytes)
                self._take(socket, {"sound": message} if is_sound else json.loads(message), told)
        except ConnectionClosed:
            return

    def _take(self, socket: ServerConnection, frame: Any, told: list[Any]) -> None:
        told.append(frame)
        if self.style.is_setup(frame):
            self._send(socket, [self.style.ready])
        elif frame.get("type") == "response.cancel":
            self._send(socket, [self.style.cancelled])
        elif frame.get("type") == "input_audio_buffer.commit" and not self.last:
            self._send(socket, [{"type": "input_audio_buffer.committed", "item_id": "item_1"}])
        elif self.last and (
            frame.get("type") in ENDS or "audioStreamEnd" in _realtime_input(frame)
        ):
            self._send(socket, self.last)
        elif self.style.is_question(frame):
            self._answer(socket, told)
        elif is_sound(frame):
            self._pieces += 1
            if self._pieces == 1:
                self.on_sound()
            if self.turn_pieces and self._pieces % self.turn_pieces == 0:
                self._send(socket, () if self.provider == "gemini" else HEARD)
                self._answer(socket, told)

    def _answer(self, socket: ServerConnection, told: list[Any]) -> None:
        for step in self.script.pop(0) if self.script else ():
            if step == Close(1006):
                socket.socket.shutdown(SHUT_RDWR)  # without a close frame
                return
            if isinstance(step, Close):
                socket.close(step.code, step.reason)
                return
            if callable(step):
                step()
                continue
            if isinstance(step, Gate):
                self.asked.set()
                if step.event:
                    step.event.wait(20)
                    continue
                self._take(socket, json.loads(socket.recv(20)), told)
                return
            self._send(socket, [step])

    def _send(self, socket: ServerConnection, frames: Frames) -> None:
        for frame in frames:
            socket.send(frame if isinstance(frame, bytes | str) else json.dumps(frame))
