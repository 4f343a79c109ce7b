"""The menu of completions: so many rows, with a mark for where in all of them one is."""

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout import Dimension, Layout, Window, WindowRenderInfo, walk
from prompt_toolkit.layout.margins import ScrollbarMargin
from prompt_toolkit.layout.menus import CompletionsMenuControl

from aichat.core.cli.candidate import split_matches
from aichat.core.text.sanitize import sanitize_line

#: Rows that a menu has at most.
MENU_ROWS = 9


def shape_menu(layout: Layout) -> None:
    """Give the menu its height and a scroll bar that paints no ground."""
    for window in walk(layout.container):
        if isinstance(window, Window) and isinstance(window.content, CompletionsMenuControl):
            window.height = Dimension(min=1, max=MENU_ROWS)
            window.right_margins = [LineScrollbar()]


class LineScrollbar(ScrollbarMargin):
    """A line beside what is there in all, drawn only where that is more than is shown."""

    def create_margin(
        self, window_render_info: WindowRenderInfo, width: int, height: int
    ) -> StyleAndTextTuples:
        """A bar where we are, a dotted line where we are not; nothing where all is to be seen."""
        if window_render_info.content_height <= window_render_info.window_height:
            return []
        drawn = super().create_margin(window_render_info, width, height)
        return [(style, _drawn_bar(style) if text == " " else text) for style, text, *_ in drawn]


def _drawn_bar(style: str) -> str:
    return "┃" if "button" in style else "│"


def mark_typed(typed: str, shown: str, look: str) -> StyleAndTextTuples:
    """A text of the menu with what was typed in another look; nothing in it drives a terminal."""
    return [
        (look if is_typed else "", piece)
        for piece, is_typed in split_matches(typed, sanitize_line(shown))
    ]
