"""Recordings of gigabytes: read while they are sent, and a link that breaks sends nothing twice."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from aichat.core.media.sound.wav import wav_header
from tests.support.running.peak import peak_memory
from tests.support.running.program import Program

ANSWER = json.dumps({"text": "Hi you", "usage": {"type": "duration", "seconds": 9}}).encode()


@contextmanager
def sink(took: list[int], most: float = float("inf")) -> Iterator[str]:
    """A server that keeps nothing of a body but its size; it hangs up after ``most`` bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size, left = 0, int(self.headers["content-length"])
            while left and size < most:
                piece = self.rfile.read(min(left, 1 << 20))
                size, left = size + len(piece), left - len(piece)
            took.append(size)
            if left:
                self.connection.close()
                return
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(ANSWER)))
            self.end_headers()
            self.wfile.write(ANSWER)

        def log_message(self, *_: object) -> None:
            """Nothing is told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


def record(aichat: Program, size: int) -> None:
    """A recording of silence, of which the disk has nothing but the header."""
    with (aichat.home / "a.wav").open("wb") as file:
        file.write(wav_header(min(size, 4_000_000_000), 16_000))
        file.truncate(size)


@pytest.mark.long
def test_two_gigabytes_are_never_whole_in_memory(aichat: Program) -> None:
    words = ("transcribe", "a.wav", "-p", "openai", "--no-stream")
    took: list[int] = []
    with sink(took) as url:
        aichat.environ |= {"OPENAI_API_KEY": "k", "AICHAT_OPENAI_BASE_URL": url}
        peaks = []
        for size in (30_000, 2_000_000_000):
            record(aichat, size)
            peaks.append(peak_memory(aichat, *words))
    assert [n > size for n, size in zip(took, (30_000, 2_000_000_000), strict=True)] == [True] * 2
    assert peaks[1] - peaks[0] < 40


def test_a_link_that_breaks_in_the_middle_sends_nothing_twice(aichat: Program) -> None:
    took: list[int] = []
    record(aichat, 20_000_000)
    with sink(took, 2_000_000) as url:
        aichat.environ |= {"OPENAI_API_KEY": "k", "AICHAT_OPENAI_BASE_URL": url}
        words = ("transcribe", "a.wav", "-p", "openai", "-O", "a.txt", "--retries", "0")
        done = aichat.invoke(*words)
    assert (done.code, done.text, len(took)) == (8, "", 1)
    assert not [*aichat.home.glob("a.txt*")]
