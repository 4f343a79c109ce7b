"""What can be said of a picture or a video: not every provider can be told all of it."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from aichat import providers
from aichat.core.provider.provider import Provider
from aichat.errors import AichatError, Fault, usage_error
from aichat.values import NamedTuple

#: What names the sides of a picture, and how.
_SIDES = {"size": "1536x1024", "ratio": "16:9"}
_SHAPES = {
    "size": re.compile(r"[1-9]\d{0,4}x[1-9]\d{0,4}", re.ASCII),
    "ratio": re.compile(r"[1-9]\d{0,3}:[1-9]\d{0,3}", re.ASCII),
}


class Takes(Protocol):
    """One provider's way, as far as it says which fields it takes."""

    @property
    def takes(self) -> frozenset[str]: ...  # noqa: D102


class FieldRules(NamedTuple):
    """The ``fields`` that not all take, the way of each, and what a provider calls its own."""

    fields: Iterable[str]
    dialects: Mapping[str, Takes]
    name_of: Callable[[Provider], str]

    def check(self, provider: Provider, spec: object) -> None:
        """Raise ``invalid_request`` (exit 5) for a field that is set and not taken.

        Errors: ``usage`` for sides that are none.
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
        """The providers that can be told this."""
        for name in providers.names():
            dialect = self.dialects.get(self.name_of(providers.load(name)))
            if dialect and field in dialect.takes:
                yield name


def refusal(why: str, hint: str = "") -> AichatError:
    """What a provider cannot do (exit 5)."""
    return AichatError(Fault("invalid_request", why, hint))
