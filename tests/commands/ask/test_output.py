"""What ``aichat ask`` prints and writes: JSON, events, code, files, a curl command."""

import ctypes
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.answering.server import (
    SSE,
    USAGE,
    CloseEarly,
    Cut,
    Reply,
    Server,
    SilentReply,
    chat_error,
    chat_stream,
    chat_whole,
    tool_call,
)
from tests.support.running.program import SENTINEL, Program
from tests.support.running.whole_runs import (
    MODEL,
    configure_box,
    error_of,
    partial_reply,
    pop_conversation,
    read_until,
    stderr_lines,
)

GOOD = chat_stream(["Fine."])
LIMIT = chat_stream(["Hello wor"], finish="length")


@pytest.fixture
def server(aichat: Program) -> Iterator[Server]:
    """A server that answers "Fine." and that ``aichat`` asks."""
    with Server(default=GOOD) as server:
        aichat.point_groq_at(server.url)
        yield server


# --json and --events

TOP = {
    *("version", "provider", "model", "response_id", "text", "reasoning", "refusal", "citations"),
    *("tool_calls", "images", "finish_reason", "complete", "usage", "cost", "timing"),
    *("conversation", "error"),
}
BELOW = {
    "usage": {"input", "output", "cached_input", "cache_write", "reasoning", "searches"},
    "cost": {"amount", "currency", "estimated", "source", "saved"},
    "timing": {"first_token_s", "total_s"},
}
ERROR = {"kind", "message", "hint", "status", "code", "request_id", "retry_after", "exit"}


def assert_shape(answer: dict[str, Any], *extra: str) -> None:
    assert set(answer) == {*TOP, *extra}
    for name, keys in BELOW.items():
        assert set(answer[name]) == keys
    assert answer["version"] == 1
    assert answer["conversation"] is None or len(answer["conversation"]) == 10
    assert answer["error"] is None or set(answer["error"]) == ERROR


def test_json_is_one_object_of_the_promised_shape(aichat: Program) -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 4}}
    counts = {**USAGE, **details, "completion_tokens_details": {"reasoning_tokens": 2}}
    reply = chat_stream(["Fi", "ne."], usage=counts, reasoning=["Let", " me"])
    with Server(reply) as server:
        result = aichat.point_groq_at(server.url).run("ask", "hi", "--json")
    assert (result.stderr, result.code, result.text.count("\n")) == ("", 0, 1)
    answer = json.loads(result.stdout)
    assert_shape(answer)
    assert pop_conversation(answer)
    timing = answer.pop("timing")
    assert 0 < timing["first_token_s"] <= timing["total_s"] < 30
    assert answer == {
        "version": 1,
        "provider": "groq",
        "model": MODEL,
        "response_id": "chatcmpl-1",
        "text": "Fine.",
        "reasoning": "Let me",
        "refusal": None,
        "citations": [],
        "tool_calls": [],
        "images": [],
        "finish_reason": "stop",
        "complete": True,
        "usage": {
            "input": 12,
            "output": 3,
            "cached_input": 4,
            "cache_write": None,
            "reasoning": 2,
            "searches": None,
        },
        # 8 x 0.15 + 4 x 0.075 + 3 x 0.6 for a million
        "cost": {
            "amount": 0.0000033,
            "currency": "USD",
            "estimated": False,
            "source": "catalogue",
            "saved": 0.0000003,
        },
        "error": None,
    }


SHAPES = {
    "whole": (chat_whole("a"), ("--no-stream",), ()),
    "no usage": (chat_stream(["a"], usage=None), (), ()),
    "cut": (partial_reply(Cut()), (), ()),
    "refused": (chat_error(400, "bad"), (), ()),
    "silent": (SilentReply(), ("--timeout", "0.2"), ()),
    "code": (chat_stream(["```\na\n```"]), ("-x",), ("code",)),
    "no code": (chat_stream(["a"]), ("-x",), ("code",)),
    "no such profile": (GOOD, ("-P", "nobody"), ()),
    "no such provider": (GOOD, ("-p", "nobody"), ()),
    "bad option": (GOOD, ("-o", "x"), ()),
}


