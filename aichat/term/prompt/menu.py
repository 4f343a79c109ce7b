"""The completion menu: a limited number of rows, with a scroll bar."""

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout import Dimension, Layout, Window, WindowRenderInfo, walk
from prompt_toolkit.layout.margins import ScrollbarMargin
from prompt_toolkit.layout.menus import CompletionsMenuControl

from aichat.core.cli.candidate import split_matches
from aichat.core.text.sanitize import sanitize_line

#: The most rows of a menu.
MENU_ROWS = 9


def shape_menu(layout: Layout) -> None:
    """Give the menu its height, and a scroll bar without a background."""
    for window in walk(layout.container):
        if isinstance(window, Window) and isinstance(window.content, CompletionsMenuControl):
            window.height = Dimension(min=1, max=MENU_ROWS)
            window.right_margins = [LineScrollbar()]


def keep_controls(layout: Layout) -> None:
    """Look the controls up once: each key press does so twice, and they never change."""
    controls = [*layout.find_all_controls()]
    layout.find_all_controls = lambda: iter(controls)  # type: ignore[method-assign]


class LineScrollbar(ScrollbarMargin):
    """A scroll bar, drawn only if there is more than is shown."""

    def create_margin(
        self, window_render_info: WindowRenderInfo, width: int, height: int
    ) -> StyleAndTextTuples:
        """A bar beside the visible part, a dotted line elsewhere; nothing if all is visible."""
        if window_render_info.content_height <= window_render_info.window_height:
            return []
        drawn = super().create_margin(window_render_info, width, height)
        return [(style, _drawn_bar(style) if text == " " else text) for style, text, *_ in drawn]


def _drawn_bar(style: str) -> str:
    return "┃" if "button" in style else "│"


def mark_typed(typed: str, shown: str, look: str) -> StyleAndTextTuples:
    """A menu entry with the typed part in the style ``look``, and controls made harmless."""
    return [
        (look if is_typed else "", piece)
        for piece, is_typed in split_matches(typed, sanitize_line(shown))
    ]
