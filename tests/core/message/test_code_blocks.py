"""The first fenced code block of an answer."""

import json
import re
from html import unescape

import pytest

from aichat.core.message.code_blocks import first_block
from tests.support.running.program import SHARED

# answer, the language asked for, the code found
ANSWERS = {
    "a block among text": ("Do:\n```sh\nls\n```\nDone.", None, "ls"),
    "the first of two": ("```\na\n```\n```\nb\n```", None, "a"),
    "no block": ("Use `ls`.", None, None),
    "nothing": ("", None, None),
    "an empty block": ("```\n```", None, ""),
    "blank lines inside": ("```\n\na\n\n```", None, "\na\n"),
    "tildes": ("~~~\na\n~~~", None, "a"),
    "tildes do not close backticks": ("```\na\n~~~\nb\n```", None, "a\n~~~\nb"),
    "a longer fence holds a shorter one": ("````md\n```\na\n```\n````", None, "```\na\n```"),
    "a longer fence closes": ("```\na\n`````", None, "a"),
    "a fence with words does not close": ("```\na\n``` x\nb\n```", None, "a\n``` x\nb"),
    "not closed": ("```py\nx = 1\n", None, "x = 1\n"),
    "CRLF": ("```py\r\nx = 1\r\ny = 2\r\n```\r\n", None, "x = 1\ny = 2"),
    "inline code that begins a line": ("```a```\ntext", None, None),
    "an indented block is no fence": ("    ```\n    a\n    ```", None, None),
    "inside a list its indentation is the list's": (
        "1. Run:\n   ```py\n   if x:\n       y()\n   ```",
        None,
        "if x:\n    y()",
    ),
    "the language asked for": ("```sh\na\n```\n```py\nb\n```", "py", "b"),
    "the language in any case": ("```Python\na\n```", "python", "a"),
    "a language with more behind it": ('```py title="a.py"\na\n```', "py", "a"),
    "a language after a space": ("``` py\na\n```", "py", "a"),
    "a language is not a prefix": ("```python3\na\n```", "python", None),
    "another language": ("```sh\na\n```", "py", None),
    "no language where one is asked for": ("```\na\n```", "py", None),
    "a fence inside another block is code": ("```md\n~~~py\na\n~~~\n```", "py", None),
    "C++": ("```c++\na\n```", "c++", "a"),
}


@pytest.mark.parametrize(("text", "language", "code"), ANSWERS.values(), ids=ANSWERS)
def test_the_first_block_is_found(text: str, language: str | None, code: str | None) -> None:
    assert first_block(text, language) == code


def test_fences_are_those_of_commonmark() -> None:
    path = SHARED / "testdata" / "commonmark-0.31.2.json"
    if not path.exists():
        pytest.skip("the CommonMark examples in ../shared are absent")
    examples = json.loads(path.read_text())["examples"]
    plain = [
        e for e in examples if re.match(r" {0,3}(```|~~~)[^`]*$", e["markdown"].split("\n")[0])
    ]
    assert len(plain) > 20
    for example in plain:
        code = re.match(r"<pre><code[^>]*>(.*?)</code></pre>", example["html"], re.S)
        assert code, example
        found = first_block(example["markdown"])
        assert (found or "").rstrip("\n") == unescape(code[1]).rstrip("\n"), example
