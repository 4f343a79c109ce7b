"""Asking a terminal for its background, and reading the reply."""

import re

from aichat.core.text.theme import Ground

#: Asks for the background colour. Source: xterm's ctlseqs, OSC 11.
GROUND_QUERY = "\x1b]11;?\x1b\\"

_COLOUR = r"([0-9a-f]{1,4})/([0-9a-f]{1,4})/([0-9a-f]{1,4})"
_REPLY = re.compile(rf"\x1b\]11;rgba?:{_COLOUR}(?:/[0-9a-f]{{1,4}})?(?:\x07|\x1b\\)", re.IGNORECASE)

#: The luminance above which black contrasts more than white. Source: WCAG 2, contrast ratio.
_HALF = 0.179


def ground_from_reply(reply: str) -> Ground:
    """Whether the background in a terminal's reply is dark or light; unknown if it is no reply."""
    found = _REPLY.fullmatch(reply)
    if found is None:
        return "unknown"
    red, green, blue = (_linear(int(part, 16) / (16 ** len(part) - 1)) for part in found.groups())
    return "light" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _HALF else "dark"


def _linear(share: float) -> float:
    """Undo the gamma of one colour component, 0 to 1."""
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
