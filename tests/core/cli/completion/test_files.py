"""What is kept in ``completions/`` is what the commands' own tables make."""

import pytest

from aichat.commands.completion.command import all_commands, completion_text
from aichat.core.cli.argv import Argument, Command, Option
from aichat.core.cli.completion import bash, fish, man_page, powershell, zsh
from aichat.core.cli.completion.grammar import CommandSpec, OptionSpec, command_specs
from tests.support.documents.completions import FILES, FOLDER


@pytest.mark.parametrize(("shell", "name"), FILES.items(), ids=FILES)
def test_a_kept_file_is_the_one_that_is_made(shell: str, name: str) -> None:
    made = completion_text(shell)
    assert (FOLDER / name).read_text() == made, "run: python -m tests.support.documents.completions"


ODD = Command(
    "odd",
    "It's a \\ command.",
    ("aichat odd", ".odd"),
    options=(
        Option(("-x", "--x-y"), "It's [any]: one.", metavar="A:B"),
        Option(("--of",), "A file.", metavar="FILE", many=True),
        Option(("--in",), "A folder.", metavar="DIR"),
        Option(("--way",), "A way.", choices=("a", "b")),
        Option(("-q",), ".quiet", bool)._replace(flags=("-q", "--quiet")),
    ),
    arguments=(
        Argument("file", "A file.", required=False),
        Argument("words", "Words.", many=True),
    ),
)
GROUP = Command("profiles", "Profiles.", (), commands=(ODD._replace(name="use"),))


def test_a_command_is_told_with_the_kinds_of_all_its_values() -> None:
    _, odd, group, below = command_specs("All.", (ODD, GROUP))
    kinds = [(option.flags[0], option.kind, option.many) for option in odd.options]
    assert kinds == [
        ("-x", "text", False),
        ("--of", "file", True),
        ("--in", "folder", False),
        ("--way", "=a,b", False),
        ("-q", "", False),
        ("--version", "", False),
        ("--config-dir", "folder", False),
        ("--color", "=auto,always,never", False),
        ("--record", "folder", False),
        ("--replay", "folder", False),
        ("--help", "", False),
    ]
    assert (odd.path, odd.places, odd.rest, odd.subcommands) == ("odd", ("file",), "text", ())
    assert group == CommandSpec(
        "profiles",
        "Profiles.",
        (("use", "It's a \\ command."),),
        (OptionSpec(("--help",), "Show what a command takes, and leave."),),
    )
    assert below.path == "profiles use"


KINDS = {
    # argument, its group -> what completes it
    ("provider", ""): "providers",
    ("id", ""): "conversations",
    ("ids", "history"): "conversations",
    ("file", "history"): "file",
    ("model", ""): "models",
    ("query", "models"): "models",
    ("query", "history"): "text",
    ("method", ""): "=GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS",
    ("name", "profiles"): "profiles",
    ("name", "keys"): "text",
    ("word", ""): "text",
}


@pytest.mark.parametrize(("name", "group"), KINDS)
def test_an_argument_is_completed_by_its_name_and_group(name: str, group: str) -> None:
    command = Command("do", "Do.", (), arguments=(Argument(name, "It."),))
    outer = Command(group, "Group.", (), commands=(command,)) if group else command
    *_, spec = command_specs("All.", (outer,))
    assert (spec.places, spec.rest) == ((KINDS[name, group],), "")


def test_an_id_is_that_of_a_conversation_in_commands_about_those_alone() -> None:
    specs = command_specs("All.", all_commands())
    heads = {spec.path.split()[0] for spec in specs if "conversations" in (*spec.places, spec.rest)}
    assert heads == {"history", "replay"}


def test_every_option_that_names_a_file_completes_files() -> None:
    specs = [*command_specs("All.", all_commands())]
    files = [o for spec in specs for o in spec.options if {"-f", "-O"} & {*o.flags}]
    assert len(files) > 10 and {option.kind for option in files} == {"file"}


