"""A store with damaged bytes: what can be read is kept, and one bad byte stops nothing."""

import json
import random
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from aichat.core.conversation.turn import Draft, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Text
from aichat.disk.history import schema
from aichat.disk.history.damage.pages import read_rows
from aichat.disk.history.damage.salvage import salvage
from aichat.disk.history.health import check_store
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
        other.write_bytes(exported.replace(b'"id":"', b'"id":"other-', 2))
        assert aichat.invoke("history", "import", str(other)).code == 0
        assert aichat.invoke("history", "show", "last", "--json").text.count('"id": "other-') == 0
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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"id INTEGER PRIMARY KEY, conversation", b"id INTEGER RRIMARY KEY, conversation"),
        (b"ON conversation (updated)", b"ON conversation (created)"),
        (b"AFTER INSERT ON turn", b"AFTER UPDATE ON turn"),
        (b"'words_docsize'(id INTEGER PRIMARY", b"'words_docsize'(id INTEGER QRIMARY"),
        (b"VALUES (new.id, new.text)", b"VALUES (new.id, new.te\xf8t)"),
    ],
)
def test_what_describes_a_key_an_index_or_a_trigger_is_compared_at_opening(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    db, told = fill(tmp_path), list[str]()
    data = db.read_bytes()
    assert old in data
    db.write_bytes(data.replace(old, new))
    found = check_store(tmp_path)
    assert found and found.wrong == "what describes its tables is not as it was made"
    store = Store(tmp_path, told.append)
    assert [f"{COUNT} conversations could be recovered" in line for line in told] == [True]
    assert len([*store.summaries()]) == COUNT and len(store.search("answer", 100)) == COUNT
    assert schema.is_as_made(store._connection)


def test_the_checksum_is_that_of_a_new_store(tmp_path: Path) -> None:
    with closing(schema.open_store(tmp_path, pytest.fail).connection) as made:
        whole = repr(schema._descriptions(made)).encode()
        assert zlib.crc32(whole) == schema.DESCRIPTIONS_SUM


def root_page(db: Path, name: str) -> int:
    with closing(sqlite3.connect(db)) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        return int(connection.execute(query, (name,)).fetchone()[0])


@pytest.mark.parametrize("pages", [("turn",), ("turn", "conversation"), ("turn", "spent", "")])
def test_rows_whose_way_is_damaged_are_read_from_their_pages(
    tmp_path: Path, pages: tuple[str, ...]
) -> None:
    """The first page of a table leads to all others; "" is that of the descriptions."""
    db, told = fill(tmp_path), list[str]()
    with closing(Store(tmp_path, pytest.fail)._connection) as connection:
        first = {row[0]: row[1:] for row in connection.execute("SELECT * FROM turn")}
        spent = connection.execute("SELECT count(*), sum(at) FROM spent").fetchone()
        connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
    data = bytearray(db.read_bytes())
    for page in (root_page(db, name) if name else 1 for name in pages):
        data[4096 * (page - 1) : 4096 * page] = bytes(4096)
    db.write_bytes(data)
    store = Store(tmp_path, told.append)
    assert len([*store.summaries()]) == COUNT and len(told) == 1, told
    again = {row[0]: row[1:] for row in store.rows("SELECT * FROM turn")}
    assert sorted(again.values()) == sorted(first.values())
    titles = {about.title for about in store.summaries()}
    assert "conversation" in pages or titles == {f"title {n}" for n in range(COUNT)}
    if "spent" not in pages:
        assert store.rows("SELECT count(*), sum(at) FROM spent") == [spent]


def test_an_index_that_lacks_turns_hides_none_and_is_made_anew(tmp_path: Path) -> None:
    db, told = fill(tmp_path), list[str]()
    at = 4096 * (root_page(db, "sqlite_autoindex_turn_1") - 1)
    data = bytearray(db.read_bytes())
    assert (data[at], data[at + 4]) == (0x0A, 2 * COUNT)  # one page with all entries
    data[at + 4] = COUNT  # of which it now has half
    db.write_bytes(data)
    store = Store(tmp_path, told.append)
    assert [len(store.conversation(about).turns) for about in store.summaries()] == [2] * COUNT
    assert told == ["an index of the conversation store was damaged, and was made anew"]
    assert store.rows("PRAGMA integrity_check") == [("ok",)]


def test_pages_hold_the_rows_that_sqlite_reads(tmp_path: Path) -> None:
    store = Store(tmp_path, pytest.fail)
    for number, size in enumerate((1, 3900, 4050, 4070, 5000, 100_000)):
        said = Message("user", (Text("é" * size),))
        store.append(Draft(f"c{number}" * 300, "t", (Turn(said, 1.5),)))
    store._connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
    found = [*read_rows(tmp_path / "history.db", 4096)]
    for query, count in (("SELECT * FROM turn", 8), ("SELECT * FROM conversation", 7)):
        rows = {row[-count + 1 :] for row in store.rows(query)}
        assert rows <= {each.values[-count + 1 :] for each in found if len(each.values) == count}


def test_pages_of_any_bytes_break_nothing(tmp_path: Path) -> None:
    chance, file = random.Random(2), tmp_path / "pages"
    heads = (b"\x0d\0\0\0\x40", b"\x0a\0\0\0\x40", b"\x02\0\0\xff\xff")
    for _ in range(20):
        file.write_bytes(b"".join(chance.choice(heads) + chance.randbytes(4091) for _ in range(8)))
        assert all(isinstance(row.values, tuple) for row in read_rows(file, 4096))


@pytest.mark.parametrize("error", [MemoryError(), UnicodeDecodeError("utf-8", b"x", 0, 1, "")])
def test_what_damage_raises_besides_is_one_of_sqlites_errors(error: Exception) -> None:
    with pytest.raises(sqlite3.DatabaseError) as found, schema.damage_as_errors():
        raise error
    assert schema.is_broken(found.value)


def test_a_view_and_an_index_of_the_users_own_are_no_damage(tmp_path: Path) -> None:
    Store(tmp_path, print)
    with closing(sqlite3.connect(tmp_path / "history.db")) as connection:
        connection.execute("CREATE VIEW said AS SELECT text FROM turn")
        connection.execute("CREATE INDEX by_model ON turn (model)")
        connection.commit()
    told: list[str] = []
    Store(tmp_path, told.append)
    assert told == [] and [*tmp_path.glob("history.db.*")] == []
    with closing(sqlite3.connect(tmp_path / "history.db")) as connection:
        assert connection.execute("SELECT count(*) FROM said").fetchone() == (0,)
