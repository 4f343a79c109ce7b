"""``overflow = "compact"``: what no longer fits goes as a summary, told, paid for and once."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from aichat.core.conversation.short_form import REQUEST
from tests.support.answering.server import (
    Reply,
    SeenRequest,
    Server,
    chat_error,
    chat_stream,
)
from tests.support.running.program import Program
from tests.support.terminal.session import Paper

COMPACT = '[store]\noverflow = "compact"\n'

TOO_LONG = chat_error(400, "Please reduce the length", code="context_length_exceeded")


def said(request: SeenRequest) -> list[str]:
    return [message["content"] for message in request.json()["messages"]]


def keeper(most: int, summary: Reply | None = None) -> Callable[[SeenRequest], Reply]:
    """A provider whose model takes so many messages."""

    def answer(request: SeenRequest) -> Reply:
        texts = said(request)
        if len(texts) > most:
            return TOO_LONG
        if texts[-1] == REQUEST:
            return summary or chat_stream(["Summary."], usage={"prompt_tokens": 1000})
        return chat_stream([f"re: {texts[-1]}"])

    return answer


def talk(aichat: Program, server: Server, *numbers: int, config: str = COMPACT) -> list[Any]:
    """Questions of one conversation."""
    aichat.write_config(config)
    aichat.point_groq_at(server.url)
    runs = []
    for number in numbers:
        more = ("-c",) if number > 1 else ("-p", "groq")
        runs.append(aichat.invoke("ask", *more, "--no-stdin", f"q{number}"))
    return runs


def turns(*numbers: int) -> list[str]:
    return [text for n in numbers for text in (f"q{n}", f"re: q{n}")]


def test_the_oldest_part_goes_as_a_summary_that_is_told_and_priced(aichat: Program) -> None:
    with Server(default=keeper(6)) as server:
        done = talk(aichat, server, 1, 2, 3, 4)[-1]
        refused, summarized, sent = map(said, server.requests[3:])
    assert refused == [*turns(1, 2, 3), "q4"]
    assert summarized == [*turns(1, 2), REQUEST]
    assert sent == [REQUEST, "Summary.", *turns(3), "q4"]
    assert (done.text, done.code) == ("re: q4\n", 0)
    before, after = done.stderr.splitlines()[-2:]
    assert "summarizing the oldest 2 questions first, ~$" in done.stderr
    assert "the oldest 2 questions went as a summary, for " in before + after


def test_the_next_question_begins_with_the_same_summary_and_pays_for_none(
    aichat: Program,
) -> None:
    with Server(default=keeper(6)) as server:
        talk(aichat, server, 1, 2, 3, 4)
        server.default = keeper(7)
        (done,) = talk(aichat, server, 5)
        assert len(server.requests) == 4 + 2 + 1
        assert said(server.requests[-1]) == [REQUEST, "Summary.", *turns(3, 4), "q5"]
        (done,) = talk(aichat, server, 6)  # a summary of the summary
        assert len(server.requests) == 4 + 2 + 1 + 3
    assert said(server.requests[-2]) == [REQUEST, "Summary.", *turns(3, 4), REQUEST]
    assert said(server.requests[-1]) == [REQUEST, "Summary.", *turns(5), "q6"]
    assert (done.text, done.code) == ("re: q6\n", 0)


def test_the_whole_conversation_stays_in_the_store_and_its_cost_in_the_ledger(
    aichat: Program,
) -> None:
    with Server(default=keeper(6)) as server:
        talk(aichat, server, 1, 2, 3, 4)
    stored = json.loads(aichat.invoke("history", "show", "last", "--json").text)["turns"]
    path = [turn for turn in stored if turn.get("answer", {}).get("fault") is None]
    texts = ["".join(part["text"] for part in turn["message"]["parts"]) for turn in path]
    assert texts == turns(1, 2, 3, 4)
    assert path[-1]["answer"]["short_form"] == {"turns": 4, "text": "Summary."}
    spent = json.loads(aichat.invoke("cost", "--json").text)
    assert spent["total"]["requests"] == 6  # four answers, the one refused, and the summary


USED = {"prompt_tokens": 1_000_000, "completion_tokens": 1_000}


def test_what_the_summary_cost_is_in_the_answer_and_counted_once(aichat: Program) -> None:
    with Server(default=keeper(6, chat_stream(["Summary."], usage=USED))) as server:
        talk(aichat, server, 1, 2, 3)
        spent = json.loads(aichat.invoke("cost", "--json").text)["total"]["cost"]
        done = aichat.invoke("ask", "-c", "--no-stdin", "--json", "--usage", "q4")
        after = json.loads(aichat.invoke("cost", "--json").text)["total"]["cost"]
    told = json.loads(done.text)
    summary, whole = told["summary"]["cost"]["amount"], told["cost"]["amount"]
    assert (told["summary"]["turns"], told["summary"]["usage"]["output"]) == (4, 1_000)
    assert summary > 0.1
    assert 0 < whole - summary < 0.0001
    assert after[0]["amount"] - spent[0]["amount"] == pytest.approx(whole, abs=1e-12)
    assert "$0.15 ($0.15 for a summary)" in done.stderr


@pytest.mark.parametrize(
    ("summary", "why"),
    [
        (chat_stream(["Half"], finish="length"), "no whole summary"),
        (chat_stream([" "]), "no whole summary"),
        (chat_error(400, "no", code="bad"), "no whole summary"),
    ],
)
def test_without_a_whole_summary_the_question_is_not_sent_again(
    aichat: Program, summary: Reply, why: str
) -> None:
    with Server(default=keeper(6, summary)) as server:
        done = talk(aichat, server, 1, 2, 3, 4)[-1]
        assert len(server.requests) == 5
    assert done.code == 5 and why in done.stderr and done.text == ""


def test_a_summary_is_under_the_budgets(aichat: Program) -> None:
    limit = '\n[profiles.p]\nprovider = "groq"\nbudget = { day = 0.000001 }\n'
    with Server(default=keeper(6)) as server:
        talk(aichat, server, 1, 2, 3)
        aichat.write_config(COMPACT + limit)
        done = aichat.invoke("ask", "-c", "--no-stdin", "--max-cost", "0.0000001USD", "q4")
        assert done.code == 11 and len(server.requests) == 3


def test_the_older_part_loses_its_oldest_where_it_does_not_fit_itself(aichat: Program) -> None:
    with Server(default=keeper(4)) as server:
        aichat.write_config("")
        talk(aichat, server, 1, 2, config="")
        server.default = keeper(4)
        done = talk(aichat, server, 3)[-1]
        texts = [said(request) for request in server.requests[2:]]
    assert texts[0] == [*turns(1, 2), "q3"]
    assert texts[1] == [*turns(1), REQUEST]
    assert done.code == 5 or texts[-1][:2] == [REQUEST, "Summary."]


def test_one_question_alone_is_not_summarized(aichat: Program) -> None:
    with Server(default=TOO_LONG) as server:
        done = talk(aichat, server, 1)[-1]
        assert len(server.requests) == 1
    assert done.code == 5


def test_in_the_chat_it_goes_on_from_the_summary_too(aichat: Program) -> None:
    aichat.write_config(COMPACT)
    with Server(default=keeper(6)) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        shown = [paper.say(f"q{n}") for n in (1, 2, 3, 4)]
        assert said(server.requests[-1]) == [REQUEST, "Summary.", *turns(3), "q4"]
        assert "went as a summary" in shown[-1] and "re: q4" in shown[-1]
        assert "Summary." not in shown[-1]
