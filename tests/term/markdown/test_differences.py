"""Every written difference from Rich: what we show instead."""

import io

import pytest
from rich.console import Console
from rich.markdown import Markdown

from aichat.term.answer.style import RenderStyle
from tests.term.markdown.differences import DIFFERENCES
from tests.term.rendering import Stage, lines, once

LONG = "word " * 1500

#: Name, text, columns, what is shown (rows, blank ones too).
SHOWN: dict[str, tuple[str, int, list[str]]] = {
    "html": (
        "A List<String> and </kbd>.\n\n<details>\n<b>x</b>\n</details>\n",
        80,
        ["A List<String> and </kbd>.", "", "<details>", "<b>x</b>", "</details>"],
    ),
    "links": (
        "[a](https://b.c) <https://d.e> <me@f.g> [h](x)",
        80,
        ["a (https://b.c) https://d.e me@f.g h (x)"],
    ),
    "images": ("x ![alt](u.png) y ![](v.png)", 80, ["x alt (u.png) y (v.png)"]),
    "references": (
        "See [a][1].\n\n[1]: https://one.example\n[2]: https://two.example\n",
        80,
        ["See [a][1].", "", "[1]: https://one.example", "[2]: https://two.example"],
    ),
    "maths": (
        "\\(a_1 + b_1\\) and\n\\[ \\sum_{i} x_{i} \\\\ *y* \\]\nand $$a_b*c*$$, $5 or $6 \\) \\*",
        80,
        ["a₁ + b₁ and", "∑ᵢ xᵢ", "*y*", "and $$a_b*c*$$, $5 or $6 \\) *"],
    ),
    "names": ("Put __init__.py and **x** by __a b__.", 80, ["Put __init__.py and x by a b."]),
    "pipes": (
        "|a|b|\n|-|-|\n|`x|y`|z|\n|$|x|$|z|\n|1|2|3|\n",
        80,
        [" a    b", " ──────────", " x|y  z", " |x|  z", " 1    2 | 3"],
    ),
    "line ends": (
        "a<br>b <BR/> c\n\n|h|\n|-|\n|x<br />y|\n\nlast<br>\n\n<br>\n\nend\n",
        80,
        ["a", "b", "c", "", " h", " ─", " x", " y", "", "last", "", "end"],
    ),
    "full width": ("这是**重点（说明）**的*“引用”*。", 80, ["这是重点（说明）的“引用”。"]),
    "fences": (
        "```markdown\n# T\n```python\nx\n```\nafter\n```\n~~~md\n```\n~~~\n````\n```\n````\n",
        80,
        [
            *("── markdown · 1 ──", "# T", "```python", "x", "```", "after", ""),
            *("── md · 2 ──", "```", "", "── 3 ──", "```"),
        ],
    ),
    "long words": (
        f"see {'x' * 45} and\n- {'y' * 30}\n\n```\nab {'z' * 30} c\n```\n",
        20,
        [
            *("see", "x" * 20, "x" * 20, "xxxxx", "and", "", " • " + "y" * 17, "y" * 13),
            *("", "── 1 ──", "ab " + "z" * 17, "z" * 13 + " c"),
        ],
    ),
    "controls": ("a\x1b[2Jb &#x202e;c &#13;d `\x9b`", 80, ["a␛[2Jb \ufffdc ␍d \ufffd"]),
    "numbers": (
        "".join(f"{n}. x\n" for n in range(8, 12)) + "\ny\n\n98. a\n99. b\n100. c\n",
        80,
        [" 8 x", " 9 x", "10 x", "11 x", "", "y", "", "98 a", "99 b", "100 c"],
    ),
    "empty item": ("-\n- b\n\n1.\n2. x\n", 80, [" •", " • b", "", " 1", " 2 x"]),
    "narrow": (
        "".join("  " * n + f"- {n}\n" for n in range(8)),
        24,
        [
            " • 0",
            "    • 1",
            "       • 2",
            "          • 3",
            "             • 4",
            "             • 5",
            "             • 6",
            "             • 7",
        ],
    ),
    "depth": ("> " * 30 + "deep", 200, ["▌ " * 30 + "deep"]),
    "tasks": (
        "- [x] a\n- [ ]  b\n  c\n- [x](u)\n- [X] # d\n- [x]\n\n3. [ ] e\n4. [-] f\n",
        80,
        [" ☑ a", " ☐ b c", " • x (u)", " ☑ # d", " • [x]", "", " 3 ☐ e", " 4 [-] f"],
    ),
    "quotes": (
        "> a *b\n> c* d\ne\n\n> - f\n>   g\n",
        80,
        ["▌ a b", "▌ c d", "▌ e", "", "▌  • f", "▌    g"],
    ),
    "headings": (
        "# A **b**\n\n###### C\n\nD\n===\n\n#\n",
        40,
        ["# A b", "", "###### C", "", "# D", "", "#"],
    ),
    "rules": ("a\n\n***\n\nb\n", 20, ["a", "", "─" * 20, "", "b"]),
    "code": ("a\n\n```\nx\n\n  y\n\n\n```\nb\n", 80, ["a", "", "── 1 ──", "x", "", "  y", "", "b"]),
    "spaces": ("# T\n\na  b\n", 20, ["# T", "", "a  b"]),
    "blank rows": (
        "- a\n  ```\n  c\n  ```\n- b\n\n> q\n> ***\n> ```\n> c\n> ```\n\n"
        "|a|\n|-|\n|b|\n\nz\n\n---\n",
        20,
        [
            *(" • a", "", "   ── 1 ──", "   c", "", " • b", ""),
            *("▌ q", "▌ ────────────────", "▌", "▌ ── 2 ──", "▌ c", ""),
            *(" a", " ─", " b", "", "z", "", "─" * 20),
        ],
    ),
    "cells": (
        "|a|b|\n|-|-|\n|" + "x" * 30 + "|y|\n",
        20,
        [" a:", "    " + "x" * 16, "x" * 14, " b: y"],
    ),
    "many columns": (
        "|" + "a|" * 9 + "\n|" + "-|" * 9 + "\n" + ("|" + "bb|" * 9 + "\n") * 2,
        20,
        [*([" a: bb"] * 9), "", *([" a: bb"] * 9)],
    ),
    "table head": ("- a | b\n--|--\n", 80, [" • a | b --|--"]),
    "highlighting": (
        "```c\n/* a\nint b */ int c;\n```\n",
        80,
        ["── c · 1 ──", "/* a", "int b */ int c;"],
    ),
}


