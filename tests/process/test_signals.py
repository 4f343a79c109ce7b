"""A signal ends the program at once, by that signal, and what had come is kept."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from threading import Event
from typing import NamedTuple

import pytest

from aichat.process.programs.background import BackgroundProgram
from aichat.process.signals import resend_signals
from aichat.process.threads import run_in_thread
from tests.support.answering.server import (
    Hold,
    Reply,
    Server,
    SilentReply,
    chat_error,
    chat_stream,
    sse,
)
from tests.support.running.program import Program
from tests.support.running.whole_runs import hold_forever, partial_reply, read_until, wait_for_exit

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BUSY = chat_error(429, "slow down", headers={"retry-after": "30"})
PROMPT = 0.3  # seconds in which the program must be gone


class Left(NamedTuple):
    stdout: bytes
    stderr: str
    code: int
    seconds: float


def ended(process: "Popen[bytes]", signum: int, before: bytes = b"", said: bytes = b"") -> Left:
    """What a signal leaves, with what was read ``before`` it."""
    process.send_signal(signum)
    code, seconds = wait_for_exit(process)
    stdout, stderr = process.communicate()
    return Left(before + stdout, (said + stderr).decode(), code, seconds)


@contextmanager
def answering(
    aichat: Program, reply: Reply, *words: str
) -> Iterator[tuple["Popen[bytes]", Server]]:
    """A run whose request has reached the server."""
    with Server(reply) as server:
        process = aichat.point_groq_at(server.url).start("ask", "hi", *words)
        try:
            server.wait_requests(1, 15)
            yield process, server
        finally:
            process.kill()
            process.communicate()


def mid_answer(aichat: Program, signum: int) -> Left:
    with answering(aichat, partial_reply(hold_forever())) as (process, server):
        text = read_until(process.stdout.fileno(), lambda data: data == b"Hello wor", process)
        left = ended(process, signum, text)
        assert server.requests[0].closed.wait(5)
    return left


def first_byte(aichat: Program, signum: int) -> Left:
    with answering(aichat, SilentReply()) as (process, _):
        return ended(process, signum)


def retry_wait(aichat: Program, signum: int) -> Left:
    with answering(aichat, BUSY) as (process, _):
        said = read_until(process.stderr.fileno(), lambda data: b"retrying" in data, process)
        return ended(process, signum, said=said)


def reading_stdin(aichat: Program, signum: int) -> Left:
    reader, writer = os.pipe()
    process = aichat.start("ask", "hi", stdin=reader)
    os.close(reader)
    said = read_until(process.stderr.fileno(), lambda data: b"stdin" in data, process)
    left = ended(process, signum, said=said)
    os.close(writer)
    return left


MOMENTS = {
    "mid-answer": mid_answer,
    "first byte": first_byte,
    "retry wait": retry_wait,
    "reading stdin": reading_stdin,
}
RUNS = [("mid-answer", signum) for signum in SIGNALS]
RUNS += [("first byte", signum) for signum in SIGNALS]
RUNS += [("retry wait", signal.SIGINT), ("reading stdin", signal.SIGINT)]


@pytest.mark.parametrize(("moment", "signum"), RUNS)
def test_a_signal_ends_the_program_by_itself_at_once(
    moment: str, signum: signal.Signals, aichat: Program
) -> None:
    left = MOMENTS[moment](aichat, signum)
    if left.seconds > PROMPT:  # another process may have had the core: the best of two counts
        left = MOMENTS[moment](Program(aichat.home), signum)
    assert left.code == -signum
    assert left.seconds <= PROMPT
    assert left.stdout == (b"Hello wor\n" if moment == "mid-answer" else b"")
    assert "Traceback" not in left.stderr and len(left.stderr.splitlines()) <= 3


#: Has a thread take the signal, so that it does not break the main thread's wait off: what a
#: signal does that comes between the program's last step and the system call.
MISSED = """
import os, signal, sys, threading
from aichat.__main__ import main

def take():
    os.read(0, 1)
    signal.pthread_kill(threading.get_ident(), signal.{name})

threading.Thread(target=take, daemon=True).start()
main()
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("reply", [SilentReply(), BUSY], ids=["first byte", "retry wait"])
def test_a_signal_that_came_just_before_a_wait_ends_it_too(
    reply: Reply, signum: signal.Signals, aichat: Program
) -> None:
    words = (
        *aichat.command()[:1],
        "-c",
        MISSED.format(name=signum.name),
        "ask",
        "--no-stdin",
        "hi",
    )
    reader, writer = os.pipe()
    with Server(reply) as server, os.fdopen(reader, "rb") as stdin:
        aichat.point_groq_at(server.url)
        process = aichat.spawn(*words, stdin=stdin)
        server.wait_requests(1, 15)
        if reply is BUSY:
            read_until(process.stderr.fileno(), lambda data: b"retrying" in data, process)
        os.write(writer, b"!")
        code, seconds = wait_for_exit(process)
        process.communicate()
    os.close(writer)
    assert (code, seconds <= 2 * PROMPT) == (-signum, True), seconds


