"""Descriptors that others left in odd ways: they do not block, are closed, full, or few."""

import fcntl
import io
import os
import subprocess
import sys
import threading
import time

import pytest

from aichat.process.world import write_all
from tests.support.answering.server import Server, chat_stream, tool_call
from tests.support.running.marks import long_case
from tests.support.running.program import TERMINAL, Program
from tests.support.terminal.terminal import Terminal

LONG = "".join(f"- item {n} of **many**\n" for n in range(9_000))


class SlowReader:
    """A pipe that its writers share without waiting, and what a reader gets that begins late."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.writer, False)
        fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, 1 << 16)
        self.data = b""
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        time.sleep(0.05)
        while piece := os.read(self.reader, 1 << 15):
            self.data += piece

    def whole(self) -> bytes:
        os.close(self.writer)
        self._thread.join(10)
        os.close(self.reader)
        return self.data


@pytest.mark.parametrize("buffer", [0, 100, 1 << 20])
def test_a_stream_that_does_not_wait_gets_all_in_its_order(buffer: int) -> None:
    pipe = SlowReader()
    stream = io.BufferedWriter(io.FileIO(os.dup(pipe.writer), "w"), max(buffer, 1))
    for number in range(4):
        write_all(stream, bytes([48 + number]) * 100_001)
    stream.close()
    assert pipe.whole() == b"".join(bytes([48 + n]) * 100_001 for n in range(4))


@pytest.mark.parametrize(
    "words",
    [("--plain",), *map(long_case, (("--json",), ("--events",), ("--markdown",)))],
)
def test_an_answer_is_whole_on_a_stdout_that_does_not_wait(
    words: tuple[str, ...], aichat: Program
) -> None:
    outputs = []
    with Server(default=chat_stream([LONG])) as server:
        aichat.point_groq_at(server.url)
        for pipe in (None, SlowReader()):
            out = subprocess.PIPE if pipe is None else pipe.writer
            process = aichat.start("ask", "--no-save", *words, "hi", stdout=out)
            told = process.communicate(timeout=20)[0]
            assert process.returncode == 0
            outputs.append(told if pipe is None else pipe.whole())
    one, other = outputs
    if words[0] in ("--plain", "--markdown"):
        assert one == other
    assert len(one) > 150_000 and abs(len(one) - len(other)) < 100


def test_a_stderr_that_does_not_wait_gets_everything(aichat: Program) -> None:
    pipe, argument = SlowReader(), '{"a": "' + "x" * 200_000 + '"}'
    with Server(chat_stream(["x"], tool_calls=tool_call("f", argument))) as server:
        process = aichat.point_groq_at(server.url).start("ask", "hi", stderr=pipe.writer)
        assert process.communicate(timeout=20)[0] == b"x\n" and process.returncode == 0
    assert argument.encode() in pipe.whole()


def test_a_terminal_that_does_not_wait_is_drawn_on_to_the_end(aichat: Program) -> None:
    with Server(chat_stream([LONG[: LONG.index("item 2500") - 2]])) as server:
        aichat.point_groq_at(server.url)
        code = "import os, sys; os.set_blocking(1, False); from aichat.__main__ import main; main()"
        with Terminal(Direct(aichat, code), "ask", "hi", loose=True) as terminal:
            assert terminal.wait_for_exit() == 0
    rows = [row for row in terminal.pyte_rows() if "item" in row]
    assert [int(row.split()[2]) for row in rows] == list(range(2500))


class Direct(Program):
    """The program begun by a line of Python."""

    def __init__(self, other: Program, code: str) -> None:
        super().__init__(other.home)
        self.environ, self._code = other.environ, code

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", self._code, *words]


def test_a_stdin_that_does_not_wait_is_read_to_its_end(aichat: Program) -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with Server(chat_stream(["ok"])) as server:
        process = aichat.point_groq_at(server.url).start("ask", "sum", stdin=reader)
        os.close(reader)
        for piece in (b"one ", b"two"):
            time.sleep(0.15)
            os.write(writer, piece)
        os.close(writer)
        assert process.communicate(timeout=20)[0] == b"ok\n"
        assert "one two" in str(server.requests[0].json()["messages"][-1]["content"])


# -- closed, or full


@pytest.mark.parametrize(
    "words",
    [("--version",), ("--help",), *map(long_case, (("ask", "--help"), ("api", "groq", "--help")))],
)
def test_help_and_version_say_that_nobody_can_read_them(
    words: tuple[str, ...], aichat: Program
) -> None:
    line = f"$AICHAT {' '.join(words)}"
    script = f"{line} >&-; echo $?; {line} >/dev/full; echo $?; {line} | true; echo $PIPESTATUS"
    done = aichat.run_shell(script)
    assert done.text.split() == ["13", "13", "141"]
    assert done.stderr.splitlines() == [
        "aichat: stdout is closed",
        "aichat: cannot write the answer: No space left on device",
    ]


# -- absurd numbers

NINES = "9" * 5_000


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ask", "--max-stdin", NINES, "hi"), 2),
        (("history", "list", "--limit", NINES[:30]), 0),
        (("history", "search", "x", "--limit", NINES[:30]), 0),
        (("models", "--min-context", NINES), 2),
        (("ask", "--timeout", NINES, "-p", "groq", "--dry-run", "hi"), 2),
    ],
)
def test_an_absurd_number_is_no_bug_of_ours(
    words: tuple[str, ...], code: int, aichat: Program
) -> None:
    done = aichat.invoke(*words)
    assert done.code == code and "internal" not in done.stderr, done.stderr


@pytest.mark.parametrize("columns", [NINES, NINES[:20], "1000000000"])
def test_an_absurd_width_is_borne(columns: str, aichat: Program) -> None:
    done = aichat.invoke("models", "groq", environ={"COLUMNS": columns}, **TERMINAL)
    assert done.code == 0 and len(done.stdout) < 1_000_000
