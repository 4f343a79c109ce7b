"""Requests to a provider that are not part of the conversation."""

import re

from aichat.app.calls.resource import Ability, ResourceContext, open_resource, options_beside
from aichat.repl.session import Session

#: The option for another model, before the words.
_MODEL = re.compile(r"(?:-m|--model)\s+(\S+)\s*")


def split_model(rest: str) -> tuple[str | None, str]:
    """Split a command's arguments into the model named first, if any, and the words after it."""
    asked = _MODEL.match(rest)
    return (asked[1], rest[asked.end() :].strip()) if asked else (None, rest.strip())


def open_aside(session: Session, ability: Ability, way: str, model: str | None) -> ResourceContext:
    """The chat's provider, or that of another ``model``, if it has the ability.

    Errors: as in ``open_resource``, with the ``way`` to ask another model.
    """
    provider = None if model else session.setup.provider.id
    asked = options_beside(session.options, provider)
    told = ability._replace(lacks=f"{ability.lacks}: {way}")
    return open_resource(session.world, asked, told, model)
