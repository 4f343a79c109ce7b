"""Several models at once: ``ask -m A -m B -m C`` in pipes, and what scripts get of it."""

import json
import signal
import threading
from typing import Any

import pytest

from tests.support.answering.server import (
    Callback,
    Hold,
    Reply,
    Server,
    SilentReply,
    chat_error,
    chat_stream,
    sse,
)
from tests.support.answering.several import BROKEN, ask_words, configure_boxes
from tests.support.answering.talk import Talk
from tests.support.running.program import Program
from tests.support.running.whole_runs import (
    MODEL,
    hold_forever,
    partial_reply,
    read_until,
    text_events,
    wait_for_exit,
)

ONE, TWO, THREE = (chat_stream([word, " says."]) for word in ("One", "Two", "Three"))


def stalled(go: threading.Event) -> Reply:
    """It begins, waits, and ends."""
    first, *rest = chat_stream(["Begun,", " done."]).body
    return Reply(headers=ONE.headers, body=[first, rest[0], Hold(go), *rest[1:]])


def test_answers_stand_under_headings_in_the_order_given_and_the_first_comes_as_it_is_told(
    aichat: Program,
) -> None:
    go = threading.Event()
    with Server() as server:
        configure_boxes(aichat, server, stalled(go), BROKEN, THREE)
        process = aichat.start(*ask_words("a", "b", "c"))
        begun = b"## a/m-a\n\nBegun,"
        said = read_until(process.stdout.fileno(), lambda data: len(data) >= len(begun), process)
        assert said == begun
        server.wait_requests(3)  # all of them are asked while the first says nothing
        go.set()
        out, err = process.communicate(timeout=15)
    assert said + out == b"## a/m-a\n\nBegun, done.\n\n## c/m-c\n\nThree says.\n"
    lines = err.decode().splitlines()
    assert [line.split(" · ")[0] for line in lines] == [
        f"a {MODEL}",
        "aichat: b m-b: out of order (HTTP 500)",
        "  try again in a moment",
        f"c {MODEL}",
    ]
    assert process.returncode == 7


def test_json_is_an_array_in_the_order_given_and_the_exit_code_that_of_the_first_that_failed(
    aichat: Program,
) -> None:
    limited = chat_error(429, "slow down")
    with Server(routes={"/box": ONE, "/groq": limited, "/openai": BROKEN}) as server:
        talk = Talk(aichat, server)
        del aichat.environ["XAI_API_KEY"]
        names = ("box/m", "groq/g", "xai/x", "openai/gpt-6.1-terra", "box/n")
        words = [word for name in names for word in ("-m", name)]
        result = talk.run("ask", "hi", "--json", "--retries", "0", *words)
    found: list[dict[str, Any]] = json.loads(result.stdout)
    told = [(one["provider"], one["text"], (one["error"] or {}).get("kind")) for one in found]
    assert told == [
        ("box", "One says.", None),
        ("groq", "", "rate_limit"),
        ("xai", "", "missing_key"),
        ("openai", "", "server"),
        ("box", "One says.", None),
    ]
    assert result.code == found[1]["error"]["exit"] == 6
    assert found[0]["usage"]["input"] == 12 and found[0]["timing"]["total_s"] > 0
    assert len({one["conversation"] for one in found if one["error"] is None}) == 1


def test_every_answer_is_a_turn_beside_the_others_and_the_first_whole_one_goes_on(
    aichat: Program,
) -> None:
    with Server(routes={"/box": THREE, "/groq": BROKEN, "/openai": BROKEN}) as server:
        talk = Talk(aichat, server)
        words = ("-m", "groq/g", "-m", "box/m", "-m", "box/n", "--retries", "0")
        assert talk.run("ask", "hi", *words).code == 7
        turns = talk.stored_conversation()["turns"]
        assert [(t["message"].get("model"), t.get("parent")) for t in turns] == [
            (None, None),
            ("g", 1),
            ("m", 1),
            ("n", 1),
        ]
        assert talk.run("ask", "-c", "and?").code == 0
        assert [m["content"] for m in talk.bodies[-1]["messages"]] == ["hi", "Three says.", "and?"]
        assert talk.bodies[-1]["model"] == "m"
        spent = talk.run("ask", "more", "--no-save", "-m", "box/m", "-m", "box/n")
        assert spent.code == 0
        assert len(talk.stored_conversation()["turns"]) == 6


