"""`aichat api`: what is sent, what is shown where, and how it ends."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from aichat import providers
from aichat.core.text.clock import Clock
from aichat.disk.catalogue import endpoints
from tests.support.answering.server import (
    SSE,
    Cut,
    Hold,
    RefuseAfterAccept,
    Reply,
    ScriptedReply,
    SeenRequest,
    Server,
    chat_chunk,
    sse,
)
from tests.support.running.program import SENTINEL, TERMINAL, Program, Result
from tests.support.running.whole_runs import hold_forever, read_until, wait_for_exit
from tests.support.terminal.terminal import Terminal

JSON = {"content-type": "application/json"}
ODD = b'{"a":1.0, "b":"\xe2\x80\xae\\u001b[31m\x1b]52;c;x\x07", "c":[]}'
SOUND = b"ID3\x03 \xff\xfb\x90\x00" * 400
SPEECH = Reply(200, {"content-type": "audio/mpeg"}, [SOUND], length=True)


def answer(body: bytes | str, status: int = 200, **headers: str) -> Reply:
    data = body.encode() if isinstance(body, str) else body
    return Reply(status, {**JSON, **headers}, [data], length=True)


def refusal(status: int, message: str, code: str = "") -> Reply:
    return answer(json.dumps({"error": {"message": message, "code": code}}), status)


@pytest.fixture
def aichat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program, whose config and the test's own files are in its home."""
    monkeypatch.chdir(tmp_path)
    program = Program(tmp_path)
    program.environ |= {"AICHAT_CONFIG_DIR": str(tmp_path), "TERM": "xterm"}
    return program


Run = Callable[..., tuple[Result, list[SeenRequest]]]


@pytest.fixture
def run(aichat: Program) -> Run:
    """Runs ``aichat api groq`` against a server that gives these replies in turn."""

    def go(
        replies: ScriptedReply | Sequence[ScriptedReply],
        *words: str,
        terminal: bool = False,
        **how: Any,
    ) -> tuple[Result, list[SeenRequest]]:
        scripted = replies if isinstance(replies, list | tuple) else (replies,)
        outside = {**TERMINAL, "clock": ticking()} if terminal else {}
        with Server(*scripted) as server:
            ran = aichat.point_groq_at(server.url).invoke("api", "groq", *words, **outside, **how)
            return ran, server.requests

    return go


def ticking() -> Clock:
    """A clock that goes a second further each time it is looked at."""
    seconds = count()
    return Clock(lambda: 0.0, lambda: float(next(seconds)), lambda _: None, lambda: 0.5)


# What is shown


@pytest.mark.parametrize("body", [ODD, b"", b"[1,2]", b'{"cut', SOUND, b"a\r\nb\x1b[2J"])
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "audio/mpeg", ""])
def test_an_answer_goes_through_a_pipe_byte_for_byte(run: Run, body: bytes, kind: str) -> None:
    ran, _ = run(Reply(200, {"content-type": kind}, [body], length=True), "GET", "/models")
    assert (ran.stdout, ran.stderr, ran.code) == (body, "", 0)


def test_json_is_laid_out_on_a_terminal_and_does_not_drive_it(run: Run) -> None:
    ran, _ = run(answer(ODD), "GET", "/models", terminal=True)
    assert ran.stdout.decode() == (
        '{\n  "a": 1.0,\n  "b": "\\u202e\\u001b[31m\\u001b]52;c;x\\u0007",\n  "c": []\n}\n'
    )


@pytest.mark.parametrize(
    ("kind", "body", "shown"),
    [
        ("text/plain", b"a\r\nb\x1b[2J", "a\nb␛[2J\n"),
        ("application/octet-stream", b'{"id": 1}\n{"id": 2}\n', '{"id": 1}\n{"id": 2}\n'),
        ("", "é\u202e".encode(), "é\ufffd\n"),
        ("application/json", b'{"cut": "\x1b', '{"cut": "␛\n'),
        ("text/event-stream", b'data: {"a":"\x1b"}\n\n', 'data: {"a":"␛"}\n\n'),
        ("application/x-subrip", b"\xff", None),
        ("application/octet-stream", b"text\0", None),
        ("image/png", b"plain", None),
    ],
)
def test_text_is_made_harmless_for_a_terminal_and_what_is_none_is_refused(
    run: Run, kind: str, body: bytes, shown: str | None
) -> None:
    reply = Reply(200, {"content-type": kind}, [body[:5], body[5:]])
    ran, _ = run(reply, "GET", "/files/1/content", terminal=True)
    assert ran.stdout.decode() == (shown or "")
    assert ran.code == (13 if shown is None else 0)
    assert ("--output FILE" in ran.stderr) is (shown is None)


