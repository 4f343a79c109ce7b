"""What is drawn looks as the roles of the theme say, and tells its parts apart without any."""

import pytest

from aichat.core.text.theme import PLAIN, find_theme
from aichat.term.answer.style import RenderStyle
from tests.term.rendering import lines, once

TEXT = """# Ay

#### Bee

a `code` [link](https://x.yz) [file](f.py) <https://w.yz> *em*

> quoted
- item

7. numbered

|head|
|-|
|cell|

***

```py
if
```
"""

#: A piece of the drawn text, and the role that it has; none is the terminal's own text.
ROLES = {
    "# Ay": ("dim", 1),
    "Ay": ("heading", 2),
    "#### Bee": ("dim", 4),
    "Bee": (None, 3),
    "a code": (None, 1),
    "code": ("code", 4),
    "link": ("link", 4),
    "(https://x.yz)": ("dim", 14),
    "file (f.py)": (None, 11),
    "https://w.yz": ("link", 12),
    "▌": ("dim", 1),
    "quoted": (None, 6),
    "• item": (None, 6),
    " 7 numbered": (None, 11),
    "head": ("strong", 4),
    "cell": (None, 4),
    "────": ("dim", 4),
    "── py · 1 ──": ("dim", 12),
    "if": ("keyword", 2),
}


@pytest.mark.parametrize("ground", ["dark", "light", "unknown", "mono"])
@pytest.mark.parametrize("piece", ROLES)
def test_a_piece_has_the_look_of_its_role(piece: str, ground: str) -> None:
    theme = find_theme(ground if ground == "mono" else "auto", ground)  # type: ignore[arg-type]
    role, length = ROLES[piece]
    wanted = theme.paint("x", role).partition("x")[0] if role else ""  # type: ignore[arg-type]
    cells = [cell for row in once(TEXT, look=RenderStyle(theme)) for cell in row]
    start = "".join(cell.text for cell in cells).index(piece)
    for cell in cells[start : start + length]:
        assert {*cell.style.split(";")} == {*wanted.strip("\x1b[m").split(";")}, cell


def test_a_theme_without_looks_draws_the_same_text_and_no_style() -> None:
    plain = once(TEXT, look=RenderStyle(PLAIN))
    assert lines(plain) == lines(once(TEXT))
    assert {cell.style for row in plain for cell in row} == {""}


def test_a_style_that_is_named_holds_on_any_ground() -> None:
    look = RenderStyle(find_theme("light", "light"), "truecolor", code_theme="monokai")
    row = once(TEXT, look=look)[-1]
    assert row[0].text == "i" and row[0].style.startswith("38;2;")


def test_code_has_no_number_where_nothing_takes_it() -> None:
    shown = lines(once("```py\na\n```\n\n```\nb\n```\n", look=RenderStyle(numbers_code=False)))
    assert shown == ["── py ──", "a", "", "── code ──", "b"]


@pytest.mark.parametrize(("language", "columns"), [("x" * 300, 30), ("日" * 40, 21)])
def test_an_edge_is_never_wider_than_the_window(language: str, columns: int) -> None:
    edge = once(f"```{language}\na\n```\n", columns)[0]
    assert sum(cell.width for cell in edge) <= columns and edge[-1].text == "…"
