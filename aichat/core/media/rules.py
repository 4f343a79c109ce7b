"""Which pictures, documents, sound and video a provider's wire accepts: limits as data."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal

from aichat.values import NamedTuple

#: The kinds that rules distinguish: there are two of documents.
RuleKind = Literal["image", "pdf", "office", "audio", "video"]

RULE_KINDS: tuple[RuleKind, ...] = ("image", "pdf", "office", "audio", "video")


class MediaRule(NamedTuple):
    """What is accepted of one kind; zero means no limit.

    ``how``: ``inline`` as base64, by ``url``, by the ``id`` of an uploaded file; empty if not at
    all. ``types``: media types, empty for all. ``max_bytes``: of an inline one, before base64.
    In pixels: ``side`` and ``least_side`` of a picture, ``shrink`` is what a larger one is
    shrunk to, ``crowd_side`` applies if there are more than ``crowd``. ``clip``: which of
    ``range`` and ``rate`` a part of a video may have. ``web_pages``: a video may be given as its
    web page. ``every_model``: the provider reads it, whatever the model accepts.
    """

    how: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    detail: tuple[str, ...] = ()
    clip: tuple[str, ...] = ()
    max_bytes: int = 0
    side: int = 0
    least_side: int = 0
    shrink: int = 0
    crowd: int = 0
    crowd_side: int = 0
    max_count: int = 0
    max_pages: int = 0
    web_pages: bool = False
    every_model: bool = False


class TokenRule(NamedTuple):
    """How the tokens of a medium are counted, by models whose id matches ``models``.

    ``patch``: one per square of so many pixels, after shrinking to ``side`` and ``most`` tokens.
    ``tile``: tokens per square of ``grid`` pixels. ``fixed``: tokens of each medium; ``page``,
    ``second`` and ``frame`` (one a second): tokens of each. ``times`` and ``plus`` come last.
    """

    models: str = "*"
    patch: int = 0
    side: int = 0
    most: int = 0
    tile: int = 0
    grid: int = 512
    fixed: int = 0
    page: int = 0
    second: int = 0
    frame: int = 0
    times: float = 1.0
    plus: int = 0


class MediaRules(NamedTuple):
    """The rules of one wire: by kind, and for the whole body in bytes; zero means no limit."""

    kinds: Mapping[str, MediaRule] = {}
    tokens: Mapping[str, tuple[TokenRule, ...]] = {}
    body: int = 0

    def rule(self, kind: str) -> MediaRule:
        """The rule for a kind; one that accepts nothing if the wire has none."""
        return self.kinds.get(kind, MediaRule())

    def token_rule(self, kind: str, model: str) -> TokenRule | None:
        """How a model counts a kind; None if unknown."""
        fitting = (rule for rule in self.tokens.get(kind, ()) if fnmatchcase(model, rule.models))
        return next(fitting, None)
