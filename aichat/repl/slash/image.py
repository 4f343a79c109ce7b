"""``/image``: a picture from a description or from attachments, outside the conversation."""

from functools import partial

from aichat.app.calls.resource import DRAWS, ResourceContext
from aichat.app.jobs.generate.images import check_spec, dialect_of, draw, open_image_bill
from aichat.app.jobs.generate.shown import show_picture
from aichat.app.media.files.rescue import one_piece, saved_or_rescued
from aichat.core.billing.money import format_money
from aichat.core.message.media import Media
from aichat.disk.files.media import extension_of
from aichat.disk.files.result_name import ResultPlace, write_result
from aichat.errors import usage_error
from aichat.repl.asides.resource import open_aside, split_model
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.wires.resources.images import ImageSpec


def run(session: Session, rest: str) -> None:
    """Draw it from the words and attachments, show it, and save it in this folder."""
    named, words = split_model(rest)
    if not words:
        raise usage_error(f"usage: {SLASH.usage}")
    context = open_aside(session, DRAWS, "/image -m MODEL", named)
    shown = tuple(one.media for one in session.attachments if one.media)
    model = context.setup.model.value if named else dialect_of(context).model
    spec = ImageSpec(words, model, images=shown)
    check_spec(context, spec)
    place = ResultPlace(None, spec.prompt)
    place.check()
    metered = open_image_bill(context, spec, session.options.money.max_cost)
    session.attachments = []
    for pictures, cost in draw(metered, spec, lambda media: _preview(context, media)):
        for data in pictures:
            name = f"image.{extension_of(data[:64])}"
            save = partial(write_result, place, data)
            path = saved_or_rescued(session.world, save, name, one_piece(data))
            show_picture(context, data)
            money = f" ({format_money(cost.amount, cost.currency)})" if cost else ""
            session.tell(f"{path}{money}")


def _preview(context: ResourceContext, media: Media) -> None:
    show_picture(context, media.data or b"")


SLASH = SlashCommand(
    "image",
    "draw a picture, or change the ones that are attached",
    run,
    "[-m MODEL] WORDS",
    example="/image -m xai/grok-imagine-image-2.0 a red fox",
)
