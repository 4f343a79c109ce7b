"""``/compact``: a full conversation goes on from a summary, and the whole of it is never lost."""

import json

import pytest

from aichat.core.conversation.short_form import REQUEST
from aichat.disk.history.ledger import Ledger
from aichat.disk.history.store import Store
from aichat.errors import AichatError
from tests.support.answering.server import Reply, Server, chat_error, chat_stream
from tests.support.running.program import Program
from tests.support.running.stores import query_rows
from tests.support.terminal.repl import open_repl
from tests.support.terminal.session import Paper

SENT, TAKEN, EDITED, LEFT = 0, 0, 1, 2


def echo(seen: object) -> Reply:
    """What was asked last; of a summary, that it is one."""
    last = seen.json()["messages"][-1]["content"]  # type: ignore[attr-defined]
    return chat_stream(["Summary of it."] if last == REQUEST else [f"re: {last}"])


def asked(server: Server, place: int = -1) -> list[str]:
    return [message["content"] for message in server.requests[place].json()["messages"]]


def talk(aichat: Program, server: Server, count: int, **options: object) -> Paper:
    paper = Paper(aichat.point_groq_at(server.url), **options)  # type: ignore[arg-type]
    for number in range(1, count + 1):
        paper.say(f"q{number}")
    return paper


@pytest.mark.parametrize(("count", "older"), [(2, 1), (3, 1), (5, 3)])
def test_the_older_part_is_summarized_and_the_last_questions_stay(
    count: int, older: int, aichat: Program
) -> None:
    with Server(default=echo) as server:
        paper = talk(aichat, server, count)
        paper.choices = [SENT, TAKEN]
        shown = paper.say("/compact")
        said = [text for n in range(1, older + 1) for text in (f"q{n}", f"re: q{n}")]
        assert asked(server) == [*said, REQUEST]
        assert "Summary of it." in shown and "replaced by the summary" in shown
        paper.say("more")
        rest = [text for n in range(older + 1, count + 1) for text in (f"q{n}", f"re: q{n}")]
        assert asked(server) == [REQUEST, "Summary of it.", *rest, "more"]


def test_what_it_takes_is_told_before_anything_is_sent(aichat: Program) -> None:
    with Server(default=echo) as server:
        paper = talk(aichat, server, 3)
        paper.choices = [None]
        assert "nothing was sent" in paper.say("/compact")
        assert len(server.requests) == 3
    ((question, _),) = paper.picked
    assert question.startswith("summarize 1 question: about ") and " tokens, ~$0.0000" in question


def test_the_summary_may_be_edited_first(aichat: Program) -> None:
    with Server(default=echo) as server:
        paper = talk(aichat, server, 3)
        paper.choices = [SENT, EDITED]
        paper.session.edit = lambda text: text.replace("it", "them")
        paper.say("/compact")
        paper.say("more")
        assert asked(server)[:2] == [REQUEST, "Summary of them."]


@pytest.mark.parametrize("choice", [LEFT, None, "emptied"])
def test_a_summary_that_is_not_taken_changes_nothing(choice: object, aichat: Program) -> None:
    with Server(default=echo) as server:
        paper = talk(aichat, server, 3)
        path = paper.session.tree.current_path
        paper.choices = [SENT, EDITED if choice == "emptied" else choice]  # type: ignore[list-item]
        paper.session.edit = lambda _: " "
        assert "the conversation is as it was" in paper.say("/compact")
        assert paper.session.tree.current_path == path
        assert paper.session.tree.totals.overall.requests == 4  # it was asked all the same


def test_a_summary_that_is_cut_changes_nothing(aichat: Program) -> None:
    replies = [chat_stream([f"A{n}"]) for n in range(3)]
    with Server(*replies, chat_stream(["Half of"], finish="length")) as server:
        paper = talk(aichat, server, 3)
        path = paper.session.tree.current_path
        paper.choices = [SENT]
        with pytest.raises(AichatError, match="no whole summary"):
            paper.say("/compact")
    assert paper.session.tree.current_path == path


