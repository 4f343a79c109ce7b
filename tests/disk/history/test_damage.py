"""A store with damaged bytes: what can be read is kept, and one bad byte stops nothing."""

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from aichat.core.conversation.turn import Draft, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Text
from aichat.disk.history import schema
from aichat.disk.history.salvage import salvage
from aichat.disk.history.store import Store
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program

COUNT = 40
PNG = Media("image/png", b"\x89PNG\r\n" + bytes(range(256)))


def fill(folder: Path) -> Path:
    """A store of many conversations, in one file."""
    store = Store(folder, pytest.fail)
    for number in range(COUNT):
        said = Message("assistant", (Text(f"answer {number} " * 20), PNG), "groq", "m")
        answer = Answer("groq", "m", said)
        turns = (
            Turn(Message("user", (Text(f"question {number} é"), PNG)), 1000.0 + number),
            Turn(said, 1001.0 + number, answer=answer),
        )
        store.append(Draft(f"c{number:02}", f"title {number}", turns))
    store._connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
    store._connection.close()
    return folder / "history.db"


def flip(db: Path, seed: int) -> None:
    """Turn a few bits over, anywhere but in the header."""
    chance = random.Random(seed)
    data = bytearray(db.read_bytes())
    for _ in range(chance.choice((1, 5, 20))):
        data[chance.randrange(100, len(data))] ^= 1 << chance.randrange(8)
    db.write_bytes(data)


COMMANDS = [
    ("list",),
    ("show", "c07"),
    *(("export", "--all", "--format", kind) for kind in ("jsonl", "md", "html")),
]


def go_on(aichat: Program, seed: int) -> None:
    flip(fill(aichat.data_dir), seed)
    for words in COMMANDS:
        done = aichat.invoke("history", *words)
        known = words[0] != "show" or "no conversation" not in done.stderr
        assert not known or done.code == 0, (words, done.stderr)
    exported = aichat.invoke("history", "export", "--all").text.splitlines()
    assert len(exported) > COUNT // 3  # twenty bits may lie on half of the pages


@pytest.mark.parametrize("seed", [3, 11, 42])
def test_flipped_bits_stop_nothing(aichat: Program, seed: int) -> None:
    go_on(aichat, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(60))
def test_no_flipped_bits_stop_anything(aichat: Program, seed: int) -> None:
    go_on(aichat, seed)


@pytest.mark.parametrize("column", ["title", "model"])
def test_bytes_in_the_place_of_a_text_stop_no_list(aichat: Program, column: str) -> None:
    db = fill(aichat.data_dir)
    table = "turn" if column == "model" else "conversation"
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(f"UPDATE {table} SET {column} = x'6dff00'")
    done = aichat.invoke("history", "list", "--limit", "100")
    assert (done.code, done.text.count("\n") >= COUNT) == (0, True), done.stderr
    assert aichat.invoke("history", "show", "last").code == 0
    assert aichat.invoke("history", "search", "answer").code == 0


RECORDS = [
    "{",
    "[]",
    '{"at":1.0,"message":{"role":"user","parts":[{"type":"media","mime":5,"data":7}]}}',
    '{"at":"x","message":{"role":"user","parts":[{"type":"text"}]}}',
    '{"at":1.0,"message":{"role":"user","parts":[{"type":"text","text":[1]}]}}',
    '{"at":1.0,"message":{"role":"assistant","parts":[]},"answer":{"provider":"p","images":[3]}}',
]


@pytest.mark.parametrize("record", RECORDS)
def test_a_damaged_turn_is_left_out_and_told(aichat: Program, record: str) -> None:
    db = fill(aichat.data_dir)
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(
            "UPDATE turn SET record = ? WHERE conversation = 'c07' AND number = 1", (record,)
        )
    for kind in ("md", "html", "json"):
        done = aichat.invoke("history", "export", "--all", "--format", kind)
        assert (done.code, done.text.count("answer 8 ") > 0) == (0, True), done.stderr
        assert ("c07" in done.stderr) or kind == "json"
    assert aichat.invoke("history", "show", "c07").code == 0


def test_last_goes_by_what_was_said_last_not_by_the_clock(aichat: Program) -> None:
    with Server(default=chat_stream(["Hello"])) as server:
        aichat.point_groq_at(server.url)
        assert aichat.invoke("ask", "ahead").code == 0
        with closing(sqlite3.connect(aichat.data_dir / "history.db")) as connection, connection:
            connection.execute("UPDATE conversation SET updated = 9e9")
        assert aichat.invoke("ask", "later").code == 0
        exported = aichat.invoke("history", "export", "--all").stdout
        assert aichat.invoke("history", "show", "last", "--raw").text == "later\n\nHello\n"
        other = aichat.home / "other.jsonl"
        other.write_bytes(exported.replace(b'"id":"', b'"id":"x', 2))
        assert aichat.invoke("history", "import", str(other)).code == 0
        assert aichat.invoke("history", "show", "last", "--json").text.count('"id": "x') == 0
        assert aichat.invoke("history", "show", "last", "--raw").text == "later\n\nHello\n"


def test_a_markdown_export_drives_no_terminal(aichat: Program) -> None:
    store = Store(aichat.data_dir, pytest.fail)
    evil = "\x1b]0;x\x07 \x9b2J \u202e\r\nend"
    store.append(Draft("c1", evil, (Turn(Message("user", (Text(evil),)), 1.0),)))
    target = aichat.home / "f.md"
    assert aichat.invoke("history", "export", "last", "--output", str(target)).code == 0
    for text in (target.read_text(), aichat.invoke("history", "export", "last").text):
        assert not set(text) & set("\x1b\x07\x9b\u202e\r")
        assert "␛]0;x␇" in text
    whole = json.loads(aichat.invoke("history", "export", "last", "--format", "json").text)
    assert whole["conversations"][0]["turns"][0]["message"]["parts"][0]["text"] == evil


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"head INTEGER", b"heed INTEGER"),
        (b"CREATE TABLE turn", b"CREATE TABLE tusn"),
        (b"CREATE TABLE turn", b"CREATE \xff\xfeBLE turn"),
    ],
)
def test_a_flipped_byte_in_the_schema_stops_nothing(
    aichat: Program, old: bytes, new: bytes
) -> None:
    db = fill(aichat.data_dir)
    data = db.read_bytes()
    assert old in data
    db.write_bytes(data.replace(old, new))
    listed = aichat.invoke("history", "list")
    assert listed.code == 0 and "set aside" in listed.stderr
    with Server(default=chat_stream(["Hello"])) as server:
        assert aichat.point_groq_at(server.url).invoke("ask", "hi").text == "Hello\n"
    assert aichat.invoke("history", "show", "last", "--raw").text == "hi\n\nHello\n"
    if new.isascii():
        assert len(listed.text.splitlines()) > COUNT // 2


def test_a_damaged_key_hides_no_row(tmp_path: Path) -> None:
    """Without it ``id`` is a column like any other, and empty in every row."""
    db, new = fill(tmp_path / "old"), tmp_path / "new"
    data = db.read_bytes()
    whole = b"id INTEGER PRIMARY KEY, conversation"
    assert whole in data
    db.write_bytes(data.replace(whole, whole.replace(b"PRIMARY", b"RRIMARY")))
    new.mkdir()
    with closing(schema.open_store(new, pytest.fail).connection) as made:
        assert salvage(db, made) == COUNT
        assert made.execute("SELECT count(*) FROM turn").fetchone() == (2 * COUNT,)
