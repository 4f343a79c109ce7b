"""What a model sends never drives the terminal, never breaks us, and is never lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat.core.text.sanitize import sanitize
from aichat.core.text.theme import PLAIN
from aichat.term.answer.style import RenderStyle
from tests.term.rendering import Stage, chunks, lines, once, streamed

HOSTILE = {
    "clipboard": "\x1b]52;c;eA==\x07 text",
    "link": "\x1b]8;;http://x\x1b\\y\x1b]8;;\x1b\\",
    "clear": "\x1b[2J\x1b[Ha\x9b2Jb",
    "overwrite": "rm -rf /\rls      \bx",
    "reorder": "user\u202egnp.exe `\u202e`",
    "entities": "&#27;[2J &#x9b; &#x202e; &#13; &#x200b; &#xfeff; &#xe0041; &#0; &NewLine;",
    "entity in a link": "[a](http://x.y/&#x202e;&#27;b '\x1b') <http://a.b/\x9b>",
    "entity in an image": "![&#x202e;&#27;](x&#x202e;)",
    "in a fence": "```py\x1b[2J\n\x1b[2J\x9b # \u202e\n```\n",
    "in a table": "|\x1b[2J|&#x202e;|\n|-|-|\n|\x07|&#27;|\n",
    "in html": "<b \x1b[2J>\n<div>\u202e\n</div>\n",
    "in a list": "- \x1b[2J\n1. \u2066x\n> \x9b\n",
    "in a heading": "# \x1b[2J &#x202e;\n\x1b\n===\n",
    "surrogates": "a\ud800b `\udfff`",
    "nul": "a\0b\n\0\n",
    "markup": "[/red] [bold]x[/bold] [link=http://x]y[/link]",
    "lone closing tag": "</kbd> </b> </a>",
    "unclosed": "**a `b [c](d <e \\( $$ ~~f",
}
#: A joiner stands between what it joins: before a letter Rich counts it and the letter as nothing,
#: which no terminal does.
MEAN = st.lists(
    st.sampled_from(
        (
            *"ab \n\n\t\r\x1b[]()*_`~#>|-+1.<!&;:\\$=\"'/x\x9b\x07\u202e\ufe0f日é🌊\ud800",
            "👩\u200d👧",
        )
    ),
    max_size=120,
).map("".join)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_split_at_every_offset_is_only_text(text: str) -> None:
    whole = once(text)  # the terminal refuses what it does not know
    for place in range(len(text) + 1):
        stage = Stage().play([text[:place], text[place:]], 1.0).close()
        assert not stage.broken
        assert stage.terminal.cells() == whole


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_without_styles_there_is_no_escape_at_all(text: str) -> None:
    stage = Stage(look=RenderStyle(PLAIN, live=False))
    sent: list[str] = []
    stage.renderer._write = sent.append
    stage.play(chunks(text, 3)).close()
    shown = "".join(sent)
    assert sanitize(shown) == shown and "\x1b" not in shown


@settings(deadline=None, max_examples=150)
@given(MEAN, st.sampled_from((1, 3, 0)), st.sampled_from((80, 23)))
def test_any_text_is_shown_the_same_however_it_comes(text: str, size: int, columns: int) -> None:
    assert streamed(text, size, columns) == once(text, columns)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes_are_survived(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    assert streamed(text, 7) == once(text)


@settings(deadline=None, max_examples=150)
@given(MEAN)
def test_no_letter_is_lost(text: str) -> None:
    """Words apart, which no mark of Markdown can eat (but a fence's first line, and entities)."""
    words = [f"w{n}q" for n in range(1 + len(text) // 6)]
    text = " ".join(f"{text[6 * n : 6 * n + 6]} {word}" for n, word in enumerate(words))
    shown = "".join("".join(lines(once(text))).split())
    for word in words:
        line = next(line for line in text.split("\n") if word in line)
        assert word in shown or "```" in line or "~~~" in line or ":" in line, word


@pytest.mark.parametrize(
    "mark", ["[", "*", "`", "_", "<", "![", "> ", "- ", "$$", "\\(", "&", "~", "|"]
)
def test_a_run_of_marks_is_shown(mark: str) -> None:
    text = mark * 3000
    stage = Stage().play(chunks(text, 500)).close()
    assert not stage.broken
    assert stage.terminal.cells() == once(text)


@pytest.mark.parametrize("columns", [20, 27, 40])
@pytest.mark.parametrize(
    "text",
    [
        "日本語のとても長い文章がここにあります。" * 4,
        "👩‍👩‍👧‍👦 family 👩‍💻 coder 🏳️‍🌈 flag ❤️ heart " * 4,
        "e\u0301a\u0308o\u0302 " * 20 + "z\u0335\u0336\u0337" * 30,
        "שלום עולם مرحبا بالعالم می‌خواهم " * 5,
        "क्‍ष हिन्दी में लिखा हुआ " * 5,
        "| 日本 | 👩‍💻 |\n|---|---|\n| ❤️ 語 | e\u0301 |\n",
        "- 日本語の項目" * 3 + "\n  > 👩‍💻 引用文がここに" * 3,
        "```\n日本語のコード = '👩‍💻' # とても長い行です、本当に\n```\n",
    ],
)
def test_wide_text_fits_and_stays_whole(text: str, columns: int) -> None:
    rows = once(text, columns)
    assert streamed(text, 1, columns) == rows
    assert max(sum(cell.width for cell in row) for row in rows) <= columns
    shown = "".join("".join(lines(rows)).split())
    for letter in set(text) - set(" \n|-`>"):
        assert shown.count(letter) >= text.count(letter), letter
