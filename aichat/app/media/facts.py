"""The dimensions that determine a medium's tokens, for an estimate before sending."""

from functools import lru_cache

from aichat.app.media.content import bytes_of, ends_of, size_of
from aichat.core.billing.media_tokens import MediaFacts, media_tokens
from aichat.core.media.duration import count_pages, media_seconds
from aichat.core.media.fragment import parse_clip
from aichat.core.media.picture_size import picture_size
from aichat.core.message.media import Media
from aichat.disk.catalogue import media_rules
from aichat.errors import AichatError

#: The assumed duration, in seconds, of what is not local.
_UNKNOWN_SECONDS = 60.0

#: The most bytes of a document to search for its pages.
_MAX_COUNTED = 50_000_000


@lru_cache(64)
def estimate_media(media: Media, provider: str, wire: str, model: str) -> int:
    """The estimated tokens of a medium for a model."""
    if media.for_code:
        return 0  # the model does not see it
    kind = rule_kind(media)
    rule = media_rules.read(provider, wire).token_rule(kind, model)
    return media_tokens(media_facts(media), rule, low=media.detail == "low")


def rule_kind(media: Media) -> str:
    """The kind used by media rules, which distinguish PDFs from office documents."""
    if media.kind != "document":
        return media.kind
    return "pdf" if media.mime == "application/pdf" else "office"


def media_facts(media: Media) -> MediaFacts:
    """A medium's pixels, pages or seconds, as far as they can be determined."""
    try:
        return _read_facts(media)
    except AichatError:
        return MediaFacts()


def _read_facts(media: Media) -> MediaFacts:
    size = size_of(media)
    if media.kind == "image":
        return MediaFacts(size=picture_size(ends_of(media)[0]))
    if media.kind == "document":
        is_here = size is not None and size <= _MAX_COUNTED
        return MediaFacts(pages=count_pages(bytes_of(media)) if is_here else 1)
    seconds = _UNKNOWN_SECONDS
    if size is not None:
        seconds = media_seconds(media.mime, *ends_of(media), size)
    clip = parse_clip(media.clip or "")
    if clip is None:
        return MediaFacts(seconds=seconds)
    end = seconds if clip.end is None else min(clip.end, seconds)
    return MediaFacts(seconds=max(0.0, end - (clip.start or 0.0)), rate=clip.rate or 1.0)
