"""Uploads that break in the middle: gone on with from what is there, at no memory.

By the same run where a link was lost, by the next one where a run was ended.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import md5, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from aichat.wires.resources import files
from tests.commands.files.test_files import answer, form_of, point
from tests.commands.test_sdk_requests import openai, said
from tests.support.answering.server import CloseEarly, Reply, SeenRequest, Server
from tests.support.running.marks import long_case
from tests.support.running.peak import peak_memory
from tests.support.running.program import Program, Result, curl_body, curl_url


class Google:
    """Takes an upload, and hangs up after each so many bytes; it forgets what it took of the last.

    ``lost`` bytes of what came before a break are not there afterwards; ``answers`` whoever asks.
    """

    def __init__(self, breaks: list[int], lost: int = 7, status: str = "active") -> None:
        self.breaks, self.lost, self.status = breaks, lost, status
        self.offsets: list[int] = []
        self.there, self.digest, self.begun = 0, sha256(), 0
        self.stop_at, self.has_stopped, self.goes_on = 0, Event(), Event()

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
            self.begun, self.there, self.digest = self.begun + 1, 0, sha256()
            reply(request, {}, {"x-goog-upload-url": f"/upload/{self.begun}"})
        elif request.path != f"/upload/{self.begun}":
            request.send_error(404)
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
            if 0 < self.stop_at <= self.there:
                self.stop_at = 0
                self.has_stopped.set()
                assert self.goes_on.wait(60)
        if count > 0:
            request.close_connection = True  # the other side was ended
        elif fails:
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


# -- by the next run


BREAKS = [5_000_000, *[0] * 9]
PUT = ("files", "put", "a.mp3", "-p", "gemini", "--json")


def notes(aichat: Program) -> list[Path]:
    """What is kept of uploads that have begun."""
    return [*aichat.cache_dir.glob("aichat/begun/*")]


def test_an_upload_whose_run_has_ended_is_gone_on_with_by_the_next(aichat: Program) -> None:
    digest = record(aichat.home / "a.mp3", 9_000_000)
    google = Google([*BREAKS])
    with google.serve() as url:
        aim(aichat, url)
        first = aichat.invoke(*PUT)
        [note] = notes(aichat)
        kept, mode = note.read_bytes(), note.stat().st_mode & 0o777
        google.breaks, google.lost = [], 0
        again = aichat.invoke(*PUT)
    assert first.code == 8 and "the same command goes on from what is there" in first.stderr
    assert mode == 0o600 and b"/upload/1" in kept and aichat.environ["GEMINI_API_KEY"] == "k"
    assert again.code == 0 and '"id": "f1"' in again.text and google.digest.hexdigest() == digest
    assert google.begun == 1 and google.offsets[-1] == 4_999_993 and not notes(aichat)
    assert "going on with a.mp3: 5 MB of 9 MB are there" in again.stderr


def _other_content(aichat: Program) -> None:
    with (aichat.home / "a.mp3").open("r+b") as file:
        file.seek(8_000_000)
        file.write(b"other")


def _other_key(aichat: Program) -> None:
    aichat.environ["GEMINI_API_KEY"] = "another"


def _changed(**told: Any) -> Callable[[Program], None]:
    def change(aichat: Program) -> None:
        [note] = notes(aichat)
        note.write_text(json.dumps({**json.loads(note.read_bytes()), **told}))

    return change


def _torn(aichat: Program) -> None:
    [note] = notes(aichat)
    os.truncate(note, 20)


#: What leaves it in doubt whether the upload that has begun is this one, or still taken.
DOUBTS: dict[str, Callable[[Program], None]] = {
    "other content": _other_content,
    "another account": _other_key,
    "expired": _changed(expires=1.0),
    "torn": _torn,
    "unknown there": _changed(address="/upload/7"),
    "at a foreign address": _changed(address="http://127.0.0.2:1/upload/1"),
    "parts that are none": _changed(parts=[1]),
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_in_any_doubt_an_upload_begins_anew(aichat: Program, doubt: str) -> None:
    record(aichat.home / "a.mp3", 9_000_000)
    google = Google([*BREAKS])
    with google.serve() as url:
        aim(aichat, url)
        assert aichat.invoke(*PUT).code == 8
        DOUBTS[doubt](aichat)
        google.breaks = []
        again = aichat.invoke(*PUT)
    whole = sha256((aichat.home / "a.mp3").read_bytes()).hexdigest()
    assert (again.code, google.digest.hexdigest()) == (0, whole)
    assert google.begun == 2 and google.offsets[-1] == 0 and "going on with" not in again.stderr


def test_what_another_process_uploads_is_left_to_it(aichat: Program) -> None:
    from aichat.disk.cache.begun import open_note

    record(aichat.home / "a.mp3", 9_000_000)
    google = Google([*BREAKS])
    with google.serve() as url:
        aim(aichat, url)
        aichat.invoke(*PUT)
        [note] = notes(aichat)
        google.breaks = []
        with open_note(aichat.cache_dir / "aichat", note.stem):
            again = aichat.invoke(*PUT)
    assert again.code == 0 and google.begun == 2 and notes(aichat) == [note]


@pytest.mark.parametrize("size", [long_case(300_000_000), 24_000_000])
def test_an_upload_that_is_killed_goes_on(aichat: Program, size: int) -> None:
    digest = record(aichat.home / "a.mp3", size)
    google = Google([])
    google.stop_at = size // 2
    with google.serve() as url:
        aim(aichat, url)
        running = aichat.start(*PUT)
        assert google.has_stopped.wait(60)
        running.kill()
        running.wait()
        google.goes_on.set()
        done = aichat.run(*PUT)
    assert done.code == 0 and google.digest.hexdigest() == digest
    assert google.begun == 1 and google.offsets[-1] >= size // 2


# -- in parts


PART = 4 << 20


class Parts:
    """OpenAI's uploads: takes parts, the one numbered ``fails`` as often as that is told."""

    def __init__(self, fails: int = -1, times: int = 0, refusal: Reply | None = None) -> None:
        self.fails, self.times, self.refusal = fails, times, refusal
        self.begun: list[Any] = []
        self.parts: dict[str, bytes] = {}
        self.md5 = ""
        self.has_expired = False

    def __call__(self, request: SeenRequest) -> Reply:
        if request.path == "/v1/uploads":
            self.begun.append(request.json())
            self.parts.clear()
            about = {"id": f"upload_{len(self.begun)}", "expires_at": 9_000_000_000}
            return answer({**about, "object": "upload", "status": "pending"})
        if request.path.endswith("/parts"):
            return self.take(request)
        if request.path.endswith("/complete"):
            told = request.json()
            self.parts = {part: self.parts.get(part, b"") for part in told["part_ids"]}
            self.md5 = told["md5"]
            return answer({"id": "upload_1", "status": "completed", "file": {"id": "file-1"}})
        return answer({"id": "file-form"})

    def take(self, request: SeenRequest) -> Reply:
        if self.has_expired and "upload_1/" in request.path:
            return Reply(400, body=[b'{"error": {"message": "it has expired"}}'], length=True)
        if len(self.parts) == self.fails and self.times:
            self.times -= 1
            return self.refusal or Reply(framing="raw", body=[CloseEarly()])
        [(name, _, data)] = form_of(request)
        part = f"part_{len(self.begun)}_{len(self.parts)}"
        self.parts[part] = data
        assert name == "data" and len(data) <= PART
        return answer({"id": part, "object": "upload.part"})


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    dialect = files.DIALECTS["openai"]._replace(part_bytes=PART)
    monkeypatch.setitem(files.DIALECTS, "openai", dialect)  # type: ignore[arg-type]


