"""What a wire of a provider takes of pictures, documents, sound and video: limits as data."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal

from aichat.values import NamedTuple

#: Kinds as the rules tell them apart: documents are of two.
RuleKind = Literal["image", "pdf", "office", "audio", "video"]

RULE_KINDS: tuple[RuleKind, ...] = ("image", "pdf", "office", "audio", "video")


class MediaRule(NamedTuple):
    """What is taken of one kind; zero is no limit.

    ``how``: ``inline`` as base64, by its ``url``, by the ``id`` of an uploaded file; empty where
    nothing is. ``types``: media types, empty for all. ``max_bytes``: of one that goes inline,
    before base64. Pixels: ``side`` and ``least_side`` of a picture, ``shrink`` is what a larger
    one is brought to, ``crowd_side`` holds where there are more than ``crowd``. ``clip``: of
    ``range`` and ``rate``, what a part of a video may say. ``web_pages``: a video may be the page
    that shows it. ``every_model``: the provider reads it, whatever the model takes.
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
    """How tokens are counted, of models whose id fits ``models``: a medium is one of these.

    ``patch``: squares of so many pixels, after it was brought to ``side`` and ``most`` tokens.
    ``tile``: tokens of each square of ``grid`` pixels. ``fixed``: of each; ``page``, ``second``
    and ``frame`` (one a second) of what has some. ``times`` and ``plus`` are applied last.
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
    """The rules of one wire: by kind, and of the whole body in bytes; zero is no limit."""

    kinds: Mapping[str, MediaRule] = {}
    tokens: Mapping[str, tuple[TokenRule, ...]] = {}
    body: int = 0

    def rule(self, kind: str) -> MediaRule:
        """What is taken of a kind; nothing where the wire has no rule."""
        return self.kinds.get(kind, MediaRule())

    def token_rule(self, kind: str, model: str) -> TokenRule | None:
        """How a model counts a kind; None: nobody said."""
        fitting = (rule for rule in self.tokens.get(kind, ()) if fnmatchcase(model, rule.models))
        return next(fitting, None)
