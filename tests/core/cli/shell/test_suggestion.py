"""Whatever a model says becomes one clean line, or an error that says why not."""

import pytest

from aichat.core.cli.shell.suggestion import MAX_LENGTH, ShellSuggestion, parse_suggestion
from aichat.errors import AichatError

COMMANDS = {
    "ls -l": ("ls -l", ""),
    "  ls -l \r\n": ("ls -l", ""),
    "```bash\nls -l\n```": ("ls -l", ""),
    "~~~\nls\n~~~": ("ls", ""),
    "Sure, this does it:\n\n```sh\n$ ls -l\n```\n\nIt lists.": ("ls -l", ""),
    "```\nls\n```\nor\n```\nls\n```": ("ls", ""),
    "$ make test": ("make test", ""),
    "`ls`": ("ls", ""),
    "echo `date`": ("echo `date`", ""),
    "find . \\\n  -name x": ("find . -name x", ""),
    "find . |\nsort &&\n\nwc": ("find . | sort && wc", ""),
    "echo a\\\\": ("echo a\\\\", ""),
    "# a slip of the finger\ngit status": ("git status", "a slip of the finger"),
    "ls\n# lists": ("ls", "lists"),
    "R --version": ("R --version", ""),
    "FOO=1 make": ("FOO=1 make", ""),
    "Get-ChildItem -Force": ("Get-ChildItem -Force", ""),
    "Rscript plot.R": ("Rscript plot.R", ""),
    "grep caf\u00e9 \u6587.txt": ("grep caf\u00e9 \u6587.txt", ""),
}

FAULTS = {
    "": "the answer is empty",
    " \n\t": "the answer is empty",
    "```\n```": "the answer is empty",
    "# that needs a human": "no command does that: that needs a human",
    "```\nls": "the answer is cut off",
    "ls\nrm -r x": "the answer is no single line: ls rm -r x",
    "```sh\nls\n```\nthen\n```sh\nrm\n```": "the answer has several commands",
    "cat <<E\nx\nE": "the answer is no single line",
    "echo 'a\\\nb'": "the answer is no single line",
    'echo "a |\nb"': "the answer is no single line",
    "I'm sorry, I cannot help with that": "the answer is no command: I'm sorry",
    "Sure! ls": "the answer is no command",
    "You can use `ls -l` for this.": "the answer is no command",
    "Listing files is done by ls.": "the answer is no command",
    "ls \x1b[2K": "characters that nobody can see: ls \u241b[2K",
    "ls\rrm -rf ~": "characters that nobody can see",
    "ls \x00": "characters that nobody can see",
    "ls \u202egpj": "characters that nobody can see",
    "ls \u200b": "characters that nobody can see",
    "ls\u00a0-l": "characters that nobody can see",
    "ls\tx": "characters that nobody can see",
    "ls \u2028rm": "characters that nobody can see",
    "ls \U000e0041": "characters that nobody can see",
    "ls \u3164": "characters that nobody can see",
    "ls \ufe0f": "characters that nobody can see",
    "x" * (MAX_LENGTH + 1): "more than 2000 characters",
}


@pytest.mark.parametrize("said", COMMANDS)
def test_one_command_is_found_in_an_answer(said: str) -> None:
    assert parse_suggestion(said) == ShellSuggestion(*COMMANDS[said])


@pytest.mark.parametrize("said", FAULTS)
def test_what_is_no_single_clean_command_is_an_error_on_one_line(said: str) -> None:
    with pytest.raises(AichatError) as caught:
        parse_suggestion(said)
    fault = caught.value.fault
    assert FAULTS[said] in fault.message
    assert fault.exit_code == 12