@pytest.mark.parametrize("case", SHAPES)
def test_the_last_event_keeps_its_shape_whatever_happens(case: str, aichat: Program) -> None:
    reply, words, extra = SHAPES[case]
    with Server(reply) as server:
        aichat.point_groq_at(server.url)
        result = aichat.invoke("ask", "hi", "--events", *words)
        last = json.loads(result.text.splitlines()[-1])
    assert last.pop("type") == "finish"
    assert_shape(last, *extra)
    assert (result.code == 0) == (last["error"] is None)
    assert last["error"] is None or last["error"]["exit"] == result.code


UNSENT = {
    "no key": ((), "missing_key", 3),
    "unknown profile": (("-P", "nobody"), "config", 3),
    "unknown provider": (("-p", "nobody"), "config", 3),
    "nothing to ask": (("--no-stdin",), "usage", 2),
    "bad option": (("-o", "x"), "usage", 2),
}


@pytest.mark.parametrize("case", UNSENT)
def test_a_fault_before_sending_is_the_only_event(case: str, aichat: Program) -> None:
    words, kind, code = UNSENT[case]
    question = () if case == "nothing to ask" else ("hi", "-p", "groq")
    result = aichat.invoke("ask", *question, "--events", *words)
    (event,) = (json.loads(line) for line in result.text.splitlines())
    assert (event.pop("type"), event["error"]["kind"], result.code) == ("finish", kind, code)
    assert_shape(event)
    assert 1 <= len(stderr_lines(result)) <= 2


def test_what_is_unknown_is_null_in_json(aichat: Program) -> None:
    answer = json.loads(aichat.invoke("ask", "hi", "--json", "-P", "nobody").stdout)
    assert (answer["provider"], answer["model"]) == (None, None)
    assert (answer["response_id"], answer["finish_reason"]) == (None, None)
    assert set(answer["usage"].values()) == set(answer["timing"].values()) == {None}


def test_events_come_one_a_line_in_order(aichat: Program) -> None:
    reply = chat_stream(
        ["Fi", "ne."], reasoning=["hm"], tool_calls=tool_call("look", '{"a":', "1}")
    )
    whole = b"".join(step for step in reply.body if isinstance(step, bytes))
    reply = replace(reply, body=[whole])  # in one chunk, so that it is read at once
    with Server(reply) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", "--events")
    *told, finish = [json.loads(line) for line in result.text.splitlines()]
    events: list[dict[str, Any]] = []
    for event in told:  # text that is read together is told together
        if events and event["type"] == events[-1]["type"] == "text":
            event["text"] = events.pop()["text"] + event["text"]
        events.append(event)
    assert finish["conversation"]
    assert all(line.startswith('{"type": "') for line in result.text.splitlines())
    usage = dict.fromkeys(("cached_input", "cache_write", "reasoning", "searches"))
    start = {
        "provider": "groq",
        "model": MODEL,
        "wire": "chat",
        "conversation": finish["conversation"],
    }
    expected = [
        {"type": "start", **start},
        {"type": "reasoning", "text": "hm"},
        {"type": "text", "text": "Fine."},
        {"type": "tool_call", "id": "call_1", "name": "look", "arguments": '{"a":1}'},
        {"type": "usage", "input": 12, "output": 3, **usage},
    ]
    assert sorted(events, key=str) == sorted(expected, key=str)
    assert [e for e in events if e["type"] not in ("tool_call", "usage")] == expected[:3]
    assert finish.pop("type") == "finish" and finish["complete"]
    assert_shape(finish)


def test_the_start_event_is_written_before_anything_is_answered(aichat: Program) -> None:
    with Server(SilentReply()) as server:
        process = aichat.point_groq_at(server.url).start("ask", "hi", "--events")
        line = read_until(process.stdout.fileno(), lambda data: b"\n" in data, process)
        process.kill()
        process.communicate()
    assert json.loads(line)["type"] == "start"