#: Has the signal come while an object is torn down, where an exception is lost.
LOST = """
import signal
from aichat.__main__ import main
from aichat.app.exchange.show import WaitIndicator

class Dropped:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def sent(self, before=WaitIndicator.on_sent):
    before(self)
    Dropped()

WaitIndicator.on_sent = sent
main()
"""


def test_a_signal_that_is_lost_in_a_collection_comes_again(aichat: Program) -> None:
    with Server(SilentReply()) as server:
        argv = (aichat.point_groq_at(server.url).command()[0], "-c", LOST, "ask", "hi")
        process = aichat.spawn(*argv)
        code, _ = wait_for_exit(process)
        _, stderr = process.communicate()
    assert code == -signal.SIGINT and b"ignored" not in stderr


NUMBERS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.mark.parametrize("signum", SIGNALS)
def test_an_interrupted_answer_is_whole_json_with_what_came(
    signum: signal.Signals, aichat: Program
) -> None:
    with Server(partial_reply(hold_forever())) as server:
        process = aichat.point_groq_at(server.url).start("ask", "hi", "--events")
        said = read_until(process.stdout.fileno(), lambda data: b"Hello wor" in data, process)
        left = ended(process, signum, said)
    finish = json.loads(left.stdout.splitlines()[-1])
    assert left.code == -signum
    assert (finish["type"], finish["text"]) == ("finish", "Hello wor")
    assert (finish["finish_reason"], finish["complete"]) == ("cancelled", False)
    assert (finish["error"]["kind"], finish["error"]["exit"]) == ("interrupted", NUMBERS[signum])


def test_a_shell_sees_128_and_the_number(aichat: Program) -> None:
    with Server(SilentReply()) as server:
        process = aichat.point_groq_at(server.url).start("ask", "hi")
        server.wait_requests(1, 15)
        shell = aichat.run_shell(f"kill -INT {process.pid}; echo done")
        assert shell.text == "done\n" and process.wait(10) == -2
        process.communicate()


def test_an_interrupted_answer_leaves_the_output_file_as_it_was(aichat: Program) -> None:
    target = aichat.home / "answer.txt"
    target.write_text("old\n")
    with answering(aichat, partial_reply(hold_forever()), "--output", "answer.txt") as (process, _):
        left = ended(process, signal.SIGTERM)
    assert (left.stdout, left.code, target.read_text()) == (b"", -signal.SIGTERM, "old\n")


def test_an_ignored_hangup_stays_ignored_as_nohup_wants(aichat: Program) -> None:
    go_on = Event()
    rest = [step for step in chat_stream(["ld"]).body if isinstance(step, bytes)]
    with Server(partial_reply(Hold(go_on), *rest)) as server:
        process = aichat.point_groq_at(server.url).start(
            "ask", "hi", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
        )
        read_until(process.stdout.fileno(), lambda data: data == b"Hello wor", process)
        process.send_signal(signal.SIGHUP)
        go_on.set()
        stdout, stderr = process.communicate(timeout=15)
    assert (stdout, stderr, process.returncode) == (b"ld\n", b"", 0)


def test_an_ignored_interrupt_stays_ignored_as_for_a_job_in_the_background(
    aichat: Program,
) -> None:
    go_on = Event()
    with Server(partial_reply(Hold(go_on), *sse(done=True))) as server:
        process = aichat.point_groq_at(server.url).start(
            "ask", "hi", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)
        )
        read_until(process.stdout.fileno(), lambda data: data == b"Hello wor", process)
        process.send_signal(signal.SIGINT)
        go_on.set()
        stdout, _ = process.communicate(timeout=15)
    assert (stdout, process.returncode) == (b"\n", 0)


def test_a_program_that_a_thread_starts_heeds_signals(tmp_path: Path) -> None:
    code = "import signal; print(*signal.pthread_sigmask(signal.SIG_BLOCK, ()))"

    def run() -> bytes:
        return BackgroundProgram([sys.executable, "-c", code], tmp_path, {}).result(1000).stdout

    assert run_in_thread(run, OSError)() == b"\n"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_one_thread_and_one_pipe_watch_for_signals_however_often_they_are_needed() -> None:
    def count() -> list[int]:
        return [len([*Path("/proc/self", name).iterdir()]) for name in ("task", "fd")]

    with resend_signals(), resend_signals():
        begun = count()
    for _ in range(3):
        with resend_signals():
            assert count() == begun
    assert count() == begun
