"""Where an answer on the terminal differs from one Rich render of its whole text, and why.

All else is the same, row by row; a test holds every line of this list.
"""

from typing import NamedTuple


class Difference(NamedTuple):
    """What we show, and why it is not what ``rich.markdown.Markdown`` shows."""

    name: str
    ours: str
    why: str


DIFFERENCES = (
    Difference(
        "html",
        "HTML is shown as it is written, a block of it line by line",
        "Rich removes it, List<String> and <details> included, and fails on a lone </kbd>",
    ),
    Difference(
        "links",
        "a link is its text and its address, once if they are the same; http, https and mailto "
        "are dressed as links, and no OSC 8 is ever written",
        "an address that is hidden can lie; Rich numbers its links at random, so no two rows of "
        "two frames are equal",
    ),
    Difference(
        "images",
        "an image is `alt (url)` where it stands",
        "Rich shows it before its paragraph and hides the address",
    ),
    Difference(
        "references",
        "references are not resolved, and definitions are shown, each on a row of its own",
        "the definition comes after the text that is already on the screen; Rich drops it, and "
        "with it every source that a model lists so",
    ),
    Difference(
        "maths",
        r"between \( \), \[ \], $$ and $ nothing is Markdown, and no line of it begins a block; it "
        "reads as Unicode where every symbol can, else as it is written, and what stands by itself "
        "keeps its lines; an amount of money opens nothing",
        "Rich eats the backslashes, makes emphasis of the underscores and a list of `+ b`",
    ),
    Difference(
        "names",
        "a single word between double underscores is a name: __init__; ** stays bold",
        "Rich makes a bold init of it",
    ),
    Difference(
        "pipes",
        "in a row of a table a pipe in code or in a formula is the cell's where that makes the row "
        "as wide as the head; what is over stays in the last cell",
        "Rich cuts the code in two and drops what is over",
    ),
    Difference(
        "line ends",
        "<br>, <br/> and <BR> end a line, in cells too",
        "models have no other way to write two lines in a cell",
    ),
    Difference(
        "full width",
        "marks of emphasis work beside full-width letters and signs",
        "CommonMark asks for spaces or punctuation, which such scripts do without",
    ),
    Difference(
        "fences",
        "a fence of Markdown goes on after the end of a fence with a language inside it",
        "models show Markdown that holds code so, and mean one block",
    ),
    Difference(
        "long words",
        "a word that is wider than the row stands on rows of its own, and a line of code on its "
        "own, without a line end inside: the terminal wraps them (64 KB at most); text of wide "
        "characters is broken between them",
        "what is copied is what the model wrote",
    ),
    Difference(
        "blank lines",
        "more than 200 blank lines at the end of code are shown",
        "what is final must not wait without bound",
    ),
    Difference(
        "controls",
        "controls become visible, those that entities make too",
        "Rich passes ESC, C1 and bidirectional controls on",
    ),
    Difference(
        "numbers",
        "the numbers of a list stand in two columns from the first item on",
        "Rich indents the whole list anew when it reaches its ninth item",
    ),
    Difference(
        "tasks",
        "an item that begins with [x] or [ ] has a box for its mark",
        "Rich shows the brackets",
    ),
    Difference(
        "quotes",
        "a paragraph in a quote keeps its line ends",
        "letters, poems and logs are quoted in the lines that they have; Rich joins them",
    ),
    Difference("empty item", "an item without content shows its mark", "Rich drops it"),
    Difference(
        "narrow",
        "text has at least 8 columns: where containers leave less, outer ones are not shown",
        "Rich drops text that is nested wider than the screen",
    ),
    Difference(
        "depth",
        "up to 64 lists, items and quotes are read inside each other; deeper marks are text",
        "markdown-it drops what is nested more than 20 deep",
    ),
    Difference(
        "headings",
        "a heading stands on the left behind its marks, which are dim; the first three levels are "
        "bold",
        "Rich centres one level and underlines another: how deep a heading is must be seen without "
        "colour, and in a narrow window",
    ),
    Difference(
        "rules",
        "a rule is a dim line of `─`",
        "Rich's row of `-` looks like text",
    ),
    Difference(
        "code",
        "code has no padding, no margin and no background, but a dim edge above it with its "
        "language and the number that /copy takes, also where it is empty",
        "it is copied as it is written, is told from text without colour, and looks right on a "
        "light terminal too",
    ),
    Difference(
        "spaces",
        "no row ends in spaces",
        "what is copied is clean, and resizing does not break padded rows in two",
    ),
    Difference(
        "blank rows",
        "blocks are one blank row apart, and nothing ends in one; in a list or quote there is one "
        "around code and tables and behind a rule",
        "Rich's padding of code and tables shows as two blank rows once its background is gone",
    ),
    Difference(
        "cells",
        "where a column would break a word, columns move, then gaps tighten, then each row is "
        "shown as its keys and values",
        "Rich cuts the word and shows an ellipsis",
    ),
    Difference(
        "many columns",
        "a table with more columns than there is room for is shown as keys and values",
        "Rich makes columns of no width and drops what is in them",
    ),
    Difference(
        "long tables",
        "after 4 KB of a table its columns are fixed, and rows are final as they come",
        "the widths of all rows are known only at the end, and a frame must stay short",
    ),
    Difference(
        "table head",
        "the head of a table is a line of text, never one that begins a list, quote or heading",
        "markdown-it reads `- a | b` as a head when it sees the next line; by then we have begun "
        "the list",
    ),
    Difference(
        "long paragraphs",
        "after 4 KB a paragraph is final up to a space where nothing inline is open (16 KB: "
        "anywhere), and can no longer become a heading",
        "cost and memory stay bounded",
    ),
    Difference(
        "long lines",
        "a line of more than 4 KB is text in its container: never a heading, rule or table",
        "what it is must be known before it ends",
    ),
    Difference(
        "colours",
        "colours are those of the theme's roles; inline code and a code theme have no background, "
        "and spaces in code have no style",
        "the terminal's own background is the one that its reader chose",
    ),
    Difference(
        "highlighting",
        "code is coloured a line at a time with the lexer's state carried on",
        "a line is final when it is there; in 99 of 100 lines the colours are the same",
    ),
)
