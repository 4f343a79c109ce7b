"""Documents that hypothesis writes, and real ones."""

import json
from importlib.metadata import distributions
from pathlib import Path

from hypothesis import strategies as st

from tests.support.running.program import ROOT

_WORDS = """foo bar *em* **strong** `code` ~~gone~~ a_b snake_case_name [text](https://x.yz/a?b=c)
<https://a.example> ![picture](https://x.yz/p.png) <b>bold</b> List<String> &amp; &#x202e; &lt; 1 2.
- * ** ` [1] [ ] \\* \\(x_1+y_1\\) $$a_b*c$$ \\[x*y*\\] 日本語のテキスト 👩‍💻 ❤️ é שלום
supercalifragilistic
https://long.example/a/path/that/goes/on/and/on?with=a&query=that#is-long ## > | !"""
WORDS = _WORDS.split()
LANGUAGES = ("", "python", "js", "json", "nonsense")
CODE = ("x = 1", "  if a:", "", '"""doc', "/* open", "*/", "# not a heading", "- not a list", "\tt")

_line = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(lambda w: "x " + " ".join(w))
_cell = st.lists(st.sampled_from(WORDS[:20]), max_size=3).map(
    lambda w: " ".join(w).replace("|", "/")
)
_paragraph = st.lists(_line, min_size=1, max_size=3).map("\n".join)
_heading = st.tuples(st.integers(1, 6), _line).map(lambda t: f"{'#' * t[0]} {t[1]}")
# without pipes: over a row of dashes they would be a table's head (``table head``)
_setext = st.tuples(
    _line.map(lambda line: line.replace("|", "/")), st.sampled_from(("===", "---"))
).map("\n".join)
_rule = st.sampled_from(("---", "* * *", "___"))
_html = st.sampled_from(("<details>\n<summary>x</summary>", "<!-- a\n\nb -->", "<div>*a*</div>"))
_definitions = st.just("[1]: https://one.example\n[2]: https://two.example")
_code = st.lists(st.sampled_from(CODE), max_size=5).map(lambda rows: ["x", *rows, "y"])
_fence = st.tuples(st.sampled_from(("```", "~~~~")), st.sampled_from(LANGUAGES), _code).map(
    lambda t: "\n".join([t[0] + t[1], *t[2], t[0]])
)
_indented = _code.map(lambda rows: "\n".join(f"    {row}" for row in rows))


def _table(rows: list[list[str]]) -> str:
    head, *body = [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join([head, "|---|:-:|--:|", *body])


_tables = st.lists(st.lists(_cell, min_size=3, max_size=3), min_size=1, max_size=4).map(
    lambda rows: _table([["A", "B", "C"], *rows])
)
_leaf = st.one_of(
    _paragraph,
    _paragraph,
    _heading,
    _setext,
    _rule,
    _html,
    _definitions,
    _fence,
    _indented,
    _tables,
)


def _indent(text: str, first: str, others: str) -> str:
    head, *rest = text.split("\n")
    return "\n".join([first + head, *[(others + row) if row else row for row in rest]])


def _list(blocks: list[str], ordered: bool) -> str:
    marks = [f"{n}. " if ordered else "- " for n in range(1, len(blocks) + 1)]
    return "\n".join(_indent(b, m, " " * len(m)) for m, b in zip(marks, blocks, strict=True))


def _quote(blocks: list[str]) -> str:
    return "\n>\n".join(_indent(block, "> ", "> ") for block in blocks)


_task = st.tuples(st.sampled_from(("[x] ", "[ ]  ", "[X] ", "[-] ")), _paragraph).map("".join)


def _nest(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(inner, min_size=1, max_size=3)
    tasks = st.lists(_task, min_size=1, max_size=3)
    return st.one_of(st.builds(_list, st.one_of(some, tasks), st.booleans()), some.map(_quote))


DOCUMENTS = st.lists(st.recursive(_leaf, _nest, max_leaves=4), min_size=1, max_size=4).map(
    lambda blocks: "\n\n".join(blocks) + "\n"
)


def examples() -> list[str]:
    """The examples of the CommonMark specification."""
    path = ROOT.parent / "shared" / "testdata" / "commonmark-0.31.2.json"
    return [example["markdown"] for example in json.loads(path.read_text())["examples"]]


def readmes() -> dict[str, str]:
    """The long descriptions of what is installed, those that are Markdown."""
    found = {}
    for one in distributions():
        kind = str(one.metadata.get("Description-Content-Type", ""))
        text = str(one.metadata.get("Description") or "") if "markdown" in kind else ""
        if len(text) > 500:
            found[str(one.name)] = text
    return dict(sorted(found.items()))


def here() -> Path:
    """The folder of these tests."""
    return Path(__file__).parent
