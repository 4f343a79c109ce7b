"""No character that a model meant to be seen is lost, however loosely it wrote."""

import html
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aichat.term.html.prose import render_prose
from tests.term.rendering import lines, once

#: What is written, and what must be seen of it: pieces without spaces.
Written = tuple[str, list[str]]

_NAMES = st.text("abcxyzABC019", min_size=1, max_size=12)
_WORDS = st.one_of(_NAMES, st.sampled_from(("naïve", "重点", "日本語。", "👩‍💻", "שלום", "e.g.,")))
_CODE = st.text("ab1|_*$\\<>&[](){}#-=+~.,;:!?'\"/^% ", min_size=1, max_size=14).map(
    lambda text: re.sub(r"\\+\|", "|", f"x{text.strip()}x")
)
_LATEX = (
    r"""\int_0^1 \, f u*v*w \{u_1\} a_b*c* x^{2} \frac{1}{2} [a](b) + - = < > \# **n** \_ |x|"""
)
_MATHS = st.lists(st.sampled_from(_LATEX.split()), min_size=1, max_size=5).map(
    lambda words: "a " + " ".join(words) + " z"
)
#: What has no sign of its own is shown as it is written.
_UNREADABLE = _MATHS.map(lambda text: f"{text} \\unknown")
_URLS = _NAMES.map(lambda name: f"https://{name}.example/{name * 6}?a=b_c&d=e_f")


def seen(source: str, text: str) -> Written:
    return source, text.split()


def _wrap(before: str, inner: st.SearchStrategy[str], after: str) -> st.SearchStrategy[Written]:
    return inner.map(lambda text: seen(f"{before}{text}{after}", f"{before}{text}{after}"))


