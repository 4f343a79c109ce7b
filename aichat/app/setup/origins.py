"""Every effective value, and where it came from."""

from collections.abc import Iterable
from typing import Any

from aichat.app.setup.endpoint import connection_options
from aichat.app.setup.keys import key_origin
from aichat.app.setup.setup import Setup
from aichat.core.config.precedence import BUILT_IN
from aichat.core.text.redact import mask_settings, masked_secret


def effective_values(setup: Setup) -> Iterable[tuple[str, Any, str]]:
    """``(name, value, origin)`` of every setting in force, without secrets."""
    yield "provider", setup.provider.id, setup.provider_origin.label
    yield "model", setup.model.value, setup.model.origin.label
    found = key_origin(setup)
    yield "key", "set" if found else "none", found.label if found else "-"
    for name, (value, origin) in setup.listing:
        if name == "headers":
            value = {header: masked_secret(text) for header, text in value.items()}
        else:
            value = mask_settings(value, name)
        yield name, value, origin.label
    reach = connection_options(setup, None, stream=True)
    for name, seconds in (("first_byte", reach.first_byte), ("idle", reach.idle)):
        timeout = setup.conduct.timeout
        yield f"timeout.{name}", seconds, (timeout.origin if timeout else BUILT_IN).label
