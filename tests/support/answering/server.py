"""A scripted loopback HTTP/1.1 server that speaks OpenAI chat completions.

Tests use `Server` in-process and point clients at `Server.url`; benchmarks run this file.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from http.client import parse_headers, responses
from typing import Any, Literal, Self

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
Json = Mapping[str, Any]

POLL = 0.005  # seconds between two looks at the socket while holding
CLIENT_GONE = (ConnectionError, ssl.SSLError)
SSE = {"content-type": "text/event-stream"}
MODEL = "openai/gpt-oss-120b"
USAGE: Json = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}


@dataclass(frozen=True)
class Hold:
    """Wait until the event is set, the time is up, the client goes away or the server closes."""

    event: threading.Event
    seconds: float = float("inf")


class Pause(Hold):
    """Wait for a fixed time; for latency benchmarks only."""

    def __init__(self, seconds: float) -> None:
        super().__init__(threading.Event(), seconds)


@dataclass(frozen=True)
class Callback:
    """Call back when the script gets here; if that returns bytes, they are sent as a chunk."""

    call: Callable[[], object]


class Cut:
    """Reset the connection (RST), with no terminating chunk."""


class CloseEarly:
    """Close the connection in order (FIN), with no terminating chunk."""


Step = bytes | Hold | Callback | Cut | CloseEarly


@dataclass(frozen=True)
class Reply:
    """One answer. `length=True` sends it whole with content-length, `length=N` claims N bytes."""

    status: int = 200
    headers: Headers = ()
    body: Sequence[Step] = ()
    length: bool | int = False
    framing: Literal["chunked", "close", "raw"] = "chunked"  # raw: no head, just the body

    def size(self) -> int:
        return sum(len(step) for step in self.body if isinstance(step, bytes))

    def content_length(self) -> int | None:
        """The content-length to send, if any."""
        return None if self.length is False else self.size() if self.length is True else self.length

    def is_chunked(self) -> bool:
        return self.length is False and self.framing == "chunked"

    def is_reusable(self) -> bool:
        """Whether the answer's end is marked, so that the connection can be reused."""
        return self.framing != "close" and self.content_length() in (None, self.size())

    def head(self) -> bytes:
        if self.framing == "raw":
            return b""
        lines = [f"HTTP/1.1 {self.status} {responses.get(self.status, 'Custom')}"]
        lines += [f"{name}: {value}" for name, value in dict(self.headers).items()]
        if self.content_length() is not None:
            lines.append(f"content-length: {self.content_length()}")
        else:
            lines.append("transfer-encoding: chunked" if self.is_chunked() else "connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def frame(self, data: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(data), data) if data and self.is_chunked() else data


class RawReply(Reply):
    """Literal bytes, head included."""

    def __init__(self, data: bytes, close: bool = True) -> None:
        super().__init__(framing="raw", body=[data, CloseEarly()] if close else [data])


class SilentReply(Reply):
    """Read the request and never answer."""

    def __init__(self) -> None:
        super().__init__(framing="raw", body=[Hold(threading.Event())])


class RefuseAfterAccept(Reply):
    """Close without a byte: on accept, or with `read=True` once the request is in and recorded."""

    def __init__(self, read: bool = False) -> None:
        super().__init__(framing="raw", body=[CloseEarly()] if read else [])


@dataclass(frozen=True)
class SeenRequest:
    """One request. `closed` is set when the client leaves before the whole answer is sent."""

    method: str
    path: str  # with the query, as sent
    raw_headers: list[tuple[str, str]]
    body: bytes
    connection: int = 0  # equal for requests on the same connection
    at: float = field(default_factory=time.monotonic)
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.raw_headers}

    def json(self) -> Any:
        return json.loads(self.body)


ScriptedReply = Reply | Callable[[SeenRequest], Reply]
NOTHING_SCRIPTED = Reply(500, body=[b"the test server: no reply was scripted"], length=True)


