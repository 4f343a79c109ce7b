"""Answers with a shape, as a user asks for them: what is printed, what it costs, how it ends."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.answering.answers import messages_stream, scripted_call
from tests.support.answering.server import (
    SSE,
    Hold,
    Reply,
    Server,
    chat_chunk,
    chat_error,
    chat_stream,
    chat_whole,
    sse,
    tool_call,
)
from tests.support.running.program import TERMINAL, Program, Result, curl_body
from tests.support.running.whole_runs import configure_box, stderr_lines

DOG = "name, age int"
GOOD = '{"name": "Rex", "age": 3}'
BAD = '{"name": "Rex", "age": "three"}'
WRONG = "the answer does not match the schema at $.age: expected integer, got string"

Ask = Callable[..., Result]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def aichat(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def ask(aichat: Program, server: Server) -> Any:
    """One question to a server of one's own, which gives these answers in turn."""
    with server:
        configure_box(aichat, server.url)

        def run(*words: str, says: Any = (GOOD,), **outside: Any) -> Result:
            replies = [chat_stream([one]) if isinstance(one, str) else one for one in says]
            server.script.extend(replies)
            return aichat.invoke("ask", "-p", "box", "--no-stdin", *words, "a dog", **outside)

        yield run


def bodies(server: Server) -> list[dict[str, Any]]:
    return [seen.json() for seen in server.requests]


def said(ran: Result) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(ran.text)
    return answer


def test_the_json_alone_is_stdout_on_one_line_in_a_pipe(ask: Ask, server: Server) -> None:
    ran = ask("--schema", DOG)
    assert (ran.text, ran.stderr, ran.code) == ('{"name":"Rex","age":3}\n', "", 0)
    asked = bodies(server)[0]["response_format"]
    assert asked["type"] == "json_schema"
    assert [*asked["json_schema"]["schema"]["properties"]] == ["name", "age"]


