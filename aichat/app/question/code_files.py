"""Files for the code that a provider runs: whatever they are, they go as they are."""

from pathlib import Path

from aichat.core.message.compose import Attachment
from aichat.core.message.media import LocalFile, Media
from aichat.disk.files.attached import file_media_type, file_size
from aichat.disk.files.upload import media_type
from aichat.errors import usage_error


def code_attachment(path: Path, name: str, inner: str) -> Attachment:
    """A file; ``inner`` is its name in a folder that is attached, which is told flat.

    Errors: ``usage`` for an empty file, and for one that cannot be looked at.
    """
    if not file_size(path):
        raise usage_error(f"{path} is empty")
    mime = file_media_type(path) or media_type(path.name)
    source = LocalFile(str(path.absolute()), is_attached=True)
    flat = inner.replace("/", "_").replace("\\", "_")
    return Attachment(name, media=Media(mime, source, flat, for_code=True))


def piped_attachment(piped: Attachment) -> Attachment:
    """What was piped in, as a file; media and nothing stay as they are."""
    if piped.media is None and piped.text:
        media = Media("text/plain", piped.text.encode(), f"{piped.name}.txt", for_code=True)
        return Attachment(piped.name, media=media)
    return piped._replace(media=piped.media and piped.media._replace(for_code=True))
