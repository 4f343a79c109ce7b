"""``aichat tools``: what there is, and what decides."""

import json

import pytest

from aichat.core.tools.pins import pin_of
from tests.support.mcp.links import linked, server_command
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
        (
            '[rules]\ndeny = ["rm rf"]',
            "config.toml:2: rules.deny: expected a list of rules, NAME or",
        ),
        ('[tools."time.now"]\ncommand = ["x"]', "[tools.time.now]: only letters, digits, _ and -"),
        ('[tools."größe"]\ncommand = ["x"]', "[tools.größe]: only letters, digits, _ and -"),
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


CALC = 'def area(width: int) -> int:\n    """The area of a square."""\n    return width * width\n'


def test_the_tools_of_a_file_and_of_a_server_are_listed_and_decided_about(aichat: Program) -> None:
    path = aichat.home / "calc.py"
    path.write_text(CALC)
    server = server_command(do="tools:200")  # more than a model can be offered
    aichat.write_config(f'[mcp.box]\ncommand = {json.dumps(server)}\ntrust = "{_pin(aichat)}"\n')
    words = ("--tool", str(path), "--mcp", "box")
    rows = [line.split("\t") for line in aichat.invoke("tools", "list", *words).text.splitlines()]
    names = [row[0] for row in rows]
    assert names[-1] == "calc.area" and "box.t199" in names and "now" in names
    done = aichat.invoke("tools", "test", "calc.area", '{"width": 2}', *words)
    assert done.text == "ask, nothing allows it\nthis rule would allow it: calc.area\n"
    done = aichat.invoke("tools", "test", "box.t7", '{"text": "a"}', *words, "--allow", "box.*")
    assert done.text == "allow, by the rule box.*\n"
    assert "The area of a square." in aichat.invoke("tools", "show", "calc.area", *words).text


def _pin(aichat: Program) -> str:
    with linked(aichat.home, do="tools:200") as link:
        return pin_of(tool.whole for tool in link.tools())


def test_a_server_that_is_not_trusted_and_a_name_that_is_no_file_are_refused(
    aichat: Program,
) -> None:
    aichat.write_config(f"[mcp.box]\ncommand = {json.dumps(server_command())}\n")
    assert aichat.invoke("tools", "list", "--mcp", "box").code == 3
    done = aichat.invoke("tools", "list", "--tool", "now")
    assert (done.code, done.text) == (2, "")
    assert "--tool now: here it is a FILE.py" in done.stderr
