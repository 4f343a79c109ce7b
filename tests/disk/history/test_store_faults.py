"""Whatever befalls the store: the answer is printed, and the next healthy run has it."""

import ctypes
import fcntl
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.answering.server import chat_stream
from tests.support.running.program import ROOT, Program, Result
from tests.support.running.stores import (
    ANSWER,
    AS_ROOT,
    PIECES,
    QUESTION,
    Home,
    is_sound,
    make_home,
    query_rows,
    start_server,
)


@pytest.fixture
def home(aichat: Program) -> Iterator[Home]:
    with start_server() as server:
        yield make_home(aichat, server)


def settled(home: Home) -> None:
    """A first conversation, and a store of one file."""
    assert home.ask("an old question").code == 0
    connection = sqlite3.connect(home.db)
    connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
    connection.close()


def answered(done: Result, most: int = 1) -> bool:
    """Whether the answer came whole, with one warning line and nothing else."""
    assert (done.text, done.code) == (f"{ANSWER}\n", 0), done
    lines = done.stderr.splitlines()
    assert all(line.startswith("aichat: warning: ") for line in lines), done.stderr
    return 0 < len(lines) <= most


def taken_in(home: Home) -> bool:
    """Whether the next run has question and answer, once, and a sound store."""
    texts = home.texts()
    return texts == [QUESTION, ANSWER] and is_sound(home.db) and not left(home)


def left(home: Home) -> list[Path]:
    return [*home.aichat.home.rglob("*.journal"), *home.aichat.home.rglob("*.new")]


# -- what the file system refuses


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[Path]:
    """A file system of ``size`` bytes."""
    place.mkdir()
    options = f"size={size},mode=700"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


@AS_ROOT
@pytest.mark.parametrize("pages", [1, 16, 40])
def test_a_full_disk_costs_no_answer(home: Home, pages: int) -> None:
    with small_disk(home.data, pages * 4096):
        assert answered(home.ask())
        assert left(home)
        subprocess.run(["mount", "-o", "remount,size=64m", home.data], check=True)
        assert taken_in(home)


@AS_ROOT
def test_a_disk_that_fills_while_the_answer_comes_costs_no_word_of_it(home: Home) -> None:
    settled(home)
    shutil.move(home.data, home.aichat.home / "aside")
    with small_disk(home.data, 512 * 1024):
        shutil.copytree(home.aichat.home / "aside", home.data, dirs_exist_ok=True)
        filler = home.data / "filler"
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(b"x" * 4096)
        assert answered(home.ask())
        filler.unlink()
        assert taken_in(home)


LIMITS = (100, 1000, 2000, 8192, 30_000, 100_000, 150_000)


@pytest.mark.parametrize(
    "size", [0, 4096, *(pytest.param(n, marks=pytest.mark.long) for n in LIMITS)]
)
def test_a_limit_of_file_sizes_costs_no_answer(home: Home, size: int) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    done = home.ask(before=limit)
    assert answered(done) or (size == LIMITS[-1] and not done.stderr)
    if "not saved" in done.stderr or "plain text" in done.stderr:  # no file may be so long
        assert size <= 1000
        assert home.ask("another").code == 0
        return
    assert taken_in(home)


@AS_ROOT
def test_a_limit_that_bites_late_leaves_what_was_there(home: Home) -> None:
    settled(home)
    limits = (home.db.stat().st_size, -1)
    done = home.ask(before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits))
    assert answered(done) or not done.stderr
    assert taken_in(home)
    assert len(query_rows(home.db, "SELECT 1 FROM conversation")) == 2


def bound() -> None:
    """Take from root the right to write where the mode forbids it."""
    if os.getuid() == 0:
        for capability in (1, 2):  # DAC_OVERRIDE, DAC_READ_SEARCH
            ctypes.CDLL(None).prctl(24, capability)  # PR_CAPBSET_DROP


