"""Where and how one request is sent, and with which key."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from aichat.core.catalogue.card import Card
from aichat.core.provider.provider import Provider
from aichat.values import NamedTuple

if TYPE_CHECKING:  # a connection is opened before messages are loaded
    from aichat.core.message.message import Message
    from aichat.core.message.private.placeholders import Redaction
    from aichat.core.provider.server_tools import ToolSpecs


def env_variable(provider_id: str, suffix: str) -> str:
    """The environment variable that belongs to a provider: ``my-box`` -> ``MY_BOX_API_KEY``."""
    stem = "".join(c if c.isalnum() else "_" for c in provider_id.upper())
    return f"{stem}_{suffix}"


class KeyOrigin(NamedTuple):
    """Where a key comes from: ``kind`` is for the program, ``label`` for people."""

    kind: Literal["variable", "command", "keyring", "file", "engine", "none"]
    label: str


class Secret(NamedTuple):
    """A key's value, where it came from, and the variable that stands for it."""

    value: str
    origin: KeyOrigin
    variable: str

    def __repr__(self) -> str:
        """The variable only, so that a secret never shows in a traceback or a log."""
        return f"Secret(${self.variable})"


_NO_TOOLS: "ToolSpecs" = {}


class Endpoint(NamedTuple):
    """Where and how one request is sent: provider, wire, base URL, key, headers.

    ``defaults`` are body fields that the user's own override; ``preamble`` are messages put
    before the conversation, ``preamble_tokens`` their share of the reported input.
    ``redaction`` says what must not be sent there.
    """

    provider: Provider
    wire: str
    base_url: str
    key: Secret | None = None
    headers: tuple[tuple[str, str], ...] = ()
    defaults: Mapping[str, Any] = {}
    preamble: "tuple[Message, ...]" = ()
    preamble_tokens: int = 0
    card: Card = Card()
    api_version: str | None = None
    region: str | None = None
    server_tools: "ToolSpecs" = _NO_TOOLS  # filled in if any is asked for
    redaction: "Redaction | None" = None


def with_model_body(target: Endpoint, model: str, *, speaks: bool) -> tuple[Endpoint, bool | None]:
    """The endpoint with the fields its model requires, and whether it must stream.

    None if either will do.
    """
    bodies = [
        body
        for body in target.provider.bodies
        if body.wire == target.wire
        and (speaks or not body.speaks)
        and re.search(body.models, model)
    ]
    if not bodies:
        return target, None
    fields = {name: value for body in bodies for name, value in body.fields.items()}
    multimodal = target.card.multimodal or any(body.multimodal for body in bodies)
    card = target.card._replace(multimodal=multimodal)
    target = target._replace(defaults={**fields, **target.defaults}, card=card)
    return target, next((body.streams for body in bodies if body.streams is not None), None)
