"""The code blocks of an answer: the first for ``-x``, all by the numbers that are drawn."""

import json
import re
from html import unescape

import pytest
from hypothesis import given, settings

from aichat.term.markdown.code.numbered import code_blocks, first_block
from tests.support.running.program import SHARED
from tests.term.rendering import lines, once
from tests.term.texts import DOCUMENTS, examples

EDGE = re.compile(r"── ((?:\S+ · )?\d+) ──$")

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


# answer, and the code of every block
MANY = {
    "in a list": ("- a\n  ```py\n  x\n    y\n  ```\n", ["x\n  y"]),
    "in a quote": ("> ```\n> a\n>\n>  b\n> ```\n", ["a\n\n b"]),
    "indented": ("a\n\n    b\n\n      c\n\n\nd\n", ["b\n\n  c"]),
    "indented by a tab, in an item": ("- x\n\n\t\ta\n\t\tb\x0b\n", ["  a\n  b\x0b"]),
    "empty between others": ("```\na\n```\n```\n```\n~~~\nb\n~~~\n", ["a", "", "b"]),
    "ended by what it stands in": ("- ```\n  a\n\nb\n\n```\nc\n```\n", ["a\n", "c"]),
    "Markdown that holds code": (
        "```md\na\n```py\nb\n```\n```\n```\nc\n```",
        ["a\n```py\nb\n```", "c"],
    ),
    "controls and spaces as they are written": (
        "```\n\x1b[2J \n \n\u200b\n```",
        ["\x1b[2J \n \n\u200b"],
    ),
    "a long line": (f"> ```\n> {'x' * 9000}\n> y\n", [f"{'x' * 9000}\ny\n"]),
    "in HTML it is none": ("<div>\n```\na\n```\n\n```\nb\n```", ["b"]),
}


@pytest.mark.parametrize(("text", "code"), MANY.values(), ids=MANY)
def test_every_block_is_found(text: str, code: list[str]) -> None:
    assert [block.text for block in code_blocks(text)] == code


@settings(deadline=None, max_examples=60)
@given(DOCUMENTS)
def test_a_block_has_the_number_that_is_drawn_above_it(text: str) -> None:
    names = [
        " · ".join(filter(None, (block.language, str(block.number)))) for block in code_blocks(text)
    ]
    drawn = [found[1] for row in lines(once(text, 400)) if (found := EDGE.search(row))]
    assert drawn == names
    assert [block.number for block in code_blocks(text)] == list(range(1, len(names) + 1))


def test_the_examples_of_commonmark_have_the_numbers_that_are_drawn() -> None:
    for text in examples():
        drawn = [row for row in lines(once(text, 400)) if EDGE.search(row)]
        assert len(drawn) == len(list(code_blocks(text))), text
