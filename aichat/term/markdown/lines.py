"""Text that arrives in pieces, as lines; what is too long to wait for comes in fixed pieces."""

#: Characters of a line that has not ended after which a piece of it is given.
LONGEST = 4096


class Lines:
    """The splitter: nothing that it gives depends on how the text was cut."""

    def __init__(self) -> None:
        self.tail = ""  # the line that has not ended, as far as it was not given

    def feed(self, text: str) -> list[tuple[str, bool]]:
        """Lines without their newlines, and whether they are whole."""
        *whole, tail = (self.tail + text).split("\n")
        made = [piece for line in whole for piece in _pieces(line)]
        while len(tail) > LONGEST:
            made.append((tail[:LONGEST], False))
            tail = tail[LONGEST:]
        self.tail = tail
        return made


def _pieces(line: str) -> list[tuple[str, bool]]:
    if len(line) <= LONGEST:
        return [(line, True)]
    last = (len(line) - 1) // LONGEST * LONGEST
    made = [(line[place : place + LONGEST], False) for place in range(0, last, LONGEST)]
    return [*made, (line[last:], True)]
