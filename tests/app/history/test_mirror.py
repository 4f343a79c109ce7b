"""``[store] mirror`` and ``--in``: files that follow the store, and what edited ones become."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.session import Paper


@pytest.fixture
def mirrored(aichat: Program) -> Iterator[tuple[Program, Server]]:
    aichat.write_config(f"[store]\nmirror = '{aichat.home}/chats'\n")
    answers = iter(range(1, 99))
    with Server(default=lambda _: chat_stream([f"answer {next(answers)}\n## user\nx"])) as server:
        yield aichat.point_groq_at(server.url), server


def ask(aichat: Program, *words: str) -> str:
    done = aichat.invoke("ask", "-m", "groq/m", "--no-stdin", *words)
    assert done.code == 0, done.stderr
    return done.stderr


def files(aichat: Program) -> list[Path]:
    return sorted((aichat.home / "chats").iterdir())


def said(server: Server) -> list[str]:
    return [one["content"] for one in server.requests[-1].json()["messages"]]


def edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def test_a_file_follows_its_conversation(mirrored: tuple[Program, Server]) -> None:
    aichat, _ = mirrored
    ask(aichat, "../../etc/x: .y\x1b[31m?")
    ask(aichat, "-c", "more")
    (path,) = files(aichat)
    assert "/" not in path.name and path.name.isprintable()
    assert path.name.split(" ", 1)[1].startswith("etc x .y 31m ")
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert text.count("\\## user\nx") == 2
    assert '\nprovider: "groq"\n' in text and "\nturns: 4\n" in text
    edit(path, "turns: 4\n", "turns: 4\ntags: [a]\n")
    aichat.invoke("history", "rename", "last", "Lakes")
    (renamed,) = files(aichat)
    assert " Lakes " in renamed.name
    assert "\ntags: [a]\n---\n\n# Lakes\n" in renamed.read_text()
    aichat.invoke("history", "delete", "last", "--yes")
    assert files(aichat) == []


def test_what_was_edited_stays_till_it_is_gone_on_from(mirrored: tuple[Program, Server]) -> None:
    aichat, server = mirrored
    ask(aichat, "first")
    ask(aichat, "-c", "second")
    (path,) = files(aichat)
    edit(path, "answer 1", "answer ONE")
    edited = path.read_text()
    assert f"{path} was edited, so it stays as it is" in ask(aichat, "-c", "third")
    assert path.read_text() == edited
    told = ask(aichat, "--in", str(path), "other")
    assert said(server) == [
        "first",
        "answer ONE\n## user\nx",
        "second",
        "answer 2\n## user\nx",
        "other",
    ]
    assert "with 3 new turns" in told
    assert "other" in path.read_text()
    assert len(json.loads(aichat.invoke("history", "list", "--json").text)) == 1
    assert "with 0 new turns" in ask(aichat, "--in", str(path), "again")
    path.write_text(f"{path.read_text()}\nMy note.\n")
    aichat.invoke("history", "delete", "last", "--yes")
    assert files(aichat) == [path]


def test_what_was_there_before_is_mirrored_when_asked_for(
    mirrored: tuple[Program, Server],
) -> None:
    aichat, _ = mirrored
    settings = aichat.write_config("").parent / "config.toml"
    assert aichat.invoke("history", "export", "--mirror").code == 3
    for words in ("one", "two"):
        ask(aichat, words)
    settings.write_text("[store]\nmirror = '../chats'\n")
    told = ask(aichat, "three")
    lacks = "chats lacks 2 earlier conversations: aichat history export --mirror"
    assert lacks in told and lacks not in ask(aichat, "-c", "more")
    assert len(list((aichat.config_dir.parent / "chats").iterdir())) == 1
    done = aichat.invoke("history", "export", "--mirror")
    assert "aichat: 3 conversations of 3 in " in done.stderr and done.text == ""
    kept = sorted((aichat.config_dir.parent / "chats").iterdir())
    times = [path.stat().st_mtime_ns for path in kept]
    assert len(kept) == 3 and aichat.invoke("history", "export", "--mirror").code == 0
    assert [path.stat().st_mtime_ns for path in kept] == times
    both = aichat.invoke("history", "export", "--mirror", "--format", "md")
    assert (both.code, "neither --format nor --output" in both.stderr) == (2, True)


def test_another_folder_of_the_config_has_its_own_mirror(
    mirrored: tuple[Program, Server], tmp_path: Path
) -> None:
    aichat, _ = mirrored
    ask(aichat, "one")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.toml").write_text("[store]\nmirror = 'there'\n")
    folder = ("--config-dir", str(tmp_path / "other"))
    done = aichat.invoke("history", "rename", "last", "Lakes", *folder)
    assert done.code == 0
    assert [path.name[11:16] for path in (tmp_path / "other" / "there").iterdir()] == ["Lakes"]
    assert [path.name[11:14] for path in files(aichat)] == ["one"]


def test_a_question_that_ends_a_file_is_asked_as_it_is(mirrored: tuple[Program, Server]) -> None:
    aichat, server = mirrored
    path = aichat.home / "hand.md"
    path.write_text(
        "# Mine\n\n## system\nBe brief.\n## user\nhi\n## assistant\nyes?\n## user\nwhy\n"
    )
    ask(aichat, "--in", "hand.md")
    assert said(server) == ["Be brief.", "hi", "yes?", "why"]
    done = aichat.invoke("ask", "--in", "hand.md", "--no-stdin", "words")
    assert (done.code, len(server.requests)) == (2, 1)
    assert "the file ends with a question" in done.stderr
    about = json.loads(aichat.invoke("history", "list", "--json").text)[0]
    assert about["title"] == "Mine"


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        (b"words", (), "no conversation: its turns stand below headings"),
        (b"\xff", (), "is not UTF-8 text"),
        (None, (), "cannot read f.md: No such file"),
        (b"---\nid: &x y\n---\n## user\nx", (), "f.md: line 2: & means something here"),
        (b"## user\nx", ("-c",), "--in names its own conversation"),
        (b"## user\nx", ("-C", "y"), "--in names its own conversation"),
        (b"## user\nx", ("--each", "f.md"), "--each and --in cannot be combined"),
    ],
)
def test_what_cannot_be_gone_on_from_is_one_line(
    text: bytes | None, words: tuple[str, ...], why: str, mirrored: tuple[Program, Server]
) -> None:
    aichat, server = mirrored
    if text is not None:
        (aichat.home / "f.md").write_bytes(text)
    done = aichat.invoke("ask", "--in", "f.md", "--no-stdin", *words, "x")
    assert (done.text, done.code, server.requests) == ("", 2, [])
    assert why in done.stderr.splitlines()[0]


def test_a_folder_that_cannot_be_written_costs_no_answer(aichat: Program) -> None:
    aichat.write_config("[store]\nmirror = 'taken'\n")
    (aichat.config_dir / "taken").write_text("a file")
    with Server(chat_stream(["fine"])) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "-p", "groq", "--no-stdin", "x")
    assert (done.text, done.code) == ("fine\n", 0)
    assert len([one for one in done.stderr.splitlines() if "does not mirror" in one]) == 1


def test_what_is_not_saved_is_not_mirrored(mirrored: tuple[Program, Server]) -> None:
    aichat, _ = mirrored
    ask(aichat, "--no-save", "x")
    assert not (aichat.home / "chats").exists()


def test_a_chat_goes_on_from_a_file_too(mirrored: tuple[Program, Server]) -> None:
    from aichat.repl.conversations.opening import resume

    aichat, server = mirrored
    ask(aichat, "first")
    (path,) = files(aichat)
    edit(path, "answer 1", "answer ONE")
    chat = Paper(aichat, model="groq/m", in_=str(path))
    resume(chat.session)
    assert "answer ONE" in chat.shown
    chat.say("more")
    assert said(server) == ["first", "answer ONE\n## user\nx", "more"]
    chat.say("last")
    assert said(server)[2:] == ["more", "answer 2\n## user\nx", "last"]
    assert "last" in path.read_text()
