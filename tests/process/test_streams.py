"""stdout is the answer and nothing else; stdin is read once, in bounds, never in silence."""

import json
import os
import pty
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.answering.server import (
    SSE,
    Pause,
    Reply,
    Server,
    chat_chunk,
    chat_error,
    chat_stream,
    chat_whole,
    sse,
    tool_call,
)
from tests.support.running.program import TERMINAL, Program
from tests.support.running.whole_runs import (
    hold_forever,
    partial_reply,
    read_until,
    stderr_lines,
    text_events,
)
from tests.support.terminal.terminal import OUR_SEQUENCES

GOOD = chat_stream(["Fine."])


@pytest.fixture
def server(aichat: Program) -> Iterator[Server]:
    """A server that answers "Fine." and that ``aichat`` asks."""
    with Server(default=GOOD) as server:
        aichat.point_groq_at(server.url)
        yield server


def asked(server: Server) -> str:
    """The prompt of the only request."""
    (seen,) = server.requests
    return str(seen.json()["messages"][-1]["content"])


# stdout, byte for byte

TEXTS = {
    "a final newline is added": ("one", "one\n"),
    "a final newline is kept": ("one\n", "one\n"),
    "two stay two": ("one\n\n", "one\n\n"),
    "only a newline": ("\n", "\n"),
    "spaces are kept": ("  a  ", "  a  \n"),
    "line ends are kept": ("a\r\nb\rc\u2028d\x0b\x0c\u0085", "a\r\nb\rc\u2028d\x0b\x0c\u0085\n"),
    "controls pass a pipe": (
        "\x1b[31m\x07\x00\x9b\u202e\ufeff",
        "\x1b[31m\x07\x00\x9b\u202e\ufeff\n",
    ),
    "Unicode": ("日本👩‍💻می\u200cخواهم", "日本👩‍💻می\u200cخواهم\n"),
    "markup is text": ("**a** <b> [/x] &amp; `c`", "**a** <b> [/x] &amp; `c`\n"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_pipe_gets_the_answer_byte_for_byte(case: str, aichat: Program) -> None:
    text, expected = TEXTS[case]
    with Server(chat_stream(list(text))) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert (result.stdout, result.stderr, result.code) == (expected.encode(), "", 0)


def test_a_pipe_gets_a_whole_answer_byte_for_byte(aichat: Program) -> None:
    text = "\n".join(text for text, _ in TEXTS.values())
    with Server(chat_whole(text)) as server:
        result = aichat.point_groq_at(server.url).run("ask", "hi", "--no-stream")
    assert (result.stdout, result.code) == (f"{text}\n".encode(), 0)


def test_half_a_surrogate_pair_is_replaced(aichat: Program) -> None:
    event = b'data: {"choices":[{"index":0,"delta":{"content":"a\\ud83d b"}}]}\n\n'
    end = [step for step in chat_stream([]).body if isinstance(step, bytes)]
    with Server(Reply(headers=SSE, body=[event, *end])) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert result.code == 0
    assert result.text[0] == "a" and result.text.endswith(" b\n") and len(result.text) == 5


def test_everything_but_the_answer_is_stderr(aichat: Program) -> None:
    busy = chat_error(429, "slow down", headers={"retry-after-ms": "1"})
    answer = chat_stream(
        ["Fine."], reasoning=["hmm"], tool_calls=tool_call("look", '{"a":1}'), finish="odd"
    )
    aichat.write_config("unknown_key = 1\n")
    with Server(busy, answer) as server:
        result = aichat.point_groq_at(server.url).run("ask", "hi", "--usage", "--debug")
    assert result.stdout == b"Fine.\n"
    for word in ("unknown_key", "slow down", "look", "12 in", "debug"):
        assert word in result.stderr
    assert "hmm" not in result.stderr


def test_text_is_written_as_it_arrives(aichat: Program) -> None:
    with Server(partial_reply(hold_forever(), text="first")) as server:
        process = aichat.point_groq_at(server.url).start("ask", "hi")
        assert read_until(process.stdout.fileno(), lambda data: data == b"first", process)
        process.kill()
        process.communicate()


# stdout that does not take it


def test_a_reader_that_leaves_ends_the_program_in_silence_and_the_request(
    aichat: Program,
) -> None:
    drip = [step for _ in range(500) for step in (Pause(0.01), *text_events("more "))]
    with Server(Reply(headers=SSE, body=[*text_events("0123456789ABC"), *drip])) as server:
        result = aichat.point_groq_at(server.url).run_shell(
            '$AICHAT ask hi | head -c 10; echo "${PIPESTATUS[*]}" >&2'
        )
        assert server.requests[0].closed.wait(1)
    assert result.stdout == b"0123456789"
    assert result.stderr == "141 0\n"


@pytest.mark.parametrize("words", ["", "--json", "--events", "-x"])
def test_a_closed_stdout_is_exit_13_before_anything_is_sent(
    words: str, aichat: Program, server: Server
) -> None:
    result = aichat.run_shell(f"$AICHAT ask hi {words} >&-")
    assert (result.code, server.requests) == (13, [])
    assert len(stderr_lines(result)) in (1, 2) and "stdout" in result.stderr


def test_a_closed_stdout_matters_to_nobody_who_writes_a_file(
    aichat: Program, server: Server
) -> None:
    result = aichat.run_shell("$AICHAT ask hi --output answer.txt >&-")
    assert (result.code, (aichat.home / "answer.txt").read_text()) == (0, "Fine.\n")


@pytest.mark.parametrize("words", ["", "--json", "--events", "--dry-run"])
def test_a_full_disk_is_exit_13_in_words(words: str, aichat: Program, server: Server) -> None:
    result = aichat.run_shell(f"$AICHAT ask hi {words} >/dev/full")
    assert result.code == 13
    assert len(stderr_lines(result)) in (1, 2) and "No space left" in result.stderr


def test_a_closed_stderr_does_not_disturb_the_answer(aichat: Program, server: Server) -> None:
    result = aichat.run_shell("$AICHAT ask hi --usage --debug 2>&-")
    assert (result.stdout, result.code) == (b"Fine.\n", 0)


def test_a_full_stderr_does_not_disturb_the_answer(aichat: Program, server: Server) -> None:
    result = aichat.run_shell("$AICHAT ask hi --usage --debug 2>/dev/full")
    assert (result.stdout, result.code) == (b"Fine.\n", 0)


# stdin: where it goes

PLACES = {
    "after the words": (("ask", "sum", "up"), b"text\n", "sum up\n\ntext"),
    "alone it is the prompt": (("ask",), b"text\n", "text"),
    "one newline is dropped": (("ask",), b"text\n\n", "text\n"),
    "no newline to drop": (("ask",), b"text", "text"),
    "where - is": (("ask", "before", "-", "after it"), b"text\n", "before\ntext\nafter it"),
    "first": (("ask", "-", "after"), b"text\n", "text\nafter"),
    "last": (("ask", "before", "-"), b"text\n", "before\ntext"),
    "only -": (("ask", "-"), b"text\n", "text"),
    "- after --": (("ask", "--", "before", "-"), b"text\n", "before\ntext"),
    "empty": (("ask", "words"), b"", "words"),
    "inner space is kept": (("ask",), b"  a\n\tb\r\nc\n", "  a\n\tb\r\nc"),
    "NUL is text": (("ask", "w"), b"a\x00b\n", "w\n\na\x00b"),
    "Unicode": (("ask", "é"), "日本👩‍💻\n".encode(), "é\n\n日本👩‍💻"),
    "--no-stdin": (("ask", "--no-stdin", "words"), b"text\n", "words"),
}


@pytest.mark.parametrize("case", PLACES)
def test_stdin_stands_where_it_belongs(case: str, aichat: Program, server: Server) -> None:
    words, stdin, prompt = PLACES[case]
    result = aichat.invoke(*words, stdin=stdin)
    assert (result.text, result.code) == ("Fine.\n", 0)
    assert asked(server) == prompt


def test_as_a_file_stdin_is_only_the_attachment(aichat: Program, server: Server) -> None:
    assert aichat.run("ask", "sum", "up", "-f", "-", stdin=b"the text\n").code == 0
    prompt = asked(server)
    assert prompt.endswith("sum up") and prompt.count("the text") == 1 and "stdin" in prompt


VARIABLE = {"1": "words", "yes": "words", "": "words\n\ntext"}


@pytest.mark.parametrize("value", VARIABLE)
def test_aichat_no_stdin_skips_it(value: str, aichat: Program, server: Server) -> None:
    aichat.invoke("ask", "words", stdin=b"text\n", environ={"AICHAT_NO_STDIN": value})
    assert asked(server) == VARIABLE[value]


def test_a_closed_stdin_is_as_none(aichat: Program, server: Server) -> None:
    result = aichat.run_shell("$AICHAT ask words <&-")
    assert (result.text, result.stderr, asked(server)) == ("Fine.\n", "", "words")


@pytest.mark.parametrize("how", ["<text", "<<<text", "< <(echo text)"])
def test_files_heredocs_and_pipes_are_read(how: str, aichat: Program, server: Server) -> None:
    (aichat.home / "text").write_text("text\n")
    result = aichat.run_shell(f"$AICHAT ask words {how}")
    assert (result.stderr, asked(server)) == ("", "words\n\ntext")


# stdin: what is refused

NOTHING = {
    "no words, no stdin": ((), None),
    "empty stdin": ((), b""),
    "blank stdin": ((), b" \n\n"),
    "empty word": (("",), None),
    "- without text": (("-",), b""),
    "--no-stdin": (("--no-stdin",), b"text"),
}


@pytest.mark.parametrize("case", NOTHING)
def test_nothing_to_ask_is_exit_2_with_the_usage(
    case: str, aichat: Program, server: Server
) -> None:
    words, stdin = NOTHING[case]
    result = aichat.invoke("ask", *words, stdin=stdin)
    assert (result.stdout, result.code, server.requests) == (b"", 2, [])
    assert len(stderr_lines(result)) == 2 and "usage: aichat ask" in stderr_lines(result)[1]


NOT_UTF8 = {
    "first byte": (b"\xff", 0),
    "later": (b"abc\xe9", 3),
    "cut at the end": ("日".encode()[:2], 0),
    "a surrogate": (b"ab\xed\xa0\xbd", 2),
    "after a byte order mark": (b"\xef\xbb\xbfab\xff", 5),
    "beyond a buffer": (b"a" * 200_000 + b"\x80", 200_000),
}


@pytest.mark.parametrize("case", NOT_UTF8)
def test_bytes_that_are_not_utf8_are_exit_2_with_their_offset(
    case: str, aichat: Program, server: Server
) -> None:
    data, offset = NOT_UTF8[case]
    result = aichat.invoke("ask", "hi", stdin=data)
    assert (result.stdout, result.code, server.requests) == (b"", 2, [])
    assert "not UTF-8" in result.stderr and result.stderr.split()[-1] == str(offset)


MB = 1_000_000
SIZES = {
    "10 MB": (10 * MB, (), 0),
    "a byte more": (10 * MB + 1, (), 2),
    "a byte more, allowed": (10 * MB + 1, ("--max-stdin", "11M"), 0),
    "more than allowed": (2 * MB, ("--max-stdin", "1M"), 2),
}


@pytest.mark.parametrize("case", SIZES)
def test_over_10_mb_of_stdin_are_refused_unless_allowed(
    case: str, aichat: Program, server: Server
) -> None:
    size, words, code = SIZES[case]
    result = aichat.invoke("ask", *words, stdin=b"a" * size)
    assert (result.code, len(server.requests)) == (code, int(code == 0))
    if code:
        assert "--max-stdin" in result.stderr and " MB" in stderr_lines(result)[0]


def test_an_endless_stdin_is_refused(aichat: Program, server: Server) -> None:
    result = aichat.run_shell("$AICHAT ask hi </dev/zero")
    assert (result.code, server.requests) == (2, [])


@pytest.mark.parametrize("size", ["x", "-1", "1.5M", "10 T", "²"])
def test_a_size_that_is_none_is_exit_2(size: str, aichat: Program, server: Server) -> None:
    result = aichat.invoke("ask", "hi", "--max-stdin", size, stdin=b"text")
    assert (result.code, server.requests) == (2, [])


# stdin: an open pipe that says nothing


def open_pipe(aichat: Program, kind: str) -> tuple[int, int]:
    """The two ends of a pipe or a FIFO."""
    if kind == "pipe":
        return os.pipe()
    path = aichat.home / "fifo"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    return reader, os.open(path, os.O_WRONLY)


@pytest.mark.parametrize("kind", ["pipe", "fifo"])
def test_a_silent_pipe_is_named_after_a_second_and_its_late_text_is_used(
    kind: str, aichat: Program, server: Server
) -> None:
    reader, writer = open_pipe(aichat, kind)
    began = time.monotonic()
    process = aichat.start("ask", "words", stdin=reader)
    os.close(reader)
    note = read_until(process.stderr.fileno(), lambda data: b"\n" in data, process)
    waited = time.monotonic() - began
    os.write(writer, b"late ")
    os.write(writer, b"text\n")
    os.close(writer)
    stdout, rest = process.communicate(timeout=15)
    assert 1.0 <= waited < 5
    for word in (b"stdin", b"Ctrl-D", b"--no-stdin", b"AICHAT_NO_STDIN=1"):
        assert word in note
    assert (stdout, rest, process.returncode) == (b"Fine.\n", b"", 0)
    assert asked(server) == "words\n\nlate text"


def test_no_stdin_does_not_touch_an_open_pipe(aichat: Program, server: Server) -> None:
    reader, writer = os.pipe()
    process = aichat.start("ask", "words", "--no-stdin", stdin=reader)
    stdout, stderr = process.communicate(timeout=15)
    assert (stdout, stderr) == (b"Fine.\n", b"")
    os.write(writer, b"still there")
    assert os.read(reader, 100) == b"still there"
    os.close(reader)
    os.close(writer)


# Places where a program may be started

PLAIN_C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LANG": "C"}


def test_in_the_c_locale_pipes_and_files_are_utf8(aichat: Program) -> None:
    with Server(chat_stream(["日本 é👩‍💻"])) as server:
        aichat.point_groq_at(server.url)
        result = aichat.run("ask", stdin="ü\n".encode(), environ=PLAIN_C)
        assert (result.stdout, result.stderr) == ("日本 é👩‍💻\n".encode(), "")
        assert asked(server) == "ü"


def test_in_the_c_locale_words_and_options_are_utf8(aichat: Program, server: Server) -> None:
    result = aichat.run("ask", "grüße", "-s", "höflich", environ=PLAIN_C)
    assert (result.text, result.stderr, result.code) == ("Fine.\n", "", 0)
    system, user = server.requests[0].json()["messages"]
    assert (system["content"], user["content"]) == ("höflich", "grüße")


def test_in_the_c_locale_a_file_may_have_a_name_in_utf8(aichat: Program, server: Server) -> None:
    (aichat.home / "größe.txt").write_text("weiß\n")
    result = aichat.run("ask", "hi", "-f", "größe.txt", environ=PLAIN_C)
    assert (result.stderr, result.code) == ("", 0)
    assert "größe.txt" in asked(server) and "weiß" in asked(server)


def test_in_the_c_locale_an_error_is_utf8(aichat: Program) -> None:
    with Server(chat_error(400, "größer geht nicht")) as server:
        result = aichat.point_groq_at(server.url).run("ask", "hi", environ=PLAIN_C)
    assert result.code == 5 and "größer geht nicht" in result.stderr


HOMELESS = {
    "no HOME": ("HOME",),
    "nothing at all": ("HOME", "AICHAT_CONFIG_DIR", "XDG_CACHE_HOME", "LANG"),
}


@pytest.mark.parametrize("case", HOMELESS)
def test_no_home_is_no_reason_to_fail(case: str, aichat: Program, server: Server) -> None:
    for name in HOMELESS[case]:
        del aichat.environ[name]
    result = aichat.run("ask", "hi")
    assert (result.text, result.stderr, result.code) == ("Fine.\n", "", 0)


def test_a_home_that_is_not_there_is_no_reason_to_fail(aichat: Program, server: Server) -> None:
    del aichat.environ["AICHAT_CONFIG_DIR"]
    environ = {"HOME": "/nowhere", "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": "not/absolute"}
    result = aichat.run("ask", "hi", environ=environ)
    assert (result.text, result.stderr, result.code) == ("Fine.\n", "", 0)


def test_a_current_folder_that_is_gone_is_no_reason_to_fail(
    aichat: Program, server: Server
) -> None:
    result = aichat.run_shell('mkdir gone && cd gone && rmdir "$PWD" && $AICHAT ask hi')
    assert (result.text, result.code) == ("Fine.\n", 0)


# A terminal


def on_terminal(aichat: Program, *words: str, environ: dict[str, str] | None = None) -> Any:
    """What a run writes to a terminal, as (bytes, exit code).

    Where these are compared byte by byte it is asked ``-q``: a slow machine draws a spinner.
    """
    master, slave = pty.openpty()
    settings = {**aichat.environ, "TERM": "xterm-256color", **(environ or {})}
    process = aichat.start(*words, stdout=slave, stderr=slave, env=settings)
    os.close(slave)
    written = drained(master)
    os.close(master)
    return written.replace(b"\r\n", b"\n"), process.wait(15)


def drained(master: int) -> bytes:
    data = b""
    try:
        while piece := os.read(master, 1 << 16):
            data += piece
    except OSError:  # Linux says EIO where the last writer has gone
        pass
    return data


#: What a model may send, and what a terminal is given in its place.
HOSTILE = {
    "OSC 52, the clipboard": ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
    "OSC 8, a link": ("\x1b]8;;http://x\x1b\\a\x1b]8;;\x1b\\", "␛]8;;http://x␛\\a␛]8;;␛\\"),
    "a title": ("\x1b]0;root#\x07", "␛]0;root#␇"),
    "CSI": ("\x1b[2J\x1b[H\x1b[1A\x1b[6n\x1b[?1049h", "␛[2J␛[H␛[1A␛[6n␛[?1049h"),
    "DCS, APC and a reset": ("\x1bPq\x1b\\\x1b_x\x1b\\\x1bc", "␛Pq␛\\␛_x␛\\␛c"),
    "C1": ("\x9b31m\x9d0;x\x9c\x85", "\ufffd31m\ufffd0;x\ufffd\ufffd"),
    "CR and BS": ("rm -rf\rls    \x08", "rm -rf␍ls    ␈"),
    "CR before a newline": ("a\r\nb\r\n", "a\nb\n"),
    "two CR before a newline": ("a\r\r\nb", "a␍\nb"),
    "NUL, VT, FF and DEL": ("\x00\x0b\x0c\x7f", "␀␋␌␡"),
    "tab and newline": ("a\tb\nc", "a\tb\nc"),
    "bidi": ("\u202ea\u202c\u2066b\u2069\u200e\u061c", "\ufffda\ufffd\ufffdb" + "\ufffd" * 3),
    "zero width": ("a\u200bb\u2060c\ufeffd", "a\ufffdb\ufffdc\ufffdd"),
    "tags": ("a\U000e0041\U000e007f", "a\ufffd\ufffd"),
    "joiners stay": ("👩‍💻 می\u200cخواهم ❤️", "👩‍💻 می\u200cخواهم ❤️"),
}
EVERYTHING = "|".join(raw for raw, _ in HOSTILE.values())
VISIBLE = "|".join(shown for _, shown in HOSTILE.values())
FORBIDDEN = [chr(c) for c in (*range(9), *range(11, 13), *range(14, 32), 127, *range(128, 160))]
FORBIDDEN += ["\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041"]


def assert_inert(written: bytes) -> None:
    text = OUR_SEQUENCES.sub(lambda found: b"\n" * (found[0] == b"\r\n"), written).decode()
    assert [hex(ord(c)) for c in FORBIDDEN if c in text] == []
    assert "\r" not in text


@pytest.mark.parametrize("size", [1, 1000])
def test_no_control_of_the_models_reaches_a_terminal_wherever_it_is_cut(
    size: int, aichat: Program
) -> None:
    pieces = [EVERYTHING[at : at + size] for at in range(0, len(EVERYTHING), size)]
    with Server(chat_stream(pieces)) as server:
        written, code = on_terminal(aichat.point_groq_at(server.url), "ask", "-q", "hi", "--plain")
    assert (written.decode().split("|"), code) == (f"{VISIBLE}\n".split("|"), 0)
    assert_inert(written)


def test_a_carriage_return_at_the_very_end_is_shown(aichat: Program) -> None:
    with Server(chat_stream(["a\r"])) as server:
        written, _ = on_terminal(aichat.point_groq_at(server.url), "ask", "-q", "hi", "--plain")
    assert written.decode() == "a␍\n"


def test_a_pipe_gets_the_same_raw(aichat: Program) -> None:
    with Server(chat_stream([EVERYTHING])) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert result.stdout == EVERYTHING.encode() + b"\n"


FENCED = f"```\n{EVERYTHING}\n```\n"
SINKS = {
    "text": ((), chat_stream([EVERYTHING])),
    "reasoning": ((), chat_stream(["a"], reasoning=[EVERYTHING])),
    "whole": (("--no-stream",), chat_whole(EVERYTHING)),
    "code": (("-x",), chat_stream([FENCED])),
    "no code": (("-x",), chat_stream([EVERYTHING])),
    "json": (("--json",), chat_stream([EVERYTHING])),
    "events": (("--events",), chat_stream([EVERYTHING])),
    "tool call": ((), chat_stream([], tool_calls=tool_call(EVERYTHING, EVERYTHING))),
    "finish reason": ((), chat_stream(["a"], finish=EVERYTHING)),
    "model name": (("--usage",), chat_stream(["a"], model=EVERYTHING)),
    "error": ((), chat_error(400, EVERYTHING)),
    "retry": ((), chat_error(429, EVERYTHING, headers={"retry-after": "99"})),
    "broken event": (
        (),
        partial_reply(b"data: {" + EVERYTHING.replace("\r", "").encode() + b"\n\n"),
    ),
    "unknown option": ((f"--{VISIBLE[:3]}\x1b[31m\x9b",), chat_stream(["a"])),
    "file name": (("-f", "no\x1b]0;x\x07\x9b\u202efile"), chat_stream(["a"])),
    "dry run of a file": (("--dry-run", "-f", "\x9b31m\u202e.txt"), chat_stream(["a"])),
    "debug": (("--debug",), Reply(headers={"content-type": "text/x-a"}, body=[b"\x1b[2J\x9b"])),
}


@pytest.mark.parametrize("case", SINKS)
def test_every_way_to_a_terminal_is_filtered(case: str, aichat: Program) -> None:
    words, reply = SINKS[case]
    (aichat.home / "\x9b31m\u202e.txt").write_text("text")
    with Server(reply) as server:
        written, _ = on_terminal(aichat.point_groq_at(server.url), "ask", "hi", *words)
    assert written
    assert_inert(written)


def test_terminal_json_is_still_the_same_json(aichat: Program) -> None:
    with Server(chat_stream([EVERYTHING])) as server:
        written, _ = on_terminal(aichat.point_groq_at(server.url), "ask", "-q", "hi", "--json")
    assert json.loads(written)["text"] == EVERYTHING


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"TERM": ""}], ids=str)
def test_a_terminal_that_knows_nothing_gets_no_escape(
    environ: dict[str, str], aichat: Program
) -> None:
    with Server(chat_stream(["# Head\n\n**bold**"])) as server:
        written, code = on_terminal(
            aichat.point_groq_at(server.url), "ask", "hi", "--usage", environ=environ
        )
    assert code == 0 and b"\x1b" not in written
    assert b"Head" in written and b"bold" in written


