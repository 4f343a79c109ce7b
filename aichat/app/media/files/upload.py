"""Uploading local files to a provider: with progress, and never twice.

A file is read while it is sent, never whole into memory. Uploads are recorded by content,
account and expiry, so that the next question only refers to them.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from zlib import crc32

from aichat.app.calls.caller import RefusedError, placeholders_for
from aichat.app.media.files.context import (
    FilesContext,
    Reply,
    asked_wait,
    send,
    wait_until_read,
)
from aichat.app.media.files.resuming import (
    digest_of,
    protocol_fault,
    send_parts,
    send_resumable,
)
from aichat.core.http.call import Call
from aichat.core.http.multipart import FormField
from aichat.core.message.media import media_kind
from aichat.disk.cache import uploads
from aichat.disk.files.upload import MultipartForm, file_source
from aichat.errors import AichatError, Fault
from aichat.process.stdin import format_size
from aichat.wires.resources import files
from aichat.wires.resources.files import FilesDialect, FileSpec, RemoteFile
from aichat.wires.resources.resumable import resumable_start

#: The default life of an upload in seconds, as at Gemini.
DEFAULT_LIFE = 48 * 3600


def put(context: FilesContext, spec: FileSpec) -> RemoteFile:
    """Upload a file and wait until it is ready, unless the provider already has it.

    Errors: ``invalid_request`` if it is too large, or the provider cannot read it.
    """
    dialect, world = context.dialect, context.world
    if spec.size > dialect.max_bytes:
        most = format_size(dialect.max_bytes)
        raise _refusal(f"{spec.name} has {format_size(spec.size)}: files may have {most}")
    spec = spec._replace(digest=digest_of(spec))
    if known := known_upload(context, spec):
        return known
    if spec.expires is None and dialect.expiry:
        spec = spec._replace(expires=DEFAULT_LIFE)
    before = _stamp(spec)
    made = put_once(context, spec)
    expires = made.expires or _end_of_life(dialect, spec, world.clock.now())
    made = made._replace(
        expires=expires, name=made.name or spec.name, mime=made.mime or spec.mime,
        size=spec.size if made.size is None else made.size,
    )  # fmt: skip
    if _stamp(spec) == before:  # otherwise the uploaded content is unknown
        told = uploads.KnownUpload(made.id, made.reference or made.id, made.mime or "", expires)
        place = _place(context, spec)
        uploads.add(context.cache, context.endpoint.provider.id, place, spec.digest, told)
    return made


def _stamp(spec: FileSpec) -> tuple[int, int]:
    state = Path(spec.path).stat()
    return state.st_size, state.st_mtime_ns


def put_once(context: FilesContext, spec: FileSpec) -> RemoteFile:
    """Upload a file for a single use, without recording it. Errors: as of ``put``."""
    with as_it_leaves(context, spec) as gone:
        return _wait_ready(context, _WAYS[way_of(context.dialect, gone)](context, gone))


@contextmanager
def as_it_leaves(context: FilesContext, spec: FileSpec) -> Iterator[FileSpec]:
    """A text file as a copy with private data replaced, which is reported; others as they are.

    Its placeholders are numbered separately from those of questions, which are restored later;
    its own are not, since an answer about it may come when neither file nor map is at hand.
    Errors: ``usage`` if it cannot be read or is too long to search.
    """
    own_numbers = 1000 + crc32(f"{spec.name} {spec.size}".encode("utf-8", "replace")) % 899_000
    placeholders = None if spec.is_clean else placeholders_for(context.endpoint, own_numbers)
    if placeholders is None:
        yield spec
        return
    source = file_source(spec.path, spec.blanks).with_texts(placeholders.conceal)
    if not placeholders:
        yield spec
        return
    context.say(f"{spec.name}: {placeholders.description}, and stays so in answers about it")
    with NamedTemporaryFile(prefix="aichat-") as copy:
        copy.writelines(source)
        copy.flush()
        size = source.size
        yield spec._replace(path=copy.name, size=size, digest="", blanks=(), is_clean=True)


def known_upload(context: FilesContext, spec: FileSpec) -> RemoteFile | None:
    """The earlier upload of a file; None if there is none, or it expires soon."""
    provider, now = context.endpoint.provider.id, context.world.clock.now()
    if not uploads.has_any(context.cache, provider):
        return None  # saves reading the file
    place, digest = _place(context, spec), digest_of(spec)
    known = uploads.find(context.cache, provider, place, digest, now)
    return known and RemoteFile(
        known.id,
        spec.name,
        spec.size,
        known.mime,
        expires=known.expires,
        reference=known.reference,
    )


def way_of(dialect: FilesDialect, spec: FileSpec) -> str:
    """How to upload a file: DashScope's store is for images, video and audio, not documents."""
    reads = dialect.document_models and spec.kind in ("document", "other")
    if dialect.part_bytes and spec.size > dialect.part_bytes:
        return "parts"
    return "form" if reads else dialect.upload


