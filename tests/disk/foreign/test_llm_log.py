"""``llm``'s logs.db in both of its shapes, mixed, broken and hostile, through the program.

Both shapes were held against files that ``llm`` 0.27.1 and 0.32 wrote.
"""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program

OLDER = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, response TEXT,
    conversation_id TEXT, datetime_utc TEXT, resolved_model TEXT, reasoning TEXT);
CREATE TABLE attachments (id TEXT PRIMARY KEY, type TEXT, path TEXT, url TEXT, content BLOB);
CREATE TABLE prompt_attachments (response_id TEXT, attachment_id TEXT, "order" INTEGER);
CREATE TABLE fragments (id INTEGER PRIMARY KEY, hash TEXT, content TEXT);
CREATE TABLE prompt_fragments (response_id TEXT, fragment_id INTEGER, "order" INTEGER);
CREATE TABLE tool_calls (id INTEGER PRIMARY KEY, response_id TEXT, name TEXT, arguments TEXT,
    tool_call_id TEXT);
CREATE TABLE tool_results (id INTEGER PRIMARY KEY, response_id TEXT, name TEXT, output TEXT,
    tool_call_id TEXT);
"""
NEWER = """
CREATE TABLE threads (id TEXT PRIMARY KEY, name TEXT, tip_message_hash TEXT, forked_from TEXT);
CREATE TABLE turns (id TEXT PRIMARY KEY, thread_id TEXT, parent_message_hash TEXT,
    tip_message_hash TEXT, model TEXT, resolved_model TEXT, datetime_utc TEXT);
CREATE TABLE messages (hash TEXT PRIMARY KEY, parent_hash TEXT, role TEXT);
CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER, type TEXT,
    text TEXT, payload TEXT);
