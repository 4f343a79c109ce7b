"""What begins and ends where: cuts of a long text, formulas over lines, cells, ends of a table."""

import pytest

from aichat.term.markdown.inline.cuts import scan
from aichat.term.markdown.starts import maths_closer
from aichat.term.markdown.tables.cells import cells, has_columns
from tests.term.rendering import lines, once

#: texts with a bar where the last safe cut is, if there is one
CUT = [
    *("a b |c", "a\n|b", "a\n[b", "a\n$", "a\n\\b", "a]\nb", "$x$\nb", "a\tb"),
    *("a $x$ b |c", "$x$ |b", "a |$x", "a |$x b", "$5 and |$6 are x", "a $$x y$$ |b", "a |$$x y"),
    *("[a b", "[a] |b", "[a](b c", "[a](b c) |d", "[a] (b |c", "(a |b](c", "[a (b](c d"),
    *("`a b", "`a b` |c", "``a ` b`` |c", "`a [b` |c", "\\(a b", "\\(a b\\) |c", "\\[a * b\\] |c"),
    *(
        "*a b",
        "*a b* |c",
        "**a* b c",
        "*a b** c d",
        "a * b |c",
        "a_b |c",
        "_a b_ |c",
        "*a _b* c_ d",
    ),
    *(
        "~~a b",
        "~~a b~~ |c",
        "<a b",
        "<a b> |c",
        "a < b |c",
        "</a b",
        "<!a b",
        "\\*a |b",
        "*a _b* c_ d* e",
        "[a *b] c*] d",
    ),
]


@pytest.mark.parametrize("marked", CUT)
def test_a_long_text_is_cut_where_nothing_is_open(marked: str) -> None:
    before, _, after = marked.rpartition("|")
    text = before + after
    whole = scan(text)
    assert text[: whole.safe] == before
    for place in range(len(text)):
        assert scan(text, scan(text[:place])) == whole


@pytest.mark.parametrize(
    ("line", "awaited", "closer"),
    [
        ("a", "", ""),
        ("a", "$$", "$$"),
        ("a $$ b", "", ""),
        ("a $$ b $$ c", "", ""),
        ("$$ b", "", "$$"),
        ("b $$", "", "$$"),
        ("$$ b $$ c", "", ""),
        ("a \\[ b", "", "\\]"),
        ("a \\[ b \\] c", "", ""),
        ("a \\] b $$", "\\]", "$$"),
        ("a $$ b", "$$", ""),
        ("$$", "$$", ""),
    ],
)
def test_a_formula_stays_open_until_its_own_end(line: str, awaited: str, closer: str) -> None:
    assert maths_closer(line, awaited) == closer


@pytest.mark.parametrize(
    ("row", "columns", "found"),
    [
        ("|a|b|", 2, ["a", "b"]),
        ("a|b", 2, ["a", "b"]),
        ("a\\|b|c", 2, ["a|b", "c"]),
        ("a `b|c` d|e", 2, ["a `b|c` d", "e"]),
        ("a `b|c` d|e", 3, ["a `b", "c` d", "e"]),
        ("$a|b$|c", 2, ["$a|b$", "c"]),
        ("\\(a|b\\)|c", 2, ["\\(a|b\\)", "c"]),
        ("a|b|c", 2, ["a", "b | c"]),
        ("a `b|c` d|e|f", 2, ["a `b|c` d", "e | f"]),
        ("a", 2, ["a"]),
        ("", 1, []),
    ],
)
def test_a_pipe_stays_in_its_cell(row: str, columns: int, found: list[str]) -> None:
    assert cells(row, columns) == found
    assert has_columns(row, columns) == (len(found) == columns and " | " not in "".join(found))


@pytest.mark.parametrize(
    "line", [">b", "# b", "```", "~~~", "***", "- b", "1. b", "<div>", "<!--", "</ul>"]
)
def test_a_block_ends_a_table(line: str) -> None:
    table = "|a|b|\n|-|-|\n|1|2|\n"
    drawn = lines(once(table))
    assert lines(once(table + line + "\n"))[: len(drawn)] == drawn


@pytest.mark.parametrize("line", ["b", "#b", "``", "**", "-b", "1.b", "<b>x</b>"])
def test_other_lines_are_rows_of_it(line: str) -> None:
    drawn = lines(once(f"|a|b|\n|-|-|\n|1|2|\n{line}\n"))
    assert [row.split() for row in drawn[2:]] == [["1", "2"], [line]]


def test_code_by_indentation_has_four_spaces() -> None:
    assert lines(once("    a\n    b\n")) == ["── 1 ──", "a", "b"]
    assert lines(once("    a\n   b\n")) == ["── 1 ──", "a", "", "b"]


def test_an_item_that_begins_with_nothing_goes_on_two_columns_in() -> None:
    assert lines(once("-\n a\n")) == [" •", "", "a"]
    assert lines(once("-\n  a\n")) == [" • a"]
