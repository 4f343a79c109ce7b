"""``/image``: a picture from words, or of what is attached, beside the conversation."""

import re

from aichat.app.calls.resource import ResourceContext, ResourceOptions, open_resource
from aichat.app.jobs.generate.images import check_spec, dialect_of, draw, open_image_bill
from aichat.app.jobs.generate.shown import show_picture
from aichat.core.billing.money import format_money
from aichat.core.message.media import Media
from aichat.disk.files.result_name import ResultPlace, write_result
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.wires.resources.images import ImageSpec

#: Another model, before the words.
_MODEL = re.compile(r"(?:-m|--model)\s+(\S+)\s*")


def run(session: Session, rest: str) -> None:
    """Draw it, show it and save it here; what is attached is what it is made of."""
    asked = _MODEL.match(rest)
    words = rest[asked.end() :] if asked else rest
    if not words.strip():
        raise usage_error(f"usage: {SLASH.usage}")
    context = _open(session, asked[1] if asked else None)
    shown = tuple(one.media for one in session.attachments if one.media)
    model = context.setup.model.value if asked else dialect_of(context).model
    spec = ImageSpec(words.strip(), model, images=shown)
    check_spec(context, spec)
    place = ResultPlace(None, spec.prompt)
    place.check()
    metered = open_image_bill(context, spec, session.options.money.max_cost)
    session.attachments = []
    for pictures, cost in draw(metered, spec, lambda media: _preview(context, media)):
        for data in pictures:
            path = write_result(place, data)
            show_picture(context, data)
            money = f" ({format_money(cost.amount, cost.currency)})" if cost else ""
            session.tell(f"{path}{money}")


def _preview(context: ResourceContext, media: Media) -> None:
    show_picture(context, media.data or b"")


def _open(session: Session, model: str | None) -> ResourceContext:
    """Whoever draws: the provider of the chat, or that of another model."""
    options = session.options
    provider = None if model else session.setup.provider.id
    asked = ResourceOptions(
        provider=provider,
        profile=options.target.profile,
        region=options.transport.region if provider else None,
        timeout=options.transport.timeout,
        retries=options.transport.retries,
        dry_run=False,
        debug=options.transport.debug,
        quiet=options.output.quiet,
        json=False,
        config_dir=options.config_dir,
    )
    return open_resource(
        session.world,
        asked,
        lambda each: each.resources.images,
        "draws no pictures: /image -m MODEL",
        model,
    )


SLASH = SlashCommand(
    "image",
    "draw a picture, or change the ones that are attached",
    run,
    "[-m MODEL] WORDS",
    example="/image -m xai/grok-imagine-image-2.0 a red fox",
)
