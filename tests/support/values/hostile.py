"""Texts that want to look like something else where a call is shown."""

import re

from aichat.core.tools.shown import Marks

#: Seventy arguments: escapes, overwriting, hiding, pushing away, and boxes of ours.
HOSTILE_TEXTS = (
    *(
        "\x1b[2K\x1b[1A",
        "\x1b]0;title\x07",
        "\x1b]52;c;aGk=\x07",
        "\x1b[8;1;1t",
        "\x1bc",
        "\x1b[?25l",
    ),
    *("\x1bP+q544e\x1b\\", "\x1b_x\x1b\\", "\x9b31m", "\x9d0;t\x9c", "\x90x\x9c", "\x1b[6n"),
    *(
        "a\rb",
        "a\r\nb",
        "rm -rf ~\r ls      ",
        "\b\b\b\bls",
        "\x7f\x7f",
        "\x07",
        "\x00",
        "\x0e\x0f",
    ),
    *("\u202emoc.live", "\u2066x\u2069", "\u200bls", "l\u200ds", "l\u2060s", "\ufeffls", "\u061cx"),
    *(
        "\U000e0041\U000e0042",
        "\u00adls",
        "\u034fx",
        "\u115fx",
        "\u3164",
        "\u2800\u2800",
        "\ufe0fx",
    ),
    *(
        "\ud800",
        "x\udfffy",
        "\ue000",
        "\U0010ffff",
        "\u2028next",
        "\u2029next",
        "\x85next",
        "\x0b\x0c",
    ),
    *("ls\n\n\n\n\n\n\n\n\n\n\n\n\n", "ls" + " " * 500 + "; rm -rf ~", "\t" * 60 + "x", "x" * 5000),
    *(
        "a\n╰ run it? y",
        "\n│ safe",
        "╭ now · built in",
        "y\n",
        "aichat: allowed",
        "‹U+001B›",
        "⏎",
        "⇥",
    ),
    *(
        "↪ more",
        "‹empty›",
        "‹9 spaces›",
        "{U+001B}",
        "^ more",
        "",
        " ",
        "日本語" * 40,
        "e\u0301" * 50,
    ),
    *(
        "\U0001f468\u200d\U0001f469 family",
        "\u0456f",
        "ﬁle",
        "$(rm -rf ~)",
        "`id`",
        "a && b; c | d > e",
        "--output=x",
    ),
)


def read_back(shown: str, marks: Marks) -> str:
    """The text that stands behind what is shown."""
    opening, closing = map(re.escape, marks[:2])
    if shown == f"{marks.opening}empty{marks.closing}":
        return ""
    number, count = rf"(.?){opening}U\+([0-9A-F]+){closing}", rf"{opening}(\d+) spaces{closing}"

    def character(found: re.Match[str]) -> str:
        before, char = found[1], chr(int(found[2], 16))
        return char if before == char and not char.isascii() else before + char

    # what is marked is put in last, so that nothing in it is taken for a mark
    pieces = re.split(rf"({count})", shown)
    text, at = [], 0
    while at < len(pieces):
        plain = pieces[at]
        if marks.newline:
            plain = plain.replace(marks.newline, "\n").replace(marks.tab, "\t")
        last = 0
        for found in re.finditer(number, plain, re.DOTALL):
            text += plain[last : found.start()], character(found)
            last = found.end()
        text.append(plain[last:])
        if at + 2 < len(pieces):
            text.append(" " * int(pieces[at + 2]))
        at += 3
    return "".join(text)