def test_sound_for_a_terminal_is_refused_before_it_is_paid_for(run: Run) -> None:
    words = ("POST", "/audio/speech", "--data", '{"input":"hi"}')
    ran, seen = run(SPEECH, *words, terminal=True)
    assert (ran.code, ran.stdout, seen) == (13, b"", [])
    assert "nothing was sent" in ran.stderr and "--output FILE" in ran.stderr
    assert run(SPEECH, *words, "--dry-run", terminal=True)[0].code == 0


def test_long_data_is_cut_on_a_terminal_and_whole_in_a_pipe(run: Run) -> None:
    body = json.dumps({"b64_json": "QUJD" * 2000, "text": "word " * 2000})
    ran, _ = run(answer(body), "GET", "/x", terminal=True)
    shown = json.loads(ran.stdout)
    assert shown["b64_json"] == "QUJDQUJDQUJDQUJDQUJD… 8000 characters"
    assert shown["text"] == "word " * 2000
    assert "--output FILE" in ran.stderr
    assert run(answer(body), "GET", "/x")[0].stdout == body.encode()


def test_status_and_headers_are_printed_when_asked_for(run: Run) -> None:
    reply = answer("{}", 201, **{"x-goog-upload-url": f"https://h/{SENTINEL}\x1b"})
    ran, seen = run(reply, "HEAD", "/x", "-i", terminal=True)
    lines = ran.stdout.decode().splitlines()
    assert lines[0] == "HTTP/1.1 201 Created" and "content-type: application/json" in lines
    assert SENTINEL not in ran.stdout.decode() and "\x1b" not in ran.stdout.decode()
    assert seen[0].method == "HEAD"
    ran, _ = run(refusal(404, "gone"), "GET", "/x", "-i")
    assert ran.stdout.startswith(b"HTTP/1.1 404 Not Found\n")


# How it ends

ENDINGS: list[tuple[ScriptedReply, int, str]] = [
    (refusal(400, "no", "invalid_api_key"), 4, "no (HTTP 400)"),
    (refusal(401, f"bad key {SENTINEL}"), 4, "bad key gsk…WXYZ (HTTP 401)"),
    (refusal(403, "no right"), 4, "no right"),
    (refusal(404, "no such path"), 5, "aichat api groq --help"),
    (refusal(422, "bad field"), 5, "bad field"),
    (refusal(429, "used up", "insufficient_quota"), 6, "used up"),
    (answer("{}", 429, **{"retry-after": "3600"}), 6, "the server asks to wait 3600 s"),
    (refusal(500, "down"), 7, "down"),
    (Reply(502, {"content-type": "text/html"}, [b"<html>", b"<title>Bad</title>"]), 7, "HTML page"),
    (Reply(200, {"content-type": "text/html"}, [b"<title>Log in</title>"]), 7, "not the API"),
    (Reply(307, {"location": "https://evil.example/"}), 7, "redirects to evil.example"),
    (Reply(200, {**JSON, "content-encoding": "br"}, [b"x"]), 7, "compressed with 'br'"),
    (RefuseAfterAccept(read=True), 8, "disconnected"),
    (Reply(200, JSON, [b'{"a":', Cut()]), 9, "the answer was cut"),
    (Reply(200, SPEECH.headers, [b"half"], length=9), 9, "the answer was cut"),
    (
        Reply(200, SSE, [b'data: {"error":{"message":"x","code":"rate_limit_exceeded"}}\n\n']),
        6,
        "x",
    ),
    (Reply(200, SSE, [b'event: error\ndata: {"type":"error","message":"y","code":"z"}']), 7, "y"),
    (
        Reply(200, SSE, sse({"response": {"error": {"code": "server_error", "message": "q"}}})),
        7,
        "q",
    ),
    (Reply(200, SSE, sse(chat_chunk({"content": '"error"'}), {"error": None})), 0, ""),
]