REFUSED = {
    "--events": "--events works with one model",
    "--output=x": "--output works with one model",
    "-x": "-x works with one model",
    "--extract-lang=c": "-x works with one model",
    "--plain --markdown": "cannot be combined",
}


@pytest.mark.parametrize("flags", REFUSED)
def test_what_makes_no_sense_for_several_is_exit_2_before_anything_is_sent(
    flags: str, aichat: Program
) -> None:
    with Server(ONE) as server:
        result = Talk(aichat, server).run("ask", "hi", "-m", "box/m", "-m", "box/n", *flags.split())
        assert (result.code, server.requests) == (2, [])
    assert REFUSED[flags] in result.stderr


def test_settings_go_to_each_as_its_own_profile_and_limits_have_them(aichat: Program) -> None:
    profile = '[profiles.p]\nprovider = "box"\nmodel = "m"\noptions = { own = 1 }\n'
    with Server(routes={"/box": ONE, "/groq": TWO}) as server:
        talk = Talk(aichat, server, profile)
        words = ("-P", "p", "--temperature", "0.5", "-m", "m", "-m", f"groq/{MODEL}")
        result = talk.run("ask", "hi", *words)
        bodies = {seen.json()["model"]: seen.json() for seen in server.requests}
        assert [bodies[name].get("own") for name in ("m", MODEL)] == [1, None]
        assert [bodies[name]["temperature"] for name in ("m", MODEL)] == [0.5, 0.5]
        dry = talk.run("ask", "hi", "--dry-run", *words)
    assert result.text == "## box/m\n\nOne says.\n\n## groq/openai/gpt-oss-120b\n\nTwo says.\n"
    assert " · $" in result.stderr and "cost unknown" in result.stderr
    assert dry.text.count("curl") == 2 and "/groq/" in dry.text and len(server.requests) == 2


def test_drawn_in_a_pipe_each_stands_under_its_name_and_stderr_says_whose_figures_they_are(
    aichat: Program,
) -> None:
    with Server() as server:
        configure_boxes(aichat, server, ONE, BROKEN, TWO)
        result = aichat.invoke(*ask_words("a", "b", "c"), "--markdown")
    assert result.text == "a/m-a\n\nOne says.\n\nb/m-b\n\nc/m-c\n\nTwo says.\n"
    lines = result.stderr.splitlines()
    assert [line.split(" · ")[0] for line in lines][:2] == [
        f"a {MODEL}",
        "aichat: b m-b: out of order (HTTP 500)",
    ]


