"""Roughly how many tokens a medium takes, by the provider's own formula."""

from math import ceil, sqrt

from aichat.core.media.picture_size import PictureSize
from aichat.core.media.rules import TokenRule
from aichat.values import NamedTuple

#: The tokens of a picture, a page and a second where the provider does not say.
_USUAL = TokenRule(fixed=1000, page=1500, second=32, frame=258)

#: Pixels that a picture is shrunk to before its tiles are counted: its longer and shorter side.
_TILED_LONG, _TILED_SHORT = 2048, 768


class MediaFacts(NamedTuple):
    """What a medium is counted by: pixels, pages or seconds; None where that does not apply."""

    size: PictureSize | None = None
    pages: int | None = None
    seconds: float | None = None
    rate: float = 1.0  # frames a second


def media_tokens(facts: MediaFacts, rule: TokenRule | None, *, low: bool = False) -> int:
    """The tokens of one medium; ``low`` is a picture to be looked at in low detail."""
    rule = rule or _USUAL
    if facts.pages is not None:
        return facts.pages * (rule.page or _USUAL.page)
    if facts.seconds is not None:
        frames = facts.seconds * facts.rate * rule.frame
        return min(ceil(facts.seconds * rule.second + frames), rule.most or 2**40)
    size = facts.size
    if rule.fixed or size is None or not (rule.patch or rule.tile):
        return rule.fixed or _USUAL.fixed
    count = _patches(size, rule, 512 if low else rule.side) if rule.patch else _tiles(size, rule)
    return ceil(count * rule.times) + rule.plus


def _patches(size: PictureSize, rule: TokenRule, side: int) -> int:
    """The number of patches in the picture as the provider shrinks it."""
    scale = min(1.0, side / size.longest) if side else 1.0
    width, height = size.width * scale, size.height * scale
    count = ceil(width / rule.patch) * ceil(height / rule.patch)
    if not rule.most or count <= rule.most:
        return count
    shrunk = sqrt(rule.most * rule.patch**2 / (width * height))
    fitting = int(width * shrunk / rule.patch) * int(height * shrunk / rule.patch)
    return min(max(fitting, 1), rule.most)


def _tiles(size: PictureSize, rule: TokenRule) -> int:
    """The tokens of OpenAI's tiles, and of Gemini's, where a small picture is a single one."""
    scale = min(1.0, _TILED_LONG / size.longest)
    scale = min(scale, _TILED_SHORT / (size.shortest * scale) * scale)
    tiles = ceil(size.width * scale / rule.grid) * ceil(size.height * scale / rule.grid)
    tokens = tiles * rule.tile
    return min(tokens, rule.most) if rule.most else tokens
