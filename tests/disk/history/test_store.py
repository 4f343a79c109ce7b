"""The store's files: who may read them, what is in them, what is left when it is deleted."""

import fcntl
import json
import os
import pty
import random
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage, UsageDetail
from aichat.core.conversation import serialize
from aichat.core.conversation.turn import Conversation, Draft, Turn
from aichat.core.exchange import event
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Finish, ReasoningDelta, TextDelta
from aichat.core.message.media import Media, ProviderFile, Url
from aichat.core.message.message import Message, Text
from aichat.disk.history import journal, schema
from aichat.disk.history.copies import erase_from, find_copies
from aichat.disk.history.store import Store
from aichat.errors import Fault
from tests.support.answering.server import SSE, Reply, Server, chat_stream, tool_call
from tests.support.running.program import Program, Result
from tests.support.running.stores import (
    ANSWER,
    AS_ROOT,
    QUESTION,
    Home,
    files_in,
    files_with,
    is_journaled_in_time,
    is_sound,
    make_home,
    query_rows,
    start_server,
    text_of,
)
from tests.support.running.whole_runs import hold_forever, read_until, text_events


@pytest.fixture
def home(aichat: Program) -> Iterator[Home]:
    with start_server() as server:
        yield make_home(aichat, server)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


# -- who may read


def open_to(path: Path) -> list[Path]:
    """What of all below a folder anyone but its owner may touch."""
    return [found for found in (path, *path.rglob("*")) if mode(found) & 0o077]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_no_one_else_may_read_the_store_or_its_journal(home: Home, umask: int) -> None:
    with Server(Reply(headers=SSE, body=[*text_events("begun"), hold_forever()])) as server:
        home.aichat.point_groq_at(server.url)
        if umask == 0o777:  # folders that nobody may enter
            home.data.mkdir(mode=0o700)
            (home.data / "journal").mkdir(mode=0o700)
        process = home.aichat.start("ask", QUESTION, preexec_fn=lambda: os.umask(umask))
        assert process.stdout
        read_until(process.stdout.fileno(), lambda data: data == b"begun", process)
        names = {path.name.split(".", 1)[-1] for path in files_in(home.data)}
        assert names >= {"db", "db-wal", "db-shm", "lock", "journal"}
        assert open_to(home.data) == []
        assert is_journaled_in_time(home, "begun")
        process.kill()
        process.communicate()
    assert home.texts() == [QUESTION, "begun"]


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_no_one_else_may_read_what_is_spilled(home: Home, umask: int) -> None:
    home.data.write_text("no folder")
    done = home.ask(before=lambda: os.umask(umask))
    assert "kept in a file" in done.stderr
    (spare,) = home.temp.iterdir()
    assert spare.name.startswith(f"aichat-{os.getuid()}-")
    assert open_to(spare) == [] and len([*spare.iterdir()]) == 1


def someone_elses(place: Path) -> None:
    place.mkdir(mode=0o700)
    os.chown(place, 12345, 12345)


def writable_by_a_group(place: Path) -> None:
    place.mkdir()
    place.chmod(0o770)


def a_link(place: Path) -> None:
    (place.parent.parent / "elsewhere").mkdir(mode=0o700)
    place.symlink_to(place.parent.parent / "elsewhere")


@pytest.mark.parametrize(
    "made", [pytest.param(someone_elses, marks=AS_ROOT), writable_by_a_group, a_link]
)
def test_nothing_is_spilled_where_others_may_write(
    home: Home, made: Callable[[Path], None]
) -> None:
    place = journal_folder(home)
    made(place)
    home.data.write_text("no folder")
    done = home.ask()
    assert (done.text, done.code) == (f"{ANSWER}\n", 0)
    assert done.stderr.count("warning") == 1 and "kept in a file" in done.stderr
    (kept,) = files_with(QUESTION.encode(), home.aichat.home)
    assert kept.parent.name.startswith(f"{place.name}-") and open_to(kept.parent) == []