def test_a_retry_waits_for_itself_only_and_a_debug_line_says_whose_it_is(aichat: Program) -> None:
    busy = chat_error(429, "slow down", headers={"retry-after": "30"})
    with Server(routes={"/a": busy, "/b": ONE}) as server:
        configure_boxes(aichat, server, None, None)
        process = aichat.start(*ask_words("b", "a"), "--debug", "--retries", "1")
        whole = b"## b/m-b\n\nOne says.\n"
        read_until(process.stdout.fileno(), lambda data: data == whole, process)
        said = read_until(process.stderr.fileno(), lambda data: b"retrying" in data, process)
        process.send_signal(signal.SIGINT)
        code, seconds = wait_for_exit(process)
        out, err = process.communicate()
    assert (out, code) == (b"", -signal.SIGINT) and seconds < 2
    assert b"aichat: a/m-a: debug: > POST" in said and b"a m-a: interrupted" in err


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_them_all_and_keeps_what_came(
    signum: signal.Signals, aichat: Program
) -> None:
    second, third = threading.Event(), threading.Event()
    begins = Reply(
        headers=ONE.headers,
        body=[Hold(second), Hold(third), *text_events("Hello wor"), hold_forever()],
    )
    whole = Reply(headers=ONE.headers, body=[*ONE.body, Callback(third.set)])
    with Server() as server:
        other = partial_reply(Callback(second.set), hold_forever(), text="Other")
        configure_boxes(aichat, server, begins, other, whole)
        process = aichat.start(*ask_words("a", "b", "c"), "--debug")
        first = b"## a/m-a\n\nHello wor"
        said = read_until(process.stdout.fileno(), lambda data: data == first, process)
        read_until(process.stderr.fileno(), lambda data: data.count(b"< 200") == 3, process)
        process.send_signal(signum)
        code, seconds = wait_for_exit(process)
        out, _ = process.communicate()
        assert all(seen.closed.wait(5) for seen in server.requests if seen.path[1] in "ab")
    assert code == -signum and seconds < 2
    rest = b"\n\n## b/m-b\n\nOther\n\n## c/m-c\n\nOne says.\n"
    assert said + out == first + rest
    turns = json.loads(aichat.invoke("history", "show", "--json").stdout)["turns"]
    texts = [turn["message"]["parts"][0]["text"] for turn in turns]
    assert texts == ["hi", "Hello wor", "Other", "One says."]
    assert [turn.get("status", "complete") for turn in turns] == [
        "complete",
        "interrupted",
        "interrupted",
        "complete",
    ]


def test_a_signal_before_any_word_leaves_a_whole_array(aichat: Program) -> None:
    with Server(routes={"/a": SilentReply(), "/b": SilentReply()}) as server:
        configure_boxes(aichat, server, None, None)
        process = aichat.start(*ask_words("a", "b"), "--json")
        server.wait_requests(2, 15)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=15)
    assert process.returncode == -signal.SIGTERM
    assert [one["error"]["exit"] for one in json.loads(out)] == [143, 143]


def test_a_store_that_takes_nothing_is_told_of_once_and_costs_no_answer(aichat: Program) -> None:
    aichat.environ["AICHAT_DATA_DIR"] = "/dev/null/none"
    with Server() as server:
        configure_boxes(aichat, server, ONE, TWO)
        result = aichat.invoke(*ask_words("a", "b"))
        broken = aichat.run_shell(f"$AICHAT {' '.join(ask_words('a', 'b'))} > /dev/full; echo $?")
    assert result.text == "## a/m-a\n\nOne says.\n\n## b/m-b\n\nTwo says.\n"
    assert (result.code, result.stderr.count("cannot write to the conversation store")) == (0, 1)
    assert broken.text == "13\n" and "No space left" in broken.stderr


def test_a_reader_that_leaves_ends_them_all_and_nothing_that_came_is_lost(aichat: Program) -> None:
    more = sse({"choices": [{"index": 0, "delta": {"content": "x" * 100_000}}]}, done=False)
    with Server() as server:
        configure_boxes(
            aichat, server, partial_reply(*more * 3, hold_forever()), partial_reply(hold_forever())
        )
        words = " ".join(ask_words("a", "b"))
        done = aichat.run_shell(f"$AICHAT {words} | head -c 5; echo ${{PIPESTATUS[0]}}")
        assert all(seen.closed.wait(5) for seen in server.requests)
    assert done.text == "## a/141\n"
    turns = json.loads(aichat.invoke("history", "show", "--json").stdout)["turns"]
    assert [turn["message"].get("model") for turn in turns] == [None, "m-a", "m-b"]


def test_one_model_finishes_an_answer_that_was_cut(aichat: Program) -> None:
    with Server(routes={"/box": partial_reply(), "/groq": ONE}) as server:
        talk = Talk(aichat, server)
        assert talk.run("ask", "hi", "-m", "box/m", "--retries", "0").code == 9
        result = talk.run("ask", "-c", "-m", "box/m", "-m", "groq/g")
        assert result.code == 2 and "only one model can finish" in result.stderr
