"""JSON indented for people, with every number, string and escape as it was sent."""

import re

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.S)
_INDENT = "  "


def indent_json(text: str) -> str:
    """JSON ``text`` with a line for each member and item; empty objects and lists stay short."""
    pieces: list[str] = []
    depth, before = 0, ""
    for found in _PIECE.finditer(text):
        piece = found[0]
        if piece in ("}", "]"):
            depth -= 1
            if before not in ("{", "["):
                pieces.append(_line_break(depth))
        elif before in ("{", "[", ","):
            pieces.append(_line_break(depth))
        pieces.append(": " if piece == ":" else piece)
        depth += piece in ("{", "[")
        before = piece
    return "".join(pieces)


def _line_break(depth: int) -> str:
    return "\n" + _INDENT * depth
