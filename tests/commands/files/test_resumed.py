"""Uploads to Google that break in the middle: gone on with from what is there, at no memory."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pytest

from tests.support.running.marks import long_case
from tests.support.running.peak import peak_memory
from tests.support.running.program import Program


class Google:
    """Takes an upload, and hangs up after each so many bytes; it forgets what it took of the last.

    ``lost`` bytes of what came before a break are not there afterwards; ``answers`` whoever asks.
    """

    def __init__(self, breaks: list[int], lost: int = 7, status: str = "active") -> None:
        self.breaks, self.lost, self.status = breaks, lost, status
        self.offsets: list[int] = []
        self.there, self.digest, self.held = 0, sha256(), b""

    @contextmanager
    def serve(self) -> Iterator[str]:
        """The base URL, while it listens."""
        google = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                google.answer(self)

            def do_GET(self) -> None:
                reply(self, {"name": "files/f1", "state": "ACTIVE", "uri": "u"})

            def log_message(self, *_: object) -> None:
                """Nothing is told."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
            thread.start()
            yield f"http://127.0.0.1:{server.server_address[1]}/v1beta"
            server.shutdown()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """What it says to a request."""
        command = request.headers.get("x-goog-upload-command", "")
        if request.path.endswith("/interactions"):
            request.rfile.read(int(request.headers["content-length"]))
            text = [{"type": "text", "text": "Hi"}]
            steps = [{"type": "model_output", "content": text}]
            reply(request, {"id": "i", "status": "completed", "steps": steps})
        elif command == "start":
            request.rfile.read(int(request.headers["content-length"]))
            reply(request, {}, {"x-goog-upload-url": "/upload/x"})
        elif command == "query":
            told = {"x-goog-upload-status": self.status}
            reply(request, {}, {**told, "x-goog-upload-size-received": str(self.there)})
        else:
            self.take(request)

    def take(self, request: BaseHTTPRequestHandler) -> None:
        """Bytes from where it says that it goes on."""
        offset = int(request.headers["x-goog-upload-offset"])
        assert offset == self.there and "x-goog-api-key" not in request.headers
        self.offsets.append(offset)
        left = int(request.headers["content-length"])
        most = self.breaks.pop(0) if self.breaks else left
        fails = most < left
        count = max(min(most, left) - (self.lost if fails else 0), 0)
        while count and (piece := request.rfile.read(min(count, 1 << 20))):
            self.digest.update(piece)
            self.there, count = self.there + len(piece), count - len(piece)
        if fails:
            request.close_connection = True
            request.connection.close()
        else:
            reply(request, {"file": {"name": "files/f1", "state": "ACTIVE", "uri": "https://g/f1"}})


def reply(
    request: BaseHTTPRequestHandler, told: object, headers: dict[str, str] | None = None
) -> None:
    """A JSON answer."""
    body = json.dumps(told).encode()
    request.send_response(200)
    for name, value in ({"content-type": "application/json"} | (headers or {})).items():
        request.send_header(name, value)
    request.send_header("content-length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def record(path: Path, size: int) -> str:
    """A recording of so many bytes, most of them none on the disk; the digest of it."""
    with path.open("wb") as file:
        file.write(b"ID3")
        file.truncate(size)
    digest, left = sha256(b"ID3"), size - 3
    while left:
        digest.update(bytes(min(left, 1 << 20)))
        left -= min(left, 1 << 20)
    return digest.hexdigest()


def aim(aichat: Program, url: str) -> tuple[str, ...]:
    """The words that have Gemini write down a recording that it has to be given before."""
    aichat.environ |= {"GEMINI_API_KEY": "k", "AICHAT_GEMINI_BASE_URL": url}
    return ("transcribe", "a.mp3", "-p", "gemini", "--no-stream")


def test_an_upload_that_breaks_goes_on_from_what_is_there(aichat: Program) -> None:
    digest = record(aichat.home / "a.mp3", 22_000_000)
    google = Google([9_000_000, 0, 8_000_000])
    with google.serve() as url:
        done = aichat.invoke(*aim(aichat, url))
    assert (done.code, done.text) == (0, "Hi\n") and google.digest.hexdigest() == digest
    assert len(google.offsets) == 4 and all(a <= b for a, b in pairwise(google.offsets))
    assert google.offsets[1] == google.offsets[2] == 8_999_993
    assert "link lost after 8,999,993 bytes" in done.stderr and aichat.waits[:2] == [1.0, 2.0]


@pytest.mark.parametrize("case", ["never comes through", "is closed", "is told to be longer"])
def test_an_upload_that_cannot_go_on_ends(aichat: Program, case: str) -> None:
    record(aichat.home / "a.mp3", 22_000_000)
    google = Google([1_000] + [0] * 9)
    if case == "is closed":
        google.status = "final"
    if case == "is told to be longer":
        google.there = 0
        google.answer = lambda r, whole=google.answer: (  # type: ignore[method-assign, misc]
            reply(r, {}, {"x-goog-upload-size-received": "9" * 12})
            if r.headers.get("x-goog-upload-command") == "query"
            else whole(r)
        )
    with google.serve() as url:
        done = aichat.invoke(*aim(aichat, url))
    assert done.code == 8 and done.text == ""
    assert len(google.offsets) == (6 if case == "never comes through" else 1)


@pytest.mark.parametrize("size", [long_case(2_000_000_000), 24_000_000])
def test_an_upload_that_breaks_costs_no_memory(aichat: Program, size: int) -> None:
    digest = record(aichat.home / "a.mp3", size)
    google = Google([size // 2])
    with google.serve() as url:
        most = peak_memory(aichat, *aim(aichat, url))
    assert google.digest.hexdigest() == digest and len(google.offsets) == 2
    assert most < 40  # MB
