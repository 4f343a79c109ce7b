"""What ``--help`` looks like: first steps, and a question's options under their headings."""

import re

import pytest

from aichat.cli.dispatch import COMMANDS, SECTIONS, load_command
from aichat.core.cli.argv import GLOBAL_OPTIONS
from aichat.core.cli.help import group_options
from tests.support.running.program import Program

HEADINGS = [
    *("Model", "Conversation", "Input", "Many inputs", "The answer", "Sampling", "Reasoning"),
    *("Tools", "Provider's tools", "Output", "Money", "Connection"),
]


def sections(page: str) -> dict[str, str]:
    """What stands under each heading."""
    parts = re.split(r"^(\S.*):\n", page, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("name", ["ask", "chat"])
def test_every_option_stands_under_one_heading(aichat: Program, name: str, columns: int) -> None:
    page = aichat.invoke(name, "--help", environ={"COLUMNS": str(columns)}).text
    found = sections(page)
    headings = [title for title in HEADINGS if name == "ask" or title != "Many inputs"]
    assert [*found] == ["Arguments", *headings, "Everywhere"]
    known = (*load_command(name).options, *GLOBAL_OPTIONS)
    rows = re.findall(r"^  (-.*?)(?:  |$)", page, re.M)
    assert len(rows) == len(known) + 1  # and --help
    for title, options in group_options(load_command(name).options).items():
        for option in options:
            assert re.search(rf"^  .*{option.flags[-1]}\b", found[title], re.M), (title, option)
    assert "--model" in found["Model"] and "--effort" in found["Reasoning"]
    assert "--help" in found["Everywhere"]


@pytest.mark.parametrize("columns", [70, 100, 150])
def test_help_is_as_wide_as_the_terminal_and_its_columns_go_through(
    aichat: Program, columns: int
) -> None:
    page = aichat.invoke("ask", "--help", environ={"COLUMNS": str(columns)}).text
    rows = [row for row in page.partition("  Examples:")[0].splitlines() if row]
    widest = max(map(len, rows))
    assert columns - 25 < widest <= columns
    starts = {found.end() for row in rows if (found := re.match(r"  -\S.{0,28}?  +(?=\S)", row))}
    assert starts == {34}


def test_the_programs_help_begins_with_first_steps_and_examples(aichat: Program) -> None:
    page = aichat.invoke("--help").text
    head, examples = page.partition("\nOptions:")[0].split("  Examples:\n")
    steps = head.partition("Getting started:\n")[2].strip().splitlines()
    assert [line.split("  ")[0 if n == 0 else 2] for n, line in enumerate(steps)] == [
        "aichat keys set groq",
        "aichat Why is the sky blue",
        "aichat",
    ]
    assert len(examples.strip().splitlines()) == 2


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_no_example_holds_what_a_shell_takes_for_itself(aichat: Program, shell: str) -> None:
    for name in ("", *COMMANDS):
        page = aichat.invoke(*filter(None, (name, "--help"))).text
        shown = page.partition("Examples:\n")[2].partition("\n\n")[0]
        for line in shown.splitlines():
            bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", line)
            assert not re.search(r"[?*'\[]", bare), (shell, name, line)


def test_the_man_page_has_the_headings(aichat: Program) -> None:
    page = aichat.invoke("completion", "man").text
    ask = page.partition(".SS aichat ask")[2].partition(".SS ")[0]
    assert re.findall(r"^\.PP\n\\fI(.*)\\fR$", ask, re.M) == HEADINGS


GROUPS = ["", *(name for name in COMMANDS if load_command(name).commands)]


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("name", GROUPS, ids=[name or "aichat" for name in GROUPS])
def test_no_line_of_a_command_is_cut(aichat: Program, name: str, columns: int) -> None:
    page = aichat.invoke(*name.split(), "--help", environ={"COLUMNS": str(columns)}).text
    said = " ".join(page.split())
    below = {each.name: each.summary for each in load_command(name).commands} if name else COMMANDS
    for word, summary in below.items():
        assert f"{word} {summary}" in said


def test_the_programs_commands_stand_under_headings_and_each_once(aichat: Program) -> None:
    found = sections(aichat.invoke("--help").text)
    assert {*SECTIONS} < {*found}
    for title, lines in SECTIONS.items():
        assert re.findall(r"^  (\w+)", found[title], re.M) == [*lines]


USAGES = {
    "ask": "aichat ask [OPTIONS] [WORDS...]",
    "history rename": "aichat history rename [OPTIONS] ID TITLE...",
    "completion": "aichat completion [OPTIONS] bash|zsh|fish|powershell|man",
}


@pytest.mark.parametrize("name", USAGES)
def test_usage_says_what_may_be_left_out_and_what_may_be_several(
    aichat: Program, name: str
) -> None:
    assert aichat.invoke(*name.split(), "--help").text.splitlines()[0] == f"Usage: {USAGES[name]}"


@pytest.mark.parametrize("columns", [40, 62, 80, 97])
def test_no_line_is_broken_at_a_hyphen(aichat: Program, columns: int) -> None:
    for words in ((), ("ask",), ("files",), ("history", "delete"), ("api",)):
        page = aichat.invoke(*words, "--help", environ={"COLUMNS": str(columns)}).text
        assert not re.findall(r".*\w-$", page, re.M)
        assert "\u2011" not in page
