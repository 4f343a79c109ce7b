"""What an answer may cost: refused, asked about, or stopped while it comes."""

import json
import sqlite3
import subprocess
from contextlib import closing
from functools import partial
from typing import Any

from aichat.core.text.clock import Clock
from aichat.disk.history import schema
from tests.repl.slash.test_commands import told
from tests.support.answering.server import SSE, Reply, SeenRequest, Server, chat_stream
from tests.support.running.program import Program
from tests.support.running.whole_runs import configure_box, error_of, stderr_lines, text_events
from tests.support.terminal.repl import open_repl
from tests.support.terminal.terminal import Terminal

#: 300 tokens or so in each of 20 pieces; at 0.60 USD a million that is 0.0036 USD.
LONG = Reply(headers=SSE, body=[*text_events(*["word " * 240] * 20)])
SHORT = chat_stream(["Down the road."])
#: No midnight comes between two questions.
NOON = Clock(lambda: 1.79e9, lambda: 0.0, lambda _: None, lambda: 0.5)


def profile(aichat: Program, budget: str) -> None:
    aichat.write_config(
        f'default_profile = "w"\n[profiles.w]\nprovider = "groq"\nbudget = {budget}\n'
    )


def spent(aichat: Program) -> list[Any]:
    with closing(sqlite3.connect(aichat.data_dir / schema.FILE)) as store:
        return store.execute("SELECT ending, amount, currency, profile FROM spent").fetchall()


def test_what_would_cost_too_much_is_not_sent(aichat: Program) -> None:
    with Server(default=SHORT) as server:
        configure_box(aichat.point_groq_at(server.url), server.url)
        for words, why in REFUSED.items():
            done = aichat.invoke("ask", *words, "Whither goest thou?")
            assert (done.code, done.stdout) == (11, b""), done.stderr
            assert why in stderr_lines(done)[0] and "nothing was sent" in stderr_lines(done)[1]
        refused = aichat.invoke("ask", "--json", "--max-cost", "0.00000001", "Whither?")
        assert error_of(refused)["kind"] == "budget" and not server.requests
        assert "it would cost ~$0.0000003 for about 2 tokens of input alone" in refused.stderr
        assert aichat.invoke("ask", "--max-cost", "0.01", "--max-tokens", "90", "hi").code == 0


def test_an_amount_that_is_none_is_told_before_anything_else(aichat: Program) -> None:
    for amount in ("abc", "1XYZW", "-1"):
        for words in (["--dry-run"], ["-m", "groq/a", "-m", "groq/b"], []):
            done = aichat.invoke("ask", *words, f"--max-cost={amount}", "hi")
            assert (done.code, done.stdout) == (2, b""), (amount, words)
            assert "is not an amount" in done.stderr


REFUSED: dict[tuple[str, ...], str] = {
    ("--max-cost", "0.01", "-o", "max_completion_tokens=90000"): "up to 90,000 of output: more",
    ("--max-cost", "9CNY"): "billed in USD, so it cannot be checked against --max-cost 9.00 CNY",
    ("--max-cost", "9", "-m", "box/m"): "its price is unknown",
}


def test_an_answer_that_passes_its_limit_is_stopped_and_kept(aichat: Program) -> None:
    with Server(default=LONG) as server:
        aichat.point_groq_at(server.url)
        done = aichat.run("ask", "--json", "--max-cost", "0.001", "hi")
    answer = json.loads(done.stdout)
    assert (done.code, error_of(done)["kind"]) == (11, "budget")
    assert (
        "it exceeded --max-cost 0.001 USD" in done.stderr and "continue it with -c" in done.stderr
    )
    assert 1200 < len(answer["text"]) < 12_000 and not answer["complete"]
    assert 0.001 < answer["cost"]["amount"] < 0.0016 and answer["cost"]["estimated"]
    kept = json.loads(aichat.run("history", "show", "--json").stdout)["turns"][-1]
    assert kept["status"] == "partial" and kept["message"]["parts"][0]["text"] == answer["text"]
    ((ending, amount, *_),) = spent(aichat)
    assert (ending, amount) == ("budget", round(answer["cost"]["amount"] * 10**9))