def test_sources_and_citations_are_numbered_events(aichat: Program) -> None:
    cited = {"type": "url_citation", "url_citation": {"url": "https://a", "title": "A"}}
    cited["url_citation"] |= {"start_index": 1, "end_index": 3}
    delta = {"choices": [{"index": 0, "delta": {"content": "text", "annotations": [cited]}}]}
    end = [step for step in chat_stream([]).body if isinstance(step, bytes)]
    event = b"data: " + json.dumps(delta).encode() + b"\n\n"
    with Server(Reply(headers=GOOD.headers, body=[event, *end])) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", "--events")
    events = [json.loads(line) for line in result.text.splitlines()]
    assert {"type": "source", "index": 1, "url": "https://a", "title": "A"} in events
    assert {"type": "citation", "index": 1, "start": 1, "end": 3} in events
    assert events[-1]["citations"] == [
        {"index": 1, "url": "https://a", "title": "A", "start": 1, "end": 3}
    ]


# -x

ANSWER = "Try:\n\n```python\nprint(1)\n```\n\nor\n\n~~~sh\necho 1\n\necho 2\n~~~\n"
EXTRACTS = {
    "the first block": (ANSWER, ("-x",), "print(1)\n"),
    "of a language": (ANSWER, ("--extract-lang", "sh"), "echo 1\n\necho 2\n"),
    "of a language, any case": (ANSWER, ("--extract-lang", "Python"), "print(1)\n"),
    "both flags": (ANSWER, ("-x", "--extract-lang", "sh"), "echo 1\n\necho 2\n"),
    "not closed": ("```\na\nb", ("-x",), "a\nb\n"),
    "longer fence": ("````\n```\nx\n```\n````\n", ("-x",), "```\nx\n```\n"),
    "empty block": ("```\n```\n", ("-x",), ""),
}


@pytest.mark.parametrize("case", EXTRACTS)
def test_extract_prints_only_the_block(case: str, aichat: Program) -> None:
    text, words, code = EXTRACTS[case]
    with Server(chat_stream(list(text))) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", *words)
    assert (result.text, result.stderr, result.code) == (code, "", 0)


@pytest.mark.parametrize("words", [("-x",), ("--extract-lang", "ruby")], ids=" ".join)
def test_without_the_block_stdout_is_empty_and_the_answer_on_stderr(
    words: tuple[str, ...], aichat: Program
) -> None:
    text = "No code.\n\nAt all." if words == ("-x",) else ANSWER.strip()
    with Server(chat_stream([text])) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", *words)
    assert (result.stdout, result.code) == (b"", 12)
    assert result.stderr.startswith(f"{text}\n")
    assert "code block" in result.stderr.splitlines()[-1]


def test_extract_adds_the_code_to_json(aichat: Program) -> None:
    with Server(chat_stream([ANSWER])) as server:
        found = json.loads(aichat.point_groq_at(server.url).run("ask", "hi", "--json", "-x").stdout)
        result = aichat.run("ask", "hi", "--json", "--extract-lang", "ruby")
    assert (found["code"], found["text"]) == ("print(1)", ANSWER)
    assert (json.loads(result.stdout)["code"], error_of(result)["kind"]) == (None, "no_code")
    assert result.code == 12


# --output


@pytest.fixture
def target(aichat: Program) -> Path:
    path = aichat.home / "answer.txt"
    path.write_text("old\n")
    path.chmod(0o640)
    return path


def test_a_whole_answer_takes_the_files_place(
    aichat: Program, server: Server, target: Path
) -> None:
    before = target.stat().st_ino
    result = aichat.run("ask", "hi", "--output", "answer.txt")
    assert (result.stdout, result.stderr, result.code) == (b"", "", 0)
    assert target.read_text() == "Fine.\n" and target.stat().st_mode & 0o777 == 0o640
    assert target.stat().st_ino != before, "replaced at once, not written over"
    assert sorted(p.name for p in aichat.home.glob("answer*")) == ["answer.txt"]


