"""What a command of the chat asks of a provider beside the conversation."""

import re

from aichat.app.calls.resource import Ability, ResourceContext, open_resource, options_beside
from aichat.repl.session import Session

#: Another model, before the words.
_MODEL = re.compile(r"(?:-m|--model)\s+(\S+)\s*")


def split_model(rest: str) -> tuple[str | None, str]:
    """The model that what follows a command's name begins with, and the words behind it."""
    asked = _MODEL.match(rest)
    return (asked[1], rest[asked.end() :].strip()) if asked else (None, rest.strip())


def open_beside(session: Session, ability: Ability, way: str, model: str | None) -> ResourceContext:
    """The provider of the chat, or that of another ``model``, if it can do what is wanted.

    Errors: as of ``open_resource``, with the ``way`` to ask another model.
    """
    provider = None if model else session.setup.provider.id
    asked = options_beside(session.options, provider)
    told = ability._replace(lacks=f"{ability.lacks}: {way}")
    return open_resource(session.world, asked, told, model)