def _end_of_life(dialect: FilesDialect, spec: FileSpec, now: float) -> float | None:
    life = spec.expires if dialect.expiry else dialect.kept
    return now + life if life else None


def _place(context: FilesContext, spec: FileSpec) -> str:
    """The key of an upload: the account, its purpose and, at some providers, the model."""
    name = f" {spec.name}" if spec.is_named else ""
    name += " redacted" if context.endpoint.redaction else ""
    bound = spec.model if way_of(context.dialect, spec) == "policy" else spec.purpose or spec.kind
    return f"{account_of(context)} {bound}{name}"


def account_of(context: FilesContext) -> str:
    """An identifier of the account that does not reveal the key."""
    endpoint = context.endpoint
    return uploads.account(endpoint.base_url, endpoint.key.value if endpoint.key else "")


def _upload_form(context: FilesContext, spec: FileSpec) -> RemoteFile:
    call, fields = files.form_upload(context.endpoint, spec)
    return _parse_file(context, _send_form(context, call, fields, spec))


def _send_form(
    context: FilesContext, call: Call, fields: Iterable[FormField], spec: FileSpec
) -> bytes:
    form = MultipartForm(fields, partial(file_source, blanks=spec.blanks, is_clean=spec.is_clean))
    return send(context, form.call(call), form).body


def _upload_resumable(context: FilesContext, spec: FileSpec) -> RemoteFile:
    def begin() -> Reply:
        return send(context, resumable_start(context.endpoint, spec))

    return _parse_file(context, send_resumable(context, _place(context, spec), spec, begin))


def _upload_parts(context: FilesContext, spec: FileSpec) -> RemoteFile:
    try:
        return _parse_file(context, send_parts(context, _place(context, spec), spec))
    except RefusedError as error:
        if error.fault.kind != "not_found":
            raise
    return _upload_form(context, spec)  # a proxy that does not support parts


def _upload_policy(context: FilesContext, spec: FileSpec) -> RemoteFile:
    answer = send(context, files.policy_call(context.endpoint, spec)).body
    found = files.policy_upload(answer, spec)
    if found is None:
        raise protocol_fault("it gave no place for the file")
    call, fields, reference = found
    _send_form(context, call, fields, spec)
    return RemoteFile(reference, spec.name, spec.size, spec.mime, reference=reference)


_WAYS: dict[str, Callable[[FilesContext, FileSpec], RemoteFile]] = {
    "form": _upload_form,
    "resumable": _upload_resumable,
    "policy": _upload_policy,
    "parts": _upload_parts,
}


def _wait_ready(context: FilesContext, file: RemoteFile) -> RemoteFile:
    """Wait until the provider has processed a file. Errors: ``invalid_request`` if it cannot."""
    answers: list[RemoteFile] = []

    def look() -> tuple[RemoteFile | None, float | None]:
        if not answers:
            answers.append(file)
            return (None if file.state == "waiting" else file), None
        reply = send(context, files.show_call(context.endpoint, file.id))
        found = _parse_file(context, reply.body)
        return (None if found.state == "waiting" else found), asked_wait(context, reply)

    found = wait_until_read(context, file.name or file.id, look)
    if found.state == "failed":
        raise _refusal(f"the provider cannot read {found.name or found.id}")
    return found


def _parse_file(context: FilesContext, body: bytes) -> RemoteFile:
    found = files.parse_file(body, context.endpoint)
    if found is None:
        raise protocol_fault("its answer names no file")
    return found


def _refusal(why: str) -> AichatError:
    return AichatError(Fault("invalid_request", why))


def spec_of(path: Path, mime: str, name: str | None = None, model: str = "") -> FileSpec:
    """The spec for uploading a file. Errors: ``OSError``."""
    size = path.stat().st_size
    return FileSpec(str(path), name or path.name, mime, size, media_kind(mime), model=model)
