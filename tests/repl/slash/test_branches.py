"""``/branches`` and ``/undo``: the ways that a conversation took, and the way back to each."""

from base64 import b64encode

import pytest

from aichat.errors import AichatError
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.session import Paper
from tests.support.values.media import png


def replies(*texts: str) -> list[object]:
    return [chat_stream([text]) for text in texts]


def last_asked(server: Server) -> list[str]:
    return [message["content"] for message in server.requests[-1].json()["messages"]]


def test_every_variant_is_listed_and_the_current_one_marked(aichat: Program) -> None:
    with Server(*replies("A", "B", "C", "D", "E")) as server:
        paper = Paper(aichat.point_groq_at(server.url), choices=[None])
        paper.say("one")
        paper.say("two")
        paper.say("/retry")
        paper.say("/edit 1")
        paper.say("other")
        assert paper.say("/branches") == ""
        paper.session.replaced_question = None
    ((title, lines),) = paper.picked
    assert title == "branches (* is the current one)"
    assert [line.rpartition(" · ")[0] for line in lines] == [
        "  2 questions · two → B",
        "  2 questions · two → C",
        "* 1 question · other → D",
    ]


def test_the_chosen_one_goes_on_and_is_where_a_later_run_goes_on(aichat: Program) -> None:
    with Server(*replies("A", "B", "C", "D", "E")) as server:
        paper = Paper(aichat.point_groq_at(server.url), choices=[0])
        paper.say("one")
        paper.say("/retry")
        assert "continuing from branch 1 of 2" in (shown := paper.say("/branches"))
        assert shown.endswith("A\n")
        aichat.invoke("ask", "-c", "more")
        assert last_asked(server) == ["one", "A", "more"]
        assert paper.say("/branches 2").endswith("B\n")
        paper.say("on")
        assert last_asked(server) == ["one", "B", "on"]


def test_where_we_are_is_listed_too_though_it_is_no_end(aichat: Program) -> None:
    with Server(*replies("A", "B")) as server:
        paper = Paper(aichat.point_groq_at(server.url), choices=[1])
        paper.say("one")
        paper.say("two")
        paper.say("/undo")
        paper.say("/branches")
    ((_, lines),) = paper.picked
    assert [line[:14] for line in lines] == ["* 1 question ·", "  2 questions "]
    assert [turn.number for turn in paper.session.tree.current_path] == [1, 2, 3, 4]


def test_from_the_very_beginning_there_is_a_way_back(aichat: Program) -> None:
    with Server(*replies("A")) as server:
        paper = Paper(aichat.point_groq_at(server.url), choices=[0])
        paper.say("one")
        paper.say("/undo")
        assert paper.say("/branches").endswith("A\n")


@pytest.mark.parametrize("line", ["/branches 3", "/branches 0", "/branches x"])
def test_what_is_no_branch_is_refused(line: str, aichat: Program) -> None:
    with Server(*replies("A", "B")) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        paper.say("one")
        with pytest.raises(AichatError, match="no other branches"):
            paper.say("/branches")
        paper.say("/retry")
    with pytest.raises(AichatError, match="a number from 1 to 2"):
        paper.say(line)


def test_long_lines_fit_the_terminal_and_drive_nothing(aichat: Program) -> None:
    evil = "\x1b[2J" + "word " * 80
    with Server(*replies(evil, evil)) as server:
        paper = Paper(aichat.point_groq_at(server.url), choices=[None])
        paper.say(evil)
        paper.say("/retry")
        paper.say("/branches")
    ((_, lines),) = paper.picked
    assert all(len(line) <= 74 and "\x1b" not in line for line in lines)


def test_an_undone_question_stands_in_the_prompt_again_and_what_was_before_it_is_shown(
    aichat: Program,
) -> None:
    with Server(*replies("A", "B")) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        paper.say("one")
        paper.say("two\nlines of a@b.org")
        shown = paper.say("/undo")
    assert paper.session.draft == "two\nlines of a\ufdd0b.org"  # it mentions no file
    assert "removed: two lines of" in shown and shown.endswith("> one\n\nA\n")


def test_a_conversation_that_is_loaded_is_shown_where_it_was_left(aichat: Program) -> None:
    with Server(*replies("A", "B")) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        paper.say("one")
        other = paper.session.tree.id
        paper.say("/new")
        paper.say("two")
        shown = paper.say(f"/load {other}")
    assert "one: 1 question" in shown and shown.endswith("> one\n\nA\n")


def test_what_was_shown_goes_along_on_every_way(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked again, in a fork, and of one who sees nothing; the file itself is long gone."""
    monkeypatch.chdir(aichat.home)
    (aichat.home / "a.png").write_bytes(data := png(9, 9))
    shown = f"data:image/png;base64,{b64encode(data).decode()}"
    image = {"type": "image_url", "image_url": {"url": shown}}
    with Server(*replies("A", "B", "C", "D", "E", "F")) as server:
        paper = Paper(aichat.point_groq_at(server.url), provider="groq", model="sees-all")
        paper.say("/attach a.png")
        paper.say("what?")
        (aichat.home / "a.png").unlink()
        for line in ("/retry", "and?", "/fork copied", "again?"):
            paper.say(line)
            first = server.requests[-1].json()["messages"][0]
            assert first["content"] == [image, {"type": "text", "text": "what?"}], line
        told = paper.say("/retry -m groq/openai/gpt-oss-120b")
        blind = server.requests[-1].json()
    assert blind["messages"][0]["content"] == "[a.png (image/png)]what?"
    assert "a.png (image/png) cannot be sent" in told
    (kept,) = (aichat.data_dir / "media").iterdir()
    assert kept.read_bytes() == data


def test_what_another_process_has_added_is_a_branch_too(aichat: Program) -> None:
    with Server(*replies("A", "B", "C")) as server:
        paper = Paper(aichat.point_groq_at(server.url), choices=[None, 0])
        paper.say("one")
        aichat.invoke("ask", "-c", "beside")
        paper.say("on")
        assert last_asked(server) == ["one", "A", "on"]
        paper.say("/branches")
        assert "continuing from branch 1 of 2" in paper.say("/branches")
    (_, lines), _ = paper.picked
    assert [line.rpartition(" · ")[0] for line in lines] == [
        "  2 questions · beside → B",
        "* 2 questions · on → C",
    ]


def test_a_conversation_that_was_deleted_beside_the_chat_keeps_its_order(aichat: Program) -> None:
    with Server(*replies("A", "B", "C", "D")) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        paper.say("one")
        assert aichat.invoke("history", "delete", "last", "--yes").code == 0
        paper.say("two")
        paper.say("three")
        assert last_asked(server) == ["one", "A", "two", "B", "three"]
        aichat.invoke("ask", "-c", "four")
        assert last_asked(server) == ["two", "B", "three", "C", "four"]