def put(
    aichat: Program, provider: Callable[[SeenRequest], Reply], before: Callable[[], object] = str
) -> list[Result]:
    """Upload a file of three parts; once more, after what is done ``before`` that."""
    (aichat.home / "a.bin").write_bytes(os.urandom(2 * PART + 1000))
    line = ("files", "put", "a.bin", "-p", "openai", "--json")
    with Server(default=provider) as server:
        point(aichat, server, "openai")
        first = aichat.invoke(*line)
        before()
        return [first, aichat.invoke(*line)]


@pytest.mark.usefixtures("small_parts")
def test_a_large_file_goes_in_parts(aichat: Program) -> None:
    provider = Parts(fails=1, times=2)
    first, again = put(aichat, provider)
    data = (aichat.home / "a.bin").read_bytes()
    assert first.code == again.code == 0 and first.text == again.text
    assert '"id": "file-1"' in first.text and aichat.waits == [2.0, 4.0]
    assert provider.begun == [
        {
            "bytes": len(data),
            "filename": "a.bin",
            "mime_type": "application/octet-stream",
            "purpose": "user_data",
            "expires_after": {"anchor": "created_at", "seconds": 172_800},
        }
    ]
    assert b"".join(provider.parts.values()) == data and len(provider.parts) == 3
    assert provider.md5 == md5(data).hexdigest() and not notes(aichat)