"""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
PATH_ONLY = ("p", "image/png", "/etc/passwd", None, None)


def database(path: Path, script: str, rows: Iterable[tuple[str, tuple[Any, ...]]]) -> str:
    with sqlite3.connect(path) as connection:
        connection.executescript(script)
        for table, row in rows:
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)
    connection.close()
    return str(path)


def response(
    key: str, talk: str, prompt: str, answer: str, system: str | None = None, thought: str = ""
) -> Any:
    at = f"2025-01-01T00:00:0{key[-1]}"
    return "responses", (key, "gpt", prompt, system, answer, talk, at, None, thought or None)


OLDER_ROWS = [
    ("conversations", ("c1", "Rivers", "gpt")),
    response("r1", "c1", "which", "the Nile", "be brief"),
    response("r2", "c1", "", "", "be brief"),
    response("r3", "c1", "", "it rains", "be brief", "it is wet"),
    ("attachments", ("a", "image/png", None, None, PNG)),
    ("attachments", PATH_ONLY),
    ("prompt_attachments", ("r1", "a", 0)),
    ("prompt_attachments", ("r1", "p", 1)),
    ("fragments", (1, "h", "a long text")),
    ("prompt_fragments", ("r1", 1, 0)),
    ("tool_calls", (1, "r2", "weather", '{"at":1}', "t")),
    ("tool_results", (1, "r3", "weather", "rain", "t")),
]


def part(message: str, kind: str, text: str | None = None, **payload: Any) -> Any:
    return "parts", (None, message, 0, kind, text, json.dumps(payload) if payload else None)


NEWER_ROWS = [
    ("threads", ("t1", "Lakes", "m4", None)),
    ("turns", ("u1", "t1", None, "m2", "gpt", "gpt-9", "2025-02-01T00:00:00")),
    ("turns", ("u2", "t1", "m2", "m4", "gpt", None, "2025-02-01T00:00:09")),
    ("turns", ("u3", "t1", "m2", "b2", "gpt", None, "2025-02-01T00:00:05")),
    *(("messages", row) for row in (("m1", None, "user"), ("m2", "m1", "assistant"))),
    *(("messages", row) for row in (("m3", "m2", "user"), ("m4", "m3", "assistant"))),
    *(("messages", row) for row in (("b1", "m2", "user"), ("b2", "b1", "assistant"))),
    part("m1", "text", text_ref=[{"literal": "see "}, {"fragment": 1}, {"fragment": 9}]),
    part("m2", "tool_call", name="weather", arguments={"at": 1}, tool_call_id="t"),
    part("m3", "text", "and"),
    part("m4", "text", "deep"),
    part("b1", "text", "or"),
    part("b2", "text", "shallow"),
]


def shown(aichat: Program, name: str) -> list[tuple[int, int | None, str, Any]]:
    stored = json.loads(aichat.invoke("history", "show", name, "--json").text)
    return [
        (
            t["number"],
            t.get("parent"),
            t["message"]["role"],
            [p["type"] for p in t["message"]["parts"]],
        )
        for t in stored["turns"]
    ]


def test_a_log_of_the_older_shape_comes_once_and_is_gone_on_with(
    aichat: Program, tmp_path: Path
) -> None:
    path = database(tmp_path / "logs.db", OLDER, OLDER_ROWS)
    done = aichat.invoke("history", "import", path)
    assert done.stderr.splitlines() == [
        "aichat: imported 1; 0 already there",
        "aichat: left out: 1 x attachment that is not in the file",
    ]
    assert aichat.invoke("history", "import", path).stderr.startswith("aichat: imported 0; 1 al")
    assert shown(aichat, "llm-c1") == [
        (1, None, "system", ["text"]),
        (2, 1, "user", ["media", "text"]),
        (3, 2, "assistant", ["text", "server_tool", "reasoning", "text"]),
    ]
    stored = json.loads(aichat.invoke("history", "show", "llm-c1", "--json").text)
    assert stored["turns"][1]["message"]["parts"][1]["text"] == "a long text\n\nwhich"
    assert stored["turns"][1]["at"] == 1735689601
    assert stored["turns"][2]["message"]["parts"][1]["output"] == "rain"
    assert stored["turns"][2]["message"]["parts"][2]["text"] == "it is wet"
    assert "passwd" not in json.dumps(stored)
    with Server(chat_stream(["yes"])) as server:
        aichat.point_groq_at(server.url)
        words = ("-C", "llm-c1", "-m", "groq/meta-llama/llama-4-scout-17b-16e-instruct", "and")
        assert aichat.invoke("ask", *words, "--no-stdin").code == 0
        assert server.requests[0].json()["messages"][0]["content"] == "be brief"


def test_a_log_of_the_newer_shape_has_its_branches(aichat: Program, tmp_path: Path) -> None:
    rows = [*NEWER_ROWS, ("fragments", (1, "h", "a long text"))]
    rows += [("attachments", ("a", "image/png", None, None, PNG))]
    rows += [part("b1", "attachment", attachment={"id": "a"})]
    path = database(tmp_path / "logs.db", OLDER + NEWER, rows)
    done = aichat.invoke("history", "import", path)
    assert done.stderr == "aichat: imported 1; 0 already there\n"
    stored = json.loads(aichat.invoke("history", "show", "llm-t1", "--json").text)
    said = [
        (t["number"], t.get("parent"), t["message"]["parts"][0].get("text"))
        for t in stored["turns"]
    ]
    assert said == [
        (1, None, "see a long text"),
        (2, 1, None),
        (3, 2, "and"),
        (4, 3, "deep"),
        (5, 2, "or"),
        (6, 5, "shallow"),
    ]
    assert [part["type"] for part in stored["turns"][4]["message"]["parts"]] == ["text", "media"]
    assert stored["turns"][1]["answer"]["model"] == "gpt-9"
    assert (stored["head"], stored["title"]) == (4, "Lakes")


def test_what_went_on_in_the_newer_shape_comes_once(aichat: Program, tmp_path: Path) -> None:
    older = [("conversations", ("t1", "Lakes", "gpt")), response("r1", "t1", "x", "y"), *OLDER_ROWS]
    rows = [*{str(row): row for row in older}.values()][:3] + NEWER_ROWS
    path = database(tmp_path / "logs.db", OLDER + NEWER, rows)
    told = aichat.invoke("history", "import", path).stderr
    assert told == "aichat: imported 1; 0 already there\n"
    assert len(shown(aichat, "llm-t1")) == 6


#: Databases that are none of llm's, or not any more.
HOSTILE = {
    "another's": ("CREATE TABLE x (y)", "no log of llm"),
    "a view without end": (
        "CREATE VIEW responses AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) "
        "SELECT i AS id FROM n",
        "no log of llm",
    ),
    "a circle": (
        f"{NEWER} INSERT INTO threads VALUES ('t', '', 'a', NULL);"
        "INSERT INTO turns VALUES ('u', 't', NULL, 'a', 'm', NULL, 'soon');"
        "INSERT INTO messages VALUES ('a', 'b', 'user'), ('b', 'a', 'assistant');"
        "INSERT INTO parts VALUES (1, 'a', 0, 'text', 'x', NULL), (2, 'b', 0, 'text', 'y', '{');",
        "imported 1",
    ),
    "columns that lack": ("CREATE TABLE responses (id)", "no conversations"),
    "an odd id": (
        f"{OLDER} INSERT INTO conversations VALUES ('../x', '', '');"
        "INSERT INTO responses VALUES (7, 7, 7, 7, x'ff', '../x', 7, 7, 7);",
        "it has no id",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_database_is_one_line(case: str, aichat: Program, tmp_path: Path) -> None:
    script, told = HOSTILE[case]
    done = aichat.invoke("history", "import", database(tmp_path / "logs.db", script, ()))
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_breaks_off_is_told(aichat: Program, tmp_path: Path) -> None:
    path = Path(database(tmp_path / "logs.db", OLDER, OLDER_ROWS))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 3])
    done = aichat.invoke("history", "import", str(path))
    assert (done.code, "cannot read" in done.stderr) == (2, True)
