"""One picture for one terminal: how large, in which way, and what is written for it."""

from zlib import crc32

from aichat.term.answer.images import protocols
from aichat.term.answer.images.blocks import half_blocks
from aichat.term.answer.images.picture import Size, Thumbnail
from aichat.term.answer.images.way import ImageWay
from aichat.term.markdown.style import Row
from aichat.values import NamedTuple

#: Rows that a picture takes at most.
MOST_ROWS = protocols.MOST_ROWS

#: Bytes of a picture that is handed on by tmux, which takes no longer sequence.
_TMUX_BYTES = 700_000


class Drawing(NamedTuple):
    """A picture to be written: as rows of text, or by ``sequence`` in so many empty rows."""

    rows: list[Row]
    sequence: str = ""
    height: int = 0


class Canvas(NamedTuple):
    """The terminal: its size and that of a cell in pixels, and how it shows pictures."""

    columns: int
    height: int
    cell: Size
    way: ImageWay


def draw_picture(data: bytes, canvas: Canvas) -> Drawing:
    """What shows a picture. Errors: ``ValueError`` for what cannot be looked at."""
    room = Size(canvas.columns, min(MOST_ROWS, max(canvas.height - 2, 1)))
    cell = Size(1, 2) if canvas.way.way == "blocks" else canvas.cell
    pixels = Size(room.width * cell.width, room.height * cell.height)
    picture = Thumbnail(data, pixels)
    cells = Size(
        min(max(-(-picture.size.width // cell.width), 1), room.width),
        min(max(-(-picture.size.height // cell.height), 1), room.height),
    )
    if canvas.way.way == "blocks":
        return Drawing(half_blocks(picture, cells))
    return _graphics(picture, cells, canvas.way)


def _graphics(picture: Thumbnail, cells: Size, chosen: ImageWay) -> Drawing:
    if chosen.way == "sixel":
        return Drawing([], _in_place(protocols.sixel(picture), cells.height), cells.height)
    png = _small_png(picture) if chosen.through_tmux else picture.png()
    if chosen.way == "kitty" and chosen.through_tmux:
        number = crc32(png) % 255 + 1
        rows = protocols.kitty_cells(cells, number)
        shown = protocols.kitty_placed(png, cells, number) + "".join(f"{row}\n" for row in rows)
        return Drawing([], shown, cells.height)
    sequence = protocols.kitty(png, cells) if chosen.way == "kitty" else protocols.iterm(png, cells)
    if chosen.through_tmux:
        sequence = protocols.through_tmux(sequence)
    return Drawing([], _in_place(sequence, cells.height), cells.height)


def _in_place(sequence: str, height: int) -> str:
    """A picture in rows that are made for it first; the cursor stands below it in the end."""
    return "\n" * height + f"\x1b[{height}A\x1b7{sequence}\x1b8\x1b[{height}B\r"


def _small_png(picture: Thumbnail) -> bytes:
    """As a PNG that tmux hands on."""
    png = picture.png()
    while len(png) > _TMUX_BYTES:
        width, height = picture.size
        picture = picture.resized(Size(max(width // 2, 1), max(height // 2, 1)))
        png = picture.png()
    return png