OPTIONS = {
    "--model": "models",
    "--provider": "providers",
    "--profile": "profiles",
    "--conversation": "conversations",
    "--system": "@file",
    "--wire": "=chat,responses,messages,gemini,dashscope,interactions",
    "--other": "text",
}


@pytest.mark.parametrize(("flag", "kind"), OPTIONS.items())
def test_an_option_is_completed_by_its_name(flag: str, kind: str) -> None:
    command = Command("do", "Do.", (), options=(Option((flag,), "It.", metavar="X"),))
    *_, spec = command_specs("All.", (command,))
    assert spec.options[0].kind == kind


@pytest.mark.parametrize(
    ("metavar", "kind"),
    [("PATH|URL", "file"), ("X|@FILE", "@file"), ("DIR", "folder"), ("FILES", "text")],
)
def test_an_option_is_completed_by_its_placeholder(metavar: str, kind: str) -> None:
    command = Command("do", "Do.", (), options=(Option(("--it",), "It.", metavar=metavar),))
    *_, spec = command_specs("All.", (command,))
    assert spec.options[0].kind == kind


SPECS = tuple(command_specs("All.", (ODD, GROUP)))
QUOTED = {
    bash: ["-x|--x-y) kind='text' ;;", "places='file'\n      rest='text'"],
    zsh: [
        r"'(-x --x-y)--x-y=[It'\''s \[any\]: one.]:A\:B: :'",
        r"'*--of=[A file.]:FILE:_files'",
        "'(-q --quiet)-q[.quiet]'",
        r"'use:It'\''s a \ command.'",
        "'1:file:_files'",
        "'*: : :'",
    ],
    fish: [
        r" -s x -l x-y -x -d 'It\'s [any]: one.'",
        r" -a use -d 'It\'s a \\ command.'",
        " -l of -r -F -d 'A file.'",
        " -s q -l quiet -d '.quiet'",
        "-n '__aichat_at \"odd\" 0' -F\n",
    ],
    powershell: ["@(@('-x', '--x-y'), 'text', 'It''s [any]: one.')", "Places = @('file')"],
}


@pytest.mark.parametrize("shell", QUOTED, ids=lambda shell: shell.__name__.rpartition(".")[2])
def test_words_with_quotes_and_brackets_stay_words(shell: object) -> None:
    text = shell.script(SPECS, ("groq", "xai"))  # type: ignore[attr-defined]
    for words in QUOTED[shell]:
        assert words in text
    assert "@FOLDER@" not in text
    assert "@PROVIDERS@" not in text


def test_a_page_shows_every_character_of_a_help() -> None:
    page = man_page.page("All it can.", (ODD, GROUP), "1.2")
    assert page.startswith('.TH AICHAT 1 "" "aichat 1.2" "User Commands"\n.SH NAME\n')
    for lines in (
        "aichat \\- all it can\n",
        "\\fBaichat odd\\fR [\\fIOPTIONS\\fR] [\\fIFILE\\fR] \\fIWORDS\\fR...\n.br\n",
        "\\fBaichat profiles\\fR \\fICOMMAND\\fR\n.br\n",
        ".SS aichat profiles use [\\fIFILE\\fR] \\fIWORDS\\fR...\nIt's a \\e command.\n",
        ".TP\n\\fB\\-x\\fR, \\fB\\-\\-x\\-y\\fR \\fIA:B\\fR\nIt's [any]: one.\n",
        ".TP\n\\fB\\-\\-way\\fR \\fIa|b\\fR\nA way.\n",
        ".TP\n\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR\n\\&.quiet\n",
        "Examples:\n.PP\n.nf\n.RS\naichat odd\n\\&.odd\n.RE\n.fi\n",
    ):
        assert lines in page


def test_every_command_is_in_every_file() -> None:
    for shell, name in FILES.items():
        text = (FOLDER / name).read_text()
        assert all(command.name in text for command in all_commands()), shell
