"""Showing a picture of an answer on the terminal, if it can."""

from functools import partial
from pathlib import Path

from aichat.core.message.media import LocalFile, Media
from aichat.process.world import World
from aichat.term.answer.images.drawing import Canvas, Drawing, draw_picture
from aichat.term.answer.images.method import ImageMethod, TerminalFacts, choose_method
from aichat.term.answer.images.picture import can_decode
from aichat.term.answer.images.query import ask_terminal, ask_tmux, cell_size
from aichat.term.answer.screen import Screen
from aichat.term.answer.style import AnswerStyle
from aichat.term.terminal import terminal_size

#: The largest file read, in bytes.
_MAX_BYTES = 50 << 20


def picture_drawing(world: World, style: AnswerStyle, media: Media) -> Drawing | None:
    """How to draw a picture; None if the terminal shows none, or not this one."""
    colours = style.drawn.colour_system
    if not world.stdout_tty or colours is None or not can_decode():
        return None
    chosen = _method(world, style.images, colours)
    if chosen.name == "off":
        return None
    columns, height = terminal_size(world)
    room = min(columns, style.drawn.columns or columns)
    canvas = Canvas(room, height, cell_size(world), chosen)
    try:
        return draw_picture(_bytes_of(media), canvas)
    except (ValueError, OSError):
        return None


def write_picture(world: World, style: AnswerStyle, media: Media) -> bool:
    """Show a picture below the current line; False if that is impossible."""
    drawing = picture_drawing(world, style, media)
    if drawing is None:
        return False
    screen = Screen(style.drawn.colour_system, reflows=style.drawn.reflows)
    above = screen.frame(drawing.rows, [], world.columns()) if drawing.rows else ""
    world.write_text(above + drawing.sequence)
    return True


def decoder_remedy(world: World, style: AnswerStyle) -> str | None:
    """What to install to see pictures, if the terminal could show them but nothing decodes them."""
    is_wanted = world.stdout_tty and not style.quiet and style.images != "off"
    if not is_wanted or style.drawn.colour_system is None or can_decode():
        return None
    from aichat.process.installation import install_command

    return f"to see pictures here: {install_command('media')}"


def _method(world: World, setting: str, colours: str) -> ImageMethod:
    tmux = partial(ask_tmux, world.environ.get("TMUX", ""))
    return choose_method(
        setting, TerminalFacts(world.environ, colours, tmux, partial(ask_terminal, world))
    )


def _bytes_of(media: Media) -> bytes:
    """Errors: ``OSError``; ``ValueError`` if it is not local, or too large."""
    if isinstance(media.source, bytes):
        return media.source
    if not isinstance(media.source, LocalFile):
        raise ValueError("it is not here")
    path = Path(media.source.path)
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError("it is too large")
    return path.read_bytes()
