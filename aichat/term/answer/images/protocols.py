"""Three graphics protocols: kitty's, iTerm2's and sixel.

The cursor stays where it was; everything written is encoded by us.
Sources: kitty's graphics protocol, iTerm2's inline images, DEC STD 070 (sixel).
"""

import re
from base64 import b64encode
from collections.abc import Iterator

from aichat.term.answer.images.picture import Size, Thumbnail

#: Base64 characters per kitty command.
_CHUNK = 4096

#: Colours of a sixel picture: more would be slow, and hardly visible.
SIXEL_COLOURS = 64

#: A cell that kitty fills itself, and the marks for row numbers.
#: Source: kitty's graphics protocol, Unicode placeholders.
_PLACEHOLDER = chr(0x10EEEE)
_ROW_MARKS = (
    *(0x0305, 0x030D, 0x030E, 0x0310, 0x0312, 0x033D, 0x033E, 0x033F, 0x0346, 0x034A),
    *(0x034B, 0x034C, 0x0350, 0x0351, 0x0352, 0x0357, 0x035B, 0x0363, 0x0364, 0x0365),
)

#: There are only so many row marks.
MOST_ROWS = len(_ROW_MARKS)


def kitty(png: bytes, cells: Size) -> str:
    """Show it at once in so many cells."""
    head = f"a=T,f=100,q=2,C=1,c={cells.width},r={cells.height}"
    return "".join(_kitty_commands(png, head))


def kitty_placed(png: bytes, cells: Size, number: int) -> str:
    """Store it under a ``number`` from 1 to 255, for the cells of ``kitty_cells``."""
    head = f"a=T,U=1,f=100,q=2,i={number},c={cells.width},r={cells.height}"
    return "".join(map(through_tmux, _kitty_commands(png, head)))


def kitty_cells(cells: Size, number: int) -> list[str]:
    """Rows of cells that kitty fills with a picture, wherever tmux puts them."""
    colour = f"\x1b[38;5;{number}m"
    return [
        f"{colour}{(_PLACEHOLDER + chr(mark)) * cells.width}\x1b[39m"
        for mark in _ROW_MARKS[: cells.height]
    ]


def _kitty_commands(png: bytes, head: str) -> Iterator[str]:
    data = b64encode(png).decode()
    for at in range(0, len(data), _CHUNK):
        more = int(at + _CHUNK < len(data))
        keys = f"{head},m={more}" if at == 0 else f"m={more}"
        yield f"\x1b_G{keys};{data[at : at + _CHUNK]}\x1b\\"


def iterm(png: bytes, cells: Size) -> str:
    """Show it at once in so many cells."""
    keys = f"inline=1;size={len(png)};width={cells.width};height={cells.height}"
    data = b64encode(png).decode()
    return f"\x1b]1337;File={keys};preserveAspectRatio=1;doNotMoveCursor=1:{data}\x07"


def sixel(picture: Thumbnail) -> str:
    """A picture as sixels with its own palette."""
    shades, rows = picture.palette(SIXEL_COLOURS)
    width, height = picture.size
    colours = "".join(
        f"#{n};2;{r * 100 // 255};{g * 100 // 255};{b * 100 // 255}"
        for n, (r, g, b) in enumerate(shades)
    )
    bands = "-".join(_band(rows[at : at + 6]) for at in range(0, height, 6))
    return f'\x1bP0;1;0q"1;1;{width};{height}{colours}{bands}\x1b\\'


def _band(rows: list[bytes]) -> str:
    """Six rows of pixels: for each colour the columns that have it, one over the other."""
    pieces = []
    for colour in sorted(set(b"".join(rows))):
        bits = 0
        for n, row in enumerate(rows):
            table = bytes(1 << n if value == colour else 0 for value in range(256))
            bits |= int.from_bytes(row.translate(table))
        line = bits.to_bytes(len(rows[0])).translate(_SIXELS).decode()
        pieces.append(f"#{colour}{_RUN.sub(_run, line)}")
    return "$".join(pieces)


_SIXELS = bytes((value + 63) % 256 for value in range(256))
_RUN = re.compile(r"(.)\1{3,}")


def _run(found: re.Match[str]) -> str:
    return f"!{len(found[0])}{found[1]}"


def through_tmux(sequence: str) -> str:
    """Wrap a sequence for tmux to pass on to the terminal around it."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"
