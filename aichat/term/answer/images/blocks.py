"""A picture as half blocks: each cell is two pixels, the upper one the foreground."""

from functools import lru_cache

from rich.color import Color
from rich.style import Style

from aichat.term.answer.images.picture import Size, Thumbnail
from aichat.term.markdown.style import Row

_HALF = "▀"


def half_blocks(picture: Thumbnail, cells: Size) -> list[Row]:
    """Rows for ``cells``; equal neighbours share a span."""
    pixels = picture.resized(Size(cells.width, cells.height * 2)).rows()
    pairs = zip(pixels[::2], pixels[1::2], strict=True)
    return [_row([*zip(above, below, strict=True)]) for above, below in pairs]


def _row(cells: list[tuple[tuple[int, int, int], tuple[int, int, int]]]) -> Row:
    spans: list[tuple[str, Style]] = []
    for above, below in cells:
        style = _style(above, below)
        if spans and spans[-1][1] is style:
            spans[-1] = (spans[-1][0] + _HALF, style)
        else:
            spans.append((_HALF, style))
    return tuple(spans)


@lru_cache(4096)
def _style(above: tuple[int, int, int], below: tuple[int, int, int]) -> Style:
    return Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below))
