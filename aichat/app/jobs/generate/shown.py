"""What was made, on the terminal that it was asked for on."""

from aichat.app.calls.resource import ResourceContext
from aichat.core.cli.options import AskOptions
from aichat.core.message.media import Media
from aichat.disk.files.media import extension_of


def show_picture(context: ResourceContext, data: bytes) -> None:
    """Show a picture, where the terminal shows any."""
    world = context.world
    if not world.stdout_tty or world.is_read_aloud:
        return
    from aichat.app.exchange.show import answer_style  # only a terminal is drawn on
    from aichat.term.answer.images.shown import write_picture

    style = answer_style(world, AskOptions(), context.setup.config_file.config.ui)
    write_picture(world, style, Media(f"image/{extension_of(data[:64])}", data))
