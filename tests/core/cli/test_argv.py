"""The small parser and Typer read the same command line into the same values."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat.cli import typer_app
from aichat.commands.ask import command as ask
from aichat.commands.keys import command as keys
from aichat.commands.profiles import command as profiles
from aichat.core.cli.argv import (
    GLOBAL_OPTIONS,
    Argument,
    Command,
    Option,
    parse_argv,
    split_globals,
)
from aichat.core.text.clock import Clock
from aichat.errors import AichatError
from aichat.process.world import World

CLOCK = Clock(float, float, id, float)
NOBODY = World({}, None, None, None, False, False, CLOCK)  # nothing here is printed
FLAGS = tuple(o for o in ask.ASK_OPTIONS if o.kind is bool)
VALUED = tuple(o for o in (*ask.ASK_OPTIONS, *GLOBAL_OPTIONS) if o.kind is not bool)

# command lines that the small parser reads, and what it must find in them
READ: dict[str, dict[str, Any]] = {
    "": {"words": ()},
    "hi": {"words": ("hi",)},
    "what is a monad?": {"words": ("what", "is", "a", "monad?")},
    "'two words' ''": {"words": ("two words", "")},
    "-m x hi": {"model": ("x",), "words": ("hi",)},
    "hi -m x": {"model": ("x",), "words": ("hi",)},
    "say -m x hi": {"model": ("x",), "words": ("say", "hi")},
    "say -q hi -m x there": {"quiet": True, "model": ("x",), "words": ("say", "hi", "there")},
    "--model x hi": {"model": ("x",)},
    "--model=x hi": {"model": ("x",)},
    "--system= hi": {"system": ""},
    "--model=a=b hi": {"model": ("a=b",)},
    "-m x -m y hi": {"model": ("x", "y")},
    "-m x --model=y hi": {"model": ("x", "y")},
    "-p groq -P work hi": {"provider": "groq", "profile": "work"},
    "-p groq -m openai/gpt-oss-120b hi": {"model": ("openai/gpt-oss-120b",)},
    "-m groq/openai/gpt-oss-120b hi": {"model": ("groq/openai/gpt-oss-120b",)},
    "-s 'be brief' hi": {"system": "be brief"},
    "-s @prompt.md hi": {"system": "@prompt.md"},
    "-": {"words": ("-",)},
    "before - after": {"words": ("before", "-", "after")},
    "-f - hi": {"file": ("-",), "words": ("hi",)},
    "-f a -f b hi": {"file": ("a", "b")},
    "-f a --file b -a c --attach d hi": {"file": ("a", "b", "c", "d")},
    "hi -- -m x": {"words": ("hi", "-m", "x"), "model": ()},
    "-- --json": {"words": ("--json",), "json": False},
    "-- -- hi": {"words": ("--", "hi")},
    "hi --": {"words": ("hi",)},
    "-m -- hi": {"model": ("--",)},
    "-m -x hi": {"model": ("-x",), "extract": False},
    "-m --json hi": {"model": ("--json",), "json": False},
    "-s '' hi": {"system": ""},
    "--temperature 0 hi": {"temperature": 0.0},
    "--temperature=0.7 hi": {"temperature": 0.7},
    "--temperature 1e-3 hi": {"temperature": 0.001},
    "--temperature -1 hi": {"temperature": -1.0},
    "--top-p .5 hi": {"top_p": 0.5},
    "--max-tokens 8 hi": {"max_tokens": 8},
    "--max-tokens=0008 hi": {"max_tokens": 8},
    "--seed -1 hi": {"seed": -1},
    "--seed=-1 hi": {"seed": -1},
    "--seed 123456789012345678901234567890 hi": {"seed": 123456789012345678901234567890},
    "--stop a --stop b hi": {"stop": ("a", "b")},
    "--stop '' hi": {"stop": ("",)},
    "-o top_k=40 -o a.b=null hi": {"option": ("top_k=40", "a.b=null")},
    "--option=a=b hi": {"option": ("a=b",)},
    "-x hi": {"extract": True},
    "-x -x hi": {"extract": True},
    "--extract-lang py hi": {"extract_lang": "py", "extract": False},
    "--json --usage hi": {"json": True, "usage": True},
    "--events --plain -q --debug hi": {"events": True, "plain": True, "quiet": True, "debug": True},
    "--output out.md hi": {"output": "out.md"},
    "--no-stream --timeout 1.5 --retries 0 hi": {"no_stream": True, "timeout": 1.5, "retries": 0},
    "--wire chat --dry-run hi": {"wire": "chat", "dry_run": True},
    "--header 'X-Team: a b' --header X:y hi": {"header": ("X-Team: a b", "X:y")},
    "--no-stdin --max-stdin 50M hi": {"no_stdin": True, "max_stdin": "50M"},
    "--color never hi": {"color": "never"},
    "hi --color=always": {"color": "always"},
    "--config-dir d hi": {"config_dir": "d"},
    "ünï 🌊 \u202ex": {"words": ("ünï", "🌊", "\u202ex")},
}

# command lines that the small parser leaves to Typer, and what Typer says of them
REFUSED = {
    "--modell x hi": "--modell",
    "-z hi": "-z",
    "--mod x hi": "--mod",
    "---": "---",
    "-m": "-m",
    "hi --temperature": "--temperature",
    "--temperature warm hi": "warm",
    "--max-tokens 1.5 hi": "1.5",
    "--seed '' hi": "--seed",
    "--json=yes hi": "--json",
    "--color sometimes hi": "sometimes",
    "--retries two hi": "two",
}


def by_typer(argv: Sequence[str], command: Command = ask.COMMAND) -> Mapping[str, Any]:
    """What Typer gives the command of ``aichat ask ARGV``."""
    seen: list[Mapping[str, Any]] = []
    named = (*GLOBAL_OPTIONS, *command.options, *command.arguments)
    recording = command._replace(
        run=lambda _world, options: seen.append(options._asdict()) or 0,
        reads=NamedTuple("Read", [(each.name, Any) for each in named]),
    )
    before, name, rest = split_globals(argv)
    assert (
        typer_app.run_typer(
            NOBODY, [*before, name or "", *rest], {"Ask": {command.name: "Ask."}}, recording
        )
        == 0
    )
    return seen[0]


def by_us(argv: Sequence[str], command: Command = ask.COMMAND) -> Mapping[str, Any] | None:
    before, _, rest = split_globals(argv)
    return parse_argv(command, [*before, *rest])


@pytest.mark.parametrize(("line", "found"), READ.items())
def test_a_plain_command_line_is_read(line: str, found: dict[str, Any]) -> None:
    values = by_us(["ask", *shlex.split(line)])
    assert values is not None
    assert {name: values[name] for name in found} == found


@pytest.mark.parametrize("line", READ)
def test_typer_reads_the_same(line: str) -> None:
    argv = ["ask", *shlex.split(line)]
    assert by_typer(argv) == by_us(argv)


@pytest.mark.parametrize(("line", "named"), REFUSED.items())
def test_what_is_wrong_is_left_to_typer_which_names_it(line: str, named: str) -> None:
    argv = ["ask", *shlex.split(line)]
    assert by_us(argv) is None
    with pytest.raises(AichatError) as caught:
        by_typer(argv)
    assert caught.value.fault.exit_code == 2
    assert named in caught.value.fault.message


@pytest.mark.parametrize(
    "line",
    [
        "--color never ask hi",
        "--color=never ask hi",
        "--config-dir d ask -q hi",
        "--config-dir d --color always ask hi --color never",
        "--config-dir=d ask hi",
    ],
)
def test_global_options_stand_before_the_command_too(line: str) -> None:
    argv = shlex.split(line)
    values = by_us(argv)
    assert values is not None
    assert values["words"] == ("hi",)
    assert by_typer(argv) == values


@pytest.mark.parametrize("line", ["-mx hi", "-qx hi", "-m=x hi", "-qm x hi", "--help", "hi --help"])
def test_what_typer_may_read_otherwise_is_left_to_it(line: str) -> None:
    assert by_us(["ask", *shlex.split(line)]) is None


@pytest.mark.parametrize(("line", "name"), [("-mx hi", "model"), ("-qm x hi", "model")])
def test_short_options_may_be_run_together(line: str, name: str) -> None:
    assert by_typer(["ask", *shlex.split(line)])[name] == ("x",)


def given_option(option: Option) -> st.SearchStrategy[list[str]]:
    """The words that give ``option`` a value it takes, together or apart."""
    values = st.sampled_from(option.choices) if option.choices else FITTING[option.kind]
    flags = st.sampled_from(option.flags)
    apart = st.tuples(flags, values).map(list)
    long = st.sampled_from([flag for flag in option.flags if flag.startswith("--")])
    return apart | st.tuples(long, values).map(lambda pair: ["=".join(pair)])


FITTING = {
    str: st.sampled_from(["x", "a=b", "-", "--", "-q", "--json", "ask", "ü 🌊", "@f"]),
    int: st.integers(-9, 10**12).map(str),
    float: st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.integers(-9, 9).map(str),
}
PIECES = st.one_of(
    st.sampled_from(["hi", "-", "--", "", "a=b", "ask", "1"]).map(lambda word: [word]),
    st.sampled_from([flag for o in FLAGS for flag in o.flags]).map(lambda flag: [flag]),
    st.sampled_from(VALUED).flatmap(given_option),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=7))
def test_whatever_the_small_parser_reads_typer_reads_the_same(pieces: list[list[str]]) -> None:
    argv = ["ask", *(word for piece in pieces for word in piece)]
    values = by_us(argv)
    if values is not None:
        assert by_typer(argv) == values


ONE = Command(
    "one", "One.", (), arguments=(Argument("name", "N."), Argument("rest", "R.", many=True))
)
MAYBE = Command("maybe", "M.", (), arguments=(Argument("name", "N.", required=False, default="d"),))


@pytest.mark.parametrize(
    ("command", "words", "found"),
    [
        (ONE, ["a", "b", "c"], {"name": "a", "rest": ("b", "c")}),
        (ONE, ["a"], None),
        (ONE, [], None),
        (MAYBE, ["a"], {"name": "a"}),
        (MAYBE, [], {"name": "d"}),
        (MAYBE, ["a", "b"], None),
    ],
)
def test_words_go_to_the_arguments_in_order(
    command: Command, words: list[str], found: dict[str, Any] | None
) -> None:
    values = by_us([command.name, *words], command)
    if found is None:
        assert values is None
        with pytest.raises(AichatError):
            by_typer([command.name, *words], command)
    else:
        assert values is not None
        assert {name: values[name] for name in found} == found
        assert by_typer([command.name, *words], command) == values


LEAVES = {f"{g.name} {c.name}": c for g in (keys.COMMAND, profiles.COMMAND) for c in g.commands}


@pytest.mark.parametrize("command", LEAVES.values(), ids=LEAVES)
def test_typer_and_the_small_parser_agree_on_every_other_command(command: Command) -> None:
    words = [argument.name for argument in command.arguments if argument.required]
    flags = [flag for o in command.options if o.kind is bool for flag in o.flags]
    for argv in ([command.name, *words], *([command.name, *words, flag] for flag in flags)):
        values = by_us(argv, command)
        assert values is not None
        assert by_typer(argv, command) == values


@pytest.mark.parametrize(
    ("argv", "split"),
    [
        ([], ([], None, [])),
        (["ask"], ([], "ask", [])),
        (["ask", "--color", "never"], ([], "ask", ["--color", "never"])),
        (["--color", "never", "ask", "hi"], (["--color", "never"], "ask", ["hi"])),
        (["--config-dir=d", "ask"], (["--config-dir=d"], "ask", [])),
        (["--version"], (["--version"], None, [])),
        (["--color"], (["--color"], None, [])),
    ],
)
def test_the_command_is_the_first_word_that_no_global_option_takes(
    argv: list[str], split: tuple[list[str], str | None, list[str]]
) -> None:
    assert split_globals(argv) == split


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (("--top-p",), "top_p"),
        (("-m", "--model", "--other"), "model"),
        (("--continue",), "continue_"),
        (("-x", "--from"), "from_"),
    ],
)
def test_an_option_goes_by_its_first_long_flag(flags: tuple[str, ...], name: str) -> None:
    assert Option(flags, "").name == name


NUMBERS = Command(
    "n",
    "",
    (),
    options=(
        Option(("-n",), "", int)._replace(flags=("-n", "--number")),
        Option(("--ask",), "", bool),
    ),
    arguments=(
        Argument("way", "", choices=("a", "b")),
        Argument("more", "", required=False, default="d"),
    ),
)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("a", {"way": "a", "more": "d", "number": None, "ask": False}),
        ("b c -n 7 --ask", {"way": "b", "more": "c", "number": 7, "ask": True}),
        *((line, None) for line in ("", "c", "a b c", "a -n", "a -n x", "a -n=7", "a --ask=1")),
    ],
)
def test_arguments_take_their_words_in_order(line: str, values: dict[str, Any] | None) -> None:
    found = parse_argv(NUMBERS, line.split())
    assert (found and {name: found[name] for name in values or ()}) == values


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("", ([], None, [])),
        ("--version", (["--version"], None, [])),
        ("--color never ask hi", (["--color", "never"], "ask", ["hi"])),
        ("--config-dir d --version ask", (["--config-dir", "d", "--version"], "ask", [])),
        ("--color", (["--color"], None, [])),
        ("ask --color never", ([], "ask", ["--color", "never"])),
    ],
)
def test_a_command_stands_behind_the_options_of_all(line: str, parts: Any) -> None:
    before, name, rest = split_globals(line.split())
    assert ([*before], name, [*rest]) == parts
