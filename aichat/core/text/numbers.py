"""Numbers as people read them in a narrow column."""

from collections.abc import Iterable


def format_tokens(count: int | None) -> str:
    """``1.05M``, ``131K``, ``448``; a dash if unknown."""
    if count is None:
        return "-"
    if count >= 1_000_000:
        return f"{count / 1_000_000:.2f}".rstrip("0").rstrip(".") + "M"
    return f"{count // 1000}K" if count >= 1000 else str(count)


def count_of(count: int, noun: str) -> str:
    """A count with its noun: ``1 profile``, ``2 profiles``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def format_count(count: int | None) -> str:
    """Tokens in about three digits: 950, 12.3k, 4.57M."""
    if count is None:
        return "-"
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count * 2000 >= size * 1999:  # or rounds up to it
            value = count / size
            digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
            return f"{value:.{digits}f}{letter}"
    return str(count)


def align_decimals(cells: Iterable[str]) -> list[str]:
    """Numbers with their decimal points aligned; one without ends where the points are."""
    cells = [*cells]
    halves = [cell.rpartition(".") for cell in cells if "." in cell]
    left = max((len(whole) for whole, _, _ in halves), default=0)
    right = max((len(decimals) + 1 for _, _, decimals in halves), default=0)
    return [_align_cell(cell, left, right) for cell in cells]


def _align_cell(cell: str, left: int, right: int) -> str:
    whole, point, decimals = cell.rpartition(".")
    if not point:
        return cell.rjust(left + right)
    return whole.rjust(left) + f".{decimals}".ljust(right)


def format_pixels(width: int, height: int) -> str:
    """``4032x3024``: the sides of a picture."""
    return f"{width}x{height}"


def place_in(count: int, number: str) -> int | None:
    """The index of a ``number`` counted from 1, of ``count`` things; None if it is out of range."""
    is_number = number.isascii() and number.isdecimal() and len(number) < 19  # int() has a limit
    return int(number) - 1 if is_number and 0 < int(number) <= count else None
