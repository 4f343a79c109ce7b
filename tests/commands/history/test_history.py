"""``aichat history``: what was said is found again, carried elsewhere, renamed."""

import json
import os
import pty
import random
from pathlib import Path
from typing import Any

import pytest

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage
from aichat.core.conversation import serialize
from aichat.core.conversation.turn import Conversation, Draft, Summary, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Citation, Source
from aichat.core.message.media import Media, Url
from aichat.core.message.message import (
    Message,
    Part,
    Raw,
    Reasoning,
    Refusal,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
)
from aichat.core.message.tool_schema import Tool
from aichat.disk.history.kept_media import FileReader
from aichat.disk.history.store import Store
from aichat.errors import Fault
from tests.support.answering.server import Server, chat_stream
from tests.support.running.marks import long_case
from tests.support.running.program import Program, Result
from tests.support.running.whole_runs import read_until, stderr_lines

QUESTIONS = ("Which river runs through Leith?", "And through Dundee?", "Name a large lake.")


@pytest.fixture
def data(aichat: Program) -> Path:
    """The folder of the store."""
    aichat.environ["AICHAT_DATA_DIR"] = str(aichat.home / "data")
    return aichat.home / "data"


@pytest.fixture
def talked(aichat: Program, data: Path) -> Program:
    """Two conversations: rivers, of two questions, and lakes."""
    with Server(*(chat_stream([f"It is the {name}."]) for name in ("Forth", "Tay", "Ness"))) as at:
        aichat.point_groq_at(at.url)
        for words in ((QUESTIONS[0],), ("-c", QUESTIONS[1]), (QUESTIONS[2],)):
            done = aichat.invoke("ask", *words)
            assert (done.code, done.stderr) == (0, "")
    return aichat


def history(aichat: Program, *words: str) -> Result:
    done = aichat.invoke("history", *words)
    assert done.code == 0, done.stderr
    return done


def listed(aichat: Program) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(history(aichat, "list", "--json").text)
    return found


def rows(result: Result) -> list[list[str]]:
    return [line.split("\t") for line in result.text.splitlines()[1:]]


def test_the_last_conversation_comes_first(talked: Program) -> None:
    found = rows(history(talked, "list"))
    assert [row[4] for row in found] == [QUESTIONS[2], QUESTIONS[0]]
    assert [row[2] for row in found] == ["2", "4"]
    assert found == [
        [row["id"], *below[1:]] for row, below in zip(listed(talked), found, strict=True)
    ]
    assert len(rows(history(talked, "list", "--limit", "1"))) == 1


SINCE = {"7d": 2, "1h": 2, "2001-01-01": 2, "2999-01-01": 0}


@pytest.mark.parametrize("when", SINCE)
def test_since_takes_a_span_or_a_day(talked: Program, when: str) -> None:
    assert len(rows(history(talked, "list", "--since", when))) == SINCE[when]


BAD = {
    "list --since tomorrow": "'tomorrow' is not a valid time",
    "list --limit 0": "--limit must be at least 1",
    "show nowhere": "no conversation 'nowhere'",
    "show whichriver": "no conversation 'whichriver'",
    "export": "name a conversation, or use --all",
    "export last --all": "name a conversation, or use --all",
    "export last --format pdf": "'pdf' is not one of md, json, jsonl, html",
    "import missing.json": "cannot read missing.json: No such file or directory",
    "rename last": "missing argument",
    "delete last": "refusing to delete without confirmation: add --yes",
    "delete nowhere --yes": "no conversation 'nowhere'",
    "prune": "use either --older-than 90d or --keep-size 500M",
    "prune --keep-size big": "--keep-size big: expected a size",
    "prune --older-than 1h --keep-size 1M": "use either",
}


@pytest.mark.parametrize("words", BAD)
def test_what_cannot_be_done_is_one_line_and_exit_2(talked: Program, words: str) -> None:
    done = talked.invoke("history", *words.split())
    assert (done.code, done.text) == (2, "")
    assert BAD[words] in stderr_lines(done)[0] and len(stderr_lines(done)) <= 2
    assert len(listed(talked)) == 2


def test_an_empty_history_is_no_error(aichat: Program, data: Path) -> None:
    assert rows(history(aichat, "list")) == [] and listed(aichat) == []
    assert history(aichat, "search", "anything").stderr == "aichat: nothing found\n"
    assert aichat.invoke("history", "show").code == 2


