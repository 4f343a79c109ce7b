"""Foreign text in HTML: controls are shown, markup is escaped, and only some links are links."""

import re

from aichat.core.text.sanitize import sanitize, sanitize_line

#: Characters that HTML forbids, and those with a meaning in it.
_NONCHARACTERS = (
    *range(0xFDD0, 0xFDF0),
    *(n << 16 | end for n in range(17) for end in (0xFFFE, 0xFFFF)),
)
REPLACEMENTS = dict.fromkeys(_NONCHARACTERS, "\ufffd")
_ESCAPES = REPLACEMENTS | str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})

#: Allowed link targets.
_EXTERNAL_LINK = re.compile(r"(?:https?://|mailto:)[^\s/]", re.IGNORECASE)


def is_external(url: str) -> bool:
    """Whether a link may lead to ``url``."""
    return bool(_EXTERNAL_LINK.match(url))


def link(url: str, label: str) -> str:
    """A link if the address is allowed, else only its text."""
    from markdown_it.common.normalize_url import normalizeLink

    if not is_external(url):
        return escape_line(label)
    rel = 'rel="noopener noreferrer nofollow"'
    return f'<a href="{escape_text(normalizeLink(sanitize(url)))}" {rel}>{escape_line(label)}</a>'


def details(title: str, inner: str) -> str:
    """What is unfolded by a click; both are HTML."""
    return f"<details><summary>{title}</summary>\n{inner}</details>\n"


def escape_line(value: object) -> str:
    """Anything as text on one line; empty for None."""
    return "" if value is None else escape_text(sanitize_line(str(value)))


def escape_text(value: str) -> str:
    """Text with its controls shown, and markup escaped."""
    return sanitize(value).translate(_ESCAPES)
