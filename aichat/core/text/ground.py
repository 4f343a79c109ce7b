"""What a terminal says of its ground when it is asked, and how."""

import re

from aichat.core.text.theme import Ground

#: Asks for the colour of the ground. Source: xterm's ctlseqs, OSC 11.
GROUND_QUERY = "\x1b]11;?\x1b\\"

_COLOUR = r"([0-9a-f]{1,4})/([0-9a-f]{1,4})/([0-9a-f]{1,4})"
_REPLY = re.compile(rf"\x1b\]11;rgba?:{_COLOUR}(?:/[0-9a-f]{{1,4}})?(?:\x07|\x1b\\)", re.IGNORECASE)

#: Luminance from which black stands out more than white does. Source: WCAG 2, contrast ratio.
_HALF = 0.179


def ground_from_reply(reply: str) -> Ground:
    """Whether the ground that a terminal names is dark or light; unknown where it is no reply."""
    found = _REPLY.fullmatch(reply)
    if found is None:
        return "unknown"
    red, green, blue = (_linear(int(part, 16) / (16 ** len(part) - 1)) for part in found.groups())
    return "light" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _HALF else "dark"


def _linear(share: float) -> float:
    """The light of a part of a colour, of which a screen is given the root."""
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
