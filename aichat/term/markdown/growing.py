"""The paragraph being written: what can no longer change is parsed only once."""

from collections.abc import Callable

from aichat.term.markdown.flow import Flow
from aichat.term.markdown.inline.cuts import EMPTY_SCAN, is_dense, scan
from aichat.term.markdown.style import NO_STYLE, Row, Span

#: At most so many final characters are parsed again in each frame: more than a screen holds.
MAX_TAIL = 2048

#: Of a longer tail that is almost all marks, so many characters are shown unparsed.
MAX_DENSE_TAIL = 256

Key = tuple[int, int, str]


class GrowingParagraph:
    """The rows of a paragraph that grows from frame to frame."""

    def __init__(self) -> None:
        self._key: Key | None = None
        self._begin((0, 0, ""), Flow(1))

    def _begin(self, key: Key, flow: Flow) -> None:
        self._key = key
        self._flow = flow.copy()
        self._scanned = ""
        self._scan = EMPTY_SCAN
        self._done = 0
        self._rows: list[Row] = []

    def rows(self, key: Key, text: str, flow: Flow, read: Callable[[str], list[Span]]) -> list[Row]:
        """The rows of ``text``, parsed by ``read``, after the open row of ``flow``.

        ``key`` identifies the paragraph.
        """
        if key != self._key or not text.startswith(self._scanned):
            self._begin(key, flow)
        self._scan = scan(text, self._scan)
        self._scanned = text[: self._scan.read]
        if self._scan.safe > self._done:
            self._rows += self._flow.feed(read(text[self._done : self._scan.safe]))
            self._done = self._scan.safe
        tail = text[self._done :][-MAX_TAIL:]
        raw = len(tail) > MAX_DENSE_TAIL and is_dense(tail)
        made = [(tail[-MAX_DENSE_TAIL:], NO_STYLE)] if raw else read(tail)
        return self._rows + self._flow.peek(made)
