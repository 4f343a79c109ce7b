"""Whether the media of a request are sent inline: most are, and then nothing more is loaded."""

from pathlib import Path

from aichat.core.exchange.request import Request
from aichat.core.message.media import LocalFile, Media, ProviderFile
from aichat.core.message.message import ToolResult
from aichat.disk.files.attached import AttachedFile
from aichat.wires.resources.files import FilesDialect


def goes_inline(request: Request, wire: str, dialect: FilesDialect, has_uploads: bool) -> bool:
    """Whether no medium of a request must be uploaded, or may have been already.

    ``has_uploads`` is whether anything was ever uploaded.
    """
    parts = [part for message in request.messages for part in message.parts]
    parts += [below for part in parts if isinstance(part, ToolResult) for below in part.parts]
    return not any(
        part.for_code
        or is_told_apart(part, request.model, dialect)
        or (
            part.kind in dialect.kinds.get(wire, ())
            and _size(part) > (-1 if has_uploads else dialect.inline_bytes)
        )
        for part in parts
        if isinstance(part, Media)
    )


def is_told_apart(given: Media, model: str, dialect: FilesDialect) -> bool:
    """Whether a document stored by the provider needs a separate message."""
    if given.kind != "document" or given.for_code or isinstance(given.source, ProviderFile):
        return False
    return dialect.sends_text or model.startswith(dialect.document_models)


def _size(given: Media) -> int:
    """A medium's size in bytes; -1 if it is not local or gone."""
    source = given.source
    if isinstance(source, bytes):
        return len(source)
    if not isinstance(source, LocalFile | AttachedFile):
        return -1
    try:
        return Path(source.path).stat().st_size
    except OSError:
        return -1
