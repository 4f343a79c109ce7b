"""However a program ends, and whoever else writes: nothing of a conversation is lost."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from subprocess import Popen
from typing import Any, NamedTuple

import pytest

from tests.support.answering.server import SSE, Hold, Pause, Reply, Server, Step, chat_stream
from tests.support.running.program import ROOT, Program
from tests.support.running.stores import (
    ANSWER,
    QUESTION,
    Home,
    is_journaled_in_time,
    is_sound,
    make_home,
    query_rows,
    start_server,
    status_of,
    text_of,
)
from tests.support.running.whole_runs import text_events

SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PHASES = ("start", "silent", "slow", "fast", "stalled", "end")
SLOW, FAST, BULK = 60, 3000, 20  # deltas of an answer; of one piece of a fast one


class Moment(NamedTuple):
    """When a run is ended: in which phase, how far into it, and by what."""

    phase: str
    share: float  # of the phase, 0 to 1
    signum: int

    def __str__(self) -> str:
        return f"{self.phase}-{self.share:.2f}-{signal.Signals(self.signum).name}"


def moments(count: int, seed: int) -> list[Moment]:
    """All signals in all phases, SIGKILL half of the time."""
    chance = random.Random(seed)
    signals = [signal.SIGKILL if n % 2 else SIGNALS[n // 2 % 3 + 1] for n in range(count)]
    phases = [PHASES[n * 5 % len(PHASES)] for n in range(count)]
    chance.shuffle(signals)
    return [Moment(p, chance.random(), s) for p, s in zip(phases, signals, strict=True)]


def words(count: int) -> list[str]:
    return [f"w{n} " for n in range(count)]


def script(phase: str) -> Reply:
    """What the server sends: numbered words, at the pace of the phase."""
    if phase in ("start", "silent"):
        return Reply(headers=SSE, body=[Hold(threading.Event())])
    count = FAST if phase in ("fast", "end") else SLOW
    events = [event for event in chat_stream(words(count)).body if isinstance(event, bytes)]
    body: list[Step] = []
    if phase == "slow":
        for event in events:
            body += [event, Pause(0.004)]
    elif phase == "stalled":
        return Reply(headers=SSE, body=[*events[: SLOW // 2 + 1], Hold(threading.Event())])
    else:
        body += [b"".join(events[at : at + BULK]) for at in range(0, len(events), BULK)]
    return Reply(headers=SSE, body=body)


class Killed(NamedTuple):
    """What a run that was ended left: its exit code, and when each word was read from it."""

    code: int
    asked: bool  # the server got the question
    read: list[float]
    at: float


def killed(home: Home, moment: Moment) -> Killed:
    """Run, end the run at its moment, and read what it still printed."""
    with Server(script(moment.phase)) as server:
        home.aichat.point_groq_at(server.url)
        process = home.aichat.start("ask", QUESTION)
        heard = Heard(process)
        if moment.phase == "start":
            while not home.data.exists():  # the store is about to be made
                assert process.poll() is None
            threading.Event().wait(moment.share * 0.06)
        else:
            server.wait_requests(1, 15)
            heard.until(_target(moment))
        at = time.monotonic()
        process.send_signal(moment.signum)
        heard.thread.join(15)
        code = process.wait(15)
        return Killed(code, bool(server.requests), heard.read, at)


def _target(moment: Moment) -> int:
    whole = {"slow": SLOW, "fast": FAST, "stalled": SLOW // 2, "end": FAST}.get(moment.phase, 0)
    return whole if moment.phase in ("end", "stalled") else int(whole * moment.share)


class Heard:
    """The words that a program prints, as they come."""

    def __init__(self, process: "Popen[bytes]") -> None:
        self.process, self.read, self.ended = process, list[float](), False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        assert self.process.stdout
        while data := self.process.stdout.read1(1 << 16):  # type: ignore[attr-defined]
            with self.changed:
                self.read += [time.monotonic()] * data.count(b" ")
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def until(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.ended or len(self.read) >= count, 15)


def answer_of(turns: list[dict[str, Any]]) -> dict[str, Any] | None:
    said = [turn for turn in turns if turn["message"]["role"] == "assistant"]
    assert len(said) <= 1
    return said[0] if said else None


def fitting(run: Killed, moment: Moment, answer: dict[str, Any] | None) -> bool:
    """Whether the stored answer is marked as what it is."""
    if answer is None:
        return run.code == -moment.signum and not run.read  # it was never begun
    status, text = status_of(answer), text_of(answer)
    if run.code == 0 or status == "complete":
        return status == "complete" and len(text.split()) in (SLOW, FAST)
    if moment.signum == signal.SIGKILL:
        return status == ("partial" if text else "failed")
    return status == "interrupted" or (status == "partial" and moment.phase == "end")


def nothing_is_lost(home: Home, moment: Moment) -> None:
    run = killed(home, moment)
    assert run.code in (0, -moment.signum)
    if not run.asked and not home.db.exists():
        return
    assert is_sound(home.db)
    if not run.asked and not has_turns(home):
        return
    turns = home.conversation()["turns"]
    assert text_of(turns[0]) == QUESTION
    answer = answer_of(turns)
    stored = text_of(answer) if answer else ""
    assert "".join(words(FAST)).startswith(stored)
    missing = run.read[len(stored.split()) :]
    assert not missing  # what was shown had been kept
    assert fitting(run, moment, answer), (run.code, answer)
    it_goes_on(home, stored, status_of(answer) if answer else "")


def has_turns(home: Home) -> bool:
    made = query_rows(home.db, "SELECT 1 FROM sqlite_master WHERE name = 'turn'")
    return bool(made and query_rows(home.db, "SELECT 1 FROM turn"))


def it_goes_on(home: Home, stored: str, status: str) -> None:
    """``ask -c`` sends what is stored, and finishes the answer, or asks again."""
    with start_server() as server:
        home.aichat.point_groq_at(server.url)
        more = ["And then?"] if status == "complete" else []
        done = home.ask("-c", *more)
        sent = [message["content"] for message in server.requests[0].json()["messages"]]
    assert (done.text, done.code) == (f"{ANSWER}\n", 0)
    assert sent[0] == QUESTION
    assert sent[1:2] == ([stored] if stored else [])
    turns = home.conversation()["turns"]
    expected = ANSWER if status == "complete" or not stored else stored + ANSWER
    assert text_of(turns[-1]) in (expected, ANSWER)
    assert status_of(turns[-1]) == "complete"
    assert is_sound(home.db)


@pytest.fixture
def home(aichat: Program) -> Iterator[Home]:
    with start_server() as server:
        yield make_home(aichat, server)


@pytest.mark.parametrize("moment", moments(5, 5), ids=str)
def test_whatever_ends_a_run_loses_nothing(home: Home, moment: Moment) -> None:
    nothing_is_lost(home, moment)


@pytest.mark.long
@pytest.mark.parametrize("moment", moments(200, 6), ids=str)
def test_whatever_ends_one_of_many_runs_loses_nothing(home: Home, moment: Moment) -> None:
    nothing_is_lost(home, moment)


def test_words_are_kept_within_a_second_though_nothing_follows_them(home: Home) -> None:
    with Server(script("stalled")) as server:
        home.aichat.point_groq_at(server.url)
        process = home.aichat.start("ask", QUESTION)
        Heard(process).until(SLOW // 2)
        assert is_journaled_in_time(home, words(SLOW // 2)[-1])
        process.kill()
        process.wait(15)
    assert home.texts() == [QUESTION, "".join(words(SLOW // 2))]


def test_a_second_signal_while_the_store_is_written_loses_nothing(home: Home) -> None:
    with Server(script("stalled")) as server:
        home.aichat.point_groq_at(server.url)
        process = home.aichat.start("ask", QUESTION)
        Heard(process).until(SLOW // 2)
        assert is_journaled_in_time(home, words(SLOW // 2)[-1])
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) in (-signal.SIGINT, -signal.SIGTERM)
    question, answer = home.conversation()["turns"]
    assert (text_of(question), text_of(answer)) == (QUESTION, "".join(words(SLOW // 2)))
    assert status_of(answer) in ("interrupted", "partial")


def test_a_run_that_lives_keeps_its_journal(home: Home) -> None:
    go_on = threading.Event()
    rest = [event for event in chat_stream(["rest"]).body if isinstance(event, bytes)]
    with Server(Reply(headers=SSE, body=[*text_events("begun "), Hold(go_on), *rest])) as server:
        home.aichat.point_groq_at(server.url)
        process = home.aichat.start("ask", QUESTION)
        Heard(process).until(1)
        assert is_journaled_in_time(home, "begun")
        assert home.texts() == [QUESTION]  # a healthy run, which would have taken it in
        assert len([*home.data.rglob("*.journal")]) == 1
        go_on.set()
        assert process.wait(15) == 0
    assert home.texts() == [QUESTION, "begun rest"]
    assert not [*home.data.rglob("*.journal")]


# -- several at once

WRITER = """
import os, random, sys, time
from aichat.core.exchange.answer import Answer
from aichat.core.text.clock import Clock
from aichat.core.conversation.turn import Draft, Turn
from aichat.core.exchange.event import Finish, TextDelta
from aichat.core.message.message import Message, Text
from aichat.app.history.recorder import Answerer, Recorder

