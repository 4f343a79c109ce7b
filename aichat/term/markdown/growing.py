"""The paragraph that is being written: what cannot change any more is read only once."""

from rich.style import Style

from aichat.term.markdown.flow import Flow
from aichat.term.markdown.inline.cuts import EMPTY_SCAN, is_dense, scan
from aichat.term.markdown.inline.spans import spans
from aichat.term.markdown.style import Row

#: So many characters at the end are read again in every frame, at most: more than a screen holds.
MAX_TAIL = 2048

#: Of a longer tail that is hardly anything but marks, so much is shown, as it is.
MAX_DENSE_TAIL = 256

Key = tuple[int, int, str]


class GrowingParagraph:
    """The rows of a paragraph that gets longer from one frame to the next."""

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

    def rows(self, key: Key, text: str, flow: Flow, style: Style) -> list[Row]:
        """The rows of ``text`` behind the open row of ``flow``; ``key`` tells paragraphs apart."""
        if key != self._key or not text.startswith(self._scanned):
            self._begin(key, flow)
        self._scan = scan(text, self._scan)
        self._scanned = text[: self._scan.read]
        if self._scan.safe > self._done:
            self._rows += self._flow.feed(spans(text[self._done : self._scan.safe], style))
            self._done = self._scan.safe
        tail = text[self._done :][-MAX_TAIL:]
        raw = len(tail) > MAX_DENSE_TAIL and is_dense(tail)
        made = [(tail[-MAX_DENSE_TAIL:], style)] if raw else spans(tail, style)
        return self._rows + self._flow.peek(made)
