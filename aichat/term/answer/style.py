"""How answers look, by the user's settings, the terminal and its background."""

from typing import Literal

from aichat.core.text.theme import Theme, find_theme
from aichat.values import NamedTuple


class RenderStyle(NamedTuple):
    """How text is drawn."""

    theme: Theme = find_theme("auto", "unknown")
    colours: str = "standard"  # the terminal's: standard, 256, truecolor
    code_theme: str = "auto"  # the theme's own, or a style of Pygments
    wrap: int | Literal["terminal"] = 0  # columns; 0: all; the terminal wraps paragraphs itself
    live: bool = True  # unfinished blocks are shown
    reflows: bool = True  # the terminal breaks rows anew when resized; xterm, the console do not
    numbers_code: bool = True  # code blocks have the numbers that ``/copy`` takes

    @property
    def colour_system(self) -> str | None:
        """The colour system, or None for no control sequences at all."""
        return None if self.theme.is_plain else self.colours

    @property
    def columns(self) -> int:
        """The columns of text; 0 for as many as there are."""
        return self.wrap if isinstance(self.wrap, int) else 0


class AnswerStyle(NamedTuple):
    """How answers look, and what is shown of them; ``reasoning`` is fold, show or hide."""

    drawn: RenderStyle = RenderStyle()
    reasoning: str = "fold"
    quiet: bool = False
    images: str = "auto"  # how pictures are shown: as in ``[ui] images``
