"""Reasoning that a server leaves in the text as ``<think>...</think>``, under any usual name.

An opening tag counts only at the very start of an answer; anywhere else it is the
model's text. A closing tag without an opening one is dropped where it begins the answer
or, outside code, a line. A tag may be split across any number of deltas.
"""

import re

_NAMES = (
    *("think", "thinking", "thought", "thoughts", "reasoning", "reason"),
    *("seed:think", "mm:think", "longcat_think", "antml:thinking"),
)

#: Opening tags, in lower case, and the closing tag of each.
_TAGS = {f"<{name}>": f"</{name}>" for name in _NAMES} | {
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|start_thinking|>": "<|end_thinking|>",
    "<|channel>thought": "<channel|>",
}
_ALL_TAGS = (*_TAGS, *_TAGS.values())

#: Compiled only for an answer that may have one, since few do.
_CLOSING = "|".join(map(re.escape, _TAGS.values()))
_ANGLED = tuple(tag for tag in _TAGS.values() if tag.startswith("<"))
_CLOSING_LINE = "|".join(map(re.escape, _ANGLED))


class ThinkSplitter:
    """Splits an answer's text into reasoning and text, as it arrives."""

    def __init__(self) -> None:
        self.is_done = False  # no more tags are possible
        self.tag: str | None = None  # the opening tag, as it came
        self._close_tag = ""
        self._pending = ""
        self._told: list[str] = []  # text so far, while a closing tag may come
        self._is_blank = True  # whether the current line is blank
        self._step = ThinkSplitter._before  # not a bound method, which would make a cycle

    def feed(self, text: str) -> tuple[str, str]:
        """The reasoning and the text that are certain by now."""
        held, self._pending = self._pending, ""
        return self._step(self, held + text)

    def close(self) -> tuple[str, str]:
        """What was held back in case a tag was incomplete."""
        held, self._pending = self._pending, ""
        return (held, "") if self._step is ThinkSplitter._inside else ("", held)

    def _before(self, text: str) -> tuple[str, str]:
        start = text.lstrip()
        folded = start[:32].lower()
        found = next((tag for tag in _ALL_TAGS if folded.startswith(tag)), None)
        if found in _TAGS:
            self.tag, self._close_tag = start[: len(found)], _TAGS[found]
            self._step = ThinkSplitter._after_tag
            return self._after_tag(start[len(found) :])
        if found:
            self._step = ThinkSplitter._between
            return self._between(start[len(found) :])
        if any(tag.startswith(folded) for tag in _ALL_TAGS):
            self._pending = text
            return "", ""
        self._step = ThinkSplitter._watch
        return self._watch(text)

    def _after_tag(self, text: str) -> tuple[str, str]:
        """Skip blank lines after a tag, which belong to it."""
        text = text.lstrip("\n")
        if not text:
            return "", ""
        self._step = ThinkSplitter._inside
        return self._inside(text)

    def _inside(self, text: str) -> tuple[str, str]:
        found = re.search(re.escape(self._close_tag), text, re.I)
        if not found:
            certain = text[: len(text) - _overlap(text, self._close_tag)]
            self._pending = text[len(certain) :]
            return certain, ""
        self._step = ThinkSplitter._between
        return text[: found.start()], self._between(text[found.end() :])[1]

    def _between(self, text: str) -> tuple[str, str]:
        text = text.lstrip("\n")
        return self._after(text) if text else ("", "")

    def _after(self, text: str) -> tuple[str, str]:
        self.is_done = True
        self._step = ThinkSplitter._after
        return "", text

    def _watch(self, text: str) -> tuple[str, str]:
        """Text in which an unmatched closing tag may begin a line."""
        if "<" not in text:  # the usual case
            self._told.append(text)
            if self._is_blank or "\n" in text:
                self._is_blank = self._ends_blank(text)
            return "", text
        for found in re.finditer(_CLOSING_LINE, text, re.I):
            if self._ends_blank(text[: found.start()]):
                return "", self._without_tag(text, found)
        start = text.rfind("<")
        tail = text[start:].lower()
        may_close = any(tag.startswith(tail) for tag in _ANGLED)
        if may_close and self._ends_blank(text[:start]):
            self._pending, text = text[start:], text[:start]
        self._told.append(text)
        self._is_blank = self._ends_blank(text)
        return "", text

    def _ends_blank(self, text: str) -> bool:
        """Whether the line at the end of ``text`` is blank so far."""
        _, ended, line = text.rpartition("\n")
        return not line.strip() and (self._is_blank or bool(ended))

    def _without_tag(self, text: str, found: re.Match[str]) -> str:
        """``text`` without its closing tag, unless that is in code or the text is about tags."""
        before = "".join(self._told) + text[: found.start()]
        self._told.clear()
        if before.count("```") % 2 or any(tag in before.lower() for tag in _TAGS):
            return self._after(text)[1]
        self._step = ThinkSplitter._between
        return text[: found.start()] + self._between(text[found.end() :])[1]


def closing_tag(opening: str) -> str | None:
    """The closing tag for an opening one, in the same case; None if it is no reasoning tag."""
    found = _TAGS.get(opening.lower())
    return found.upper() if found and opening.isupper() else found


def without_tags(text: str) -> str:
    """The text of reasoning without tags that a server left at its ends."""
    folded = text[:32].lstrip().lower()
    opening = next((tag for tag in _TAGS if folded.startswith(tag)), None)
    if opening:
        text = text.lstrip()[len(opening) :].lstrip("\n")
    found = (
        re.search(_CLOSING, text[-32:], re.I) if text.rstrip().endswith((">", "]", "▷")) else None
    )
    return text[: len(text) - len(text[-32:]) + found.start()] if found else text


def _overlap(text: str, tag: str) -> int:
    """How many of the last characters of ``text`` may be the beginning of ``tag``."""
    folded = text[-len(tag) :].lower()
    return next((n for n in range(len(tag) - 1, 0, -1) if folded.endswith(tag[:n])), 0)