@pytest.mark.parametrize("name", SHOWN)
def test_it_is_shown_so(name: str) -> None:
    text, columns, rows = SHOWN[name]
    assert lines(once(text, columns)) == rows


@pytest.mark.parametrize(
    "name", [name for name in SHOWN if name not in ("highlighting", "depth", "full width")]
)
def test_rich_shows_something_else(name: str) -> None:
    text, columns, rows = SHOWN[name]
    console = Console(file=io.StringIO(), width=columns, color_system=None)
    try:
        console.print(Markdown(text))
    except IndexError:
        return
    assert console.file.getvalue().split("\n") != [*rows, ""]  # type: ignore[attr-defined]


def test_a_long_table_has_fixed_columns_after_4_kb() -> None:
    rows = [f"| {n} | word |" for n in range(400)] + ["| 400 | words and more |"]
    stage = Stage().play(["| a | b |\n|---|---|\n", "\n".join(rows), "\n"], 1.0)
    assert stage.terminal.text()[100:102] == [" 98   word", " 99   word"]
    shown = stage.close().terminal.text()
    assert shown[-5:] == [" 398  word", " 399  word", "", " a: 400", " b: words and more"]


MATHS = r"""Then $\int_0^1\, f_b$ and $u*v_b*w$ and $\{u_b\}$ cost $5 and $10, or $7 *or* 8$.

where
$$
a_1
+ b_1 \\
= c_b
$$
and \[
- x_b
\]
"""


def test_a_formula_that_has_no_signs_keeps_every_character_and_an_amount_is_none() -> None:
    first, second = MATHS.strip().split("\n\n")
    shown = lines(once(MATHS, 100))
    assert shown[0] == first.replace("*or*", "or")
    assert shown[2:] == second.split("\n")


def test_a_table_moves_its_columns_then_tightens_then_gives_keys_and_values() -> None:
    table = "|aa|bb|\n|-|-|\n|one two three|012345678901|\n|x|y|\n"
    assert lines(once(table, 26))[2:4] == [" one two     012345678901", " three"]
    assert lines(once(table, 20))[2:5] == ["one two 012345678901", "three", "x       y"]
    wide = table.replace("one two three", "o" * 12)
    assert lines(once(wide, 20)) == [
        *(" aa: oooooooooooo", " bb: 012345678901", "", " aa: x", " bb: y"),
    ]
    assert lines(once("|aa|bb|\n|-|-|\n", 20)) == [" aa  bb", " ──────"]


def test_blank_lines_of_code_wait_for_the_next_only_so_long() -> None:
    assert lines(once("```\nx" + "\n" * 200 + "```\ny")) == ["── 1 ──", "x", "", "y"]
    assert len(lines(once("```\nx" + "\n" * 500 + "```\ny"))) > 400
    assert lines(once("```\nx" + "\n" * 150 + "z\n```"))[-2:] == ["", "z"]


def test_a_long_paragraph_is_final_up_to_a_space_and_no_longer_a_heading() -> None:
    stage = Stage().play([LONG])
    assert len(stage.terminal.lines) > 60
    stage.play(["\n===\n"]).close()
    assert stage.terminal.text()[-1].endswith("===")


def test_a_construct_that_is_open_for_16_kb_is_cut() -> None:
    text = "**" + "word " * 4000 + "**"
    rows = once(text)
    words = [cell for row in rows for cell in row if cell.text.strip()]
    assert "".join(cell.text for cell in words) == text.replace(" ", "")


def test_a_line_of_more_than_4_kb_is_text() -> None:
    assert lines(once("# " + LONG))[0].startswith("# word word")
    assert set("".join(lines(once("-" * 5000)))) == {"-"}
    assert len(lines(once("-" * 5000))) == 63


def test_there_is_no_background_but_the_terminals() -> None:
    text = "`a b`\n\n```python\nx = 1  # c\n```\n"
    for theme in ("auto", "ansi_dark", "ansi_light", "monokai"):
        for row in once(text, look=RenderStyle(colours="truecolor", code_theme=theme)):
            for cell in row:
                codes = cell.style.split(";")
                assert not any(code in codes for code in ("40", "48")), cell


def test_the_list_of_differences_is_the_list_of_tests() -> None:
    apart = {"blank lines", "long tables", "long paragraphs", "long lines", "colours"}
    assert {one.name for one in DIFFERENCES} == set(SHOWN) | apart
    assert all(one.ours and one.why for one in DIFFERENCES)
