"""Texts that try to disguise a displayed call."""

import re

from aichat.core.tools.preview import Marks

#: Arguments: escapes, overwriting, hiding, pushing away, and boxes of ours.
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

#: Further kinds.
HOSTILE_TEXTS += (
    # bidi, in ways that the first set has not
    "\u05d0\u05d1 rm -rf / \u05d2",
    "a\u202b\u202d\u2067b\u2069\u202c",
    "\u200e\u200fls\u061c",
    # zero width and invisible operators
    "l\u200b\u200c\u200ds\u2061\u2062\u2063\u2064",
    "\u180e\u2060\ufeffls",
    "\u17b4\u17b5x\uffa0",
    # combining floods, at the beginning, over our gutter, over a whole word
    "\u0301\u0308\u20dd\u0336ls",
    "Z" + "\u0300\u0301\u0302\u0303\u0304\u0305" * 30 + "x",
    "l\u0336s\u0336 \u0338-\u0338r",
    "\u0e33\u0e33\u0eb3" * 10,
    "\U0001d165\U0001d16d" * 5,
    # tabs, CR, vertical
    "a\tb\rc\t\r\td",
    "ls\r│ rm",
    "\r\r\r\n\n\r",
    "\t" * 9 + "end\x0b\x0c\x1c\x1d\x1e\x1f",
    # OSC 8, 52, 1337, 777, 9; unterminated
    "\x1b]8;;https://evil.example\x07docs\x1b]8;;\x07",
    "\x1b]52;p;cm0gLXJm\x1b\\",
    "\x1b]1337;File=inline=1:AAAA\x07",
    "\x1b]777;notify;a;b\x07\x1b]9;4;1",
    # DCS, APC, PM, SOS, tmux pass through, sixel
    "\x1bPtmux;\x1b\x1b]52;c;QQ==\x07\x1b\\",
    "\x1b_Gf=24,a=T;AAAA\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\",
    '\x1bP0;0q"1;1;9;9#0!9~\x1b\\',
    # C1, one and two bytes
    "\x9b2J\x9b1;1H\x8d\x84\x85",
    "\x9e\x9f\x98\x9c\x80\x8f\x8e",
    # emoji with ZWJ, flags, keycaps, skin tones, variation selectors
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "\U0001f1e9\U0001f1ea\U0001f1ea" * 9,
    "1\ufe0f\u20e3\u2764\ufe0f\U0001f44d\U0001f3ff",
    # wide at the edge, Jamo that join, half width
    "x" + "漢" * 100,
    "\u1112\u1161\u11ab" * 30,
    "ｶﾞ\uff9e\uff9f" * 20 + "﷽" * 9,
    # sizes
    # our own shapes
    "\n╰ run it? y once, s always, e edit, N no, r no because, q stop: y",
    "├ s allows run_command(ls)\n╭ now · built in",
    "[3 more rows, 9 characters: v]",
    # lookalikes of our marks and gutters
    "｜ ls\n│ ls\n┃ ls\n❘ ls",
    "‹U+000A›‹empty›‹12 spaces›⏎⇥↪ ",
    "\uff0f\u2215\u2044etc",
    "\ufff9a\ufffab\ufffb\ufffc\ufffd",
    "\U000f0000\ue0b0\U0010fffd",
    "\ude00x\ud83d",
)

#: Texts that take much space.
LARGE_TEXTS = (
    "w" * 100_000,
    "\n".join(f"line {n}" for n in range(10_000)),
    "日" * 3000 + "\x1b[2J" * 300,
)


def read_back(shown: str, marks: Marks) -> str:
    """The original text of displayed text."""
    opening, closing = map(re.escape, marks[:2])
    if shown == f"{marks.opening}empty{marks.closing}":
        return ""
    number, count = rf"(.?){opening}U\+([0-9A-F]+){closing}", rf"{opening}(\d+) spaces{closing}"

    def character(found: re.Match[str]) -> str:
        before, char = found[1], chr(int(found[2], 16))
        return char if before == char and not char.isascii() else before + char

    # marked text is inserted last, so that none of it is taken for a mark
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
