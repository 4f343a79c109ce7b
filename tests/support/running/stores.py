"""Shared by tests of the store: a separate home, healthy runs, and the files in use."""

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.answering.server import Reply, Server, chat_stream
from tests.support.running.program import Program, Result

QUESTION = "Whither goest thou?"
PIECES = ["Down", " the", " long", " road", "."]
ANSWER = "".join(PIECES)
LATE = 1.0  # the most seconds of an answer that may be lost
AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


class Home(NamedTuple):
    """The program with separate folders for data and temporary files, and its server."""

    aichat: Program
    server: Server

    @property
    def data(self) -> Path:
        return Path(self.aichat.environ["AICHAT_DATA_DIR"])

    @property
    def temp(self) -> Path:
        return Path(self.aichat.environ["TMPDIR"])

    @property
    def db(self) -> Path:
        return self.data / "history.db"

    def ask(self, *words: str, before: Callable[[], object] | None = None) -> Result:
        """One question; ``before`` runs in the child before the program does."""
        process = self.aichat.start("ask", *(words or (QUESTION,)), preexec_fn=before)
        stdout, stderr = process.communicate(timeout=60)
        return Result(stdout, stderr.decode(), process.returncode)

    def conversation(self, name: str = "last") -> dict[str, Any]:
        """A conversation, read by a healthy run that first recovers journals."""
        done = self.aichat.run("history", "show", name, "--json")
        assert done.code == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def texts(self, name: str = "last") -> list[str]:
        return [text_of(turn) for turn in self.conversation(name)["turns"]]


def make_home(aichat: Program, server: Server) -> Home:
    """A home under the program's own folder."""
    for name, variable in (("data", "AICHAT_DATA_DIR"), ("tmp", "TMPDIR")):
        aichat.environ[variable] = str(aichat.home / name)
    # Python moves a compiled file into place even if a limit truncated it
    aichat.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    (aichat.home / "tmp").mkdir(exist_ok=True)
    return Home(aichat.point_groq_at(server.url), server)


def start_server(reply: Reply | None = None) -> Server:
    return Server(default=reply or chat_stream(PIECES))


def text_of(turn: dict[str, Any]) -> str:
    return "".join(part["text"] for part in turn["message"]["parts"] if part["type"] == "text")


def status_of(turn: dict[str, Any]) -> str:
    status: str = turn.get("status", "complete")
    return status


def query_rows(db: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(db, 5)) as connection:
        return connection.execute(query).fetchall()


def is_sound(db: Path) -> bool:
    return query_rows(db, "PRAGMA integrity_check") == [("ok",)]


def files_in(*folders: Path) -> Iterator[Path]:
    """All regular files in folders."""
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file())


def files_with(sentinel: bytes, *folders: Path) -> list[Path]:
    """The files that contain some bytes, ignoring case, which an index folds."""
    return [path for path in files_in(*folders) if sentinel.lower() in path.read_bytes().lower()]


def is_journaled_in_time(home: Home, words: str) -> bool:
    """Whether words are in the journal within ``LATE`` seconds."""
    deadline = time.monotonic() + LATE
    while time.monotonic() < deadline:
        if files_with(words.encode(), home.data / "journal"):
            return True
    return False
