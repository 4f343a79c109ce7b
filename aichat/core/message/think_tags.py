"""Reasoning that a server leaves in the text as ``<think>...</think>``.

Only at the very start of an answer is the tag reasoning; anywhere else it is
the model's text. A tag may be split across any number of deltas.
"""

from collections.abc import Callable

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkSplitter:
    """Splits an answer's text into reasoning and text, as it arrives."""

    def __init__(self) -> None:
        self.is_done = False  # nothing can be reasoning any more
        self._pending = ""
        self._step: Callable[[str], tuple[str, str]] = self._before

    def feed(self, text: str) -> tuple[str, str]:
        """``(reasoning, text)`` that ``text`` makes certain."""
        held, self._pending = self._pending, ""
        return self._step(held + text)

    def close(self) -> tuple[str, str]:
        """What was held back in case a tag went on."""
        held, self._pending = self._pending, ""
        return (held, "") if self._step == self._inside else ("", held)

    def _before(self, text: str) -> tuple[str, str]:
        start = text.lstrip()
        if start.startswith(_OPEN):
            self._step = self._after_tag
            return self._after_tag(start[len(_OPEN) :])
        if _OPEN.startswith(start):
            self._pending = text
            return "", ""
        return self._after(text)

    def _after_tag(self, text: str) -> tuple[str, str]:
        """The blank lines after the tag belong to it, as do those after its end."""
        text = text.lstrip("\n")
        if not text:
            return "", ""
        self._step = self._inside
        return self._inside(text)

    def _inside(self, text: str) -> tuple[str, str]:
        reasoning, closed, rest = text.partition(_CLOSE)
        if not closed:
            keep = _overlap(text, _CLOSE)
            certain = text[: len(text) - keep]
            self._pending = text[len(certain) :]
            return certain, ""
        self._step = self._between
        return reasoning, self._between(rest)[1]

    def _between(self, text: str) -> tuple[str, str]:
        text = text.lstrip("\n")
        return self._after(text) if text else ("", "")

    def _after(self, text: str) -> tuple[str, str]:
        self.is_done = True
        self._step = self._after
        return "", text


def _overlap(text: str, tag: str) -> int:
    """How many of the last characters of ``text`` may be the beginning of ``tag``."""
    return next((n for n in range(len(tag) - 1, 0, -1) if text.endswith(tag[:n])), 0)
