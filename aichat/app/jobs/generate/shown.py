"""Shows results on the terminal."""

from pathlib import Path

from aichat.app.calls.resource import ResourceContext
from aichat.core.cli.options import AskOptions
from aichat.core.message.media import LocalFile, Media


def show_picture(context: ResourceContext, picture: bytes | Path) -> None:
    """Show an image, from bytes or a file, if the terminal can."""
    world = context.world
    if not world.stdout_tty or world.is_read_aloud:
        return
    from aichat.app.exchange.show import answer_style  # only needed on a terminal
    from aichat.term.answer.images.show import write_picture

    style = answer_style(world, AskOptions(), context.setup.config_file.config.ui)
    source = picture if isinstance(picture, bytes) else LocalFile(str(picture.absolute()))
    write_picture(world, style, Media("image/*", source))