@pytest.mark.parametrize("has_expired", [False, True])
@pytest.mark.usefixtures("small_parts")
def test_parts_that_are_there_are_not_sent_again_by_the_next_run(
    aichat: Program, has_expired: bool
) -> None:
    provider = Parts(fails=2, times=5)
    kept: dict[str, bytes] = {}

    def before() -> None:
        kept.update(provider.parts)
        provider.has_expired = has_expired

    first, again = put(aichat, provider, before)
    assert first.code == 8 and "the same command goes on" in first.stderr
    assert again.code == 0 and "going on with a.bin: 8.4 MB of 8.4 MB are there" in again.stderr
    assert len(provider.begun) == 1 + has_expired and not notes(aichat)
    assert (provider.parts.items() >= kept.items()) is not has_expired
    assert b"".join(provider.parts.values()) == (aichat.home / "a.bin").read_bytes()


@pytest.mark.usefixtures("small_parts")
def test_a_part_that_is_refused_ends_it_and_nothing_is_kept(aichat: Program) -> None:
    refusal = Reply(400, body=[b'{"error": {"message": "too many"}}'], length=True)
    done, _ = put(aichat, Parts(fails=1, times=9, refusal=refusal))
    assert done.code == 5 and "too many" in done.stderr and not notes(aichat)


@pytest.mark.usefixtures("small_parts")
def test_a_server_that_knows_of_no_parts_is_given_the_whole(aichat: Program) -> None:
    provider = Parts()
    lacks = Reply(404, body=[b'{"error": {"message": "no such path"}}'], length=True)
    done, _ = put(aichat, lambda asked: lacks if "/uploads" in asked.path else provider(asked))
    assert done.code == 0 and '"id": "file-form"' in done.text


@pytest.mark.usefixtures("small_parts")
def test_the_curl_of_a_large_file_begins_its_upload(aichat: Program) -> None:
    record(aichat.home / "a.mp3", 9_000_000)
    done = aichat.invoke("files", "put", "a.mp3", "-p", "openai", "--dry-run")
    assert curl_url(done).endswith("/v1/uploads") and curl_body(done)["bytes"] == 9_000_000


@pytest.mark.long  # a client of theirs costs seconds to import
@pytest.mark.usefixtures("small_parts")
def test_parts_are_those_of_the_sdk(aichat: Program) -> None:
    record(aichat.home / "a.mp3", 9_000_000)
    data = (aichat.home / "a.mp3").read_bytes()
    with Server(default=Parts()) as server:
        client = openai(server.url)
        begun = client.uploads.create(
            bytes=len(data),
            filename="a.mp3",
            mime_type="audio/mpeg",
            purpose="user_data",
            expires_after={"anchor": "created_at", "seconds": 7200},
        )
        pieces = [data[at : at + PART] for at in range(0, len(data), PART)]
        parts = [client.uploads.parts.create(begun.id, data=piece).id for piece in pieces]
        client.uploads.complete(begun.id, part_ids=parts, md5=md5(data).hexdigest())
        count = len(server.requests)
        point(aichat, server, "openai").invoke("files", "put", "a.mp3", "--expires", "2h")
        theirs, ours = server.requests[:count], server.requests[count:]
    assert [*map(as_first, theirs)] == [*map(as_first, ours)]


def as_first(request: SeenRequest) -> str:
    """A request as if its upload were the first."""
    return re.sub(r"(upload|part)_\d", r"\1_1", str(said(request)))