class _Connection:
    """One accepted socket; runs in a thread of its own."""

    def __init__(self, server: Server, sock: socket.socket) -> None:
        self.server, self.sock = server, sock

    def run(self) -> None:
        try:
            if self.server.ssl_context:
                self.shake_hands(self.server.ssl_context)
            self.file = self.sock.makefile("rb")
            while self.exchange():
                pass
        except OSError as error:
            if not (isinstance(error, CLIENT_GONE) or self.server.stop.is_set()):
                raise
        finally:
            self.close()
            self.server.forget(self)

    def shake_hands(self, context: ssl.SSLContext) -> None:
        """Not in the accept loop, which a slow client would block."""
        sock = context.wrap_socket(self.sock, server_side=True, do_handshake_on_connect=False)
        self.sock = sock
        sock.do_handshake()

    def exchange(self) -> bool:
        """Read one request and answer it; true if the connection may carry another."""
        if not self.file.peek(1)[:1].isalpha():  # gone, or a TLS hello, which has no line to read
            return False
        method, path, _ = self.file.readline().decode("latin-1").split(" ")
        headers = parse_headers(self.file)
        if len(body := self.file.read(size := int(headers["content-length"] or 0))) < size:
            return False
        seen = SeenRequest(method, path, headers.items(), body, id(self))
        reply = self.server.record(seen)
        try:
            return self.play(reply) and headers["connection"] != "close"
        except CLIENT_GONE:
            if not self.server.stop.is_set():
                seen.closed.set()
            raise

    def play(self, reply: Reply) -> bool:
        waiting = reply.head()
        for step in reply.body:
            if reply.content_length() is None or not isinstance(
                step, bytes
            ):  # sized: all in one send
                self.send(waiting)
                waiting = b""
            if isinstance(step, Cut | CloseEarly):
                self.close(reset=isinstance(step, Cut))
                return False
            waiting += reply.frame(step if isinstance(step, bytes) else self.perform(step))
        self.send(waiting)
        if reply.is_chunked():
            with suppress(
                *CLIENT_GONE
            ):  # a client that left on [DONE] has had everything: not `closed`
                self.sock.sendall(b"0\r\n\r\n")
        return reply.is_reusable()

    def perform(self, step: Hold | Callback) -> bytes:
        if isinstance(step, Callback):
            result = step.call()
            return result if isinstance(result, bytes) else b""
        deadline = time.monotonic() + step.seconds
        while (left := deadline - time.monotonic()) > 0 and not step.event.wait(min(POLL, left)):
            self.raise_if_gone()
        return b""

    def send(self, data: bytes) -> None:
        if data:
            self.raise_if_gone()
            self.sock.sendall(data)

    def raise_if_gone(self) -> None:
        """Raise if the client has closed or reset (or the server stops), without waiting."""
        if self.server.stop.is_set():
            raise ConnectionAbortedError
        if not select.select([self.sock], [], [], 0)[0]:
            return
        self.sock.settimeout(0)
        with suppress(BlockingIOError, ssl.SSLWantReadError):
            if not self.sock.recv(65536):  # clients under test never pipeline: drop what they send
                raise ConnectionResetError
        self.sock.settimeout(None)

    def close(self, reset: bool = False) -> None:
        with suppress(OSError, ValueError):
            if reset:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif isinstance(self.sock, ssl.SSLSocket):
                self.sock.settimeout(0)  # say goodbye, wait for none
                self.sock.unwrap()
        with suppress(OSError, AttributeError):
            self.file.close()  # the descriptor lives on until this is closed too
        with suppress(OSError):
            if not reset:
                self.sock.shutdown(socket.SHUT_WR)
        self.sock.close()


