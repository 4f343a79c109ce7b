"""Files that are text leave with placeholders as well; a batch's answers come back whole."""

import json
import re
from zlib import crc32

import pytest

from tests.app.setup.privacy.test_redaction import EMAIL, KEY, OWN, REDACT, plants, sent
from tests.commands.batch.test_batch import rows
from tests.commands.files.test_files import PROVIDERS, PUT, answer, point
from tests.commands.files.test_files import gemini as google
from tests.support.answering.batches import Engine
from tests.support.answering.server import Reply, Server, chat_stream
from tests.support.answering.talk import Talk
from tests.support.running.marks import long_case
from tests.support.running.program import Program

SAID = f"to {EMAIL}, https://x.org/?sig=abcd1234&u=1, {KEY}; {OWN}"
GONE = "to [EMAIL_1], https://x.org/?sig=[SECRET_1]&u=1, [SECRET_2]; [REDACTED_1]"

PLAIN = ("--header", "Content-Type: text/plain")
WAYS = {
    "form": ("files", "put", "-p", "openai", "notes.txt"),
    "resumable": ("files", "put", "-p", "gemini", "notes.txt"),
    "field": ("api", "box", "POST", "/x", "--form", "file=@notes.txt"),
    "body": ("api", "box", "POST", "/x", "--data", "@notes.txt", *PLAIN),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("encoding", ["utf-8", long_case("utf-16"), "latin-1"])
def test_a_text_leaves_with_placeholders(way: str, encoding: str, aichat: Program) -> None:
    given, left = f"{SAID}\n\u00e9\n".encode(encoding), f"{GONE}\n\u00e9\n"
    if way in ("form", "resumable"):  # numbers of its own
        first = 1000 + crc32(f"notes.txt {len(given)}".encode()) % 899_000
        left = re.sub(r"_(\d)\]", lambda found: f"_{first + int(found[1]) - 1}]", left)
    gone = left.encode(encoding)
    default = google if way == "resumable" else answer(PUT)
    with Server(default=default) as server:
        Talk(aichat, server, REDACT)
        for name in ("openai", "gemini"):
            point(aichat, server, name)
        (aichat.home / "notes.txt").write_bytes(given)
        done = aichat.invoke(*WAYS[way])
        assert done.code == 0, done.stderr
        bodies = b"".join(request.body for request in server.requests)
        assert gone in bodies and EMAIL.encode(encoding.removesuffix("-16")) not in bodies
        if way == "resumable":
            told = server.requests[0].headers["x-goog-upload-header-content-length"]
            assert int(told) == len(gone)
    if way in ("form", "resumable"):
        replaced = "1 x email, 2 x secret, 1 x regex replaced, and stays so in answers about it"
        assert f"aichat: notes.txt: [privacy] redact: {replaced}" in done.stderr


def test_what_is_no_text_goes_as_it_is_and_what_is_too_long_does_not_go(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aichat.core.message.private.files.MOST_TEXT", 1 << 20)
    film = b"\0\0\0\x18ftyp\xff" + EMAIL.encode() + bytes(2 << 20)
    with Server(default=answer(PUT)) as server:
        Talk(aichat, server, REDACT)
        point(aichat, server, "openai")
        (aichat.home / "a.mp4").write_bytes(film)
        (aichat.home / "long.txt").write_bytes(b"a" * (2 << 20))
        assert aichat.invoke("files", "put", "-p", "openai", "a.mp4").code == 0
        assert film in server.requests[0].body
        done = aichat.invoke("files", "put", "-p", "openai", "long.txt")
        assert (done.code, len(server.requests)) == (2, 1)
    assert "is a text of 2 MB: [privacy] redact reads 1 MB" in done.stderr


def test_a_table_that_code_is_given_has_placeholders(aichat: Program) -> None:
    with Server(default=chat_stream(["ok"])) as server:
        Talk(aichat, server, REDACT)
        (aichat.home / "t.csv").write_text(f"a,b\n{EMAIL},1\n")
        done = aichat.invoke("ask", "-p", "gemini", "--code", "-f", "t.csv", "sum", "--dry-run")
        assert done.code == 0 and EMAIL not in done.text
        aichat.invoke("ask", "-p", "gemini", "--code", "-f", "t.csv", "sum", "--no-stdin")
        assert server.requests and EMAIL not in sent(server)


@pytest.mark.parametrize(
    "provider", [n if n in ("openai", "anthropic") else long_case(n) for n in PROVIDERS]
)
def test_the_answers_of_a_batch_are_whole(provider: str, aichat: Program) -> None:
    every, engine = plants(12), Engine(provider)
    ask = ("ask", "-p", provider, "--each", "in.txt", "Say {}")
    with Server(default=engine) as server:
        aichat.write_config(REDACT)
        engine.url = server.url
        point(aichat, server, provider)
        aichat.environ["AICHAT_DATA_DIR"] = str(aichat.home / "data")
        (aichat.home / "in.txt").write_text("".join(f"{one} and {OWN}\n" for one in every))
        assert aichat.invoke(*ask, "--batch").code == 0
        (kept,) = (aichat.home / "data" / "each").glob("*.db")
        assert kept.stat().st_mode & 0o077 == 0
        done = aichat.invoke("batch", "collect", "last")
        assert [one for one in (*every, OWN) if one in sent(server)] == []
    assert [row["text"] for row in rows(done.text)] == [f"<Say {one} and {OWN}>" for one in every]
    assert b'{"[EMAIL_1]"' not in b"".join(one.read_bytes() for one in kept.parent.glob("*"))


def test_what_is_left_of_a_cancelled_batch_keeps_nothing(aichat: Program) -> None:
    def refuse(_: object) -> Reply:
        body = json.dumps({"error": {"message": "no"}}).encode()
        return Reply(400, {"content-type": "application/json"}, [body], length=True)

    with Server(default=refuse) as server:
        aichat.write_config(REDACT)
        point(aichat, server, "openai")
        aichat.environ["AICHAT_DATA_DIR"] = str(aichat.home / "data")
        (aichat.home / "in.txt").write_text(f"{EMAIL}\n")
        words = ("ask", "-p", "openai", "--each", "in.txt", "Say {}", "--batch")
        assert aichat.invoke(*words).code == 5
    (kept,) = (aichat.home / "data" / "each").glob("*.db")
    assert b"EMAIL_1" not in kept.read_bytes()