def _mark(mark: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[Written]:
    return inner.map(lambda text: seen(f"{mark}{text}{mark}", text))


_INLINE = st.one_of(
    _WORDS.map(lambda word: seen(word, word)),
    _NAMES.map(lambda word: seen(f"__{word}__", f"__{word}__")),
    _NAMES.map(lambda word: seen(f"self.__{word}__.py", f"self.__{word}__.py")),
    _mark("`", _CODE),
    _mark("**", _WORDS),
    _mark("*", _NAMES),
    _mark("~~", _NAMES),
    st.just(("这是**重点（说明）**的", ["这是重点（说明）的"])),
    _wrap("$", _UNREADABLE, "$"),
    _wrap("\\(", _UNREADABLE, "\\)"),
    _wrap("$$", _UNREADABLE, "$$"),
    _URLS.map(lambda url: seen(url, url)),
    st.tuples(_NAMES, _URLS).map(lambda t: (f"[{t[0]}]({t[1]})", [t[0], f"({t[1]})"])),
    st.tuples(_NAMES, _NAMES).map(lambda t: (f"{t[0]}<br>{t[1]}", [*t])),
    st.sampled_from(("$5", "$10.50", "List<String>", "</kbd>", "a_b_c", "C:\\dir")).map(
        lambda text: seen(text, text)
    ),
)


def _join(space: str, parts: list[Written]) -> Written:
    return space.join(source for source, _ in parts), [one for _, words in parts for one in words]


_TEXT = st.lists(_INLINE, min_size=1, max_size=7).map(
    lambda parts: _join(" ", [("x", ["x"]), *parts, ("x", ["x"])])
)
_LINES = st.lists(
    st.sampled_from(("+ b", "- c", "= d", "# e", "1. f", "> g", "a_1 \\\\", "\\{h\\}", "***")),
    max_size=4,
)
_DISPLAY = st.tuples(st.sampled_from((("$$", "$$"), ("\\[", "\\]"))), _LINES).map(
    lambda t: seen(
        "\n".join([t[0][0], *t[1], "\\z", t[0][1]]), " ".join([t[0][0], *t[1], "\\z", t[0][1]])
    )
)
_FENCED = st.lists(_CODE, max_size=4).map(lambda rows: "\n".join(["x", *rows, "x"]))
_FENCE = st.tuples(st.sampled_from(("", "python", "c", "nonsense")), _FENCED).map(
    lambda t: seen(f"```{t[0]}\n{t[1]}\n```", t[1])
)
_NESTED = st.tuples(st.sampled_from(("```markdown", "````", "~~~md")), _FENCED).map(
    lambda t: seen(
        f"{t[0]}\nabove\n```python\n{t[1]}\n```\nbelow\n{re.match('[`~]+', t[0])[0]}",
        f"above ```python {t[1]} ``` below",
    )
)
_CELL = st.lists(_INLINE, min_size=1, max_size=3).map(lambda parts: _join(" ", parts))


def _table(rows: list[list[Written]]) -> Written:
    made = [_join(" | ", row) for row in rows]
    head = "| A | B | C |\n|---|:-:|--:|\n"
    body = "\n".join(f"| {source} |" for source, _ in made)
    return head + body, [one for _, words in made for one in words]


_TABLE = st.lists(st.lists(_CELL, min_size=3, max_size=5), min_size=1, max_size=3).map(_table)
_HEADING = _TEXT.map(lambda written: (f"## {written[0]}", written[1]))
_BLOCK = st.one_of(_TEXT, _TEXT, _HEADING, _DISPLAY, _FENCE, _NESTED, _TABLE)


def _contain(mark: str, others: str, block: Written) -> Written:
    first, *rest = block[0].split("\n")
    return "\n".join([mark + first, *(others + row for row in rest)]), block[1]


_MARKS = st.sampled_from((("- ", "  "), ("1. ", "   "), ("> ", "> ")))
_CONTAINED = st.recursive(
    st.tuples(_MARKS, _BLOCK).map(lambda t: _contain(*t[0], t[1])),
    lambda inner: st.tuples(_MARKS, inner).map(lambda t: _contain(*t[0], t[1])),
    max_leaves=2,
)
DOCUMENTS = st.lists(st.one_of(_BLOCK, _CONTAINED), min_size=1, max_size=4).map(
    lambda blocks: _join("\n\n", blocks)
)
SETTINGS = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def missing(words: list[str], shown: str) -> list[str]:
    """What is not there; wide text may be broken anywhere, and so is looked for sign by sign."""
    gone = []
    for word in words:
        parts = [word] if word.isascii() else list(word)
        gone += [part for part in parts if part not in shown]
    return gone


def check(document: Written, columns: int) -> None:
    source, words = document
    shown = "".join("".join(lines(once(source, columns))).replace("▌", "").split())
    assert not missing(words, shown)


@pytest.mark.long
@settings(SETTINGS, max_examples=300)
@given(DOCUMENTS, st.sampled_from((80, 40, 24)))
def test_every_visible_character_is_shown(document: Written, columns: int) -> None:
    check(document, columns)


@pytest.mark.long
@settings(SETTINGS, max_examples=100_000)
@given(DOCUMENTS, st.sampled_from((80, 40, 24)))
def test_every_visible_character_of_a_hundred_thousand_documents_is_shown(
    document: Written, columns: int
) -> None:
    check(document, columns)


def gone_from_page(document: Written) -> list[str]:
    source, words = document
    text = html.unescape(re.sub(r"<[^>]*>", "", render_prose(source)))
    # an address is percent-encoded in its link, and shown as it is only where it is the text
    return missing([w for w in words if "https://" not in w], "".join(text.split()))


@pytest.mark.long
@settings(SETTINGS, max_examples=20_000)
@given(DOCUMENTS)
def test_every_visible_character_stands_in_the_page(document: Written) -> None:
    assert not gone_from_page(document)


#: Documents that once lost a mark, in the page or on the screen, and what is seen of them.
ONCE_LOST = [
    "- $$\n  > g\n  $$",
    "1. \\[\n   > a\n   >> b\n   \\]",
    "- - $$\n    > 0\n    $$",
    "- a\n  $$ x\n  > y $$",
    "- \\[\n  \t> t\n  \\]",
    "- $$\n  a\n  > > c > d\n  $$\n- e",
]


#: What stands around a formula that can be read is not shown.
DELIMITERS = ("$$", "\\[", "\\]")


@pytest.mark.parametrize("source", ONCE_LOST)
def test_what_was_once_lost_is_seen(source: str) -> None:
    words = re.sub(r"^[ ]*(- |1\. )+", "", source, flags=re.MULTILINE).split()
    for width in (80, 24):
        check((source, [word for word in words if word not in DELIMITERS]), width)
    shown = "".join(html.unescape(re.sub(r"<[^>]*>", "", render_prose(source))).split())
    assert shown == "".join(words)


def test_a_quote_before_a_formula_keeps_its_marks_for_itself() -> None:
    page = render_prose("> $$\n> > g\n> $$")
    assert page.count("&gt;") == 1 and page.count("<blockquote>") == 1