class Server:
    """Gives each request the next reply, then `default` (else the last reply) again and again.

    A reply may be a function of the request. `routes` maps path prefixes to replies of their own.
    """

    def __init__(
        self,
        *replies: ScriptedReply,
        default: ScriptedReply | None = None,
        routes: Mapping[str, ScriptedReply] | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.script, self.default, self.routes = deque(replies), default, dict(routes or {})
        self.ssl_context = ssl_context
        self.requests: list[SeenRequest] = []
        self.connections = 0  # accepted so far
        self.stop = threading.Event()
        self._last: ScriptedReply = NOTHING_SCRIPTED
        self._open: set[_Connection] = set()
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if ssl_context else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def push(self, reply: ScriptedReply) -> None:
        with self._changed:
            self.script.append(reply)

    def wait_requests(self, n: int, timeout: float = 5) -> list[SeenRequest]:
        """The requests so far, once there are at least `n`."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= n, timeout):
                raise TimeoutError(f"{len(self.requests)} of {n} requests after {timeout} s")
            return list(self.requests)

    def close(self) -> None:
        with self._changed:
            self.stop.set()
            for connection in self._open:
                with suppress(OSError):
                    # below TLS: SSLSocket.shutdown is not safe while another thread uses it
                    socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), close() alone does not
        self._listener.close()

    def record(self, seen: SeenRequest) -> Reply:
        """Note the request and pick its answer; for `_Connection`."""
        with self._changed:
            self.requests.append(seen)
            self._changed.notify_all()
            routed = (r for prefix, r in self.routes.items() if seen.path.startswith(prefix))
            reply = next(routed, None) or self._next()
        return reply if isinstance(reply, Reply) else reply(seen)

    def forget(self, connection: _Connection) -> None:
        with self._changed:
            self._open.discard(connection)

    def _next(self, take: bool = True) -> ScriptedReply:
        if not self.script:
            return self.default or self._last
        if take:
            self._last = self.script.popleft()
            return self._last
        return self.script[0]

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._start(self._listener.accept()[0])

    def _start(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(self, sock)
        with self._changed:
            self.connections += 1
            if self.stop.is_set() or self._next(take=False) == RefuseAfterAccept():
                self._next()
                sock.close()
                return
            self._open.add(connection)
        threading.Thread(target=connection.run, daemon=True).start()


def _envelope(kind: str, choices: Sequence[Json], **top: Any) -> dict[str, Any]:
    base = {"id": "chatcmpl-1", "object": kind, "created": 1773345615, "model": MODEL}
    return {**base, "system_fingerprint": "fp_1", "choices": choices, **top}


def chat_chunk(delta: Json, finish: str | None = None, **top: Any) -> dict[str, Any]:
    """One `chat.completion.chunk`; `top` sets top-level fields (`choices=[]`, `x_groq=…`)."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _envelope("chat.completion.chunk", **{"choices": [choice], **top})


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def sse(*objects: Json | bytes, done: bool = True, newline: bytes = b"\n") -> list[bytes]:
    """One event each; bytes are sent unchanged (comments, broken JSON, `event:` lines)."""
    items = [*objects, b"data: [DONE]\n\n"] if done else objects
    events = [i if isinstance(i, bytes) else b"data: %b\n\n" % _compact(i) for i in items]
    return [event.replace(b"\n", newline) for event in events]


def tool_call(
    name: str, *arguments: str, call_id: str = "call_1", index: int = 0
) -> list[dict[str, Any]]:
    """`delta.tool_calls` items: one argument string is sent whole (Groq), more are fragments."""
    pieces = () if len(arguments) == 1 else arguments
    function = {"name": name, "arguments": "" if pieces else "".join(arguments)}
    first = {"index": index, "id": call_id, "type": "function", "function": function}
    return [first, *({"index": index, "function": {"arguments": piece}} for piece in pieces)]


def chat_stream(
    text_pieces: Iterable[str],
    usage: Json | None = USAGE,
    finish: str | None = "stop",
    reasoning: Iterable[str] = (),
    reasoning_field: str = "reasoning",
    tool_calls: Sequence[Json] = (),
    model: str = MODEL,
    groq: bool = False,
) -> Reply:
    """A streamed answer, one HTTP chunk an event; None leaves the usage or the finish chunk out.

    `tool_calls` takes `tool_call(…)` items. `groq=True` adds `x_groq`, with usage at the finish.
    """
    top: dict[str, Any] = {"model": model} if groq else {"model": model, "usage": None}
    first = {"x_groq": {"id": "req_1"}} if groq else {}
    last = {"usage": usage, "x_groq": {"id": "req_1", "usage": usage}} if groq and usage else first
    deltas: list[Json] = [{reasoning_field: piece} for piece in reasoning]
    deltas += [{"content": piece} for piece in text_pieces]
    deltas += [{"tool_calls": [call]} for call in tool_calls]
    chunks = [chat_chunk({"role": "assistant", "content": ""}, **{**top, **first})]
    chunks += [chat_chunk(delta, **top) for delta in deltas]
    if finish:
        chunks.append(chat_chunk({}, _finish(finish, tool_calls), **{**top, **last}))
    if usage:
        chunks.append(chat_chunk({}, **{**top, "choices": [], "usage": usage}))
    return Reply(headers=SSE, body=sse(*chunks))


def _finish(finish: str, calls: Sequence[object]) -> str:
    return "tool_calls" if calls and finish == "stop" else finish


def _json_reply(value: object, status: int = 200, headers: Headers = ()) -> Reply:
    everything = {"content-type": "application/json", **dict(headers)}
    return Reply(status, everything, [_compact(value)], length=True)


def chat_whole(
    text: str | None,
    usage: Json | None = USAGE,
    finish: str = "stop",
    reasoning: str | None = None,
    reasoning_field: str = "reasoning",
    tool_calls: Sequence[Json] = (),
    model: str = MODEL,
) -> Reply:
    """An answer that is not streamed; `tool_calls` takes whole `tool_call(…)` items."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if reasoning:
        message[reasoning_field] = reasoning
    if tool_calls:
        message["tool_calls"] = [{k: v for k, v in c.items() if k != "index"} for c in tool_calls]
    reason = _finish(finish, tool_calls)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    top = {"usage": usage} if usage else {}
    return _json_reply(_envelope("chat.completion", [choice], model=model, **top))


def chat_error(
    status: int,
    message: str,
    type: str = "invalid_request_error",  # noqa: A002  as the field is called
    code: str | None = None,
    headers: Headers = (),
) -> Reply:
    error = {"message": message, "type": type, "param": None, "code": code}
    return _json_reply({"error": error}, status, headers)


def models_list(*ids: str, **extra: Any) -> Reply:
    """`GET /models`; `extra` fields (`context_window=…`) go into every entry."""
    common = {"object": "model", "created": 1773345615, "owned_by": "tests", **extra}
    return _json_reply({"object": "list", "data": [{"id": name, **common} for name in ids]})


def _events(reply: Reply) -> list[bytes]:
    return [step for step in reply.body if isinstance(step, bytes)]


@lru_cache
def _bulk_reply(deltas: int, per_chunk: int, finish: str = "stop") -> Reply:
    """A long answer as one precomputed send."""
    usage = {"prompt_tokens": 12, "completion_tokens": deltas, "total_tokens": 12 + deltas}
    events = _events(chat_stream([" word"] * deltas, usage, finish))
    reply = Reply(headers=SSE)
    chunks = (b"".join(events[at : at + per_chunk]) for at in range(0, len(events), per_chunk))
    return RawReply(reply.head() + b"".join(map(reply.frame, chunks)) + b"0\r\n\r\n", close=False)


def _capped_reply(seen: SeenRequest, deltas: int, per_chunk: int) -> Reply:
    asked = seen.json()
    cap = asked.get("max_completion_tokens") or asked.get("max_tokens") or deltas
    return _bulk_reply(min(cap, deltas), per_chunk, "stop" if cap >= deltas else "length")


def _stamped_reply(deltas: int, every: float) -> Reply:
    """A stream whose deltas contain the times at which they were sent."""
    stamp = Callback(lambda: sse(chat_chunk({"content": f"{time.time_ns()}\n"}), done=False)[0])
    first, *rest = _events(chat_stream(()))
    steps: list[Step] = [Pause(every), stamp]
    return Reply(headers=SSE, body=[first, *steps * deltas, *rest])


def main() -> None:
    """Serve one fixed answer to every POST until killed; the first line on stdout is the URL."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--deltas", type=int, default=100)
    parser.add_argument("--per-chunk", type=int, default=1, help="SSE events in one HTTP chunk")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    parser.add_argument("--cap", action="store_true", help="obey the request's max_tokens")
    parser.add_argument("--stamp", action="store_true", help="deltas tell when they were sent")
    parser.add_argument("--every", type=float, default=0.02, help="seconds between two stamps")
    args = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if args.tls else None
    if context:
        context.load_cert_chain(*args.tls)
    size = args.deltas, args.per_chunk
    whole = _stamped_reply(args.deltas, args.every) if args.stamp else _bulk_reply(*size)
    default = (lambda seen: _capped_reply(seen, *size)) if args.cap else whole
    routes = dict.fromkeys(("/v1/models", "/openai/v1/models"), models_list(MODEL))
    server = Server(default=default, routes=routes, ssl_context=context)
    with suppress(KeyboardInterrupt), server:
        print(server.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