UNFINISHED = {"cut": (partial_reply(Cut()), 9), "the model's limit": (LIMIT, 9)}
UNFINISHED["filtered"] = (chat_stream(["Hello wor"], finish="content_filter"), 10)


@pytest.mark.parametrize("case", UNFINISHED)
def test_an_incomplete_answer_goes_beside_the_file(
    case: str, aichat: Program, target: Path
) -> None:
    reply, code = UNFINISHED[case]
    with Server(reply) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", "--output", "answer.txt")
    assert (result.stdout, result.code) == (b"", code)
    assert target.read_text() == "old\n"
    assert target.with_name("answer.txt.partial").read_text() == "Hello wor\n"


def test_a_refused_request_leaves_the_file_alone(aichat: Program, target: Path) -> None:
    with Server(chat_error(401, "no")) as server:
        assert (
            aichat.point_groq_at(server.url).invoke("ask", "hi", "--output", "answer.txt").code == 4
        )
    assert target.read_text() == "old\n"
    assert not target.with_name("answer.txt.partial").exists()


def test_a_dry_run_leaves_the_file_alone(aichat: Program, server: Server, target: Path) -> None:
    result = aichat.invoke("ask", "hi", "--dry-run", "--output", "answer.txt")
    assert (result.code, server.requests) == (0, [])
    assert result.text.startswith("curl ") and target.read_text() == "old\n"


@pytest.mark.parametrize("dangling", [False, True])
def test_a_symbolic_link_is_followed_and_stays(
    dangling: bool, aichat: Program, server: Server
) -> None:
    (aichat.home / "real").mkdir()
    real, link = aichat.home / "real" / "file", aichat.home / "link"
    if not dangling:
        real.write_text("old\n")
    link.symlink_to(real)
    assert aichat.invoke("ask", "hi", "--output", "link").code == 0
    assert link.is_symlink() and real.read_text() == "Fine.\n"


DEVICES = {
    "--output /dev/null": "",
    "--output /dev/stdout": "Fine.\n",
    "--output /dev/stdout | cat": "Fine.\n",
    "--output /dev/fd/3 3>&1 | cat": "Fine.\n",
    "--output /dev/stderr 2>&1 >/dev/null": "Fine.\n",
    "--output >(cat) | cat": "Fine.\n",
    "--output fifo & cat fifo": "Fine.\n",
}


@pytest.mark.parametrize("words", DEVICES)
def test_output_may_be_a_device_or_a_pipe(words: str, aichat: Program, server: Server) -> None:
    os.mkfifo(aichat.home / "fifo")
    result = aichat.run_shell(f"set -o pipefail; $AICHAT ask hi {words}")
    assert (result.text, result.stderr, result.code) == (DEVICES[words], "", 0)


@pytest.mark.parametrize("place", ["missing/answer.txt", "folder", "file/answer.txt", ""])
def test_a_place_that_cannot_be_written_is_exit_13_before_anything_is_sent(
    place: str, aichat: Program, server: Server
) -> None:
    (aichat.home / "folder").mkdir()
    (aichat.home / "file").write_text("old")
    result = aichat.invoke("ask", "hi", "--output", place or f"{aichat.home}/folder/")
    assert (result.stdout, result.code, server.requests) == (b"", 13, [])
    assert len(stderr_lines(result)) in (1, 2)


def as_a_mere_user() -> None:
    """Root may write everywhere, by a capability that Linux lets a process give up."""
    drop, dac_override = 24, 1
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(drop, dac_override, 0, 0, 0)


def test_a_folder_without_write_permission_is_exit_13_before_anything_is_sent(
    aichat: Program, server: Server
) -> None:
    (aichat.home / "folder").mkdir(mode=0o555)
    words = ("ask", "hi", "--output", "folder/answer.txt")
    process = aichat.start(*words, preexec_fn=as_a_mere_user)
    stdout, stderr = process.communicate(timeout=15)
    assert (stdout, process.returncode, server.requests) == (b"", 13, [])
    assert b"folder" in stderr