who, one, turns = sys.argv[1], sys.argv[2], int(sys.argv[3])
clock = Clock(time.time, time.monotonic, time.sleep, random.random)
said = []
sys.stdin.read()
for n in range(turns):
    recorder = Recorder(os.environ, clock, said.append)
    asked = Turn(Message("user", (Text(f"question {who} {n}"),)), time.time())
    draft = Draft(one or recorder.new_id(), "title", (asked,))
    recorder.begin(draft, Answerer("groq", "m", "chat"), None, save=True)
    recorder.event_writer([TextDelta(f"answer {who} {n}"), Finish("stop")])
    message = Message("assistant", (Text(f"answer {who} {n}"),))
    recorder.end(Answer("groq", "m", message, finish_reason="stop"))
sys.stderr.write("".join(said))
"""


def all_at_once(commands: list[list[str]], home: Home) -> list[tuple[int, bytes]]:
    """Start programs together once all of them are ready; what each said."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    running = [
        Popen(command, env=home.aichat.environ, stdout=subprocess.DEVNULL, **pipes)
        for command in commands
    ]
    for process in running:
        process.stdin.close()  # type: ignore[union-attr]
    said = [process.stderr.read() for process in running]  # type: ignore[union-attr]
    return [(process.wait(60), text) for process, text in zip(running, said, strict=True)]


