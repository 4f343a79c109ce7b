"""Training files, checked line by line before anything is uploaded."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aichat.core.billing.token_estimate import BYTES_PER_TOKEN
from aichat.core.text.json import get_object, objects
from aichat.errors import usage_error
from aichat.values import NamedTuple

#: Roles of messages in an example.
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")

#: The number of invalid lines to name, and the least examples that providers accept.
_NAMED, LEAST_EXAMPLES = 3, 10


class TrainingFile(NamedTuple):
    """A training file, with its number of examples and estimated tokens."""

    path: Path
    examples: int
    tokens: int


def check_training_file(path: Path, method: str, *, least: int = 1) -> TrainingFile:
    """Check every line of a training file.

    Errors: ``usage`` (exit 2) if it cannot be read, or naming the first invalid lines.
    """
    wrong: list[str] = []
    examples = size = 0
    try:
        if path.exists() and not path.is_file():
            raise usage_error(f"{path} is not a file")
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                examples += 1
                size += len(line.encode())
                if (why := check_line(line, method)) and len(wrong) < _NAMED:
                    wrong.append(f"line {number} {why}")
    except UnicodeDecodeError:
        raise usage_error(f"{path} is not UTF-8 text") from None
    except OSError as error:
        raise usage_error(f"cannot read {path}: {error.strerror}") from error
    if wrong:
        raise usage_error(f"{path}: {'; '.join(wrong)}", _HINTS[method])
    if examples < least:
        raise usage_error(f"{path} has {examples} examples: {least} are the least")
    return TrainingFile(path, examples, size // BYTES_PER_TOKEN)


_HINTS = {
    "sft": 'each line: {"messages": [{"role": "user", "content": "..."}, ...]}',
    "dpo": 'each line: {"input": {"messages": [...]}, "preferred_output": [...], '
    '"non_preferred_output": [...]}',
    "rft": 'each line: {"messages": [...], and what the grader looks at}',
}


def check_line(line: str, method: str) -> str | None:
    """What is wrong with a line; None if it is valid."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return "is no JSON"
    if not isinstance(row, dict):
        return "is no JSON object"
    if method == "dpo":
        return _check_preference(row)
    wrong = _check_messages(row.get("messages"), "messages")
    if wrong or method == "rft":
        return wrong
    roles = [message.get("role") for message in objects(row["messages"])]
    return None if "assistant" in roles else "has no message of the assistant's to learn"


def _check_messages(messages: Any, name: str) -> str | None:
    if not isinstance(messages, list) or not messages:
        return f"has no list of {name}"
    for number, message in enumerate(messages, 1):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            return f"has no role in message {number} of {name}"
        if not {"content", "tool_calls", "function_call"} & message.keys():
            return f"has nothing said in message {number} of {name}"
    return None


def _check_preference(row: Mapping[str, Any]) -> str | None:
    """What is wrong with a line that prefers one of two answers; None if it is valid."""
    return (
        _check_messages(get_object(row, "input").get("messages"), "input.messages")
        or _check_messages(row.get("preferred_output"), "preferred_output")
        or _check_messages(row.get("non_preferred_output"), "non_preferred_output")
    )
