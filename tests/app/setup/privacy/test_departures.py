"""What ``[privacy]`` lets out, whoever sends it, and the line that is kept of each request."""

import hashlib
import json
import socket
from typing import Any, NoReturn

import pytest

from aichat.disk.files.upload import FileSource
from tests.support.answering.server import Reply, Server, chat_stream, models_list
from tests.support.answering.talk import Talk
from tests.support.running.marks import long_case
from tests.support.running.program import SENTINEL, Program


def log_of(aichat: Program, name: str = "audit.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (aichat.config_dir / name).read_text().splitlines()]


OFFLINE = "[privacy]\noffline = true\n"

#: Whatever would look up a name or dial a number beyond this machine, and its exit code.
OUTWARD = {
    "ask": ("ask", "-p", "openai", "hi"),
    "several": ("ask", "-m", "groq/openai/gpt-oss-20b", "-m", "openai/gpt-5.4-nano", "hi"),
    "a page": ("ask", "-p", "box", "-f", "https://example.com/x", "hi"),
    "models": ("models", "--live", "-p", "openai"),
    "embed": ("embed", "-p", "openai", "hi"),
    "api": ("api", "openai", "GET", "/models"),
    "a server of tools": ("mcp", "login", "https://example.com/mcp"),
    "the socket": ("ask", "--live", "-p", "openai", "hi"),
    "each": ("ask", "--each", "rows.txt", "-p", "openai", "say {}"),
}


@pytest.mark.parametrize(
    "case", ["ask", "a page", *map(long_case, sorted(OUTWARD.keys() - {"ask", "a page"}))]
)
def test_nothing_leaves_a_machine_that_is_offline(
    case: str, aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[object] = []

    def resolve(host: Any, *about: Any, **more: Any) -> NoReturn:
        reached.append(host)
        raise OSError("looked up")

    (aichat.home / "rows.txt").write_text("a\n")
    aichat.write_config(
        OFFLINE + '[providers.box]\nbase_url="http://127.0.0.1:9/v1"\nmodels=["m"]\n'
    )
    keys = {"OPENAI_API_KEY": SENTINEL, "GROQ_API_KEY": SENTINEL}
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", resolve)
    done = aichat.invoke(*OUTWARD[case], environ=keys)
    assert [host for host in reached if host != b"127.0.0.1"] == []
    assert "offline = true in [privacy]: nothing goes to" in done.stderr
    assert done.code != 0


def test_this_machine_is_reached_all_the_same(aichat: Program) -> None:
    with Server() as server:
        done = Talk(aichat, server, OFFLINE).ask(chat_stream(["ok"]), "-p", "box", "hi")
    assert (done.text, done.code) == ("ok\n", 0)


ALLOWED = '[privacy]\nallow_providers = ["box"]\n'

#: How a provider may be chosen.
CHOSEN = {
    "by name": ("ask", "-p", "groq", "hi"),
    "by model": ("ask", "-m", "groq/openai/gpt-oss-20b", "hi"),
    "one of several": ("ask", "--retries", "0", "-m", "box/m", "-m", "groq/x", "hi"),
    "api": ("api", "groq", "GET", "/models"),
    "embed": ("embed", "-p", "openai", "hi"),
    "a dry run": ("ask", "-p", "groq", "--dry-run", "hi"),
}


@pytest.mark.parametrize("case", ["by name", *map(long_case, [*CHOSEN][1:])])
def test_nothing_goes_to_a_provider_that_is_not_allowed(case: str, aichat: Program) -> None:
    with Server() as server:
        done = Talk(aichat, server, ALLOWED).run(*CHOSEN[case])
        assert {seen.path.split("/")[1] for seen in server.requests} <= {"box"}
    assert done.code == 3 or case == "one of several"
    assert "is not among allow_providers in [privacy]" in done.stderr


def test_nobody_else_answers_in_the_place_of_one_that_is_allowed(aichat: Program) -> None:
    fallback = '[profiles.x]\nprovider = "box"\nfallback = ["groq"]\n'
    with Server() as server:
        server.push(Reply(400, body=[b"{}"]))
        done = Talk(aichat, server, ALLOWED + fallback).run("ask", "-P", "x", "hi")
        assert {seen.path.split("/")[1] for seen in server.requests} <= {"box"}
        assert done.code != 0


def test_who_is_asked_when_nobody_says_is_one_that_is_allowed(aichat: Program) -> None:
    with Server() as server:
        done = Talk(aichat, server, ALLOWED).ask(chat_stream(["ok"]), "hi")
        assert (done.text, server.requests[0].path) == ("ok\n", "/box/v1/chat/completions")


def test_a_line_is_kept_of_each_request_and_no_word_of_it(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server, '[privacy]\nlog = "audit.jsonl"\n')
        server.routes["/box/v1/models"] = models_list("m")
        talk.ask(chat_stream(["ok"]), "-p", "box", "a secret word")
        talk.run("api", "box", "GET", "/models")
        body = server.requests[0].body
    asked, listed = log_of(aichat)
    digest = hashlib.sha256(body).hexdigest()
    assert {**asked, "time": ""} == {
        "time": "",
        "host": "127.0.0.1",
        "bytes": len(body),
        "sha256": digest,
    }
    assert (listed["bytes"], listed["sha256"]) == (0, hashlib.sha256(b"").hexdigest())
    kept = (aichat.config_dir / "audit.jsonl").read_text()
    assert "secret" not in kept
    assert SENTINEL not in kept
    assert (aichat.config_dir / "audit.jsonl").stat().st_mode & 0o077 == 0


def test_an_upload_is_read_once_and_written_down_when_it_has_gone(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    read = FileSource.read

    def noted(source: FileSource, place: int, count: int) -> bytes:
        reads.append(place)
        return read(source, place, count)

    monkeypatch.setattr(FileSource, "read", noted)
    (aichat.home / "x.bin").write_bytes(b"\xff" * 600_000)
    words = ("api", "box", "POST", "/x", "--data", "@x.bin", "--header", "Content-Type: x/y")
    with Server(default=Reply(body=[b"{}"])) as server:
        talk = Talk(aichat, server, '[privacy]\nlog = "audit.jsonl"\n')
        assert talk.run(*words).code == 0
        body = server.requests[0].body
    (line,) = log_of(aichat)
    assert (line["bytes"], line["sha256"]) == (600_000, hashlib.sha256(body).hexdigest())
    assert reads == sorted({*reads})


def test_what_is_tried_again_is_written_down_again(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server, '[privacy]\nlog = "audit.jsonl"\n')
        server.push(Reply(503, body=[b"{}"]))
        talk.ask(chat_stream(["ok"]), "-p", "box", "hi")
    one, other = log_of(aichat)
    assert one["sha256"] == other["sha256"]


def test_what_cannot_be_written_down_does_not_leave(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server, '[privacy]\nlog = "missing/audit.jsonl"\n')
        done = talk.run("ask", "-p", "box", "hi")
        assert (done.code, server.requests) == (3, [])
    assert "cannot write" in done.stderr
    assert "nothing was sent" in done.stderr
