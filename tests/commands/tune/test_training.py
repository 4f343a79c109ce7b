"""Files to learn from: what is wrong with a line is told before anything is uploaded."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from aichat.commands.tune.training import check_line, check_training_file
from aichat.errors import AichatError

USER, ANSWER = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}
GOOD = json.dumps({"messages": [USER, ANSWER]})
PREFERENCE = {
    "input": {"messages": [USER]},
    "preferred_output": [ANSWER],
    "non_preferred_output": [ANSWER],
}

#: A line, how it is learned from, and what is wrong with it.
LINES: Mapping[str, tuple[str, str, str | None]] = {
    "an example": (GOOD, "sft", None),
    "one that calls a tool": (
        json.dumps({"messages": [USER, {"role": "assistant", "tool_calls": []}]}),
        "sft",
        None,
    ),
    "no JSON": ("{", "sft", "is no JSON"),
    "nested without end": ("[" * 100_000, "sft", "is no JSON"),
    "no object": ("[]", "sft", "is no JSON object"),
    "no messages": ('{"prompt": "a"}', "sft", "has no list of messages"),
    "a strange role": (
        '{"messages": [{"role": "bot", "content": "a"}]}',
        "sft",
        "has no role in message 1 of messages",
    ),
    "nothing said": (
        json.dumps({"messages": [USER, {"role": "assistant"}]}),
        "sft",
        "has nothing said in message 2 of messages",
    ),
    "nothing to learn": (
        json.dumps({"messages": [USER]}),
        "sft",
        "has no message of the assistant's to learn",
    ),
    "a question to be graded": (json.dumps({"messages": [USER]}), "rft", None),
    "a preference": (json.dumps(PREFERENCE), "dpo", None),
    "half a preference": (
        json.dumps({**PREFERENCE, "non_preferred_output": []}),
        "dpo",
        "has no list of non_preferred_output",
    ),
    "an example as a preference": (GOOD, "dpo", "has no list of input.messages"),
}


@pytest.mark.parametrize("case", LINES.values(), ids=LINES)
def test_a_line_is_what_can_be_learned_from(case: tuple[str, str, str | None]) -> None:
    line, method, wrong = case
    assert check_line(line, method) == wrong


def test_the_first_lines_that_are_wrong_are_named(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join([GOOD, "{", GOOD, "[]", "", "{", "{"]))
    with pytest.raises(AichatError, match=r"line 2 is no JSON; line 4 is no .*; line 6") as error:
        check_training_file(file, "sft")
    assert error.value.fault.exit_code == 2 and "line 7" not in str(error.value)


def test_a_file_is_counted_and_may_be_too_short(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(f"{GOOD}\n\n{GOOD}\n")
    found = check_training_file(file, "sft", least=2)
    assert (found.examples, found.tokens) == (2, (2 * len(GOOD) + 2) // 4)
    with pytest.raises(AichatError, match="has 2 examples: 3 are the least"):
        check_training_file(file, "sft", least=3)