def test_a_conversation_goes_by_id_beginning_title_and_last(talked: Program) -> None:
    lakes, rivers = (row["id"] for row in listed(talked))
    shown = history(talked, "show", rivers).text
    assert [shown.index(text) for text in ("Leith?", "Forth", "Dundee?", "Tay")] == sorted(
        shown.index(text) for text in ("Leith?", "Forth", "Dundee?", "Tay")
    )
    assert history(talked, "show", rivers[:6]).text == shown
    assert history(talked, "show", QUESTIONS[0].upper()).text == shown
    assert history(talked, "show").text == history(talked, "show", lakes).text
    assert history(talked, "show", rivers, "--raw").text == (
        f"{QUESTIONS[0]}\n\nIt is the Forth.\n\n{QUESTIONS[1]}\n\nIt is the Tay.\n"
    )


def test_a_title_of_several_conversations_names_them(talked: Program) -> None:
    for row in listed(talked):
        history(talked, "rename", row["id"], "same")
    done = talked.invoke("history", "show", "same")
    assert done.code == 2 and all(row["id"] in done.stderr for row in listed(talked))


def test_a_misspelt_title_is_answered_with_the_near_one(talked: Program) -> None:
    history(talked, "rename", "last", "big lakes")
    assert "did you mean 'big lakes'?" in talked.invoke("history", "show", "bug lakes").stderr


SEARCHES = {
    "river leith": 1,
    "LEITH": 1,
    "lei": 1,
    '"through Leith"': 1,
    "eith": 1,  # within a word
    "It is": 3,
    "river OR lake": 0,
    "nowhere": 0,
    '"': 0,
    "*": 0,
    "%": 0,
    "_": 0,
    "Leith?": 1,
    "NEAR(river, 3)": 0,
}


@pytest.mark.parametrize("query", SEARCHES)
def test_search_finds_words_and_what_is_in_them(talked: Program, query: str) -> None:
    found = rows(history(talked, "search", query))
    assert len(found) == SEARCHES[query]
    assert not any("**" in row[4] for row in found)


TONGUES = {"東京の川は何ですか": "川は", "Πού είναι;": "είναι", "Wo fließt es": "fließt es"}


@pytest.mark.parametrize("said", TONGUES)
def test_search_reads_languages_without_spaces(said: str, aichat: Program, data: Path) -> None:
    store = Store(data, lambda _: None)
    store.append(Draft("a", "t", (Turn(Message("user", (Text(said),)), 1.0),)))
    (row,) = rows(history(aichat, "search", TONGUES[said]))
    assert row[4] == said


def on_a_terminal(aichat: Program, *words: str, **environ: str) -> str:
    handle, child = pty.openpty()
    process = aichat.start(*words, stdout=child, env={**aichat.environ, "TERM": "xterm", **environ})
    os.close(child)
    text = b""
    try:
        while piece := os.read(handle, 65536):
            text += piece
    except OSError:  # the program has gone
        pass
    os.close(handle)
    assert process.wait(15) == 0
    return text.decode()


def test_hits_are_bold_on_a_terminal_and_marked_without_colour(talked: Program) -> None:
    assert "\x1b[1mriver\x1b[0m" in on_a_terminal(talked, "history", "search", "river")
    plain = on_a_terminal(talked, "history", "search", "river", NO_COLOR="1")
    assert "**river**" in plain and "\x1b" not in plain


def test_what_is_stored_never_drives_a_terminal(aichat: Program, data: Path) -> None:
    evil = "river \x1b]0;owned\x07 \x1b[2J \u202e"
    store = Store(data, lambda _: None)
    turn = Turn(Message("user", (Text(evil),)), 1.0)
    store.append(Draft("a", evil, (turn,)))
    for words in (("list",), ("show",), ("search", "river"), ("export", "last")):
        told = on_a_terminal(aichat, "history", *words, NO_COLOR="1")
        assert "river" in told and "\x1b" not in told and "\u202e" not in told, words
        assert "\u241b" in told


def test_a_long_title_gives_way_to_the_terminal(talked: Program) -> None:
    history(talked, "rename", "last", *["word"] * 40)
    told = on_a_terminal(talked, "history", "list", COLUMNS="70")
    assert max(map(len, told.splitlines())) == 70 and "…" in told