def test_a_terminal_that_is_not_utf8_gets_question_marks(aichat: Program) -> None:
    with Server(chat_stream(["naïve 日本"])) as server:
        written, code = on_terminal(
            aichat.point_groq_at(server.url), "ask", "-q", "hi", environ=PLAIN_C
        )
    assert (written, code) == (b"na?ve ??\n", 0)


def test_reasoning_stands_before_the_text_that_comes_with_it_in_one_piece(aichat: Program) -> None:
    chunks = [chat_chunk({"reasoning": "Think"}), chat_chunk({"reasoning": " twice."})]
    text = [chat_chunk({"content": "Yes"}), chat_chunk({"content": "."}, "stop")]
    body = [b"".join(sse(chunks[0], done=False)), b"".join(sse(chunks[1], *text))]
    with Server(Reply(headers=SSE, body=[body[0], Pause(0.1), body[1]])) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "--show-reasoning", "hi")
    assert done.text == "Yes.\n" and "Think twice." in done.stderr


@pytest.mark.parametrize("same", [True, False], ids=["one terminal", "two places"])
def test_a_line_of_ours_in_an_answer_stands_on_a_row_of_its_own(
    aichat: Program, same: bool
) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    chunks = [chat_chunk({"content": "Here it is:"}), chat_chunk({"images": [picture]}, "stop")]
    fields = TERMINAL if same else {**TERMINAL, "stderr_tty": False}
    with Server(Reply(headers=SSE, body=sse(*chunks))) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "--plain", "hi", **fields)
    assert done.stderr.startswith("\naichat: image saved" if same else "aichat: image saved")
    assert done.text == ("Here it is:" if same else "Here it is:\n")
