"""Adapts an image to a rule: its format, dimensions, bytes, orientation and location."""

from aichat.app.media import content
from aichat.core.media.location import Exif, read_exif, without_location
from aichat.core.media.picture_size import PictureSize, is_cut_off, picture_size
from aichat.core.media.rules import MediaRule
from aichat.core.message.media import Media
from aichat.core.text.numbers import format_pixels
from aichat.errors import AichatError, Fault, usage_error
from aichat.values import NamedTuple


class ShapedMedia(NamedTuple):
    """An image that may be sent, with remarks on adaptations, and notes."""

    media: Media
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def shape_media(media: Media, rule: MediaRule) -> ShapedMedia:
    """The image adapted to ``rule``, changed only as needed.

    Errors: ``invalid_request`` if it is too small, or too large and cannot be scaled down;
    those of ``check_picture``.
    """
    check_picture(media)
    (head, _), size = content.ends_of(media), content.size_of(media)
    sides, exif = picture_size(head), read_exif(head)
    if sides and sides.shortest < rule.least_side:
        raise _refused(
            media, f"this model takes pictures of at least {rule.least_side} pixels a side"
        )
    is_known = not rule.types or media.mime in rule.types
    is_large = _exceeds(sides, size or 0, rule)
    if is_known and not is_large and (exif == Exif() or not _must_touch(exif)):
        return ShapedMedia(media)
    if is_known and not is_large and (exif.orientation == 1 or not _can_convert()):
        data = without_location(content.bytes_of(media))
        note = (f"{media.label}: location removed",) if exif.has_location else ()
        return ShapedMedia(media._replace(source=data), (), note)
    return _convert(media, rule, exif)


def check_picture(media: Media) -> None:
    """Raise if a local image is unusable.

    Errors: ``usage`` if it is truncated, ``invalid_request`` if it is a decompression bomb.
    """
    (head, tail), size = content.ends_of(media), content.size_of(media)
    if size and is_cut_off(head, tail, size):
        raise usage_error(f"{media.label} is cut off: its end is missing")
    sides = picture_size(head)
    if sides and sides.is_bomb:
        raise _refused(media, f"{format_pixels(*sides)} pixels are more than anybody looks at")


def _must_touch(exif: Exif) -> bool:
    """Whether an image has to be changed because it has a location or is not upright."""
    return exif.has_location or (exif.orientation != 1 and _can_convert())


def _can_convert() -> bool:
    from aichat.app.media.pictures import is_available

    return is_available()


def _exceeds(sides: PictureSize | None, size: int, rule: MediaRule) -> bool:
    too_wide = bool(rule.side and sides and sides.longest > rule.side)
    return too_wide or bool(rule.max_bytes and size > rule.max_bytes)


def _convert(media: Media, rule: MediaRule, exif: Exif) -> ShapedMedia:
    """A converted copy of the image."""
    from aichat.app.media.pictures import PictureLimits, convert_picture

    data = content.bytes_of(media)
    sides = picture_size(data)
    is_large = _exceeds(sides, len(data), rule)
    side = min(filter(None, (rule.shrink, rule.side)), default=0) if is_large else rule.side
    if is_large and not _can_convert():
        raise _too_large(media, sides, len(data), rule)
    limits = PictureLimits(rule.types, side, rule.max_bytes)
    made = convert_picture(media.label, media.mime, data, limits)
    fitted = media._replace(mime=made.mime, source=made.data)
    is_placed = exif.has_location or content.place_blanks_of(media)
    note = (f"{media.label}: location removed",) if is_placed else ()
    if is_large:
        return ShapedMedia(fitted, (f"{media.label}: {made.change(len(data))}",), note)
    if rule.types and media.mime not in rule.types:
        return ShapedMedia(fitted, (), (*note, f"{media.label}: sent as {made.mime}"))
    return ShapedMedia(fitted, (), note)


def _too_large(media: Media, sides: PictureSize | None, size: int, rule: MediaRule) -> AichatError:
    from aichat.process.installation import install_command

    least = f"{rule.side:,} pixels a side" if rule.side else f"{rule.max_bytes / 10**6:g} MB"
    has = f"{format_pixels(*sides)}, " if sides else ""
    why = f"it has {has}{size / 10**6:.1f} MB, and this model takes up to {least}"
    return _refused(media, why, f"to have it shrunk: {install_command('media')}")


def _refused(media: Media, why: str, hint: str = "nothing was sent") -> AichatError:
    return AichatError(Fault("invalid_request", f"{media.label} cannot be sent: {why}", hint))
