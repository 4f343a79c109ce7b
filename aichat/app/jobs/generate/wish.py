"""The input of generation: text, and images, audio and videos that go with it."""

from aichat.app.calls.resource import ResourceContext
from aichat.app.media.shape import check_picture
from aichat.app.question.input import read_question
from aichat.core.cli.options import InputOptions
from aichat.core.message.compose import Attachment
from aichat.core.message.media import Media
from aichat.errors import usage_error
from aichat.values import NamedTuple


class Wish(NamedTuple):
    """The text, including attached texts, and the attached media."""

    text: str
    media: tuple[Media, ...] = ()


def read_wish(
    context: ResourceContext, words: tuple[str, ...], options: InputOptions, *, needed: bool = True
) -> Wish:
    """The input from the command line and stdin. Errors: ``usage``, also if text is missing."""
    asked = read_question(context.world, words, options, context.say, needed=False)
    for one in asked.files:
        _check_file(one)
    texts = [asked.text, *(one.text for one in asked.files if one.media is None)]
    text = "\n\n".join(filter(None, map(str.strip, texts)))
    if needed and not text:
        raise usage_error("no words: say what is to be made")
    return Wish(text, tuple(one.media for one in asked.files if one.media))


def _check_file(one: Attachment) -> None:
    """Raise for what would be sent for nothing. Errors: ``usage``, ``invalid_request``."""
    if one.media and one.media.kind == "image":
        check_picture(one.media)
    if one.media is None and not one.text.strip():
        raise usage_error(f"{one.name} is empty")


def read_files(context: ResourceContext, name: str) -> tuple[Media, ...]:
    """The media in a file named by an option. Errors: ``usage`` if it is not a medium."""
    found = read_wish(context, (), InputOptions(file=(name,), no_stdin=True), needed=False)
    if not found.media:
        raise usage_error(f"{name} is neither a picture nor a video")
    return found.media
