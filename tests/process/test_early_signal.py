"""Ctrl-C in the first moments of a run, and a run that may open few files."""

import signal
import subprocess
import sys
import time

import pytest

from tests.support.answering.server import Server, SilentReply, chat_stream
from tests.support.running.marks import long_case
from tests.support.running.program import ROOT, Program


@pytest.mark.parametrize("milliseconds", [0, 2, 5, 10, 20, 40, 60])
def test_ctrl_c_right_after_a_request_was_sent_ends_it_quietly(
    milliseconds: int, aichat: Program
) -> None:
    with Server(SilentReply()) as server:
        process = aichat.point_groq_at(server.url).start(
            "ask", "hi", stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        server.wait_requests(1)
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT and stdout == b""
    assert b"Traceback" not in stderr


@pytest.mark.parametrize(
    "module", ["aichat.process.signals", *map(long_case, ("aichat.errors", "aichat.cli.dispatch"))]
)
def test_ctrl_c_while_the_program_is_imported_leaves_no_trace(module: str, aichat: Program) -> None:
    """The signal comes when a module is about to be imported, before our handlers or after."""
    script = (
        "import os, signal, sys\n"
        "class Hit:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == '{module}':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Hit())\n"
        "sys.argv[1:] = ['ask', 'hi']\n"
        "from aichat.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=aichat.environ, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")


@pytest.mark.parametrize("place", ["system_world", long_case("exit_now")])
def test_ctrl_c_beside_the_work_leaves_no_trace(place: str, aichat: Program) -> None:
    """The signal comes when our handlers are there, and nothing is done yet, or all is."""
    module = {"system_world": "world", "exit_now": "signals"}[place]
    script = (
        "import os, signal, sys\n"
        f"import aichat.process.{module} as module\n"
        f"module.{place} = lambda *_: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.argv[1:] = ['profiles', 'list']\n"
        "from aichat.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=aichat.environ, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")


@pytest.mark.parametrize("words", [("hi",), ("-m", "a", "-m", "b", "hi")], ids=["one", "two"])
def test_sixteen_open_files_are_enough(words: tuple[str, ...], aichat: Program) -> None:
    with Server(default=chat_stream(["ok"])) as server:
        aichat.point_groq_at(server.url)
        command = (
            f"ulimit -n 16; exec {sys.executable} -m aichat ask -p groq --retries 0 "
            + " ".join(words)
        )
        done = subprocess.run(
            ["sh", "-c", command],
            env=aichat.environ,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    assert done.returncode == 0 and b"ok" in done.stdout, done.stderr


@pytest.mark.parametrize("count", [7, *map(long_case, (5, 6, 8, 9))])
def test_too_few_open_files_are_told_as_such(count: int, aichat: Program) -> None:
    with Server(default=chat_stream(["ok"])) as server:
        words = "ask -m groq/a -m groq/b hi" if count > 8 else "ask --retries 0 hi"
        done = aichat.point_groq_at(server.url).run_shell(
            f"ulimit -n {count}; exec $AICHAT {words}"
        )
    assert done.code == 3 and "oo many open files" in done.stderr, done.stderr
    assert "internal" not in done.stderr and "Traceback" not in done.stderr
