"""Splitting streamed text into lines; a line too long to wait for comes in fixed pieces."""

#: Characters after which a piece of an unfinished line is returned.
MAX_PIECE = 4096


class LineSplitter:
    """Splits text; its output does not depend on how the input was chunked."""

    def __init__(self) -> None:
        self.tail = ""  # the unfinished line, as far as it was not returned

    def feed(self, text: str) -> list[tuple[str, bool]]:
        """Lines without their newlines, and whether each is whole."""
        *whole, tail = (self.tail + text).split("\n")
        made = [piece for line in whole for piece in _pieces(line)]
        while len(tail) > MAX_PIECE:
            made.append((tail[:MAX_PIECE], False))
            tail = tail[MAX_PIECE:]
        self.tail = tail
        return made


def _pieces(line: str) -> list[tuple[str, bool]]:
    if len(line) <= MAX_PIECE:
        return [(line, True)]
    last = (len(line) - 1) // MAX_PIECE * MAX_PIECE
    made = [(line[place : place + MAX_PIECE], False) for place in range(0, last, MAX_PIECE)]
    return [*made, (line[last:], True)]