def test_a_profile_spends_no_more_than_its_day_and_its_month(aichat: Program) -> None:
    with Server(default=SHORT) as server:
        aichat.point_groq_at(server.url)
        profile(aichat, "{ day = 0.000003, month = 5 }")
        first, last = (aichat.invoke("ask", "--no-save", "hi", clock=NOON) for _ in range(2))
        assert (first.code, last.code) == (0, 11), first.stderr + last.stderr
        assert " a day, $0.00" in last.stderr and "already spent" in last.stderr
        assert len(server.requests) == 1
        profile(aichat, '{ month = 5, currency = "EUR" }')
        other = aichat.invoke("ask", "hi")
        assert other.code == 11 and "billed in USD" in other.stderr and len(server.requests) == 1
    assert [row[3] for row in spent(aichat)] == ["w"]


def test_what_a_clock_that_was_ahead_has_dated_counts_on_its_own_day(aichat: Program) -> None:
    with Server(default=SHORT) as server:
        aichat.point_groq_at(server.url)
        profile(aichat, "{ day = 0.000003, month = 0.000003 }")
        assert aichat.invoke("ask", "hi", clock=NOON).code == 0
        with closing(sqlite3.connect(aichat.data_dir / schema.FILE)) as store, store:
            store.execute("UPDATE spent SET at = at + 366 * 86400")
        assert [aichat.invoke("ask", "hi", clock=NOON).code for _ in range(2)] == [0, 11]


def _asks(terminal: Terminal) -> bool:
    return "[y/N]" in terminal.text


def test_a_person_is_asked_and_decides(aichat: Program) -> None:
    words = ("ask", "--plain", "--max-cost", "0.0000001", "hi")
    with Server(default=SHORT) as server:
        aichat.point_groq_at(server.url)
        # where stdin is a pipe the terminal is asked
        for stdin, reply, code in ((None, "", 11), (None, "y", 0), (subprocess.PIPE, "yes", 0)):
            streams = {"stdin": stdin} if stdin else {}
            with Terminal(aichat, *words, streams=streams, loose=True) as terminal:
                if terminal.process.stdin:
                    terminal.process.stdin.close()
                terminal.wait_until(partial(_asks, terminal))
                assert "more than --max-cost" in terminal.text.replace("\r\n", "")
                terminal.type(f"{reply}\n")
                assert terminal.wait_for_exit() == code, terminal.text
        assert len(server.requests) == 2
        with Terminal(aichat, *words, streams={"stdout": subprocess.PIPE}, loose=True) as terminal:
            assert (
                terminal.wait_for_exit() == 11
            )  # an answer that goes into a pipe is nobody's to wait for


def counting(request: SeenRequest) -> Reply:
    assert request.path == "/v1/responses/input_tokens"
    return Reply(body=[b'{"object":"response.input_tokens","input_tokens":2000000}'])


def test_the_provider_counts_the_input_where_it_is_asked_to(aichat: Program) -> None:
    with Server(default=Reply(404), routes={"/v1/responses/input_tokens": counting}) as server:
        aichat.environ |= {"OPENAI_API_KEY": "sk-x", "AICHAT_OPENAI_BASE_URL": f"{server.url}/v1"}
        done = aichat.invoke("ask", "-p", "openai", "--count", "--max-cost", "1", "hi")
        assert done.code == 11 and "for 2,000,000 tokens of input" in done.stderr
        (counted,) = server.requests
        body = json.loads(counted.body)
        assert "stream" not in body and "store" not in body and body["input"]
        assert counted.headers["authorization"] == "Bearer sk-x"
        server.routes.clear()
        done = aichat.invoke("ask", "-p", "openai", "--count", "--max-cost", "0.0000001", "hi")
        assert done.code == 11 and "could not count the input" in done.stderr
        assert "for about 1 token of input" in done.stderr


def test_the_chat_asks_too_and_says_what_was_spent(aichat: Program) -> None:
    with Server(default=SHORT) as server:
        profile(aichat.point_groq_at(server.url), "{ day = 0.0000045 }")
        with open_repl(aichat) as chat:
            chat.wait_for_prompt()
            told(chat, "hi", "Down the road.")
            assert "this conversation  $0.00" in told(chat, "/cost", "a day, $0.00")
            told(chat, "hi again", "2  leave it")
            told(chat, "2", "nothing was sent")
            told(chat, "hi again", "2  leave it")
            assert told(chat, "1", "Down the road.").count("Down the road.") == 2
        assert len(server.requests) == 2