def test_on_a_terminal_it_is_laid_out_in_colours_and_harmless(ask: Ask) -> None:
    evil = '{"name": "\\u001b[2J\\u202e", "age": 3}'
    colours = {"TERM": "xterm-256color"}
    ran = ask("--schema", DOG, says=[evil], environ=colours, **TERMINAL)
    assert "\x1b[2J" not in ran.text
    assert "\u202e" not in ran.text
    assert "\x1b[0m: \x1b" in ran.text
    plain = ask("--schema", DOG, says=[GOOD], environ={"TERM": "dumb"}, **TERMINAL)
    assert plain.text == '{\n  "name": "Rex",\n  "age": 3\n}\n'


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```\n",
        f"Here it is:\n\n{GOOD}\n\nI hope that helps!",
        f"Not {{this}}, nor [that], but {GOOD}.",
        f"First a wrong one: {BAD}\n\nand then\n```json\n{GOOD}\n```",
        '{"result": {"name": "Rex", "age": 3}}',
    ],
)
def test_a_fence_prose_and_a_wrapper_around_it_do_no_harm(ask: Ask, text: str) -> None:
    ran = ask("--schema", DOG, says=[text])
    assert (ran.text, ran.stderr, ran.code) == ('{"name":"Rex","age":3}\n', "", 0)


def test_an_answer_that_does_not_match_is_corrected_once(ask: Ask, server: Server) -> None:
    ran = ask("--schema", DOG, says=[BAD, GOOD])
    assert (ran.text, ran.code) == ('{"name":"Rex","age":3}\n', 0)
    assert stderr_lines(ran) == [f"aichat: {WRONG}; it is asked once more to correct that"]
    first, second = bodies(server)
    assert second["messages"][:-2] == first["messages"]
    assert second["messages"][-2] == {"role": "assistant", "content": BAD}
    assert "$.age: expected integer, got string" in second["messages"][-1]["content"]


def test_a_correction_is_told_in_json_with_what_both_answers_took(
    ask: Ask, aichat: Program
) -> None:
    answer = said(ask("--schema", DOG, "--json", says=[BAD, GOOD]))
    assert answer["schema"] == {"mode": "best_effort", "repaired": True}
    assert answer["json"] == {"name": "Rex", "age": 3}
    assert (answer["text"], answer["error"]) == (GOOD, None)
    assert (answer["usage"]["input"], answer["usage"]["output"]) == (24, 6)
    kept = json.loads(aichat.invoke("history", "show", "last", "--json").text)
    turns = [turn for turn in kept["turns"] if turn["message"]["role"] == "assistant"]
    assert [turn["answer"]["usage"]["input"] for turn in turns] == [12, 12]
    assert turns[-1]["answer"]["schema"] == {"mode": "best_effort", "repaired": True}
    assert kept["head"] == turns[-1]["number"]


def test_what_does_not_match_twice_is_exit_12_and_its_text_is_kept(
    ask: Ask, aichat: Program, server: Server
) -> None:
    ran = ask("--schema", DOG, says=[BAD, BAD])
    assert (ran.text, ran.code) == ("", 12)
    assert stderr_lines(ran)[1:] == [BAD, f"aichat: box openai/gpt-oss-120b: {WRONG}"]
    assert len(server.requests) == 2
    assert "three" in aichat.invoke("history", "show", "last", "--raw").text


def test_with_json_a_mismatch_is_an_error_of_its_own_kind(ask: Ask) -> None:
    ran = ask("--schema", DOG, "--json", says=[BAD, BAD])
    answer = said(ran)
    assert (ran.code, answer["json"], answer["text"]) == (12, None, BAD)
    assert (answer["error"]["kind"], answer["error"]["exit"]) == ("schema", 12)


def test_events_end_in_the_same_object(ask: Ask) -> None:
    lines = [json.loads(line) for line in ask("--schema", DOG, "--events").text.splitlines()]
    assert lines[-1]["type"] == "finish"
    assert (lines[-1]["json"], lines[-1]["schema"]["repaired"]) == (
        {"name": "Rex", "age": 3},
        False,
    )


@pytest.mark.parametrize(
    ("reply", "code", "why"),
    [
        (chat_stream(['{"name": "R'], finish="length"), 9, "output limit"),
        (chat_stream(["I cannot"], finish="content_filter"), 10, "filtered"),
    ],
    ids=["cut", "filtered"],
)
def test_a_cut_or_refused_answer_is_told_as_such_and_never_asked_for_again(
    ask: Ask, server: Server, reply: Reply, code: int, why: str
) -> None:
    ran = ask("--schema", DOG, says=[reply])
    assert (ran.text, ran.code, len(server.requests)) == ("", code, 1)
    assert why in ran.stderr


def test_an_answer_at_the_users_own_limit_is_no_json(ask: Ask, server: Server) -> None:
    cut = chat_stream(['{"name": "R'], finish="length")
    ran = ask("--schema", DOG, "--max-tokens", "3", says=[cut])
    assert (ran.text, ran.code, len(server.requests)) == ("", 12, 1)
    assert '{"name": "R' in ran.stderr and "there is no JSON" in ran.stderr


def test_a_correction_that_fails_leaves_the_first_answer_and_its_fault(ask: Ask) -> None:
    ran = ask("--schema", DOG, "--retries", "0", says=[BAD, chat_error(500, "no", "server_error")])
    assert (ran.text, ran.code) == ("", 12)
    assert BAD in ran.stderr


@pytest.mark.parametrize("words", [("--json",), ()])
def test_calls_of_tools_are_told_and_need_no_json(ask: Ask, words: tuple[str, ...]) -> None:
    called = chat_stream([], tool_calls=tool_call("f", "{}"))
    ran = ask("--schema", DOG, "--tools", '{"name": "f"}', *words, says=[called])
    assert ran.code == 0
    assert "f" in (ran.text if words else ran.stderr)


# -- the ladder


def refusal(words: str) -> Reply:
    return chat_error(400, words)


def test_what_a_server_refuses_is_asked_for_in_the_next_lower_way(ask: Ask, server: Server) -> None:
    no_schema, no_json = refusal("json_schema is not supported"), refusal("response_format: no")
    answer = said(ask("--schema", DOG, "--json", says=[no_schema, no_json, GOOD]))
    assert answer["schema"] == {"mode": "prompt", "repaired": False}
    assert answer["json"] == {"name": "Rex", "age": 3}
    first, second, third = bodies(server)
    assert second["response_format"] == {"type": "json_object"}
    assert "response_format" not in third
    assert first["messages"][-1]["content"] == "a dog"
    for body in (second, third):
        assert body["messages"][-1]["content"].count("It has to match this JSON Schema") == 1


def test_each_step_down_is_told(ask: Ask) -> None:
    ran = ask("--schema", DOG, says=[refusal("json_schema is not supported"), GOOD])
    assert ran.code == 0
    assert stderr_lines(ran) == [
        "aichat: the server refused the schema; "
        "retried with JSON mode, and the schema in the prompt"
    ]


def test_another_fault_is_no_reason_to_step_down(ask: Ask, server: Server) -> None:
    ran = ask("--schema", DOG, says=[refusal("temperature is too high")])
    assert (ran.code, len(server.requests)) == (5, 1)


# -- where schemas come from


@pytest.mark.parametrize(
    "given",
    [
        DOG,
        "dog.json",
        "@dog",
        '{"properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}',
    ],
)
def test_a_schema_is_words_json_a_file_or_kept_by_name(
    aichat: Program, ask: Ask, server: Server, given: str
) -> None:
    schema = {"properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}
    (aichat.config_dir / "schemas").mkdir()
    for path in (aichat.home / "dog.json", aichat.config_dir / "schemas" / "dog.json"):
        path.write_text(json.dumps(schema))
    assert ask("--schema", given).text == '{"name":"Rex","age":3}\n'
    sent = bodies(server)[0]["response_format"]["json_schema"]
    assert sent["name"] == ("dog" if "dog" in given else "answer")


def test_a_profile_has_a_schema_too_and_nothing_on_the_command_line_takes_it_away(
    aichat: Program, ask: Ask, server: Server
) -> None:
    path = aichat.config_dir / "config.toml"
    path.write_text(path.read_text() + '\n[profiles.dog]\nschema = "mine.json"\n')
    (aichat.config_dir / "mine.json").write_text("name, age int")
    assert ask("-P", "dog").text == '{"name":"Rex","age":3}\n'
    assert ask("-P", "dog", "--schema", "").text == f"{GOOD}\n"
    assert "response_format" not in bodies(server)[1]


def test_a_list_of_them_is_asked_for_in_a_word(ask: Ask) -> None:
    ran = ask("--schema-list", DOG, says=[f"[{GOOD}]"])
    assert ran.text == '[{"name":"Rex","age":3}]\n'


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("--schema", "a intt"), 2, "unknown type 'intt'; did you mean 'int'?"),
        (("--schema", "{"), 2, "--schema: not JSON"),
        (("--schema", '{"type": "text"}'), 2, "--schema: $.type: expected a type"),
        (("--schema", "none.json"), 2, "cannot read none.json"),
        (("--schema", "@../../x"), 2, "no schema '@../../x'"),
        (("--schema", "@dgo"), 2, "no schema '@dgo'; did you mean 'dog'?"),
        (("--schema", DOG, "-x"), 2, "--schema and -x cannot be combined"),
        (("--schema", DOG, "--prefill", "{"), 2, "--schema and --prefill cannot be combined"),
        (("--schema", DOG, "--rows", DOG), 2, "--schema and --rows cannot be combined"),
        (("--rows", DOG, "--csv", "--tsv"), 2, "--csv and --tsv cannot be combined"),
        (("--csv",), 2, "--csv is for --rows"),
        (
            ("--schema", DOG, "-m", "box/a", "-m", "box/b"),
            2,
            "an answer of a schema is asked of one model",
        ),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_sent(
    aichat: Program, ask: Ask, server: Server, words: tuple[str, ...], code: int, why: str
) -> None:
    (aichat.config_dir / "schemas").mkdir()
    (aichat.config_dir / "schemas" / "dog.json").write_text(DOG)
    ran = ask(*words)
    assert (ran.code, ran.text, server.requests) == (code, "", [])
    assert why in ran.stderr


# -- what a correction costs


@pytest.mark.parametrize(
    ("limit", "asked", "why"),
    [
        ("1", 2, "it is asked once more to correct that"),
        ("0.00001", 1, "more than --max-cost"),
    ],
)
def test_the_limit_of_money_holds_for_an_answer_and_its_correction_together(
    aichat: Program, server: Server, limit: str, asked: int, why: str
) -> None:
    """12 tokens in and 3 out are 3.6 millionths of a dollar: 6.4 are left, and it needs more."""
    with server:
        aichat.point_groq_at(server.url)
        server.script.extend([chat_whole(BAD), chat_whole(GOOD)])
        words = ("--max-cost", limit, "--json", "--no-stdin", "--schema", DOG, "dog")
        ran = aichat.invoke("ask", "-p", "groq", *words)
    assert len(server.requests) == asked
    assert why in ran.stderr
    assert (ran.code, said(ran)["cost"]["amount"]) == (
        (0, 0.0000072) if asked == 2 else (12, 0.0000036)
    )


@pytest.mark.parametrize("span", ["day", "month"])
@pytest.mark.parametrize(("limit", "asked"), [("1.0", 2), ("0.000016", 1)])
def test_a_budget_counts_the_first_answer_when_its_correction_is_checked(
    aichat: Program, server: Server, span: str, limit: str, asked: int
) -> None:
    budget = f"budget = {{ {span} = {limit} }}"
    with server:
        aichat.point_groq_at(server.url)
        aichat.write_config(f'[profiles.x]\nprovider = "groq"\n{budget}\n')
        server.script.extend([chat_whole(BAD), chat_whole(GOOD)])
        words = ("-P", "x", "--json", "--no-stdin", "--schema", DOG, "dog")
        ran = aichat.invoke("ask", *words)
    assert (len(server.requests), ran.code) == (asked, 0 if asked == 2 else 12), ran.stderr
    assert ("$0.0000036 already spent" in ran.stderr) == (asked == 1)


# -- rows


ROWS = '{"result": [{"name": "a,b", "price": 1.5}, {"name": "c", "price": 2}]}'
FRUIT = "name, price float"


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ((), ['{"name":"a,b","price":1.5}', '{"name":"c","price":2}']),
        (("--csv",), ["name,price", '"a,b",1.5', "c,2"]),
        (("--tsv",), ["name\tprice", "a,b\t1.5", "c\t2"]),
    ],
)
def test_rows_are_lines_of_json_or_of_a_table(
    ask: Ask, words: tuple[str, ...], lines: list[str]
) -> None:
    ran = ask("--rows", FRUIT, *words, says=[ROWS])
    assert (ran.text.splitlines(), ran.stderr, ran.code) == (lines, "", 0)


def test_rows_on_a_terminal_stand_in_columns(ask: Ask) -> None:
    ran = ask("--rows", FRUIT, says=[ROWS], **TERMINAL)
    lines = [line.split() for line in ran.text.splitlines() if line.strip()]
    assert lines[-3:] == [["name", "price"], ["a,b", "1.5"], ["c", "2"]]


def test_no_row_at_all_is_an_empty_table(ask: Ask) -> None:
    assert ask("--rows", FRUIT, "--csv", says=["[]"]).text == "name,price\n"
    assert ask("--rows", FRUIT, says=["[]"]).text == ""


def test_rows_in_prose_are_printed_at_the_end(ask: Ask) -> None:
    ran = ask("--rows", FRUIT, says=[f"Here:\n```json\n{ROWS}\n```\nBye."])
    assert len(ran.text.splitlines()) == 2


def test_a_wrong_row_ends_it_and_what_was_printed_is_not_asked_for_again(
    ask: Ask, server: Server
) -> None:
    wrong = '[{"name": "a", "price": 1}, {"name": "b", "price": "x"}, {"name": "c", "price": 3}]'
    ran = ask("--rows", FRUIT, says=[wrong])
    assert (ran.text, ran.code, len(server.requests)) == ('{"name":"a","price":1}\n', 12, 1)
    assert "$[1].price: expected number, got string" in ran.stderr


# -- what each provider is asked, and what it is known to refuse


def dry_run(aichat: Program, *words: str) -> Result:
    return aichat.invoke("ask", "--dry-run", "--no-stdin", *words, "hi")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("-p", "groq", "--tools", '{"name": "f"}'), "--schema is not supported beside tools"),
        (("-m", "gemini/gemini-2.5-flash", "--search"), "--schema is not supported beside tools"),
        (("-p", "qwen", "--wire", "responses", "--strict"), "the schema is in the prompt only"),
    ],
)
def test_what_is_known_to_be_refused_is_exit_5(
    aichat: Program, words: tuple[str, ...], why: str
) -> None:
    ran = dry_run(aichat, "--schema", DOG, *words)
    assert (ran.code, ran.text) == (5, "")
    assert why in ran.stderr


def test_groq_gives_it_in_one_piece(aichat: Program) -> None:
    assert curl_body(dry_run(aichat, "-p", "groq", "--schema", DOG))["stream"] is False
    assert curl_body(dry_run(aichat, "-p", "groq"))["stream"] is True


def test_what_a_strict_mode_cannot_say_is_told_and_asked_for_otherwise(aichat: Program) -> None:
    scores = '{"type": "object", "additionalProperties": {"type": "number"}}'
    ran = dry_run(aichat, "-p", "openai", "--schema", scores)
    assert curl_body(ran)["text"]["format"]["strict"] is False
    assert stderr_lines(ran) == [
        "aichat: gpt-6.1-terra: the server only tries to match the schema "
        "($ has members of any name); the answer is checked here"
    ]


def test_a_whole_answer_of_groq_is_read_too(aichat: Program) -> None:
    with Server() as server:
        server.push(chat_whole(GOOD))
        aichat.point_groq_at(server.url)
        ran = aichat.invoke("ask", "-p", "groq", "--no-stdin", "--schema", DOG, "--json", "a dog")
    assert said(ran)["schema"] == {"mode": "strict", "repaired": False}
    assert said(ran)["json"] == {"name": "Rex", "age": 3}


def test_rows_are_printed_while_the_answer_still_comes(aichat: Program, server: Server) -> None:
    more = threading.Event()
    first, rest = (
        sse(chat_chunk({"content": '[{"name": "a", "price": 1}, '}), done=False),
        [*sse(chat_chunk({"content": '{"name": "b", "price": 2}]'}), chat_chunk({}, "stop"))],
    )
    server.push(Reply(headers=SSE, body=[*first, Hold(more), *rest]))
    with server:
        configure_box(aichat, server.url)
        process = aichat.start("ask", "-p", "box", "--rows", FRUIT, "fruit")
        assert process.stdout is not None
        assert process.stdout.readline() == b'{"name":"a","price":1}\n'
        more.set()
        assert process.communicate(timeout=30)[0] == b'{"name":"b","price":2}\n'
        assert process.returncode == 0


# -- a tool that has to be called


def test_the_arguments_of_a_forced_tool_are_the_answer_and_no_call_is_left_open(
    aichat: Program, server: Server
) -> None:
    """Claude before 4.5 takes no schema but that of a tool."""
    called = scripted_call("respond", '{"name": "R', 'ex", "age": 3}')
    server.push(messages_stream([], tool_uses=[called]))
    server.push(messages_stream(["Woof."]))
    aichat.environ |= {"ANTHROPIC_API_KEY": "k", "AICHAT_ANTHROPIC_BASE_URL": f"{server.url}/v1"}
    words = ("-m", "anthropic/claude-sonnet-4-20250514", "--no-stdin")
    with server:
        answer = said(aichat.invoke("ask", *words, "--json", "--schema", DOG, "a dog"))
        assert aichat.invoke("ask", "-c", *words, "and its bark").text == "Woof.\n"
    assert (answer["json"], answer["tool_calls"]) == ({"name": "Rex", "age": 3}, [])
    assert (answer["finish_reason"], answer["schema"]["mode"]) == ("stop", "tool")
    replayed = bodies(server)[1]["messages"][1]
    assert replayed["content"] == [{"type": "text", "text": '{"name": "Rex", "age": 3}'}]
