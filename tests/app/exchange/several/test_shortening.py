"""Several models and a conversation too long for one: that one goes on from a summary of it."""

import json
import signal
import threading
from typing import Any

import pytest

from aichat.core.conversation.short_form import REQUEST
from tests.app.exchange.recovery.test_overflow import COMPACT, TOO_LONG, keeper, said, turns
from tests.support.answering.server import (
    SSE,
    Callback,
    Hold,
    Reply,
    Server,
    chat_error,
    chat_stream,
)
from tests.support.running.program import Program, Result
from tests.support.running.whole_runs import read_until

BOXES = """
[providers.a]
base_url = "{url}/a/v1"
models = ["m-a"]
[providers.b]
base_url = "{url}/b/v1"
models = ["m-b"]
"""
HALF = chat_stream(["Half"], finish="length")


BOTH = ("ask", "-c", "-m", "a/m-a", "-m", "b/m-b", "--no-stdin")


def compare(aichat: Program, server: Server, *words: str, most: Any = None) -> Result:
    """Three questions to one server that takes any, and the fourth to both of them."""
    talk(aichat, server, most)
    return aichat.invoke(*BOTH, *words, "q4")


def talk(aichat: Program, server: Server, most: Any = None) -> None:
    server.routes |= {"/a": keeper(100), "/b": most or keeper(6)}
    aichat.write_config(COMPACT + BOXES.format(url=server.url))
    for number in (1, 2, 3):
        more = ("-c",) if number > 1 else ("-m", "a/m-a")
        assert aichat.invoke("ask", *more, "--no-stdin", f"q{number}").code == 0


def sent_to(server: Server, box: str) -> list[list[str]]:
    return [said(seen) for seen in server.requests if seen.path.startswith(f"/{box}/")]


def test_only_the_one_that_is_full_is_asked_again(aichat: Program) -> None:
    with Server() as server:
        done = compare(aichat, server)
    assert (done.code, done.text) == (0, "## a/m-a\n\nre: q4\n\n## b/m-b\n\nre: q4\n")
    assert sent_to(server, "b") == [
        [*turns(1, 2, 3), "q4"],
        [*turns(1, 2), REQUEST],
        [REQUEST, "Summary.", *turns(3), "q4"],
    ]
    assert sent_to(server, "a")[-1] == [*turns(1, 2, 3), "q4"]
    assert "no longer fits m-b: summarizing the oldest 2 questions first" in done.stderr
    assert "the oldest 2 questions went as a summary" in done.stderr
    assert "Summary." not in done.text


def test_it_is_stored_with_its_summary_and_each_request_is_counted(aichat: Program) -> None:
    with Server() as server:
        compare(aichat, server)
    shown = json.loads(aichat.invoke("history", "show", "last", "--json").text)["turns"]
    forms = [turn["answer"].get("short_form") for turn in shown if turn.get("answer")]
    assert forms[-1] == {"turns": 4, "text": "Summary."}
    assert sum(turn["message"]["role"] == "user" for turn in shown) == 4
    spent = json.loads(aichat.invoke("cost", "--json").text)
    assert spent["total"]["requests"] == 7  # five answers, the one refused, and the summary


def test_programs_get_whole_answers_and_what_the_summary_took(aichat: Program) -> None:
    with Server() as server:
        one, other = json.loads(compare(aichat, server, "--json").text)
    assert (one["text"], other["text"], one.get("summary")) == ("re: q4", "re: q4", None)
    assert other["summary"]["turns"] == 4
    assert other["summary"]["usage"]["input"] == 1000


@pytest.mark.parametrize("summary", [HALF, chat_error(400, "no", code="bad")])
def test_without_a_whole_summary_it_keeps_its_first_fault(aichat: Program, summary: Reply) -> None:
    with Server() as server:
        done = compare(aichat, server, most=keeper(6, summary))
    assert len(sent_to(server, "b")) == 2
    assert done.code == 5 and "no whole summary" in done.stderr
    assert done.text.startswith("## a/m-a\n\nre: q4\n")


def test_what_does_not_fit_even_so_is_not_asked_a_third_time(aichat: Program) -> None:
    def never(seen: Any) -> Reply:
        return chat_stream(["Summary."]) if said(seen)[-1] == REQUEST else TOO_LONG

    with Server() as server:
        done = compare(aichat, server, most=never)
    assert (done.code, len(sent_to(server, "b"))) == (5, 3)


def test_unless_that_is_wanted_nothing_is_summarized(aichat: Program) -> None:
    with Server() as server:
        compare(aichat, server)
        asked = len(sent_to(server, "b"))
        aichat.write_config('[store]\noverflow = "refuse"\n' + BOXES.format(url=server.url))
        ran = aichat.invoke(*BOTH, "q5")
    assert (ran.code, len(sent_to(server, "b"))) == (5, asked + 1)


def test_ctrl_c_while_it_is_summarized_keeps_the_others_answer(aichat: Program) -> None:
    begun = threading.Event()
    held = Reply(headers=SSE, body=[Callback(begun.set), Hold(threading.Event())])
    with Server() as server:
        talk(aichat, server, keeper(6, held))
        process = aichat.start(*BOTH, "q4")
        read_until(process.stdout.fileno(), lambda data: b"re: q4" in data, process)
        assert begun.wait(20)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert len(sent_to(server, "b")) == 2
    shown = aichat.invoke("history", "show", "last", "--raw").text
    assert "re: q4" in shown and "Summary." not in shown
