"""``/btw``: a question aside is answered with all that was said, and leaves no trace in it."""

import json

import pytest

from aichat.core.message.compose import Attachment
from aichat.disk.history.ledger import Ledger
from aichat.disk.history.store import Store
from aichat.errors import AichatError
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.running.stores import query_rows
from tests.support.terminal.session import Paper


def asked(server: Server, place: int = -1) -> list[str]:
    return [message["content"] for message in server.requests[place].json()["messages"]]


def test_it_has_the_conversation_and_the_conversation_has_none_of_it(aichat: Program) -> None:
    with Server(*(chat_stream([text]) for text in ("A", "Aside.", "B"))) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        paper.say("one")
        path = paper.session.tree.current_path
        assert "Aside." in paper.say("/btw what is that?")
        assert asked(server) == ["one", "A", "what is that?"]
        assert paper.session.tree.current_path == path
        paper.say("two")
        assert asked(server) == ["one", "A", "two"]
    shown = aichat.invoke("history", "show", "last", "--json").text
    assert "Aside" not in shown and "what is that" not in shown
    assert len(json.loads(shown)["turns"]) == 4


def test_it_is_counted_in_the_conversation_and_in_what_was_spent(aichat: Program) -> None:
    with Server(default=chat_stream(["A"])) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        paper.say("one")
        before = paper.session.tree.totals.overall
        paper.say("/btw and?")
        after = paper.session.tree.totals.overall
    assert (before.requests, after.requests) == (1, 2) and after.input == 2 * (before.input or 0)
    name = paper.session.tree.id
    assert Ledger(Store(aichat.data_dir, print)).totals(conversation=name).overall == after


@pytest.mark.parametrize("options", [{}, {"no_save": True}])
def test_before_the_first_question_it_begins_no_conversation(
    options: dict[str, object], aichat: Program
) -> None:
    with Server(default=chat_stream(["A"])) as server:
        paper = Paper(aichat.point_groq_at(server.url), **options)
        paper.say("/btw and?")
    database = aichat.data_dir / "history.db"
    assert query_rows(database, "SELECT count(*) FROM conversation") == [(0,)]
    assert query_rows(database, "SELECT conversation FROM spent") == [(None,)]


def test_what_waits_for_the_next_message_goes_on_waiting(aichat: Program) -> None:
    with Server(default=chat_stream(["A"])) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        paper.session.attachments = [Attachment("note.txt", "secret note")]
        assert "note.txt" not in paper.say("/btw and?")
        assert asked(server) == ["and?"]
        paper.say("read it")
        assert "secret note" in asked(server)[-1]


def test_a_file_that_it_mentions_goes_with_it(aichat: Program) -> None:
    path = aichat.home / "note.txt"
    path.write_text("nine metres")
    with Server(default=chat_stream(["A"])) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        paper.session.typed_line = f"/btw how deep? @{path}"
        paper.say(f"/btw how deep? @{path}")
        assert "nine metres" in asked(server)[-1]


def test_one_that_is_cut_is_not_said_to_be_continued(aichat: Program) -> None:
    with Server(chat_stream(["A"]), chat_stream(["half"], finish="length")) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        paper.say("one")
        assert "/continue" not in paper.say("/btw and?")
    assert paper.session.tree.unanswered is None


def test_it_needs_a_question(aichat: Program) -> None:
    paper = Paper(aichat.point_groq_at("http://127.0.0.1:9"))
    with pytest.raises(AichatError, match="usage: /btw QUESTION"):
        paper.say("/btw")
