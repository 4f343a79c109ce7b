"""Making untrusted text safe: nothing in it can control the terminal.

Every replacement is one character for one, so that chunk borders cannot matter.
Source: the contract's section on terminal safety.
"""

import json

_CONTROL_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
_HIDDEN = (
    *range(0x80, 0xA0),  # C1
    *(0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),  # bidi
    *(0x200B, 0x2060, 0xFEFF),  # zero width, except the joiners that some scripts need
    *range(0xE0000, 0xE0080),  # tags
    *range(0xD800, 0xE000),  # lone surrogates cannot be written at all
)
_TABLE = {**_CONTROL_PICTURES, 0x7F: 0x2421, **dict.fromkeys(_HIDDEN, 0xFFFD)}


def sanitize(text: str) -> str:
    """``text`` with every control character made visible; a CR before a newline is dropped."""
    return text.replace("\r\n", "\n").translate(_TABLE)


def sanitize_characters(text: str) -> str:
    """``text`` with every control character made visible, strictly one character for one."""
    return text.translate(_TABLE)


def sanitize_json(text: str) -> str:
    """JSON for a terminal: what ``sanitize`` would replace is escaped, so that its value stays."""
    return "".join(json.dumps(c)[1:-1] if ord(c) in _TABLE else c for c in text)


def sanitize_line(text: str) -> str:
    """The text, sanitized and on one line, for names, titles and errors."""
    return sanitize(" ".join(text.split("\n")))


class StreamSanitizer:
    """Sanitizes text that arrives in pieces; a CR is held back until the next character."""

    def __init__(self) -> None:
        self._pending = ""

    def feed(self, text: str) -> str:
        """The sanitized text so far."""
        text = self._pending + text
        self._pending = "\r" if text.endswith("\r") else ""
        return sanitize(text.removesuffix(self._pending) if self._pending else text)

    def close(self) -> str:
        """A CR that was held back."""
        held, self._pending = self._pending, ""
        return sanitize(held)