@contextmanager
def read_only(home: Home) -> Iterator[None]:
    home.data.mkdir(exist_ok=True)
    home.data.chmod(0o500)
    try:
        yield
    finally:
        home.data.chmod(0o700)


@pytest.mark.parametrize("before", ["no store yet", "a store"])
def test_a_folder_that_is_read_only_costs_no_answer(home: Home, before: str) -> None:
    if before == "a store":
        settled(home)
    with read_only(home):
        assert answered(home.ask(before=bound))
    assert taken_in(home)


def test_a_conversation_in_a_read_only_folder_goes_on(home: Home) -> None:
    settled(home)
    with read_only(home):
        assert answered(home.ask("-c", QUESTION, before=bound))
    sent = home.server.requests[-1].json()["messages"]
    assert [message["content"] for message in sent] == ["an old question", ANSWER, QUESTION]
    assert home.texts() == ["an old question", ANSWER, QUESTION, ANSWER]


def test_a_read_only_home_is_silent_where_nothing_is_to_be_saved(home: Home) -> None:
    with read_only(home):
        done = home.ask("--no-save", QUESTION, before=bound)
    assert done == (f"{ANSWER}\n".encode(), "", 0)


def test_without_a_home_the_answer_waits_for_a_run_that_has_one(home: Home) -> None:
    hook = home.aichat.home / "hook"
    hook.mkdir()
    nameless = "import pwd\ndef getpwuid(_): raise KeyError\npwd.getpwuid = getpwuid\n"
    (hook / "sitecustomize.py").write_text(nameless)
    had = dict(home.aichat.environ)
    for name in ("HOME", "AICHAT_DATA_DIR", "XDG_CACHE_HOME"):
        del home.aichat.environ[name]
    home.aichat.environ["PYTHONPATH"] = f"{hook}:{ROOT}"
    assert answered(home.ask())
    home.aichat.environ.update(had)
    assert taken_in(home)


def test_the_data_folder_is_the_one_of_its_variable(home: Home) -> None:
    del home.aichat.environ["AICHAT_DATA_DIR"]
    home.aichat.environ["XDG_DATA_HOME"] = str(home.aichat.home / "xdg")
    assert home.ask("one").code == 0
    assert (home.aichat.home / "xdg" / "aichat" / "history.db").exists()
    home.aichat.environ["AICHAT_DATA_DIR"] = str(home.aichat.home / "data")
    assert home.ask("two").code == 0
    assert home.texts() == ["two", ANSWER]


def test_what_one_store_could_not_take_goes_to_no_other(home: Home) -> None:
    one, other = home.data, str(home.aichat.home / "other")
    one.write_text("no folder")
    assert answered(home.ask())
    home.aichat.environ["AICHAT_DATA_DIR"] = other
    assert home.ask("another").code == 0
    assert home.texts() == ["another", ANSWER]
    one.unlink()
    home.aichat.environ["AICHAT_DATA_DIR"] = str(one)
    assert taken_in(home)


# -- a lock that another process holds