PARTS: tuple[Part, ...] = (
    Text("Some *text*", phase="final", signature="c2ln"),
    Text("half of a pair: \ud83d"),
    Reasoning("Hm.", opaque="b3BhcXVl", id="rs_1", redacted=True),
    Media("image/png", b"\x89PNG\x00\xff", name="a.png", detail="low"),
    Media("application/pdf", Url("https://a/b.pdf")),
    ToolCall("call_1", "look", '{"a": 1}', item_id="fc_1", signature="s"),
    ToolResult("call_1", "look", (Text("found"), Media("image/png", b"1")), is_error=True),
    ServerTool("ws_1", "web_search", "query", "out", "end", "b3A="),
    Refusal("No.", "safety"),
    Raw("responses", {"type": "new", "deep": [1, {"x": None}], "n": 1e-9}, replay=True),
)


def random_turn(chance: random.Random, number: int) -> Turn:
    role = chance.choice(("system", "user", "assistant", "tool"))
    parts = tuple(chance.choices(PARTS, k=chance.randrange(4)))
    said = Message(role, parts, *chance.choice(((None, None), ("groq", "m"))))
    answer = None
    if role == "assistant":
        answer = Answer(
            "groq",
            "m-resolved",
            said,
            response_id="resp_1",
            finish_reason=chance.choice(("stop", "length", None)),
            usage=Usage(chance.randrange(9), 2, None, 0),
            cost=chance.choice((None, Cost(1234, "USD", True, "catalogue"))),
            raw_usage={"prompt_tokens": 1},
            sources=(Source(1, "https://a", "A"),),
            citations=(Citation(1, 0, 4, "cited"),),
            first_token_s=0.1,
            total_s=chance.random(),
            fault=chance.choice((None, Fault("truncated", "cut", "hint", retry_after=1.5))),
            request_id="req_1",
        )
    return Turn(
        said,
        at=1.7e9 + chance.random() * 1e8,
        number=number,
        parent=chance.randrange(1, number) if number > 1 else None,
        status=chance.choice(("complete", "partial", "interrupted", "failed")),
        profile=chance.choice((None, "work")),
        wire="chat",
        tools=chance.choice(((), (Tool("look", "It looks.", {"type": "object"}, True),))),
        answer=answer,
    )


def random_conversation(chance: random.Random, place: int) -> Conversation:
    turns = tuple(random_turn(chance, n + 1) for n in range(chance.randrange(1, 8)))
    title = "".join(chance.choices("ab \t\n\x1b\u202e東é", k=8))
    times = (1.7e9 + place, 1.7e9 + chance.random() * 1e8)
    about = Summary(f"c{place:06d}", title, *times, head=len(turns), turns=len(turns))
    return Conversation(about, turns)


@pytest.mark.parametrize(
    ("kind", "number"), [long_case("json", 1000), long_case("jsonl", 1000), ("jsonl", 150)]
)
def test_many_conversations_survive_export_and_import(
    kind: str, number: int, aichat: Program, data: Path
) -> None:
    chance, store = random.Random(5), Store(data, lambda _: None)
    made = [random_conversation(chance, place) for place in range(number)]
    store.add_conversations(made)
    history(aichat, "export", "--all", "--output", f"all.{kind}")
    aichat.environ["AICHAT_DATA_DIR"] = str(aichat.home / "other")
    told = history(aichat, "import", f"all.{kind}").stderr
    assert told == f"aichat: imported {number}; 0 already there\n"
    assert (
        history(aichat, "export", "--all", "--format", kind).text
        == (aichat.home / f"all.{kind}").read_text()
    )
    again = history(aichat, "import", f"all.{kind}").stderr
    assert again == f"aichat: imported 0; {number} already there\n"
    other, reader = Store(aichat.home / "other", lambda _: None), FileReader(aichat.home / "other")
    for each in chance.sample(made, 50):
        (about,) = other.find_conversations(each.about.id)
        assert tuple(map(reader.turn, other.conversation(about).turns)) == each.turns


def test_an_import_that_differs_keeps_both(talked: Program) -> None:
    given = json.loads(history(talked, "export", "last", "--format", "jsonl").text)
    given["turns"][0]["message"]["parts"][0]["text"] = "Name a small lake."
    (talked.home / "changed.jsonl").write_text(json.dumps(given))
    done = history(talked, "import", "changed.jsonl")
    assert f"imported as {given['id']}-2" in done.stderr and len(listed(talked)) == 3
    assert "a large lake" in history(talked, "show", given["id"]).text
    assert "a small lake" in history(talked, "show", f"{given['id']}-2").text