@pytest.mark.parametrize(("reply", "code", "said"), ENDINGS, ids=lambda v: v if v is str else None)
def test_every_ending_has_asks_exit_code_and_says_what_happened(
    run: Run, reply: ScriptedReply, code: int, said: str
) -> None:
    ran, seen = run(reply, "GET", "/models", "--retries", "0")
    assert (ran.code, len(seen)) == (code, 1)
    assert said in ran.stderr and SENTINEL not in ran.stderr + ran.stdout.decode()
    if isinstance(reply, Reply) and reply.status >= 400:
        body = b"".join(piece for piece in reply.body if isinstance(piece, bytes))
        page = "html" in str(reply.headers)
        assert ran.stdout == (b"" if page else body.replace(SENTINEL.encode(), "gsk…WXYZ".encode()))


def test_a_web_page_is_an_answer_only_where_files_are_kept(run: Run) -> None:
    page = Reply(200, {"content-type": "text/html"}, [b"<html>mine"], length=True)
    ran, _ = run(page, "GET", "/files/file-1/content")
    assert (ran.stdout, ran.code) == (b"<html>mine", 0)
    ran, _ = run(page, "GET", "/files/file-1", "--output", "kept")
    assert (ran.stdout, ran.code, Path("kept").exists()) == (b"", 7, False)


def test_a_region_is_anothers_host_and_a_key_for_it_is_asked_for(aichat: Program) -> None:
    aichat.environ["DASHSCOPE_API_KEY"] = SENTINEL
    words = ("api", "qwen", "HEAD", "//api/v1/models", "--region", "intl", "--dry-run")
    assert aichat.invoke(*words).stdout.decode() == (
        "curl -sS -N --head 'https://dashscope-intl.aliyuncs.com/api/v1/models' \\\n"
        '  -H "authorization: Bearer $DASHSCOPE_API_KEY"\n'
    )
    with Server(refusal(401, "who?")) as server:
        aichat.environ["AICHAT_QWEN_BASE_URL"] = server.url
        ran = aichat.invoke("api", "qwen", "GET", "/models")
    assert ran.code == 4 and "--region cn|intl|us|hk" in ran.stderr