def every_turn(home: Home, writers: int, turns: int) -> set[str]:
    return {
        f"{what} {w} {n}"
        for what in ("question", "answer")
        for w in range(writers)
        for n in range(turns)
    }


def stored(home: Home) -> list[str]:
    return [
        row[0] for row in query_rows(home.db, "SELECT text FROM turn WHERE text != 'the first'")
    ]


@pytest.mark.parametrize("one", ["", "shared"], ids=["of their own", "one conversation"])
def test_four_processes_write_fifty_turns_each_into_a_new_store(home: Home, one: str) -> None:
    script = [[sys.executable, "-c", WRITER, str(n), one, "50"] for n in range(4)]
    home.aichat.environ["PYTHONPATH"] = str(ROOT)
    assert all_at_once(script, home) == [(0, b"")] * 4
    assert sorted(stored(home)) == sorted(every_turn(home, 4, 50))
    assert is_sound(home.db)
    assert not [*home.data.rglob("*.journal*")]
    (mode,) = query_rows(home.db, "PRAGMA journal_mode")[0]
    assert mode == "wal"
    pairs = "SELECT q.text, a.text FROM turn q JOIN turn a ON a.conversation = q.conversation"
    if not one:
        for question, answer in query_rows(home.db, f"{pairs} AND a.number = 2 WHERE q.number = 1"):
            assert question.split()[1:] == answer.split()[1:]


def loops(home: Home, turns: int, *words: str) -> list[tuple[int, bytes]]:
    """Four shells, each of which asks so many questions, one after the other."""
    ask = f"{sys.executable} -m aichat ask --no-stdin {' '.join(words)}"
    loop = "for n in $(seq 0 {}); do {} question {} $n || exit 1; done"
    commands = [["sh", "-c", loop.format(turns - 1, ask, who)] for who in range(4)]
    return all_at_once(commands, home)


def echo(home: Home) -> None:
    """Have the server answer ``question W N`` with ``answer W N``."""

    def reply(seen: Any) -> Reply:
        asked = seen.json()["messages"][-1]["content"]
        return chat_stream([asked.replace("question", "answer")])

    home.server.default = reply


@pytest.mark.parametrize("turns", [3, pytest.param(50, marks=pytest.mark.long)])
def test_four_real_programs_write_into_a_new_store(home: Home, turns: int) -> None:
    echo(home)
    assert loops(home, turns) == [(0, b"")] * 4
    assert sorted(stored(home)) == sorted(every_turn(home, 4, turns))
    assert is_sound(home.db)


@pytest.mark.long
@pytest.mark.parametrize("turns", [2, 50])
def test_four_real_programs_write_into_one_conversation(home: Home, turns: int) -> None:
    first = json.loads(home.ask("the first", "--json").stdout)["conversation"]
    echo(home)
    assert loops(home, turns, "-C", first) == [(0, b"")] * 4
    turns_there = home.conversation(first)["turns"]
    numbers = [turn["number"] for turn in turns_there]
    assert numbers == list(range(1, len(numbers) + 1))
    assert sorted(map(text_of, turns_there[2:])) == sorted(every_turn(home, 4, turns))
    by_number = {turn["number"]: text_of(turn) for turn in turns_there}
    for turn in turns_there[2:]:
        if turn["message"]["role"] == "assistant":
            assert text_of(turn).split()[1:] == by_number[turn["parent"]].split()[1:]
    assert is_sound(home.db)
