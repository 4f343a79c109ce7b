"""The widths of a table's columns."""

from functools import lru_cache

#: Spaces between two columns, and before the first.
GAP, EDGE = 2, 1


@lru_cache(256)
def fit_columns(
    natural: tuple[int, ...], least: tuple[int, ...], room: int
) -> tuple[tuple[int, ...], int, int]:
    """Column widths, the gap between columns and before the first; empty if words would break.

    ``natural`` are the widths they would like, ``least`` those of their longest words.
    """
    widths = _shrink_columns(natural, room)
    if widths and all(width >= low for width, low in zip(widths, least, strict=True)):
        return widths, GAP, EDGE
    for gap, edge in ((GAP, EDGE), (1, 0)):
        widths = _level_columns(natural, least, room - 2 * edge - gap * (len(natural) - 1))
        if widths:
            return widths, gap, edge
    return (), GAP, EDGE


def _level_columns(natural: tuple[int, ...], least: tuple[int, ...], room: int) -> tuple[int, ...]:
    """Cut columns to the highest level that fits, but none below its longest word."""
    low, high = 0, room
    while low < high:
        level = (low + high + 1) // 2
        cut = sum(max(a, min(b, level)) for a, b in zip(least, natural, strict=True))
        low, high = (level, high) if cut <= room else (low, level - 1)
    made = tuple(max(a, min(b, low)) for a, b in zip(least, natural, strict=True))
    return made if low and sum(made) <= room else ()


def _shrink_columns(natural: tuple[int, ...], room: int) -> tuple[int, ...]:
    """Columns that fit, the widest shrunk first as Rich does; empty if nothing fits."""
    count = len(natural)
    # Rich counts the gap as part of each column but the last
    padded = [max(1, size) + (place < count - 1) for place, size in enumerate(natural)]
    room -= 2 * EDGE + count - 1
    padded = [min(size, room) for size in padded]
    if sum(padded) > room:
        limit = _level(padded, room)
        padded = [min(old, new) for old, new in zip(padded, limit, strict=True)]
    made = tuple(size - (place < count - 1) for place, size in enumerate(padded))
    return made if min(made) > 0 and sum(padded) <= room else ()


def _level(sizes: list[int], room: int) -> list[int]:
    """Cut sizes down to ``room`` in all: the largest to the second largest, and so on."""
    while (excess := sum(sizes) - room) > 0:
        most = max(sizes)
        second = max((size for size in sizes if size != most), default=0)
        if not most - second:
            break
        largest = [size == most for size in sizes]
        left, count = excess, sum(largest)
        cut = []
        for size, is_largest in zip(sizes, largest, strict=True):
            less = min(excess, most - second, round(left / count)) if is_largest else 0
            left, count = left - less, count - is_largest
            cut.append(size - less)
        sizes = cut
    return sizes
