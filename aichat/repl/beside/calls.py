"""What a command of the chat asks of a provider beside the conversation."""

import re
from collections.abc import Callable

from aichat.app.calls.resource import ResourceContext, open_resource, options_beside
from aichat.core.provider.provider import Provider
from aichat.repl.session import Session

#: Another model, before the words.
_MODEL = re.compile(r"(?:-m|--model)\s+(\S+)\s*")


def split_model(rest: str) -> tuple[str | None, str]:
    """The model that what follows a command's name begins with, and the words behind it."""
    asked = _MODEL.match(rest)
    return (asked[1], rest[asked.end() :].strip()) if asked else (None, rest.strip())


def open_beside(
    session: Session, offers: Callable[[Provider], object], lacks: str, model: str | None
) -> ResourceContext:
    """The provider of the chat, or that of another ``model``, if it ``offers`` what is wanted.

    Errors: as of ``open_resource``, which says what it ``lacks``.
    """
    provider = None if model else session.setup.provider.id
    asked = options_beside(session.options, provider)
    return open_resource(session.world, asked, offers, lacks, model)