@pytest.mark.parametrize(
    "made", [pytest.param(someone_elses, marks=AS_ROOT), writable_by_a_group, a_link]
)
def test_nothing_is_taken_in_from_where_others_may_write(
    home: Home, made: Callable[[Path], None]
) -> None:
    made(journal_folder(home))
    left(journal_folder(home), TextDelta("planted"), Finish("stop"))
    assert home.ask().code == 0
    assert query_rows(home.db, "SELECT text FROM turn") == [(QUESTION,), (ANSWER,)]


def journal_folder(home: Home) -> Path:
    """The spare folder of a home's store."""
    name = journal.folders(home.data)[1].name
    return home.temp / name


# -- nothing saved


@pytest.mark.parametrize("how", ["option", "config"])
def test_what_is_not_to_be_saved_is_on_no_disk_but_its_counters_are(home: Home, how: str) -> None:
    if how == "config":
        home.aichat.write_config("[store]\nsave = false\n")
    done = home.ask(QUESTION, "--json", *(["--no-save"] if how == "option" else []))
    assert (done.code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["conversation"] is None
    for words in (b"Whither", b"goest", b"the long road", b"road"):
        assert files_with(words, home.aichat.home) == []
    counted = "SELECT conversation, provider, model, ending, input, output FROM spent"
    model = "openai/gpt-oss-120b"
    assert query_rows(home.db, counted) == [(None, "groq", model, "stop", 12, 3)]
    assert query_rows(home.db, "SELECT count(*) FROM turn") == [(0,)]


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not here")
def test_what_is_not_to_be_saved_is_never_written_to_a_file(home: Home) -> None:
    log = home.aichat.home / "log"
    words = home.aichat.command("ask", "--no-save", QUESTION)
    trace = ["strace", "-f", "-s", "100000", "-e", "trace=openat,write,pwrite64,writev"]
    done = subprocess.run(
        [*trace, "-o", str(log), *words],
        env=home.aichat.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if b"ptrace" in done.stderr:
        pytest.skip("strace may not trace here")
    calls = log.read_text().splitlines()
    assert done.stdout.decode() == f"{ANSWER}\n"
    assert any("openat" in call and "history.db" in call for call in calls)  # it does trace
    assert not [call for call in calls if "openat" in call and ".journal" in call]
    said = [call for call in calls if "write" in call and "road" in call]
    assert said and all("write(1, " in call for call in said)


# -- deleted

SECRETS = {
    "question": b"qxjzquestion",
    "answer": b"qxjzanswer",
    "title": b"qxjztitle",
    "reasoning": b"qxjzreasoning",
    "arguments": b"qxjzarguments",
    "result": b"qxjzresult",
    "cut": b"qxjzcut",
}


def told(home: Home) -> str:
    """A conversation with something to hide in every place of it, and one without; its id."""
    call = tool_call("look", '{"where": "qxjzarguments"}')
    replies = (
        chat_stream(["qxjzanswer"], reasoning=["qxjzreasoning"], tool_calls=call),
        chat_stream(["it is qxjzanswer"]),
        Reply(headers=SSE, body=[*text_events("qxjzcut "), hold_forever()]),
    )
    with Server(*replies) as server:
        home.aichat.point_groq_at(server.url)
        first = json.loads(home.ask("qxjzquestion", "--json").stdout)
        name = str(first["conversation"])
        found = home.ask("-c", "--tool-result", "call_1=qxjzresult")
        assert found.code == 0, found
        killed(home, "ask", "-c", "qxjzquestion again")
    home.aichat.point_groq_at(home.server.url)
    assert home.aichat.run("history", "rename", name, "qxjztitle").code == 0
    assert home.ask("innocent").code == 0
    return name


def killed(home: Home, *words: str) -> None:
    process = home.aichat.start(*words)
    assert process.stdout
    read_until(process.stdout.fileno(), lambda data: data == b"qxjzcut ", process)
    assert is_journaled_in_time(home, "qxjzcut")
    process.kill()
    process.communicate()


def copies(home: Home) -> list[Path]:
    """Copies of the store as upgrades, broken files and unreadable journals leave them."""
    made = [home.data / f"history.db{end}" for end in (".v1", ".corrupt-20260101-000000-1")]
    made += [made[1].with_name(f"{made[1].name}-wal"), home.data / "journal" / "a.journal.corrupt"]
    for path in made:
        path.write_bytes(b" ".join(SECRETS.values()))
    return made


def traces(home: Home) -> dict[str, list[Path]]:
    """What is still found of what was deleted."""
    found = {name: files_with(words, home.data, home.temp) for name, words in SECRETS.items()}
    return {name: paths for name, paths in found.items() if paths}


def deleted(home: Home, name: str) -> Result:
    return home.aichat.run("history", "delete", name, "--yes", "--copies")


def pruned(home: Home, name: str) -> Result:
    query_rows(home.db, f"UPDATE conversation SET updated = 1000 WHERE id = '{name}'").clear()
    with closing(sqlite3.connect(home.db)) as connection:
        connection.execute("UPDATE conversation SET updated = 1000 WHERE id = ?", (name,))
        connection.commit()
    return home.aichat.run("history", "prune", "--older-than", "30d", "--yes", "--copies")


@pytest.mark.parametrize("remove", [deleted, pruned])
def test_nothing_is_left_of_what_is_removed(
    home: Home, remove: Callable[[Home, str], Result]
) -> None:
    name = told(home)
    made = copies(home)
    assert set(traces(home)) == set(SECRETS)
    done = remove(home, name)
    assert done.code == 0, done.stderr
    assert traces(home) == {}
    assert not any(path.exists() for path in made)
    assert is_sound(home.db)
    found = json.loads(home.aichat.run("history", "search", "innocent", "--json").stdout)
    assert [hit["title"] for hit in found] == ["innocent"]
    assert home.aichat.run("history", "search", "long", "road").text.count("road") == 1
    assert query_rows(home.db, "SELECT count(*) FROM spent WHERE conversation IS NULL") == [(3,)]
    assert home.ask("-c", "and on").code == 0


def test_what_was_never_taken_in_is_deleted_with_its_conversation(home: Home) -> None:
    name = told(home)
    with Server(Reply(headers=SSE, body=[*text_events("qxjzcut "), hold_forever()])) as server:
        home.aichat.point_groq_at(server.url)
        killed(home, "ask", "-C", name, "more")
    assert files_with(SECRETS["cut"], home.data / "journal")
    assert deleted(home, name).code == 0
    assert traces(home) == {}


def test_a_reader_that_keeps_the_log_is_told_of(home: Home) -> None:
    name = told(home)
    with closing(sqlite3.connect(home.db, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM turn").fetchone()
        done = deleted(home, name)
    assert (done.code, "another process" in done.stderr) == (13, True)
    assert home.aichat.run("history", "show", name).code == 2  # it is gone all the same


@pytest.mark.parametrize("words", [("delete", "last"), ("prune", "--keep-size", "1K")])
def test_nothing_is_deleted_unasked_where_nobody_can_be_asked(
    home: Home, words: tuple[str, ...]
) -> None:
    assert home.ask().code == 0
    done = home.aichat.run("history", *words, stdin=b"y\n")
    assert done.code == 2 and "--yes" in done.stderr
    assert home.texts() == [QUESTION, ANSWER]


@pytest.mark.parametrize(
    ("replies", "code", "kept"),
    [(["n"], 2, True), ([""], 2, True), (["y", ""], 0, True), (["y", "y"], 0, False)],
    ids=str,
)
def test_a_person_is_asked(home: Home, replies: list[str], code: int, kept: bool) -> None:
    assert home.ask().code == 0
    made = copies(home)
    person, terminal = pty.openpty()
    process = home.aichat.start("history", "delete", "last", stdin=terminal, stderr=terminal)
    os.close(terminal)
    said = b""
    for count, reply in enumerate(replies, 1):
        said += read_until(person, lambda data: b"[y/N]" in data, process)
        assert said.count(b"[y/N]") == count
        os.write(person, f"{reply}\n".encode())
    assert process.wait(15) == code
    process.communicate()
    os.close(person)
    assert QUESTION.encode() in said
    assert all(bytes(path) in said for path in made) == (len(replies) == 2)
    there = home.aichat.run("history", "show", "last")
    assert (there.code, made[0].exists()) == (2 if code == 0 else 0, kept)


def test_a_copy_that_cannot_be_read_stays_and_is_named_without_consent(home: Home) -> None:
    """It may be all that is left of other conversations."""
    name = told(home)
    made = copies(home)
    done = home.aichat.invoke("history", "delete", name, "--yes")
    assert done.code == 0
    assert all(path.exists() for path in made)
    assert any(str(path) in done.stderr for path in made) and "--copies" in done.stderr
    shown = home.aichat.invoke("history", "prune", "--older-than", "0d", "--dry-run", "--copies")
    assert shown.code == 0 and all(str(path) in shown.stderr for path in made)
    assert all(path.exists() for path in made)


def test_a_sound_copy_loses_what_was_chosen_and_nothing_else(tmp_path: Path) -> None:
    store = Store(tmp_path, quiet)
    for name in ("gone", "kept"):
        store.append(draft(f"words of {name}", name))
    copy = tmp_path / "history.db.v1"
    store._connection.execute("VACUUM INTO ?", (str(copy),))
    assert erase_from(copy, ["gone"])
    assert [row[0] for row in query_rows(copy, "SELECT text FROM turn")] == ["words of kept"]
    assert b"words of gone" not in copy.read_bytes() and is_sound(copy)


# -- the last one


def test_the_last_is_the_one_that_was_used_last_whatever_the_clock_said(tmp_path: Path) -> None:
    store = Store(tmp_path, quiet)
    for name, at in (("first", 1000.0), ("ahead", 10.0**10), ("now", 2000.0), ("first", 1500.0)):
        turns = (turn(name)._replace(at=at),)
        store.append(Draft(name, name, turns))
        assert [about.id for about in store.find_conversations("last")] == [name]
    about = store.find_conversations("ahead")[0]
    store.fork(about._replace(id="fork"), store.conversation(about).turns)
    assert store.find_conversations("last")[0].id == "fork"
    store.add_conversations([Conversation(about._replace(id="imported"), (turn("x"),))])
    assert store.find_conversations("last")[0].id == "fork"


# -- salvaged


def overwrite(at: int, size: int) -> Callable[[Path], None]:
    def damage(db: Path) -> None:
        with db.open("r+b") as file:
            file.seek(at)
            file.write(random.Random(at).randbytes(size))

    return damage


def cut_in_half(db: Path) -> None:
    os.truncate(db, db.stat().st_size // 2)


def flip_bits(db: Path) -> None:
    data, chance = bytearray(db.read_bytes()), random.Random(3)
    for _ in range(40):
        data[chance.randrange(4096, len(data))] ^= 1 << chance.randrange(8)
    db.write_bytes(data)


#: What happens to a store of 60 conversations, and how many of them must be there again.
DAMAGE: dict[str, tuple[Callable[[Path], None], int]] = {
    "the header": (overwrite(0, 100), 60),
    "a page of the list": (overwrite(4096, 4096), 60),
    "a page of text": (overwrite(40 * 4096, 4096), 55),
    "three pages of text": (overwrite(30 * 4096, 3 * 4096), 50),
    "the second half": (cut_in_half, 15),
    "bits here and there": (flip_bits, 55),
}


@pytest.fixture(scope="module")
def full_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 conversations of two turns, of half a megabyte."""
    folder = tmp_path_factory.mktemp("full")
    store, chance = Store(folder, quiet), random.Random(1)
    for n in range(60):
        words = " ".join(f"{chance.randrange(10**6)}" for _ in range(400))
        answer = Answer("groq", "m", Message("assistant", ()), finish_reason="stop")
        turns = (turn(f"question {n}: {words}"), turn(f"answer {n}", "assistant", answer))
        store.append(Draft(f"c{n}", f"title {n}", turns))
    store._connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
    return folder / "history.db"


@pytest.mark.parametrize("name", DAMAGE)
def test_what_can_be_read_of_a_broken_store_is_there_again(
    name: str, full_store: Path, tmp_path: Path
) -> None:
    damage, least = DAMAGE[name]
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    shutil.copy(full_store, folder / "history.db")
    damage(folder / "history.db")
    said: list[str] = []
    store = Store(folder, said.append)
    found = {about.id: store.conversation(about) for about in store.summaries()}
    whole = [name for name, each in found.items() if len(each.turns) == 2]
    assert least <= len(whole) <= 60
    for about, turns in found.values():
        number = about.id.removeprefix("c")
        if about.title == f"title {number}" and turns and turns[0].number == 1:
            assert text_of(serialize.dump_turn(turns[0])).startswith(f"question {number}: ")
    store.search("question", 5)
    store.append(draft("and on", "new"))
    asides = [path for path in folder.glob("*.corrupt-*") if path.name[-1].isdigit()]
    told_of = [line for line in said if "set aside" in line]
    assert len(told_of) == len(asides) <= 1
    if asides:  # some damage nobody has come upon yet
        assert str(asides[0]) in told_of[0] and is_sound(folder / "history.db")
    assert not [*folder.glob("*.salvage*")]


# -- upgraded


def turn(text: str, role: Any = "user", answer: Answer | None = None) -> Turn:
    return Turn(Message(role, (Text(text),)), 1000.0, answer=answer)


def draft(text: str, conversation: str = "c", **more: Any) -> Draft:
    return Draft(conversation, "title", (turn(text),), **more)


def quiet(line: str) -> None:
    raise AssertionError(line)


STEP = ("ALTER TABLE conversation ADD COLUMN mood TEXT", "UPDATE conversation SET mood = 'good'")
WRONG = (STEP[0], "INSERT INTO no_such_table VALUES (1)")


NOW = len(schema.UPGRADES)  # the version that a new store has


def version(path: Path) -> int:
    number: int = query_rows(path, "PRAGMA user_version")[0][0]
    return number


def test_an_upgrade_keeps_a_copy_of_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(tmp_path, quiet).append(draft("old words"))
    monkeypatch.setattr(schema, "UPGRADES", (*schema.UPGRADES, STEP))
    said: list[str] = []
    before = os.umask(0)
    try:
        Store(tmp_path, said.append).append(draft("new words"))
    finally:
        os.umask(before)
    copy = tmp_path / f"history.db.v{NOW}"
    found = (version(tmp_path / "history.db"), version(copy), mode(copy))
    assert found == (NOW + 1, NOW, 0o600)
    assert [row[0] for row in query_rows(copy, "SELECT text FROM turn")] == ["old words"]
    assert query_rows(tmp_path / "history.db", "SELECT mood FROM conversation") == [("good",)]
    texts = query_rows(tmp_path / "history.db", "SELECT text FROM turn ORDER BY id")
    assert texts == [("old words",), ("new words",)]
    assert len(said) == 1 and str(copy) in said[0]
    assert is_sound(tmp_path / "history.db") and is_sound(copy)
    assert find_copies(tmp_path) == [copy]


def test_an_upgrade_that_fails_leaves_the_old_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(tmp_path, quiet).append(draft("old words"))
    before = schema.UPGRADES
    monkeypatch.setattr(schema, "UPGRADES", (*before, WRONG))
    with pytest.raises(sqlite3.OperationalError, match="no_such_table"):
        Store(tmp_path, [].append)
    monkeypatch.setattr(schema, "UPGRADES", before)
    assert version(tmp_path / "history.db") == NOW
    store = Store(tmp_path, quiet)
    (about,) = store.summaries()
    assert text_of(serialize.dump_turn(store.conversation(about).turns[0])) == "old words"
    assert not [*tmp_path.glob("*.corrupt-*")]


def test_an_upgrade_that_is_killed_leaves_the_old_version(home: Home) -> None:
    assert home.ask().code == 0
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from aichat.disk.history import schema\n"
        "class Step(tuple):\n"
        "    def __iter__(self):\n"
        "        yield 'ALTER TABLE conversation ADD COLUMN mood TEXT'\n"
        "        os.kill(os.getpid(), 9)\n"
        "schema.UPGRADES = (*schema.UPGRADES, Step())\n"
        "schema.open_store(Path(sys.argv[1]), print)\n"
    )
    command = [home.aichat.command()[0], "-c", script, str(home.data)]
    assert subprocess.run(command, env=home.aichat.environ, check=False).returncode == -9
    assert version(home.db) == NOW and is_sound(home.db)
    assert home.texts() == [QUESTION, ANSWER]


def test_two_processes_upgrade_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(tmp_path, quiet).append(draft("old words"))
    stale = schema.connect(tmp_path / "history.db", 1)
    monkeypatch.setattr(schema, "UPGRADES", (*schema.UPGRADES, STEP))
    schema.open_store(tmp_path, [].append)
    schema._upgrade(stale, tmp_path / "history.db", quiet)
    assert version(tmp_path / "history.db") == NOW + 1


def test_the_first_version_keeps_its_counters_and_knows_nothing_of_the_later_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as first:
        first.setattr(schema, "UPGRADES", schema.UPGRADES[:1])
        connection = schema.open_store(tmp_path, quiet).connection
        connection.execute(
            "INSERT INTO spent (at, provider, model, ending, input, amount, currency) "
            "VALUES (1000, 'groq', 'm', 'stop', 7, 1500, 'USD')"
        )
        connection.close()
    said: list[str] = []
    Store(tmp_path, said.append)
    columns = "at, provider, model, input, amount, wire, tier, retries, queue_s, saved"
    kept = (1000.0, "groq", "m", 7, 1500)
    found = query_rows(tmp_path / "history.db", f"SELECT {columns} FROM spent")
    assert found == [(*kept, None, None, None, None, None)]
    assert version(tmp_path / "history.db.v1") == 1 and len(said) == 1


# -- the journal's format

SAMPLES: Sequence[Event] = (
    event.Start("r1", "m", True),
    TextDelta("täxt\n\x00\u2028\ud800 \U0001f600", 1),
    ReasoningDelta("why", 2, "thinking"),
    event.ReasoningOpaque("opaque", 1, "id", True),
    event.RefusalDelta("no", "violence"),
    event.ToolCallStart(1, "call", "look", "item", "signature", "custom"),
    event.ToolCallDelta(1, '{"a'),
    event.ToolCallEnd(1, '{"a": 1}'),
    event.ServerToolProgress("s", "search", "end", "in", "out", "opaque"),
    event.Source(
        1, "https://a.example", "A", "snippet", "2026-01-01", "file", redirect="https://r"
    ),
    event.Citation(1, 0, 4, "cited", "opaque"),
    event.Image(Media("image/png", Url("https://b.example")), True),
    event.Audio(Media("audio/*", b"hi", transcript="hi")),
    event.Heard("what was said"),
    event.MadeFile(Media("text/csv", ProviderFile("file-1"), "a.csv")),
    event.RoundStart(2),
    event.Approval("call", "allow", "rule", "now", "now\0{}"),
    event.ToolProgress("call", 1.0, 2.0, "half"),
    event.ToolEnd("call", "now", "ok", "text", 4, True, 0.5),
    event.Logprobs([{"token": "a", "logprob": -0.1}]),
    event.UsageUpdate(
        Usage(1, 2, 3, 4, 5, 6),
        Cost(7, "EUR", True, "catalogue"),
        {"raw": [1, None]},
        UsageDetail({"audio_input": 1}, "flex"),
    ),
    event.Notice("retry", "again", 1.5, "rate limited"),
    event.UnknownItem("chat", {"type": "new", "list": [1, {"a": None}]}),
    event.RawItem("responses", {"id": "i", "type": "reasoning"}),
    Finish("stop", "STOP", "token", "m2"),
    event.Failure(Fault("server", "it broke", "hint", "p", "m", 500, "c", "x", "r", 1.5, True)),
)


def test_there_is_a_sample_of_every_kind_of_event() -> None:
    assert {type(sample) for sample in SAMPLES} == set(Event.__args__)  # type: ignore[attr-defined]
    for sample in SAMPLES:
        unsaid = {n for n, v in sample._asdict().items() if v == sample._field_defaults.get(n)}
        assert unsaid <= {"type", "signum", "quote"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.type)
def test_an_event_is_the_same_after_it_was_written(sample: Event) -> None:
    text = serialize.dump_json(serialize.dump_event(sample))
    assert "\n" not in text
    loaded = serialize.load_event(json.loads(text.encode()))
    assert loaded == sample and type(loaded) is type(sample)


def left(folder: Path, *events: Event, key: str = "key", ended: bool = False) -> Path:
    """The journal of a program that ended before its answer was stored."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun = Turn(Message("assistant", (), "groq", "m"), 1001.0, wire="chat")
    head = {**draft("asked")._asdict(), "key": key, "turns": [serialize.dump_turn(turn("asked"))]}
    head["answer"] = serialize.dump_turn(begun)
    lines = [head, *([serialize.dump_event(each)] for each in events)]
    if ended:
        answer = Answer("groq", "m", Message("assistant", (Text("whole"),)), finish_reason="stop")
        lines.append(
            {"end": serialize.dump_turn(begun._replace(message=answer.message, answer=answer))}
        )
    path = folder / f"{key}.journal"
    path.write_text("".join(serialize.dump_json(line) + "\n" for line in lines))
    return path


class Taken:
    """A store of drafts."""

    def __init__(self, data: Path) -> None:
        self.store = Store(data, quiet)
        self.data, self.said = data, list[str]()

    def __call__(self) -> list[str]:
        """Take in what was left; the texts that are there then."""
        journal.recover_answers(self.data, self.store.append, self.said.append)
        return [row[0] for row in query_rows(self.data / "history.db", "SELECT text FROM turn")]


@pytest.fixture
def take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Taken:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return Taken(tmp_path / "data")


def test_a_journal_is_taken_in_and_gone(take: Taken) -> None:
    path = left(take.data / "journal", TextDelta("Hello "), TextDelta("world"), Finish("stop"))
    assert take() == ["asked", "Hello world"]
    assert not path.exists()


def test_the_last_words_of_a_journal_count(take: Taken) -> None:
    left(take.data / "journal", TextDelta("who"), ended=True)
    assert take() == ["asked", "whole"]


@pytest.mark.parametrize("size", range(1, 40, 3))
def test_a_line_that_a_crash_cut_is_left_out(take: Taken, size: int) -> None:
    path = left(take.data / "journal", TextDelta("whole "), TextDelta("ä€😀" * 4))
    os.truncate(path, path.stat().st_size - size)
    assert take() == ["asked", "whole "]
    assert not path.exists() and not take.said


def test_the_end_is_found_after_a_line_that_was_cut(take: Taken, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "journal"
    begun = Turn(Message("assistant", (), "groq", "m"), 1001.0)
    open_one = journal.Journal(folder, "key", draft("asked"), begun, ())
    with (folder / "key.journal").open("ab") as file:
        file.write(b'[{"type":"text","te')
    answer = Answer("groq", "m", Message("assistant", (Text("whole"),)), finish_reason="stop")
    open_one.end(begun._replace(message=answer.message, answer=answer))
    assert take() == ["asked", "whole"]


GARBAGE = {
    "nothing": b"",
    "bytes": bytes(range(256)),
    "no head": b'["a"]\n',
    "a number": b"5\n",
    "half a head": b'{"conversation":"c","ti',
    "another head": b'{"conversation":"c"}\n',
    "deep": b"[" * 100_000 + b"\n",
    "no text for a title": b'{"conversation":"c","title":null,"turns":[],"key":"k","answer":'
    b'{"message":{"role":"assistant","parts":[]},"at":1}}\n',
    "no number for a time": b'{"conversation":"c","title":"t","turns":[],"key":"k","answer":'
    b'{"message":{"role":"assistant","parts":[]},"at":[1]}}\n',
    "a number without measure": b'{"conversation":"c","title":"t","turns":[],"key":"k","parent":1,'
    b'"answer":{"message":{"role":"assistant","parts":[]},"at":1' + b"0" * 400 + b"}}\n",
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_a_journal_that_cannot_be_read_is_set_aside_and_told_of_once(
    take: Taken, garbage: bytes
) -> None:
    folder = take.data / "journal"
    left(folder, TextDelta("good"), Finish("stop"), key="zz")
    path = folder / "aa.journal"
    path.write_bytes(garbage)
    assert take() == ["asked", "good"]  # it is in nobody's way
    aside = folder / "aa.journal.corrupt"
    assert aside.read_bytes() == garbage and not path.exists()
    assert journal.unreadable_files(take.data) == [aside]
    assert len(take.said) == 1 and str(aside) in take.said[0]
    assert take() == ["asked", "good"] and len(take.said) == 1


def test_the_same_journal_found_twice_is_stored_once(take: Taken) -> None:
    folders = journal.folders(take.data)
    for folder in folders:
        left(folder, TextDelta("once"), Finish("stop"))
    assert take() == ["asked", "once"]
    left(folders[0], TextDelta("once"), Finish("stop"))
    assert take() == ["asked", "once"]
    assert not [*take.data.rglob("*.journal")]


def test_the_journal_of_a_program_that_lives_is_left_alone(take: Taken) -> None:
    path = left(take.data / "journal", TextDelta("one"), Finish("stop"))
    with path.open("rb") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        assert take() == []
        assert path.exists()
    assert take() == ["asked", "one"]


def test_a_store_that_takes_nothing_keeps_the_journal(take: Taken) -> None:
    path = left(take.data / "journal", TextDelta("one"), Finish("stop"))

    def full(_: Draft) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with pytest.raises(sqlite3.OperationalError):
        journal.recover_answers(take.data, full)
    assert path.exists() and take() == ["asked", "one"]


def test_a_journal_that_cannot_be_removed_is_in_nobodys_way(
    take: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(take.data / "journal", TextDelta("one"), Finish("stop"))

    def refuse(_: Path, **__: object) -> None:
        raise PermissionError("not yours")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert take() == take() == ["asked", "one"]
    assert take() == ["asked", "one"]


def test_a_journal_without_its_name_is_swept_away(take: Taken) -> None:
    folder = take.data / "journal"
    folder.mkdir(mode=0o700)
    (folder / "key.new").write_text("half")
    assert take() == []
    assert [*folder.iterdir()] == []


def test_a_journal_keeps_no_secret(tmp_path: Path) -> None:
    begun = Turn(Message("assistant", (), "groq", "m"), 1001.0)
    secret = "gsk_0123456789abcdef"
    kept = journal.Journal(tmp_path, "key", draft(f"my key {secret}"), begun, (secret,))
    kept.record([TextDelta(f"your key {secret}")])
    kept.end(begun._replace(message=Message("assistant", (Text(secret),))))
    assert secret.encode() not in (tmp_path / "key.journal").read_bytes()


def test_a_spare_folder_that_a_stranger_took_first_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    data = tmp_path / "data"
    plain = journal.folders(data)[1]
    plain.mkdir()
    plain.chmod(0o777)
    other = journal.folders(data)[1]
    assert other != plain and other != journal.folders(data)[1]  # nobody foresees it
    begun = Turn(Message("assistant", (), "groq", "m"), 1001.0)
    journal.Journal(other, "key", draft("asked"), begun, (), whole=True)
    assert journal.folders(data)[1] == other
    taken: list[Draft] = []
    assert journal.recover_answers(data, taken.append) == 1
    assert [turn.role for turn in taken[0].turns] == ["user", "assistant"]