def test_undo_brings_the_whole_conversation_back(aichat: Program) -> None:
    with Server(default=echo) as server:
        paper = talk(aichat, server, 3)
        path = paper.session.tree.current_path
        paper.choices = [SENT, TAKEN]
        paper.say("/compact")
        assert "back to the whole conversation" in paper.say("/undo")
        assert paper.session.tree.current_path == path and paper.session.draft == ""
        aichat.invoke("ask", "-c", "more")
        assert asked(server)[:2] == ["q1", "re: q1"]
        assert "removed: q3" in paper.say("/undo")  # the next one is an undo as any other


def test_a_later_run_goes_on_from_the_summary_and_branches_lead_back(aichat: Program) -> None:
    with Server(default=echo) as server:
        paper = talk(aichat, server, 3)
        paper.choices = [SENT, TAKEN]
        paper.say("/compact")
        aichat.invoke("ask", "-c", "later")
        assert asked(server)[:2] == [REQUEST, "Summary of it."] and asked(server)[-1] == "later"
        again = Paper(aichat, choices=[0])
        again.say("/load last")
        again.say("/branches")
        again.say("whole")
        assert asked(server)[:2] == ["q1", "re: q1"] and asked(server)[-1] == "whole"
    turns = json.loads(aichat.invoke("history", "show", "last", "--json").stdout)["turns"]
    assert len(turns) == 6 + 6 + 2 + 2  # nothing was overwritten


def test_nothing_is_paid_for_twice(aichat: Program) -> None:
    with Server(default=echo) as server:
        paper = talk(aichat, server, 3)
        paper.choices = [SENT, TAKEN]
        paper.say("/compact")
        copied = paper.session.tree.last_answer
        assert copied and (copied.usage.input, copied.cost) == (None, None)
        paper.say("more")
    assert paper.session.tree.totals.overall.requests == 5
    totals = Ledger(Store(aichat.data_dir, print)).totals(conversation=paper.session.tree.id)
    assert totals.overall == paper.session.tree.totals.overall


def test_the_system_prompt_holds_on(aichat: Program) -> None:
    with Server(default=echo) as server:
        paper = talk(aichat, server, 3, system="Be brief.")
        paper.choices = [SENT, TAKEN]
        paper.say("/compact")
        paper.say("more")
        assert asked(server)[:3] == ["Be brief.", REQUEST, "Summary of it."]
        aichat.invoke("ask", "-c", "again")
        assert asked(server)[:3] == ["Be brief.", REQUEST, "Summary of it."]
        assert asked(server).count("Be brief.") == 1


def test_what_is_not_saved_is_compacted_too_and_stays_unsaved(aichat: Program) -> None:
    with Server(default=echo) as server:
        paper = talk(aichat, server, 3, no_save=True)
        paper.choices = [SENT, TAKEN]
        paper.say("/compact")
        paper.say("more")
        assert asked(server)[:2] == [REQUEST, "Summary of it."]
    assert query_rows(aichat.data_dir / "history.db", "SELECT count(*) FROM turn") == [(0,)]


def test_a_question_that_got_no_answer_stands_in_the_prompt_again(aichat: Program) -> None:
    with Server(default=echo) as server:
        paper = talk(aichat, server, 3)
        server.push(chat_error(400, "no"))
        paper.say("q4")
        paper.choices = [SENT, TAKEN]
        paper.say("/compact")
    assert paper.session.draft == "q4" and paper.session.tree.unanswered is None


def test_one_question_is_no_older_part(aichat: Program) -> None:
    with Server(default=echo) as server:
        paper = talk(aichat, server, 1)
        with pytest.raises(AichatError, match="nothing to compact"):
            paper.say("/compact")
        assert len(server.requests) == 1


FULL = '[providers.box]\nbase_url = "{url}/v1"\nmodels = ["m"]\ncontext = {context}\n'


@pytest.mark.parametrize(("context", "told"), [(18, True), (19, False)])
def test_it_is_offered_once_where_the_context_is_nearly_full(
    context: int, told: bool, aichat: Program
) -> None:
    with Server(default=echo) as server:
        aichat.write_config(FULL.format(url=server.url, context=context))
        with open_repl(aichat, "-m", "box/m") as chat:  # each answer says 12 tokens in and 3 out
            chat.wait_for_prompt()
            for number in range(3):
                chat.send_line(f"q{number}").wait_until(f"re: q{number}")
                shown = chat.wait_for_prompt()
    assert shown.count("the context is 83% full: /compact summarizes") == told
