"""Uploads the media of a request before it is sent, and refers to them.

What is too large to be inline is uploaded; what the provider already has is referenced,
whatever its size. Nothing is uploaded twice, and a model of another provider gets the
bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from aichat.app.media.files.context import FilesContext, send
from aichat.app.media.files.inline import is_told_apart
from aichat.app.media.files.remote import read_text
from aichat.app.media.files.upload import known_upload, put, spec_of
from aichat.core.exchange.request import Request
from aichat.core.message.media import LocalFile, Media, ProviderFile
from aichat.core.message.message import Message, Part, Text, ToolResult
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.server_tools import chosen_specs
from aichat.disk.files import media as media_files
from aichat.disk.files.attached import AttachedFile
from aichat.errors import AichatError
from aichat.values import NamedTuple
from aichat.wires.resources.containers import add_file_call
from aichat.wires.resources.files import DIALECTS, FilesDialect, FileSpec, dialect_of


class _Document(NamedTuple):
    """A document in a separate message."""

    text: str = ""
    reference: str = ""


def place_media(context: FilesContext, request: Request, folder: Path) -> Request:
    """The request with references to media that are large or already uploaded.

    ``folder`` is that of the store, for bytes that have no file. Errors: those of an
    upload.
    """
    dialect = dialect_of(context.endpoint)
    if dialect is None:
        return request
    sender = _Sender(context, dialect, request.model, folder)
    messages = [sender.message(each) for each in request.messages]
    placed = request._replace(messages=(*_with_documents(messages, sender.documents),))
    return _fill_container(context, placed)


def _fill_container(context: FilesContext, request: Request) -> Request:
    """Add new files to the container in which code was run; report if that has expired."""
    tools, endpoint = request.server_tools, context.endpoint
    if tools is None or not tools.container:
        return request
    spec = chosen_specs(tools, endpoint.server_tools, request.model).get("code", {})
    if not spec.get("fills_container"):
        return request
    try:
        for file_id in _new_code_files(request.messages):
            send(context, add_file_call(endpoint, tools.container, file_id))
    except AichatError as error:
        if error.fault.kind not in ("not_found", "invalid_request"):
            raise
        return request._replace(server_tools=tools._replace(container=None))
    return request


def _new_code_files(messages: Sequence[Message]) -> Iterator[str]:
    """The provider's ids of files uploaded for code since the last answer."""
    said = [n for n, each in enumerate(messages) if each.role == "assistant"]
    parts = (p for each in messages[said[-1] + 1 if said else 0 :] for p in each.parts)
    for part in parts:
        if isinstance(part, Media) and part.for_code and isinstance(part.source, ProviderFile):
            yield part.source.id


def previewed(request: Request, endpoint: Endpoint) -> tuple[Request, tuple[str, ...]]:
    """The request with a placeholder for each upload, and the names of those files."""
    dialect, names = DIALECTS.get(endpoint.provider.resources.files), list[str]()

    def stand_in(part: Part) -> Part:
        if not (dialect and isinstance(part, Media)):
            return part
        source = part.source
        if not isinstance(source, LocalFile | AttachedFile):
            return part
        path = Path(source.path)
        named = part.kind in dialect.kinds.get(endpoint.wire, ())
        if part.for_code or (named and path.stat().st_size > dialect.inline_bytes):
            names.append(str(path))
            return part._replace(source=ProviderFile(f"{dialect.stand_in}FILE_ID"))
        if part.kind == "document" and dialect.sends_text:
            names.append(str(path))
            return Text(f"[{part.label}, as the provider reads it]")
        return part

    messages = (
        message._replace(parts=tuple(map(stand_in, message.parts))) for message in request.messages
    )
    return request._replace(messages=tuple(messages)), tuple(names)


class _Sender:
    """Uploads the media of one request."""

    def __init__(
        self, context: FilesContext, dialect: FilesDialect, model: str, folder: Path
    ) -> None:
        self._context, self._dialect = context, dialect
        self._model, self._folder = model, folder
        self.documents: list[_Document] = []

    def message(self, given: Message) -> Message:
        """A message with references to its uploads."""
        parts = [made for part in given.parts for made in self._part(part)]
        return given._replace(parts=tuple(parts))

    def _part(self, part: Part) -> Iterator[Part]:
        if isinstance(part, ToolResult):
            below = (self._medium(p) if isinstance(p, Media) else p for p in part.parts)
            yield part._replace(parts=tuple(below))
        elif isinstance(part, Media) and is_told_apart(part, self._model, self._dialect):
            self._add_document(part)
        elif isinstance(part, Media):
            yield self._medium(part)
        else:
            yield part

    def _medium(self, given: Media) -> Media:
        """The medium by reference, if it can be and either is uploaded or must be."""
        kinds = self._dialect.kinds.get(self._context.endpoint.wire, ())
        if given.kind not in kinds and not given.for_code:
            return given
        spec = self._spec(given)
        if spec is None:
            return given
        known = known_upload(self._context, spec)
        if known is None and spec.size <= self._dialect.inline_bytes and not given.for_code:
            return given
        kept = known or put(self._context, spec)
        return given._replace(source=ProviderFile(kept.reference or kept.id))

    def _add_document(self, given: Media) -> None:
        spec = self._spec(given)
        if spec is None:
            return
        kept = put(self._context, spec)
        if self._dialect.sends_text:
            text = read_text(self._context, kept.id)
            self.documents.append(_Document(f"{given.name or 'document'}\n\n{text}"))
        else:
            self.documents.append(_Document(reference=kept.reference))

    def _spec(self, given: Media) -> FileSpec | None:
        """The medium's file, created if there are only bytes; None if it is not local."""
        source = given.source
        with suppress(OSError):
            blanks = source.blanks if isinstance(source, AttachedFile) else ()
            if isinstance(source, LocalFile | AttachedFile):
                path = Path(source.path)
            elif isinstance(source, bytes):
                path = self._folder / media_files.keep(self._folder, source)
            else:
                return None
            spec = spec_of(path, given.mime, given.name or path.name, self._model)
            return spec._replace(blanks=blanks, is_named=given.for_code)
        return None


def _with_documents(messages: list[Message], documents: Iterable[_Document]) -> Iterator[Message]:
    """Messages with documents after the system prompt: texts, and references separately."""
    told = [Message("system", (Text(each.text),)) for each in documents if each.text]
    references = [each.reference for each in documents if each.reference]
    if references:  # Qwen's guide allows nothing else in this message
        told.append(Message("system", (Text(",".join(references)),)))
    place = next((n for n, each in enumerate(messages) if each.role != "system"), len(messages))
    yield from (*messages[:place], *told, *messages[place:])
