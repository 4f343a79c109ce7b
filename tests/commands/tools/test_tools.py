"""``aichat tools``: what there is, and what decides."""

import json

import pytest

from tests.support.running.program import Program

CONFIG = """
[rules]
allow = ["read_file(src/**)"]
deny = ["run_command(rm *)"]

[tools.wc]
command = ["wc", "-w", "--", "{path}"]
description = "count the words of a file"
parameters = "path"
"""


def test_the_list_is_tab_separated_in_a_pipe_and_has_the_configs_programs(aichat: Program) -> None:
    aichat.write_config(CONFIG)
    rows = [line.split("\t") for line in aichat.invoke("tools", "list").text.splitlines()]
    assert rows[0] == ["tool", "from", "tokens", "hash", "description"]
    names = ["now", "read_file", "list_dir", "search_files", "write_file", "fetch_url"]
    assert [row[0] for row in rows[1:]] == [*names, "run_command", "run_shell", "wc"]
    assert rows[-1][1] == "[tools.wc]"
    assert rows[-1][4] == "count the words of a file"


def test_a_tool_is_shown_whole(aichat: Program) -> None:
    aichat.write_config(CONFIG)
    shown = json.loads(aichat.invoke("tools", "show", "wc", "--json").text)
    assert shown["parameters"]["properties"] == {"path": {"type": "string"}}
    assert len(shown["sha256"]) == 64
    assert "parameters: {" in aichat.invoke("tools", "show", "now").text


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("read_file", {"path": "src/a"}, "allow, by the rule read_file(src/**)\n"),
        (
            "read_file",
            {"path": "b/a"},
            "ask, nothing allows it\nthis rule would allow it: read_file(b/*)\n",
        ),
        ("run_command", {"argv": ["rm", "x"]}, "deny, by the rule run_command(rm *)\n"),
        ("now", {}, "allow\n"),
    ],
)
def test_the_rule_that_decides_is_named(
    aichat: Program, name: str, arguments: object, said: str
) -> None:
    aichat.write_config(CONFIG)
    done = aichat.invoke("tools", "test", name, json.dumps(arguments))
    assert (done.text, done.code) == (said, 0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "nwo"), "unknown tool 'nwo'; did you mean 'now'?"),
        (("test", "read_file", "[]"), "read_file: the arguments are not a JSON object"),
        (("test", "read_file", "{}"), "read_file: 'path' is missing"),
        (("test", "now", '{"x": 1}'), "now: there is no argument 'x'"),
    ],
)
def test_bad_input_is_one_clear_line(aichat: Program, words: tuple[str, ...], told: str) -> None:
    done = aichat.invoke("tools", *words)
    assert (done.code, done.text) == (2, "")
    assert done.stderr.startswith(f"aichat: {told}\n")


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('[tools.now]\ncommand = ["x"]', "[tools.now] has the name of a built-in tool"),
        ('[tools.a]\ndescription = "x"', "tools.a: command is missing"),
        ('[tools.a]\ncommand = ["x"]\nparameters = "a b c"', "'a b c' is not NAME or NAME TYPE"),
    ],
)
def test_a_program_that_is_no_tool_is_a_fault_of_the_config(
    aichat: Program, table: str, told: str
) -> None:
    aichat.write_config(table)
    done = aichat.invoke("tools", "list")
    assert done.code == 3
    assert told in done.stderr
