"""``aichat ask``, option by option, as a user or a script meets it."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.answering.server import (
    Json,
    Reply,
    SeenRequest,
    Server,
    chat_error,
    chat_stream,
    chat_whole,
    tool_call,
)
from tests.support.running.program import SENTINEL, Program
from tests.support.running.whole_runs import MODEL, configure_box, error_of, stderr_lines

GOOD = chat_stream(["Fine."])


@pytest.fixture
def server(aichat: Program) -> Iterator[Server]:
    """A server that answers "Fine." and that ``aichat`` asks."""
    with Server(default=GOOD) as server:
        aichat.point_groq_at(server.url)
        yield server


def only(server: Server) -> SeenRequest:
    (seen,) = server.requests
    return seen


def body(server: Server) -> Any:
    return only(server).json()


# The request

USER = {"role": "user", "content": "hi"}


def test_the_smallest_request_holds_what_is_needed_and_no_more(
    aichat: Program, server: Server
) -> None:
    result = aichat.run("ask", "hi")
    assert (result.text, result.stderr, result.code) == ("Fine.\n", "", 0)
    seen = only(server)
    assert (seen.method, seen.path) == ("POST", "/v1/chat/completions")
    assert seen.headers["authorization"] == f"Bearer {SENTINEL}"
    assert seen.headers["content-type"] == "application/json"
    assert seen.json() == {"model": MODEL, "messages": [USER], "stream": True}


BODIES: dict[str, tuple[str, Json]] = {
    "sampling": (
        "--temperature 0.5 --top-p 0.9 --max-tokens 50 --stop A --stop B --seed -7",
        {
            "temperature": 0.5,
            "top_p": 0.9,
            "max_completion_tokens": 50,
            "stop": ["A", "B"],
            "seed": -7,
        },
    ),
    "zeros": ("--temperature=0 --top-p 0 --seed 0", {"temperature": 0, "top_p": 0, "seed": 0}),
    "model": ("-m gpt-oss-20b", {"model": "openai/gpt-oss-20b"}),
    "provider and model": ("-p groq -m a/b", {"model": "a/b"}),
    "provider/model": ("-m groq/openai/gpt-oss-20b", {"model": "openai/gpt-oss-20b"}),
    "Groq's own id": ("-m groq/compound", {"model": "groq/compound"}),
    "provider alone": ("-p groq", {"model": MODEL}),
    "no-stream": ("--no-stream", {"stream": False}),
    "-o of every kind": (
        """-o top_k=40 -o tools=[{"a":1}] -o user=joe -o quoted="40" -o eq=a=b -o nan=NaN -o no=null
        -o a.b.c=true -o a.b.d=1 --temperature 1 -o temperature=0.2""",
        {
            "top_k": 40,
            "tools": [{"a": 1}],
            "user": "joe",
            "quoted": "40",
            "eq": "a=b",
            "nan": "NaN",
            "a": {"b": {"c": True, "d": 1}},
            "temperature": 0.2,
        },
    ),
}


@pytest.mark.parametrize("case", BODIES)
def test_an_option_reaches_the_body(case: str, aichat: Program, server: Server) -> None:
    words, fields = BODIES[case]
    server.push(GOOD if "--no-stream" not in words else chat_whole("Fine."))
    result = aichat.invoke("ask", *words.split(), "hi")
    assert (result.text, result.code) == ("Fine.\n", 0)
    assert body(server) == {"model": MODEL, "messages": [USER], "stream": True, **fields}


def test_null_removes_a_field_and_objects_are_merged_deeply(aichat: Program) -> None:
    with Server(GOOD) as server:
        configure_box(aichat, server.url)
        words = (
            "-o",
            "stream_options.x=1",
            "-o",
            "messages=null",
            "--seed",
            "1",
            "-o",
            "seed=null",
        )
        aichat.invoke("ask", "-p", "box", "hi", *words)
        assert body(server) == {
            "model": "m",
            "stream": True,
            "stream_options": {"include_usage": True, "x": 1},
        }


def test_words_are_joined_by_spaces_and_options_stand_anywhere(
    aichat: Program, server: Server
) -> None:
    aichat.invoke("ask", "what", "--seed", "1", "is", "a  b", "-q", "--", "-x", "--json")
    assert body(server)["messages"][-1]["content"] == "what is a  b -x --json"


@pytest.mark.parametrize("place", ["before", "after"])
def test_global_options_stand_before_or_after_the_command(
    place: str, aichat: Program, server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "config.toml").write_text('[profiles.x]\nmodel = "groq/special"\n')
    chosen = ("--config-dir", str(folder))
    command = ("ask", "-P", "x", "hi")
    aichat.run(*(chosen + command if place == "before" else command + chosen))
    assert body(server)["model"] == "special"


# The system prompt, files and profiles


def messages(server: Server) -> list[tuple[str, str]]:
    return [(m["role"], m["content"]) for m in body(server)["messages"]]


def test_a_system_prompt_is_text_or_a_file(aichat: Program, server: Server) -> None:
    (aichat.home / "prompt.md").write_text("Be brief.\nBe kind.\n")
    aichat.invoke("ask", "-s", "@prompt.md", "hi")
    aichat.invoke("ask", "-s", "Be brief.", "hi")
    first, second = (seen.json()["messages"][0] for seen in server.requests)
    assert first == {"role": "system", "content": "Be brief.\nBe kind.\n"}
    assert second == {"role": "system", "content": "Be brief."}


PROFILES = """
default_profile = "brief"
[profiles.brief]
provider = "groq"
model = "llama-3"
system = "@prompt.md"
temperature = 0.1
max_tokens = 9
stop = "END"
options = { a = { b = 1 }, c = 2 }
headers = { X-Team = "blue" }
[profiles.long]
model = "groq/llama-4"
temperature = 1.5
"""


def test_a_profile_gives_what_no_flag_gives(aichat: Program, server: Server) -> None:
    aichat.write_config(PROFILES)
    (aichat.config_dir / "prompt.md").write_text("From the profile.")
    aichat.invoke("ask", "hi", "-o", "a.d=3", "--max-tokens", "5")
    assert messages(server) == [("system", "From the profile."), ("user", "hi")]
    fields = {name: value for name, value in body(server).items() if name != "messages"}
    assert fields == {
        "model": "llama-3",
        "stream": True,
        "temperature": 0.1,
        "max_completion_tokens": 5,
        "stop": ["END"],
        "a": {"b": 1, "d": 3},
        "c": 2,
    }
    assert only(server).headers["x-team"] == "blue"


def test_a_named_profile_takes_the_place_of_the_default_one(
    aichat: Program, server: Server
) -> None:
    aichat.write_config(PROFILES)
    aichat.invoke("ask", "hi", "-P", "long")
    expected = {"model": "llama-4", "messages": [USER], "stream": True, "temperature": 1.5}
    assert body(server) == expected
    assert "x-team" not in only(server).headers


FILES = {
    "one": (("-f", "a.py"), ["a.py"]),
    "two, in order": (("-f", "b.md", "-a", "a.py"), ["b.md", "a.py"]),
    "the long names": (("--file", "a.py", "--attach", "b.md"), ["a.py", "b.md"]),
}
CONTENT = {"a.py": "print('é')\n", "b.md": "# Title\n```sh\nls\n```\n"}


@pytest.mark.parametrize("case", FILES)
def test_text_files_are_inlined_with_their_names(
    case: str, aichat: Program, server: Server
) -> None:
    words, names = FILES[case]
    for name, text in CONTENT.items():
        (aichat.home / name).write_text(text)
    assert aichat.invoke("ask", "explain", *words).code == 0
    ((_, prompt),) = messages(server)
    places = [
        place for name in names for place in (prompt.index(name), prompt.index(CONTENT[name]))
    ]
    assert places == sorted(places)
    assert prompt.endswith("explain")


def test_a_file_alone_is_a_question(aichat: Program, server: Server) -> None:
    (aichat.home / "a.py").write_text("print(1)\n")
    assert aichat.invoke("ask", "-f", "a.py").code == 0
    assert "print(1)" in messages(server)[0][1]


BAD_FILES = {
    "missing": (("-f", "nowhere.txt"), "nowhere.txt"),
    "a folder": (("-f", "folder"), "folder"),
    "binary": (("-f", "noise.bin"), "noise.bin"),
    "a missing system prompt": (("-s", "@nowhere.md"), "nowhere.md"),
    "a folder as system prompt": (("-s", "@folder"), "folder"),
    "a binary system prompt": (("-s", "@image.png"), "image.png"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_is_no_text_is_exit_2_by_name(
    case: str, aichat: Program, server: Server
) -> None:
    words, name = BAD_FILES[case]
    (aichat.home / "folder").mkdir()
    (aichat.home / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff")
    (aichat.home / "noise.bin").write_bytes(b"\0\xff\xfe\x80" * 9)
    result = aichat.invoke("ask", "hi", *words)
    assert (result.stdout, result.code, server.requests) == (b"", 2, [])
    assert name in stderr_lines(result)[0] and len(stderr_lines(result)) <= 2


def test_a_file_name_that_is_not_utf8_is_no_bug_of_ours(aichat: Program, server: Server) -> None:
    (aichat.home / os.fsdecode(b"na\xefve.txt")).write_text("text\n")
    result = aichat.run_shell("$AICHAT ask hi -f na$'\\xef've.txt")
    assert result.code in (0, 2) and "aichat: internal error" not in result.stderr


# Words that are wrong

USAGE_ERRORS = {
    "unknown option": (("--temprature", "1"), "--temperature"),
    "unknown short option": (("-Z",), "-Z"),
    "an option of later": (("--replay", "x"), "--replay"),
    "a dash among the words": (("what", "-is", "this"), "-i"),
    "no value": (("--model",), "--model"),
    "not a number": (("--temperature", "warm"), "--temperature"),
    "not a whole number": (("--max-tokens", "1.5"), "--max-tokens"),
    "-o without =": (("-o", "top_k"), "top_k"),
    "-o with an empty key": (("-o", "a..b=1"), "a..b"),
    "a header without a colon": (("--header", "X-A"), "--header"),
    "a header with a newline": (("--header", "X-A: b\nX-C: d"), "--header"),
    "an unknown wire": (("--wire", "smoke"), "smoke"),
    "a wire that Groq lacks": (("--wire", "messages"), "messages"),
    "json and events": (("--json", "--events"), "--events"),
    "negative retries": (("--retries", "-1"), "--retries"),
    "no time": (("--timeout", "0"), "--timeout"),
    "timeout nan": (("--timeout", "nan"), "--timeout"),
    "timeout inf": (("--timeout", "inf"), "--timeout"),
    "temperature nan": (("--temperature", "nan"), "--temperature"),
    "top-p inf": (("--top-p", "inf"), "--top-p"),
    "longer than sockets wait": (("--timeout", "99999999999999"), "--timeout 99999999999999"),
    "no room for an answer": (("--max-tokens", "0"), "--max-tokens 0"),
    "less than no tokens": (("--max-tokens", "-5"), "--max-tokens -5"),
    "hotter than any model": (("--temperature", "99"), "a number from 0 to 2"),
    "more than everything": (("--top-p", "5"), "a number from 0 to 1"),
    "bad colour": (("--color", "red"), "red"),
}


@pytest.mark.parametrize("case", USAGE_ERRORS)
def test_a_wrong_word_is_exit_2_in_two_lines_that_name_it(
    case: str, aichat: Program, server: Server
) -> None:
    words, name = USAGE_ERRORS[case]
    result = aichat.invoke("ask", "hi", *words)
    assert (result.code, server.requests) == (2, [])
    assert bool(result.stdout) is ("--json" in words)
    assert 1 <= len(stderr_lines(result)) <= 2 and stderr_lines(result)[0].startswith("aichat: ")
    assert name in result.stderr


BYTES = {"word": "$'\\xff'", "-s": "-s $'\\xff'", "-m": "-m $'\\xff'", "--stop": "--stop $'\\xff'"}
BYTES |= {"-o": "-o x=$'\\xff'", "-o key": "-o $'\\xff'=1", "surrogate": """-o 'x="\\ud83d"'"""}


@pytest.mark.parametrize("case", BYTES)
def test_an_argument_that_is_not_utf8_is_no_bug_of_ours(
    case: str, aichat: Program, server: Server
) -> None:
    result = aichat.run_shell(f"$AICHAT ask hi {BYTES[case]}")
    assert "aichat: internal error" not in result.stderr
    assert (result.code, len(server.requests)) in ((2, 0), (0, 1))


# How an answer ends

LIMIT = chat_stream(["Hello wor"], finish="length")
ENDINGS = {
    "the user's limit": (LIMIT, ("--max-tokens", "2"), 0, "limit"),
    "the user's limit by -o": (LIMIT, ("-o", "max_completion_tokens=2"), 0, "limit"),
    "the user's limit by its old name": (LIMIT, ("-o", "max_tokens=2"), 0, "limit"),
    "the user's limit in a profile": (LIMIT, ("-P", "short"), 0, "limit"),
    "the user's limit in a profile's options": (LIMIT, ("-P", "shorter"), 0, "limit"),
    "the model's limit": (LIMIT, (), 9, "limit"),
    "filtered": (chat_stream(["Hello wor"], finish="content_filter"), (), 10, "filter"),
    "an unknown reason": (chat_stream(["Hello wor"], finish="bored"), (), 9, "bored"),
}
LIMITS = """
[profiles.short]
provider = "groq"
max_tokens = 2
[profiles.shorter]
provider = "groq"
options = { max_completion_tokens = 2 }
"""


@pytest.mark.parametrize("case", ENDINGS)
def test_an_ending_has_its_exit_code_and_its_line(case: str, aichat: Program) -> None:
    reply, words, code, says = ENDINGS[case]
    aichat.write_config(LIMITS)
    with Server(reply) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", *words)
    assert (result.text, result.code) == ("Hello wor\n", code)
    assert len(stderr_lines(result)) in (1, 2) and says in stderr_lines(result)[0]


def test_a_refusal_goes_to_stderr_and_is_exit_10(aichat: Program) -> None:
    event = b'data: {"choices":[{"index":0,"delta":{"refusal":"I must not."}}]}\n\n'
    end = [step for step in chat_stream([]).body if isinstance(step, bytes)]
    with Server(Reply(headers=GOOD.headers, body=[event, *end])) as server:
        plain = aichat.point_groq_at(server.url).invoke("ask", "hi")
        spoken = aichat.invoke("ask", "hi", "--json")
    assert (plain.stdout, plain.code) == (b"", 10)
    assert stderr_lines(plain)[0] == "I must not."
    answer = json.loads(spoken.stdout)
    assert (answer["refusal"], answer["finish_reason"]) == ("I must not.", "refusal")
    assert (error_of(spoken)["kind"], spoken.code) == ("refusal", 10)


def test_tool_calls_are_complete_and_stand_on_stderr(aichat: Program) -> None:
    calls = tool_call("look", '{"a":', "1}") + tool_call("see", "{}", call_id="c2", index=1)
    with Server(chat_stream([], tool_calls=calls)) as server:
        plain = aichat.point_groq_at(server.url).invoke("ask", "hi")
        answer = json.loads(aichat.invoke("ask", "hi", "--json").stdout)
    assert (plain.stdout, plain.code) == (b"", 0)
    assert "look" in plain.stderr and '{"a":1}' in plain.stderr and "see" in plain.stderr
    assert answer["tool_calls"] == [
        {"id": "call_1", "name": "look", "arguments": '{"a":1}'},
        {"id": "c2", "name": "see", "arguments": "{}"},
    ]
    assert (answer["finish_reason"], answer["complete"]) == ("tool_calls", True)


ERRORS = {
    "wrong key": (chat_error(401, "Invalid API Key", code="invalid_api_key"), "auth", 4),
    "unknown model": (chat_error(404, "no such model", code="model_not_found"), "not_found", 5),
    "too long": (
        chat_error(400, "too long", code="context_length_exceeded"),
        "context_length",
        5,
    ),
    "too much": (chat_error(429, "slow down", headers={"retry-after": "99"}), "rate_limit", 6),
    "busy": (chat_error(503, "busy", "x"), "overloaded", 7),
}


@pytest.mark.parametrize("case", ERRORS)
def test_a_refused_request_names_provider_model_status_and_request(
    case: str, aichat: Program
) -> None:
    reply, kind, code = ERRORS[case]
    named = replace(reply, headers={**dict(reply.headers), "x-request-id": "req_9"})
    with Server(named) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", "--json", "--retries", "0")
    error = error_of(result)
    assert (error["kind"], error["status"], error["request_id"]) == (kind, reply.status, "req_9")
    assert result.code == code
    assert 1 <= len(stderr_lines(result)) <= 2
    for word in ("groq", MODEL, f"HTTP {reply.status}", "req_9", error["message"]):
        assert word in stderr_lines(result)[0]


# Headers

HEADERS = {
    "X-Team: blue": ("x-team", "blue"),
    "X-Empty:": ("x-empty", ""),
    "X-Colon: a:b": ("x-colon", "a:b"),
    "Authorization: Basic abc": ("authorization", "Basic abc"),
    "Content-Type: application/x": ("content-type", "application/x"),
    "User-Agent: mine": ("user-agent", "mine"),
    "Accept-Encoding: gzip": ("accept-encoding", "gzip"),
    "Host: other.example": ("host", "other.example"),
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_is_sent_once_in_place_of_ours(
    header: str, aichat: Program, server: Server
) -> None:
    name, value = HEADERS[header]
    assert aichat.invoke("ask", "hi", "--header", header).code == 0
    assert [v for n, v in only(server).raw_headers if n.lower() == name] == [value]


@pytest.mark.parametrize("value", ["grün", "a\\nb", "a\\u0000b"])
def test_a_configured_header_that_no_wire_carries_is_exit_3(
    value: str, aichat: Program, server: Server
) -> None:
    aichat.write_config(f'[providers.groq]\nheaders = {{ X-Team = "{value}" }}\n')
    result = aichat.invoke("ask", "hi")
    assert (result.code, server.requests) == (3, [])
    assert "X-Team" in result.stderr


# What is said beside the answer


def test_usage_is_one_line_on_stderr(aichat: Program, server: Server) -> None:
    result = aichat.invoke("ask", "hi", "--usage")
    assert (result.text, len(stderr_lines(result))) == ("Fine.\n", 1)
    for word in ("12 in", "3 out", " s to first", " · $0.0000036"):
        assert word in stderr_lines(result)[0]


def test_usage_says_nothing_of_what_is_unknown(aichat: Program) -> None:
    with Server(chat_stream(["Fine."], usage=None)) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", "--usage")
    assert " in" not in result.stderr and "None" not in result.stderr


QUIET = {
    "an unknown key": (("hi",), GOOD),
    "the user's limit": (("hi", "--max-tokens", "1"), LIMIT),
    "an empty answer": (("hi",), chat_stream([])),
}


@pytest.mark.parametrize("case", QUIET)
def test_quiet_leaves_only_the_answer(case: str, aichat: Program) -> None:
    words, reply = QUIET[case]
    aichat.write_config("unknown_key = 1\n")
    with Server(reply) as server:
        aichat.point_groq_at(server.url)
        loud, quiet = aichat.invoke("ask", *words), aichat.invoke("ask", *words, "-q")
    assert loud.stderr and not quiet.stderr
    assert (loud.stdout, loud.code) == (quiet.stdout, quiet.code) and quiet.code == 0


def test_quiet_leaves_errors(aichat: Program) -> None:
    with Server(chat_error(400, "bad")) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", "-q")
    assert result.code == 5 and "bad" in result.stderr


def test_debug_is_a_line_a_step_without_key_or_body(aichat: Program) -> None:
    echo = chat_error(401, f"Bad key {SENTINEL}")
    with Server(echo) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "a private word", "--debug")
    steps = [line for line in stderr_lines(result) if "debug" in line]
    assert len(steps) >= 2 and "POST" in steps[0] and "/v1/chat/completions" in steps[0]
    assert any("401" in step for step in steps)
    assert SENTINEL not in result.stderr and "private" not in result.stderr


def test_the_key_leaves_only_in_its_header(aichat: Program) -> None:
    with Server(chat_error(401, f"Incorrect API key provided: {SENTINEL}")) as server:
        result = aichat.point_groq_at(server.url).run("ask", "hi", "--json", "--debug")
        seen = only(server)
    assert SENTINEL not in result.text + result.stderr
    assert SENTINEL[-4:] in error_of(result)["message"]
    assert SENTINEL.encode() not in seen.body and SENTINEL not in seen.path
    assert [n.lower() for n, v in seen.raw_headers if SENTINEL in v] == ["authorization"]
