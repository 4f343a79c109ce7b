"""Options of images and videos, which not every provider supports."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from aichat import providers
from aichat.core.provider.provider import Provider
from aichat.errors import AichatError, Fault, usage_error
from aichat.values import NamedTuple

#: Fields with an image's dimensions, and examples.
_SIDES = {"size": "1536x1024", "ratio": "16:9"}
_SHAPES = {
    "size": re.compile(r"[1-9]\d{0,4}x[1-9]\d{0,4}", re.ASCII),
    "ratio": re.compile(r"[1-9]\d{0,3}:[1-9]\d{0,3}", re.ASCII),
}


class Takes(Protocol):
    """A provider's API, as far as its supported fields."""

    @property
    def takes(self) -> frozenset[str]: ...  # noqa: D102


class FieldRules(NamedTuple):
    """The optional ``fields``, the ``dialects`` by name, and the name in a provider's settings."""

    fields: Iterable[str]
    dialects: Mapping[str, Takes]
    name_of: Callable[[Provider], str]

    def check(self, provider: Provider, spec: object) -> None:
        """Raise ``invalid_request`` (exit 5) for a field that is set but not supported.

        Errors: ``usage`` for invalid dimensions.
        """
        taken = self.dialects[self.name_of(provider)].takes
        for field in self.fields:
            if getattr(spec, field) is not None and field not in taken:
                able = "|".join(self._takers(field))
                raise refusal(f"{provider.name} takes no --{field} here", f"use -p {able}")
        for field, example in _SIDES.items():
            told = getattr(spec, field, None)
            if told not in (None, "auto") and not _SHAPES[field].fullmatch(told):
                raise usage_error(f"--{field} {told}: expected sides", f"as {example}, or auto")

    def _takers(self, field: str) -> Iterable[str]:
        """The providers that support a field."""
        for name in providers.names():
            dialect = self.dialects.get(self.name_of(providers.load(name)))
            if dialect and field in dialect.takes:
                yield name


def refusal(why: str, hint: str = "") -> AichatError:
    """The error for something that a provider cannot do (exit 5)."""
    return AichatError(Fault("invalid_request", why, hint))
