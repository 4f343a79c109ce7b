"""Drawing one picture for one terminal: its size, its protocol, and the output."""

from zlib import crc32

from aichat.term.answer.images import protocols
from aichat.term.answer.images.blocks import half_blocks
from aichat.term.answer.images.method import ImageMethod
from aichat.term.answer.images.picture import Size, Thumbnail
from aichat.term.markdown.style import Row
from aichat.values import NamedTuple

#: The most rows of a picture.
MOST_ROWS = protocols.MOST_ROWS

#: The largest picture in bytes to pass through tmux, which limits the length of a sequence.
_TMUX_BYTES = 700_000


class Drawing(NamedTuple):
    """A picture to write: as rows of text, or by ``sequence`` over so many empty rows."""

    rows: list[Row]
    sequence: str = ""
    height: int = 0


class Canvas(NamedTuple):
    """The terminal: its size, a cell's size in pixels, and how it shows pictures."""

    columns: int
    height: int
    cell: Size
    method: ImageMethod


def draw_picture(data: bytes, canvas: Canvas) -> Drawing:
    """Draw a picture. Errors: ``ValueError`` if it cannot be shown."""
    room = Size(canvas.columns, min(MOST_ROWS, max(canvas.height - 2, 1)))
    cell = Size(1, 2) if canvas.method.name == "blocks" else canvas.cell
    pixels = Size(room.width * cell.width, room.height * cell.height)
    picture = Thumbnail(data, pixels)
    cells = Size(
        min(max(-(-picture.size.width // cell.width), 1), room.width),
        min(max(-(-picture.size.height // cell.height), 1), room.height),
    )
    if canvas.method.name == "blocks":
        return Drawing(half_blocks(picture, cells))
    return _graphics(picture, cells, canvas.method)


def _graphics(picture: Thumbnail, cells: Size, chosen: ImageMethod) -> Drawing:
    if chosen.name == "sixel":
        return Drawing([], _in_place(protocols.sixel(picture), cells.height), cells.height)
    png = _small_png(picture) if chosen.through_tmux else picture.png()
    if chosen.name == "kitty" and chosen.through_tmux:
        number = crc32(png) % 255 + 1
        rows = protocols.kitty_cells(cells, number)
        shown = protocols.kitty_placed(png, cells, number) + "".join(f"{row}\n" for row in rows)
        return Drawing([], shown, cells.height)
    sequence = (
        protocols.kitty(png, cells) if chosen.name == "kitty" else protocols.iterm(png, cells)
    )
    if chosen.through_tmux:
        sequence = protocols.through_tmux(sequence)
    return Drawing([], _in_place(sequence, cells.height), cells.height)


def _in_place(sequence: str, height: int) -> str:
    """Make rows for a picture, draw it there, and end with the cursor below it."""
    return "\n" * height + f"\x1b[{height}A\x1b7{sequence}\x1b8\x1b[{height}B\r"


def _small_png(picture: Thumbnail) -> bytes:
    """The picture as a PNG small enough for tmux."""
    png = picture.png()
    while len(png) > _TMUX_BYTES:
        width, height = picture.size
        picture = picture.resized(Size(max(width // 2, 1), max(height // 2, 1)))
        png = picture.png()
    return png