@contextmanager
def held(db: Path) -> Iterator[None]:
    """The store, locked by another process."""
    script = (
        "import sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout and process.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        process.communicate()


def waited(done: Result) -> bool:
    """Whether the program said once that it waits, and once what became of the answer."""
    assert done.text == f"{ANSWER}\n" and done.code == 0
    said = done.stderr.splitlines()
    assert len(said) == 2, said
    return "waiting up to 5 s" in said[0] and "locked" in said[1]


def test_a_lock_beyond_the_patience_costs_no_answer(home: Home) -> None:
    settled(home)
    with held(home.db):
        assert waited(home.ask())
    assert taken_in(home)


@pytest.mark.long
def test_a_lock_on_a_store_without_a_log_costs_no_answer(home: Home) -> None:
    settled(home)
    connection = sqlite3.connect(home.db)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    with held(home.db):
        assert waited(home.ask())
    assert taken_in(home)


@pytest.mark.long
def test_a_lock_costs_patience_once_also_with_an_answer_left_behind(home: Home) -> None:
    settled(home)
    with held(home.db):
        assert waited(home.ask("the first"))
        assert waited(home.ask("-c", QUESTION))
    found = {tuple(home.texts(name)) for name in ("the first", "an old question")}
    assert found == {("the first", ANSWER), ("an old question", ANSWER, QUESTION, ANSWER)}


@pytest.mark.long
def test_a_lock_while_the_store_is_made_costs_no_answer(home: Home) -> None:
    home.data.mkdir(mode=0o700)
    with (home.data / "history.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert answered(home.ask())
    assert taken_in(home)


# -- a file that is no store


def scrambled(size: int, seed: int) -> Callable[[Path], None]:
    def scramble(db: Path) -> None:
        with db.open("r+b") as file:
            file.write(random.Random(seed).randbytes(size))

    scramble.__name__ = f"{size} random bytes {seed}"
    return scramble


def truncated(db: Path) -> None:
    os.truncate(db, db.stat().st_size // 2 + 100)


def emptied(db: Path) -> None:
    os.truncate(db, 0)


def text_file(db: Path) -> None:
    db.write_text("dear diary\n" * 1000)


BROKEN: list[Callable[[Path], None]] = [
    *(scrambled(size, seed) for size in (100, 4096) for seed in (1,)),
    truncated,
    text_file,
]
MORE = [scrambled(size, seed) for size in (16, 100, 4096, 20_000) for seed in range(3, 8)]


def is_set_aside(home: Home) -> None:
    """One warning says where the old file is; the store goes on, new."""
    old = home.db.read_bytes()
    done = home.ask()
    assert answered(done)
    (aside,) = (path for path in home.data.glob("*.corrupt-*") if path.name[-1].isdigit())
    assert aside.read_bytes() == old and str(aside) in done.stderr
    assert aside.stat().st_mode & 0o777 == 0o600
    assert taken_in(home)
    assert home.ask("another").stderr == ""


@pytest.mark.parametrize("damage", BROKEN, ids=lambda damage: damage.__name__)
def test_a_broken_file_is_set_aside_with_one_warning(
    home: Home, damage: Callable[[Path], None]
) -> None:
    settled(home)
    damage(home.db)
    is_set_aside(home)


@pytest.mark.long
@pytest.mark.parametrize("damage", MORE, ids=lambda damage: damage.__name__)
def test_any_broken_file_is_set_aside_with_one_warning(
    home: Home, damage: Callable[[Path], None]
) -> None:
    settled(home)
    damage(home.db)
    is_set_aside(home)


@pytest.mark.parametrize("damage", [scrambled(100, 1), emptied], ids=["header", "emptied"])
def test_damage_to_a_store_with_a_log_costs_no_answer(
    home: Home, damage: Callable[[Path], None]
) -> None:
    assert home.ask("an old question").code == 0
    assert home.db.with_name("history.db-wal").stat().st_size
    damage(home.db)
    done = home.ask()
    assert (done.text, done.code) == (f"{ANSWER}\n", 0)
    assert len(done.stderr.splitlines()) <= 1
    assert taken_in(home)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(40))
def test_damage_anywhere_in_the_file_costs_no_answer(home: Home, seed: int) -> None:
    settled(home)
    chance = random.Random(seed)
    with home.db.open("r+b") as file:
        for _ in range(chance.choice((1, 3, 10))):
            file.seek(chance.randrange(home.db.stat().st_size))
            file.write(chance.randbytes(chance.choice((1, 20, 4096))))
    done = home.ask()
    assert (done.text, done.code) == (f"{ANSWER}\n", 0)
    assert len(done.stderr.splitlines()) <= 1, done.stderr
    found = home.aichat.run("history", "show", "last", "--raw")
    assert found.text == f"{QUESTION}\n\n{ANSWER}\n", (done.stderr, found)


def test_an_empty_file_becomes_a_store(home: Home) -> None:
    settled(home)
    emptied(home.db)
    done = home.ask()
    assert (done.text, done.stderr, done.code) == (f"{ANSWER}\n", "", 0)
    assert taken_in(home)


def folder_in_its_place(db: Path) -> Callable[[], None]:
    db.mkdir(parents=True)
    return db.rmdir


def link_to_itself(db: Path) -> Callable[[], None]:
    db.parent.mkdir()
    db.symlink_to(db.name)
    return db.unlink


def file_for_the_data_folder(db: Path) -> Callable[[], None]:
    db.parent.write_text("no folder")
    return db.parent.unlink


def file_for_the_journals(db: Path) -> Callable[[], None]:
    db.mkdir(parents=True)
    (db.parent / "journal").write_text("no folder")
    return db.rmdir


def link_that_leads_nowhere(db: Path) -> Callable[[], None]:
    db.parent.mkdir()
    db.symlink_to(db.parent / "no folder" / "place")
    return db.unlink


@pytest.mark.parametrize(
    "obstacle",
    [
        folder_in_its_place,
        link_to_itself,
        link_that_leads_nowhere,
        file_for_the_data_folder,
        file_for_the_journals,
    ],
    ids=lambda obstacle: obstacle.__name__,
)
def test_what_stands_in_the_way_of_the_store_costs_no_answer(
    home: Home, obstacle: Callable[[Path], Callable[[], None]]
) -> None:
    clear = obstacle(home.db)
    assert answered(home.ask())
    clear()
    assert taken_in(home)


def test_an_answer_without_counts_is_taken_in_too(home: Home) -> None:
    clear = folder_in_its_place(home.db)
    home.server.default = chat_stream(PIECES, usage=None)
    assert answered(home.ask())
    clear()
    assert taken_in(home)


def test_a_newer_store_is_read_and_not_written(home: Home) -> None:
    settled(home)
    (version,) = query_rows(home.db, "PRAGMA user_version")[0]
    query_rows(home.db, f"PRAGMA user_version = {version + 1}")
    before = query_rows(home.db, "SELECT * FROM turn")
    done = home.ask("-c", QUESTION)
    assert answered(done)
    assert "newer version" in done.stderr
    assert query_rows(home.db, "SELECT * FROM turn") == before
    assert home.texts() == ["an old question", ANSWER]
    query_rows(home.db, f"PRAGMA user_version = {version}")
    assert home.texts() == ["an old question", ANSWER, QUESTION, ANSWER]
    assert is_sound(home.db)


# -- every call of SQLite, and every call on a journal, made to fail in the real program

HOOK = """
import os, sqlite3, sys

KIND, LOG = os.environ.get("FAIL_KIND", ""), os.environ.get("FAIL_LOG")
FIRST, LAST = (int(n) for n in os.environ.get("FAIL_AT", "0 0").split())
ERRORS = {
    "io": (sqlite3.OperationalError, "disk I/O error", 10),
    "locked": (sqlite3.OperationalError, "database is locked", 5),
    "full": (sqlite3.OperationalError, "database or disk is full", 13),
    "malformed": (sqlite3.DatabaseError, "database disk image is malformed", 11),
}
count = 0
true_connect, true_open, true_write = sqlite3.connect, os.open, os.write

def passes(what, error):
    global count
    count += 1
    if LOG:
        handle = true_open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        true_write(handle, (what.split(chr(10))[0] + chr(10)).encode())
        os.close(handle)
    if FIRST <= count <= LAST:
        raise error()

def broken():
    kind, words, code = ERRORS[KIND]
    error = kind(words)
    error.sqlite_errorcode = code
    return error

class Connection(sqlite3.Connection):
    def execute(self, sql, *values):
        if sql == "PRAGMA journal_mode = WAL" and KIND == "no log":
            return super().execute("PRAGMA journal_mode")
        if KIND in ERRORS or LOG:
            passes(sql.strip(), broken)
        return super().execute(sql, *values)
    def rollback(self):
        if KIND in ERRORS:
            passes("rollback", broken)
        return super().rollback()

def connect(*args, **options):
    if KIND in ERRORS or (LOG and KIND != "journal"):
        passes("connect", broken)
    return true_connect(*args, factory=Connection, **options)

if KIND == "no mode":
    def refused(self, sql, *values):
        if sql == "PRAGMA journal_mode = WAL":
            raise sqlite3.OperationalError("locking protocol")
        return sqlite3.Connection.execute(self, sql, *values)
    Connection.execute = refused

ours = set()

def full():
    return OSError(28, os.strerror(28))

def is_journal(path):
    return str(path).endswith((".journal", ".new"))

def guard(name):
    true = getattr(os, name)
    def guarded(first, *args, **options):
        if first in ours if isinstance(first, int) else is_journal(first):
            passes(f"os.{name}", full)
        done = true(first, *args, **options)
        if name == "open" and is_journal(first):
            ours.add(done)
        return done
    setattr(os, name, guarded)

if KIND == "journal":
    for name in ("open", "write", "unlink", "rename", "replace", "close"):
        guard(name)
else:
    sqlite3.connect = connect
"""


class Rig(NamedTuple):
    """A home whose program's calls can be counted, and made to fail."""

    home: Home

    def run(self, kind: str, first: int = 0, last: int = 0, *words: str) -> Result:
        environ = {"FAIL_KIND": kind, "FAIL_AT": f"{first} {last}"}
        return self.home.aichat.run("ask", *(words or (QUESTION,)), environ=environ)

    def calls(self, kind: str, *words: str) -> list[str]:
        """Every call of a healthy run."""
        log = self.home.aichat.home / "log"
        log.unlink(missing_ok=True)
        environ = {"FAIL_KIND": kind, "FAIL_LOG": str(log)}
        done = self.home.aichat.run("ask", *(words or (QUESTION,)), environ=environ)
        assert (done.text, done.code) == (f"{ANSWER}\n", 0), done
        return log.read_text().splitlines()

    def keep(self) -> None:
        """What ``reset`` brings back."""
        self.home.data.mkdir(exist_ok=True, mode=0o700)
        shutil.copytree(self.home.data, self.home.aichat.home / "kept")

    def reset(self) -> None:
        for folder in (self.home.data, self.home.temp):
            shutil.rmtree(folder)
        self.home.temp.mkdir()
        shutil.copytree(self.home.aichat.home / "kept", self.home.data)


@pytest.fixture
def rig(home: Home) -> Rig:
    hook = home.aichat.home / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(HOOK)
    home.aichat.environ["PYTHONPATH"] = f"{hook}:{ROOT}"
    return Rig(home)


def wrongs(rig: Rig, done: Result, expected: list[str]) -> Iterator[str]:
    """What is wrong after a run in which calls failed, and a healthy one."""
    if (done.text, done.code) != (f"{ANSWER}\n", 0):
        yield f"{done}"
    if len(done.stderr.splitlines()) > 1:
        yield f"told too much: {done.stderr}"
    if "not saved" in done.stderr:
        yield "not saved"
    texts = rig.home.texts()
    if texts != expected:
        yield f"kept: {texts}, told: {done.stderr}"
    if not is_sound(rig.home.db):
        yield "not sound"
    if left(rig.home):
        yield f"left: {left(rig.home)}"


def failing(rig: Rig, kind: str, places: range, *words: str) -> list[str]:
    """Every call in turn that ends badly when it fails, and how."""
    rig.reset()
    names = rig.calls(kind, *words) if not places else []
    rig.reset()
    before = rig.home.texts() if words else []
    expected = [*before, QUESTION, ANSWER]
    found = []
    for number in places or range(1, len(names) + 1):
        rig.reset()
        done = rig.run(kind, number, number, *words)
        name = names[number - 1] if names else ""
        found += [f"{number} {name}: {what}" for what in wrongs(rig, done, expected)]
    return found


KINDS = ("io", "locked", "full", "malformed")


def test_the_log_is_of_the_calls_that_can_fail(rig: Rig) -> None:
    rig.keep()
    new = rig.calls("io")
    again = rig.calls("io")
    assert new[0] == again[0] == "connect"
    assert new.count("COMMIT") == 3 and again.count("COMMIT") == 2
    assert any(call.startswith("CREATE TABLE") for call in new)


def test_some_calls_of_sqlite_may_fail_in_a_store_that_was_there(rig: Rig) -> None:
    settled(rig.home)
    rig.keep()
    calls = len(rig.calls("io"))
    for turn, number in enumerate(range(1, calls + 1, 5)):
        assert failing(rig, KINDS[turn % 4], range(number, number + 1)) == []


@pytest.mark.long
@pytest.mark.parametrize("words", [(), ("-c", QUESTION)], ids=["new", "continued"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_call_of_sqlite_may_fail_in_a_store_that_was_there(
    rig: Rig, kind: str, words: tuple[str, ...]
) -> None:
    settled(rig.home)
    rig.keep()
    if words:  # what cannot be read cannot be continued: that is told, and nothing is sent
        calls = rig.calls(kind, *words)
        begin = calls.index("BEGIN IMMEDIATE") + 1
        assert failing(rig, kind, range(begin, len(calls) + 1), *words) == []
    else:
        assert failing(rig, kind, range(0)) == []


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_every_call_of_sqlite_may_fail_while_a_store_is_made(rig: Rig, kind: str) -> None:
    rig.keep()
    assert failing(rig, kind, range(0)) == []


@pytest.mark.parametrize("kind", ["full", pytest.param("io", marks=pytest.mark.long)])
def test_calls_of_sqlite_may_fail_and_never_work_again(rig: Rig, kind: str) -> None:
    settled(rig.home)
    rig.keep()
    calls = len(rig.calls(kind))
    for number in range(1, calls + 1, 3 if kind == "io" else 9):
        rig.reset()
        done = rig.run(kind, number, 10**6)
        assert [*wrongs(rig, done, [QUESTION, ANSWER])] == [], number


def test_every_call_on_a_journal_may_fail_and_the_store_has_the_answer(rig: Rig) -> None:
    rig.keep()
    assert {"os.open", "os.write", "os.rename", "os.unlink"} <= set(rig.calls("journal"))
    assert failing(rig, "journal", range(0)) == []


@pytest.mark.long
@pytest.mark.parametrize("last", [0, 10**6], ids=["once", "ever after"])
def test_every_call_on_a_journal_may_fail_where_the_store_takes_nothing(
    rig: Rig, last: int
) -> None:
    rig.home.db.mkdir(parents=True)
    rig.keep()
    for number in range(1, len(rig.calls("journal")) + 1):
        rig.reset()
        done = rig.run("journal", number, last or number)
        assert answered(done)
        if not last:
            assert "kept in a file" in done.stderr
            rig.home.db.rmdir()
            assert taken_in(rig.home), number


@pytest.mark.parametrize("kind", ["no log", "no mode"])
def test_a_file_system_that_takes_no_log_has_a_store_without_one(rig: Rig, kind: str) -> None:
    for question in ("one", "two"):
        done = rig.run(kind, 0, 0, question)
        assert (done.text, done.stderr, done.code) == (f"{ANSWER}\n", "", 0)
    assert query_rows(rig.home.db, "PRAGMA journal_mode") == [("delete",)]
    assert rig.home.texts() == ["two", ANSWER]
    assert is_sound(rig.home.db)