def test_an_unreachable_server_is_exit_8_and_a_silent_one_too(aichat: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        waited = aichat.point_groq_at(url).invoke("api", "groq", "GET", "/x", "--timeout", "0.05")
    assert "no first byte within 0.05 s" in waited.stderr and not aichat.waits
    refused = aichat.invoke("api", "groq", "POST", "/x")
    assert waited.code == refused.code == 8
    assert "connection refused" in refused.stderr
    assert len(aichat.waits) == 2  # nothing was sent, so a POST may go again


TWICE = [
    (("GET", "/x"), 500, 2),
    (("POST", "/x"), 500, 1),
    (("POST", "/x"), 503, 2),
    (("POST", "/x"), 429, 2),
    (("POST", "/x", "--header", "Idempotency-Key: 7"), 500, 2),
    (("DELETE", "/x"), 502, 2),
    (("GET", "/x"), 400, 1),
]


@pytest.mark.parametrize(("words", "status", "requests"), TWICE)
def test_only_what_changes_nothing_by_being_done_twice_is_tried_again(
    run: Run, aichat: Program, words: tuple[str, ...], status: int, requests: int
) -> None:
    ran, seen = run([refusal(status, "not now"), answer('{"ok":1}')], *words)
    assert len(seen) == requests
    if requests == 2:
        assert (ran.code, ran.stdout) == (0, b'{"ok":1}')
        assert "retrying in" in ran.stderr and "(1 of 2)" in ran.stderr
        assert "retrying" not in run([refusal(status, "x"), answer("{}")], *words, "-q")[0].stderr
    else:
        assert ran.code != 0 and not aichat.waits


def test_a_lost_answer_is_not_asked_for_again_once_it_has_begun(run: Run) -> None:
    ran, seen = run([Reply(200, JSON, [b'{"a"', Cut()]), answer("{}")], "GET", "/x")
    assert (len(seen), ran.stdout, ran.code) == (1, b'{"a"', 9)


# Usage: nothing is sent

MISTAKES = {
    "api": "which PROVIDER, METHOD and PATH?",
    "api groq": "which METHOD and PATH?",
    "api groq GET": "which PATH?",
    "api groq /models": "which METHOD?",
    "api groq /models GET": "example: aichat api groq GET /models",
    "api groq PSOT /x": "did you mean 'POST'?",
    "api groq WS /realtime": "WebSocket",
    "api groq GET wss://api.groq.com/x": "WebSocket",
    "api openai GET /realtime": "/realtime is a WebSocket",
    "api qwen GET //api-ws/v1/inference": "WebSocket",
    "api groq GET https://api.groq.com/openai/v1/models": "a whole URL",
    "api groq GET /../x": "'..'",
    "api groq GET /files/{file_id}": "{file_id}",
    "api groq GET /x --query a": "--query a: expected name=value",
    "api groq POST /x --paginate": "--paginate works only with GET",
    "api groq POST /x --data {": "not JSON",
    "api groq POST /x --data @none.json": "cannot read none.json",
    "api groq POST /x --data @.": "is a folder",
    "api groq POST /x --data @list.txt": "not JSON",
    "api groq POST /x --data {} --form a=b": "cannot be combined",
    "api groq POST /x --form a": "expected name=value",
    "api groq POST /x --form a=@none": "cannot read none",
    "api groq POST /x --form a=b --header Content-Type:x": "sets its own",
    "api groq POST /x --data @-": "there is no stdin to read",
    "api groq GET /x --header bad": "--header",
    "api groq GET /x --retries -1": "0 or more",
    "api groq GET /x --region moon": "no region 'moon'",
    "api groq GET /x --output nowhere/x": "nothing was sent",
    "api grok GET /x": "did you mean 'groq'?",
    "api openai GET /x": "no key for openai",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_told_before_anything_is_sent(aichat: Program, line: str) -> None:
    Path("list.txt").write_text("one\n")
    with Server(answer("{}")) as server:
        ran = aichat.point_groq_at(server.url).invoke(*line.split(" "))
        assert server.requests == []
    assert MISTAKES[line] in ran.stderr and ran.stdout == b""
    codes = {"no region": 3, "did you mean 'groq'": 3, "no key": 3, "nothing was sent": 13}
    assert ran.code == next((c for words, c in codes.items() if words in ran.stderr), 2)


# What is sent


def test_data_comes_from_the_line_a_file_or_stdin_and_is_sent_as_it_is(run: Run) -> None:
    text = b'{ "temperature": 1.0,\n "x": "\xc3\xa9" }\n'
    Path("body.json").write_bytes(text)
    _, from_stdin = run(answer("{}"), "POST", "/x", "-d", "@-", stdin=text)
    _, from_file = run(answer("{}"), "POST", "/x", "-d", "@body.json")
    _, typed = run(answer("{}"), "POST", "/x", "--data", text.decode())
    for (seen,) in (from_stdin, from_file, typed):
        assert (seen.body, seen.headers["content-type"]) == (text, "application/json")
    _, (raw,) = run(
        answer("{}"), "PUT", "/x?a=1", "--data", "no json", "--header", "Content-Type: text/plain",
        "--query", "b=2 3",
    )  # fmt: skip
    assert (raw.method, raw.path, raw.body) == ("PUT", "/v1/x?a=1&b=2%203", b"no json")
    assert raw.headers["content-type"] == "text/plain"


def test_a_repeated_request_sends_its_file_again_from_the_beginning(run: Run) -> None:
    Path("f.bin").write_bytes(SOUND)
    _, seen = run([refusal(503, "later"), answer("{}")], "POST", "/files", "--form", "file=@f.bin")
    assert len(seen) == 2 and seen[0].body == seen[1].body and SOUND in seen[1].body


def test_a_file_that_shrinks_while_it_is_sent_is_named(run: Run) -> None:
    Path("f.json").write_text('{"a": 1}')

    def shrunk(_: SeenRequest) -> Reply:
        Path("f.json").write_text("{}")
        return refusal(503, "later")

    ran, _ = run([shrunk, answer("{}")], "POST", "/x", "--data", "@f.json")
    assert ran.code == 2 and "f.json shrank while it was being sent" in ran.stderr


def test_a_server_of_the_config_is_reached_as_it_is_set_up(aichat: Program) -> None:
    with Server(default=answer("{}")) as server:
        box = aichat.point_groq_at(server.url)
        Path("config.toml").write_text(
            f'[providers.box]\nwire = "messages"\nbase_url = "{server.url}/base/"\n'
            'key_env = "BOX_KEY"\nheaders = { X-Team = "blue" }\n'
            '[profiles.far]\nprovider = "box"\nheaders = { X-Team = "red" }\n'
        )
        box.environ["BOX_KEY"] = "box_0123456789abcdef"
        assert box.invoke("api", "box", "GET", "/models").code == 0
        assert box.invoke("api", "box", "GET", "//up", "-P", "far").code == 0
        first, second = server.requests
    assert (first.path, second.path) == ("/base/models", "/up")
    assert (first.headers["x-api-key"], first.headers["x-team"]) == ("box_0123456789abcdef", "blue")
    assert second.headers["x-team"] == "red" and "content-length" not in first.headers
    assert "groq" not in str(first.headers) and SENTINEL not in str(first.headers)


def test_a_dry_run_is_a_curl_command_that_sends_the_same(aichat: Program) -> None:
    Path("a b.mp3").write_bytes(SOUND)
    lines = {
        "json": ("POST", "/chat/completions", "--data", '{"model":"é $HOME"}'),
        "file": ("POST", "/x", "--data", "@a b.mp3", "--header", "Content-Type: audio/mpeg"),
        "form": ("POST", "/files", "--form", "purpose=x;type=y", "--form", "file=@a b.mp3"),
        "get": ("GET", "/models?limit=1", "--query", "after=a b"),
    }
    with Server(default=answer("{}")) as server:
        program = aichat.point_groq_at(server.url)
        del program.environ["GROQ_API_KEY"]
        dry = {
            name: program.invoke("api", "groq", *words, "--dry-run")
            for name, words in lines.items()
        }
        assert server.requests == [] and all(ran.code == 0 for ran in dry.values())
        assert "$GROQ_API_KEY" in dry["json"].stdout.decode()
        if not shutil.which("curl"):
            pytest.skip("no curl here")
        program.environ["GROQ_API_KEY"] = SENTINEL
        for name, words in lines.items():
            assert program.invoke("api", "groq", *words).code == 0
            environ = {"PATH": os.environ["PATH"], "GROQ_API_KEY": SENTINEL}
            environ["HEADER_CONTENT_TYPE"] = "audio/mpeg"
            subprocess.run(["bash", "-c", dry[name].stdout], env=environ, check=True)
            ours, theirs = server.requests[-2:]
            assert (ours.method, ours.path) == (theirs.method, theirs.path), name
            assert ours.headers["authorization"] == theirs.headers["authorization"]
            assert comparable(ours) == comparable(theirs), name


def comparable(seen: SeenRequest) -> tuple[str, object]:
    """Type and body, whatever the boundary of a form is and the layout of JSON."""
    kind, _, boundary = seen.headers.get("content-type", "").partition("boundary=")
    if boundary:
        return kind, seen.body.replace(boundary.encode(), b"B").replace(b"--B", b"B").replace(
            b"-", b""
        )
    return kind, json.loads(seen.body) if "json" in kind else seen.body


# Pages

PAGED = {
    "openai": ([{"has_more": True, "data": [{"id": "b"}]}, {"has_more": False}], "after=b"),
    "groq": ([{"paging": {"next_cursor": "c/d"}}, {"paging": {}}], "cursor=c%2Fd"),
    "anthropic": ([{"has_more": True, "last_id": "b"}, {"has_more": False}], "after_id=b"),
    "gemini": ([{"models": [1], "nextPageToken": "t="}, {"models": []}], "pageToken=t%3D"),
    "xai": (
        [{"data": [1], "pagination_token": "t"}, {"pagination_token": None}],
        "pagination_token=t",
    ),
    "perplexity": ([{"next_token": "t"}, {}], "next_token=t"),
    "moonshot": ([{"has_more": True, "last_id": "b"}, {"has_more": False}], "after=b"),
    "qwen": (
        [
            {"output": {"page_no": 1, "page_size": 1, "total": 2}},
            {"output": {"page_no": 2, "page_size": 1, "total": 2}},
        ],
        "page_no=2",
    ),
    "local": None,
}


@pytest.mark.parametrize("provider", [name for name, pages in PAGED.items() if pages])
def test_pages_follow_each_other_in_the_providers_own_way(aichat: Program, provider: str) -> None:
    assert set(PAGED) == set(providers.names())
    pages, query = PAGED[provider] or ([], "")
    texts = [json.dumps(page) for page in pages]
    with Server(*map(answer, texts)) as server:
        value = providers.load(provider)
        environ = {
            value.key_variables[0]: SENTINEL,
            f"AICHAT_{provider.upper()}_BASE_URL": server.url,
        }
        words = ("api", provider, "GET", "/list?limit=1", "--paginate")
        ran = aichat.invoke(*words, environ=environ)
        assert [seen.path for seen in server.requests] == [
            "/list?limit=1",
            f"/list?limit=1&{query}",
        ]
    assert (ran.stdout.decode(), ran.code) == ("".join(f"{text}\n" for text in texts), 0)


def test_pages_that_begin_again_are_stopped_and_a_lost_one_leaves_the_file(run: Run) -> None:
    again = answer('{"has_more": true, "last_id": "b"}')
    ran, seen = run([again], "GET", "/files", "--paginate")
    assert (ran.code, len(seen)) == (7, 2) and "pages repeat" in ran.stderr
    Path("list").write_text("old")
    ran, _ = run([again, refusal(404, "gone")], "GET", "/files", "--paginate", "--output", "list")
    assert (ran.code, Path("list").read_text()) == (5, "old")
    assert Path("list.partial").read_text() == '{"has_more": true, "last_id": "b"}\n'


def test_pages_end_where_one_is_empty_or_enough_have_come(run: Run) -> None:
    def page(n: int) -> Reply:
        return answer(f'{{"data": [{n}], "has_more": true, "last_id": "i{n}"}}')

    empty = answer('{"data": [], "has_more": true, "last_id": "on and on"}')
    ran, seen = run([page(1), page(2), empty, page(3)], "GET", "/files", "--paginate")
    assert (ran.code, len(seen), ran.stderr) == (0, 3, "")
    words = ("GET", "/files", "--paginate", "--max-pages", "2")
    ran, seen = run([page(n) for n in range(5)], *words)
    assert (ran.code, len(seen)) == (0, 2) and "stopped after 2 pages" in ran.stderr
    ran, seen = run([page(1)], *words[:3], "--max-pages", "0")
    assert (ran.code, seen) == (2, [])


# Files


def test_a_file_is_there_whole_or_beside_its_name_and_errors_never_replace_it(run: Run) -> None:
    speak = ("POST", "/audio/speech", "--data", "{}", "--output", "a.mp3")
    ran, _ = run(SPEECH, *speak, terminal=True)
    assert (ran.stdout, ran.code, Path("a.mp3").read_bytes()) == (b"", 0, SOUND)
    Path("a.mp3").chmod(0o640)
    ran, _ = run(Reply(200, SPEECH.headers, [SOUND[:9], Cut()]), *speak)
    assert (ran.code, Path("a.mp3").read_bytes()) == (9, SOUND)
    assert Path("a.mp3.partial").read_bytes() == SOUND[:9] and "a.mp3.partial" in ran.stderr
    ran, _ = run(refusal(400, "no voice"), *speak)
    assert (ran.code, Path("a.mp3").read_bytes()) == (5, SOUND) and b"no voice" in ran.stdout
    ran, _ = run(Reply(202), "GET", "/chat/deferred-completion/1", "--output", "a.mp3")
    assert (ran.code, Path("a.mp3").read_bytes()) == (0, SOUND) and "HTTP 202" in ran.stderr
    assert run(Reply(200, SPEECH.headers, [b"new"]), *speak)[0].code == 0
    assert (Path("a.mp3").read_bytes(), Path("a.mp3").stat().st_mode & 0o777) == (b"new", 0o640)
    assert run(Reply(200, {}, [], length=True), *speak)[0].code == 0
    assert Path("a.mp3").read_bytes() == b""
    assert sorted(p.name for p in Path().iterdir()) == ["a.mp3", "a.mp3.partial"]
    assert run(SPEECH, *speak[:-1], "/dev/full")[0].code == 13


def test_a_download_may_be_longer_than_what_is_held_in_memory(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aichat.net.http.MAX_STREAM", 1000)
    assert run(SPEECH, "GET", "/x", "--output", "a.mp3")[0].code == 0
    assert run(SPEECH, "GET", "/x")[0].stdout == SOUND
    ran, _ = run(answer(b'"' + b"x" * 2000 + b'"'), "GET", "/x", terminal=True)
    assert ran.code in (7, 9) and "the answer is over" in ran.stderr


def test_on_a_terminal_uploads_and_downloads_say_how_far_they_are(run: Run) -> None:
    Path("f.bin").write_bytes(bytes(3_000_000))
    reply = Reply(200, SPEECH.headers, [bytes(1_200_000)], length=True)
    words = ("POST", "/files", "--form", "file=@f.bin", "--output", "out")
    ran, _ = run(reply, *words, terminal=True)
    assert "aichat: sent" in ran.stderr and "of 3 MB" in ran.stderr
    assert "aichat: received" in ran.stderr and "of 1.2 MB" in ran.stderr
    assert run(reply, *words)[0].stderr == run(reply, *words, "-q", terminal=True)[0].stderr == ""


# Help


@pytest.mark.parametrize("provider", [*providers.names(), "box"])
def test_the_help_has_a_line_for_each_endpoint_of_the_provider(
    provider: str, aichat: Program
) -> None:
    Path("config.toml").write_text('[providers.box]\nbase_url = "http://127.0.0.1:9/v1"\n')
    result = aichat.invoke("api", provider, "--help")
    assert result.code == 0
    shown = " ".join(result.text.split())
    directory = endpoints.read(provider, built_in=provider != "box")
    for listed in directory.all_routes():
        entry = f"{listed.method} {listed.path} {listed.about}"
        assert " ".join(entry.split()) in shown, listed
    assert len({(e.method, e.path, e.about) for e in directory.all_routes()}) == len(
        [*directory.all_routes()]
    )
    Path("elsewhere").mkdir()
    result = aichat.invoke("--config-dir", "elsewhere", "api", "--help")
    assert result.code == 0
    shown = result.text
    assert "deferred answers" in shown and "  box " not in shown
    Path("config.toml").write_text("broken = [")
    assert aichat.invoke("api", "--help").code == 0


WANTED = {
    "openai": {"Images", "Audio", "Embeddings", "Files", "Fine-tuning", "Moderations", "Batches"},
    "gemini": {"Embeddings", "Files", "Token counts", "Caches", "Batches"},
    "xai": {"Images and videos", "Deferred answers", "Token counts"},
    "anthropic": {"Token counts", "Batches", "Files"},
}


def test_a_person_finds_each_subject() -> None:
    for provider, subjects in WANTED.items():
        assert subjects <= endpoints.read(provider, built_in=True).subjects.keys()


# Real processes


def test_events_are_printed_as_they_come_and_an_interruption_keeps_what_came(
    aichat: Program,
) -> None:
    event = b'data: {"a": 1}\n\n'
    reply = Reply(200, SSE, [event, hold_forever()])
    post = ("api", "groq", "POST", "/chat/completions", "--data", '{"stream":true}')
    with Server(default=reply) as server:
        process = aichat.point_groq_at(server.url).start(*post)
        assert (
            process.stdout and read_until(process.stdout.fileno(), event.__eq__, process) == event
        )
        process.terminate()
        assert wait_for_exit(process)[0] == -15 and server.requests[0].closed.wait(5)
        saving = aichat.start(*post, "--output", "f")
        server.wait_requests(2)
        until(lambda: any(p.stat().st_size for p in aichat.home.glob(".f.*")))
        saving.send_signal(2)
        assert wait_for_exit(saving)[0] == -2
    assert (aichat.home / "f.partial").read_bytes() == event
    assert [p.name for p in aichat.home.iterdir() if "f" in p.name] == ["f.partial"]


def until(true: Callable[[], bool]) -> None:
    """Look again until it is so; the test's own time limit ends a vain wait."""
    turn = Hold(hold_forever().event, 0.005)
    for _ in range(2000):
        if true():
            return
        turn.event.wait(turn.seconds)
    raise AssertionError("it never was so")


def test_streams_that_close_and_pipes_end_as_asks_do(aichat: Program) -> None:
    sound = Reply(200, SPEECH.headers, [SOUND * 200, hold_forever()])
    with Server(default=sound, routes={"/v1/echo": echoed}) as server:
        aichat.point_groq_at(server.url)
        cut = aichat.run_shell('$AICHAT api groq GET /x | head -c 8 >&2; echo "${PIPESTATUS[0]}"')
        assert cut.text == "141\n" and server.wait_requests(1)[0].closed.wait(5)
        count = len(server.requests)
        closed = aichat.run_shell("$AICHAT api groq GET /x >&-")
        assert closed.code == 13 and "nothing was sent" in closed.stderr
        assert len(server.requests) == count
        assert aichat.run_shell("$AICHAT api groq GET /x >/dev/full").code == 13
        full = aichat.run_shell("ulimit -f 1; $AICHAT api groq GET /x --output f")
        assert full.code == 13 and "cannot write f: " in full.stderr
        left = {path.name for path in aichat.home.iterdir() if path.name.startswith(("f", "."))}
        assert left <= {"f.partial"}, "a part of it may have been written"
        line = (
            "{ printf '[1,'; printf '2]'; } | $AICHAT api groq POST /echo --form 'f=@-;type=x/y' "
        )
        assert "[1,2]" in aichat.run_shell(line).text
        substituted = aichat.run_shell("$AICHAT api groq POST /echo --data @<(printf '[3]')")
        assert (substituted.text, substituted.stderr) == ("[3]", "")


def echoed(seen: SeenRequest) -> Reply:
    return Reply(200, {"content-type": "text/plain"}, [seen.body], length=True)


def test_a_long_upload_costs_no_memory(aichat: Program) -> None:
    with (aichat.home / "long").open("wb") as file:
        file.truncate(96 << 20)
    with Server(default=answer("{}")) as server:
        aichat.point_groq_at(server.url)
        sizes = [peak(aichat, f"file=@{name}") for name in ("config.json", "long")]
        assert [len(seen.body) >> 20 for seen in server.requests] == [0, 96]
    assert sizes[1] - sizes[0] < 16 << 10, sizes  # KB


def peak(aichat: Program, field: str) -> int:
    """The most memory that an upload takes, in KB."""
    (aichat.home / "config.json").write_text("{}")
    process = aichat.start("api", "groq", "POST", "/files", "--form", field)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss // (1024 if sys.platform == "darwin" else 1)


def test_a_retry_is_counted_down_on_a_terminal(aichat: Program) -> None:
    busy = answer('{"error": {"message": "not now"}}', 429, **{"retry-after": "0.6"})
    with (
        Server(busy, answer('{"ok":1}')) as server,
        Terminal(aichat.point_groq_at(server.url), "api", "groq", "GET", "/x") as terminal,
    ):
        terminal.wait_for_text(" groq · retrying in 1 s (rate limited) · Ctrl-C stops")
        assert terminal.wait_for_exit() == 0
    assert "retrying" not in "".join(terminal.shown_rows())