def test_an_answer_that_cannot_be_written_in_the_end_is_not_lost(
    aichat: Program, server: Server
) -> None:
    result = aichat.run("ask", "hi", "--output", "/dev/full")
    assert (result.text, result.code) == ("Fine.\n", 13)
    assert "No space left" in result.stderr and len(stderr_lines(result)) in (1, 2)


@pytest.mark.parametrize("words", [("--json",), ("--events",), ("-x",)], ids=" ".join)
def test_output_takes_every_form_of_an_answer(words: tuple[str, ...], aichat: Program) -> None:
    with Server(chat_stream(["```\nx = 1\n```\n"])) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", *words, "--output", "out")
    written = (aichat.home / "out").read_text()
    assert (result.stdout, result.code) == (b"", 0)
    assert written == "x = 1\n" if words == ("-x",) else json.loads(written.splitlines()[-1])


# --dry-run

CURLS = {
    "groq": ("ask", 'it\'s "odd" $HOME `x` \\ \n JSON é', "--header", "X-Team: b $1 lue"),
    "no stream": ("ask", "hi", "--no-stream", "--seed", "1", "-o", "a.b=null", "-o", "c={}"),
    "a server without a key": ("ask", "hi", "-p", "box", "-s", "JSON\nJSON"),
    "own authorization": ("ask", "hi", "--header", "Authorization: Basic x=="),
}


@pytest.mark.parametrize("case", CURLS)
def test_a_dry_run_is_a_curl_command_that_sends_the_same_request(
    case: str, aichat: Program, server: Server
) -> None:
    configure_box(aichat, server.url)
    words = CURLS[case]
    dry = aichat.invoke(*words, "--dry-run", environ={"GROQ_API_KEY": ""} if "box" in words else {})
    assert (dry.stderr, dry.code, server.requests) == ("", 0, [])
    assert SENTINEL not in dry.text and dry.text.startswith("curl ")
    aichat.invoke(*words)
    aichat.environ |= {"HEADER_X_TEAM": "b $1 lue", "HEADER_AUTHORIZATION": "Basic x=="}
    ran = aichat.run_shell(dry.text)
    assert (ran.stderr, ran.code) == ("", 0)
    real, curl = server.requests
    assert (curl.method, curl.path, curl.json()) == (real.method, real.path, real.json())
    for name in ("content-type", "authorization", "x-team"):
        assert curl.headers.get(name) == real.headers.get(name)


def test_a_dry_run_needs_no_key_and_runs_no_key_command(aichat: Program) -> None:
    aichat.write_config('[providers.groq]\nkey_command = ["touch", "ran"]\n')
    result = aichat.invoke("ask", "hi", "-p", "groq", "--dry-run")
    assert (result.stderr, result.code) == ("", 0)
    assert "$GROQ_API_KEY" in result.text and "https://api.groq.com/openai/v1" in result.text
    assert not (aichat.home / "ran").exists()


def test_a_dry_run_shows_no_header_value(aichat: Program) -> None:
    aichat.write_config('[providers.groq]\nheaders = { X-Secret = "abc123" }\n')
    result = aichat.invoke("ask", "hi", "-p", "groq", "--dry-run", "--header", "X-Other: def456")
    assert "abc123" not in result.text and "def456" not in result.text
    assert "$HEADER_X_SECRET" in result.text and "$HEADER_X_OTHER" in result.text


CUT = Reply(headers=SSE, body=[*chat_stream(["Hel"]).body[:2], CloseEarly()])


@pytest.mark.parametrize(
    "reply", [CUT, chat_stream(["Hel"], finish="length")], ids=["lost", "at the limit"]
)
def test_a_cut_answer_says_what_to_type_next_and_where_it_lies(
    aichat: Program, reply: Reply
) -> None:
    with Server(default=reply) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "hi", "--output", "answer")
        unsaved = aichat.invoke("ask", "hi", "--no-save")
    assert "finish it with: aichat ask -c" in done.stderr and "answer.partial" in done.stderr
    assert (aichat.home / "answer.partial").read_text() == "Hel\n"
    assert "aichat ask -c" not in unsaved.stderr