NOT_OURS = {
    "not JSON": "hello\n",
    "another JSON": '{"a": 1}\n',
    "a number": "7\n",
    "no turns": '{"id": "a", "title": "t", "created": 1, "updated": 1}\n',
    "a bad part": '{"version":1,"conversations":[{"id":"a","title":"t","created":1,"updated":1,'
    '"turns":[{"at":1,"number":1,"message":{"role":"user","parts":[7]}}]}]}',
    "the same number twice": '{"id":"a","title":"t","created":1,"updated":1,"turns":['
    + ",".join(['{"at":1,"number":1,"message":{"role":"user","parts":[]}}'] * 2)
    + "]}",
    "deep": "[" * 100_000,
    "not UTF-8": b"\xff\xfe",
}


@pytest.mark.parametrize("case", NOT_OURS)
def test_what_is_no_export_is_refused_and_nothing_is_taken(
    case: str, aichat: Program, data: Path
) -> None:
    content = NOT_OURS[case]
    data_in = content if isinstance(content, bytes) else content.encode()
    (aichat.home / "in").write_bytes(data_in)
    done = aichat.invoke("history", "import", "in")
    assert done.code == 2 and len(stderr_lines(done)) <= 2, done.stderr
    assert listed(aichat) == []


def test_the_files_ending_chooses_the_format(talked: Program) -> None:
    for name, begins in {"a.md": "# ", "a.json": '{"version"', "a.jsonl": '{"version"'}.items():
        history(talked, "export", "last", "--output", name)
        assert (talked.home / name).read_text().startswith(begins)
        assert (talked.home / name).stat().st_mode & 0o777 == 0o600


def test_an_export_that_cannot_be_written_is_exit_13(talked: Program) -> None:
    done = talked.invoke("history", "export", "last", "--output", "missing/a.md")
    assert done.code == 13 and "cannot write" in done.stderr


def test_every_field_of_every_part_is_in_the_record() -> None:
    turn = random_turn(random.Random(1), 2)._replace(message=Message("assistant", PARTS))
    text = serialize.dump_json(serialize.dump_turn(turn))
    assert serialize.load_turn(json.loads(text)).message == turn.message


def test_on_a_terminal_deleting_asks_and_no_is_the_default(talked: Program) -> None:
    for typed, left in ((b"\n", 2), (b"n\n", 2), (b"y\n", 1)):
        handle, child = pty.openpty()
        process = talked.start("history", "delete", "last", stdin=child, stdout=child, stderr=child)
        os.close(child)
        read_until(handle, lambda told: b"[y/N]" in told, process)
        os.write(handle, typed)
        process.wait(15)
        os.close(handle)
        assert len(listed(talked)) == left


def test_prune_removes_what_is_old_and_lists_it_first(aichat: Program, data: Path) -> None:
    store = Store(data, lambda _: None)
    for n, at in enumerate((1.0, 2.0, 4e9)):
        said = Message("user", (Text(f"sentence{n} " * 400),))
        store.append(Draft(f"c{n}", f"t{n}", (Turn(said, at),)))
    dry = history(aichat, "prune", "--older-than", "90d", "--dry-run").text
    assert [line.split()[0] for line in dry.splitlines()] == ["c0", "c1"]
    assert len(listed(aichat)) == 3
    history(aichat, "prune", "--older-than", "90d", "--yes")
    assert [row["id"] for row in listed(aichat)] == ["c2"]
    assert history(aichat, "prune", "--older-than", "90d").stderr == "aichat: nothing to prune\n"


def test_prune_keeps_the_latest_within_the_size(aichat: Program, data: Path) -> None:
    store, chance = Store(data, lambda _: None), random.Random(3)
    for n in range(60):
        said = " ".join(str(chance.random()) for _ in range(400))
        store.append(Draft(f"c{n:02d}", "t", (Turn(Message("user", (Text(said),)), float(n)),)))
    history(aichat, "prune", "--keep-size", "400K", "--yes")
    left = [row["id"] for row in listed(aichat)]
    assert 5 < len(left) < 60 and left == [f"c{n:02d}" for n in range(59, 59 - len(left), -1)]
    assert sum(path.stat().st_size for path in data.glob("history.db*")) < 500_000
