"""Files of this machine put where a provider keeps them: with progress, and never twice.

A file is read while it is sent and never whole in memory. What was sent is remembered by
its content, the account and its end, so that the next question only names it.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from aichat.app.calls.caller import Caller, CallOptions, placeholders_for
from aichat.app.calls.looks import LOST_KINDS
from aichat.app.calls.retry import RetryLoop
from aichat.core.http.call import Call, Header, StreamedBody
from aichat.core.http.multipart import FormField
from aichat.core.message.media import media_kind
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.cache import json_file, uploads
from aichat.disk.files.attached import AttachedFile
from aichat.disk.files.upload import CountedBody, FilePart, FileSource, MultipartForm, file_source
from aichat.errors import AichatError, Fault
from aichat.process.stdin import format_size
from aichat.process.world import World
from aichat.term.widgets.progress import ByteProgress
from aichat.values import NamedTuple
from aichat.wires.resources import files
from aichat.wires.resources.files import DIALECTS, FilesDialect, FileSpec, RemoteFile
from aichat.wires.resources.resumable import query_call, received_bytes, rest_call

#: Seconds that a file lives where nobody says for how long: as long as Gemini's do.
DEFAULT_LIFE = 48 * 3600

#: Times in a row that a link may be lost without anything having come through.
_MAX_LOSSES = 4

#: Bytes of an answer about files.
_MAX_ANSWER = 8 << 20

#: Seconds between two looks at a file that is being read by the provider: the first and the
#: longest, how it grows, and how long that is gone on with.
_FIRST_LOOK, _LONGEST_LOOK, _GROWTH, _PATIENCE = 1.0, 8.0, 1.5, 600.0


class FilesContext(NamedTuple):
    """Whose files, and on what terms; ``say`` is told of waits, ``shown``: so is progress."""

    world: World
    endpoint: Endpoint
    options: CallOptions
    say: Callable[[str], object]
    shown: bool = True

    @property
    def dialect(self) -> FilesDialect:
        """How this provider keeps files."""
        return DIALECTS[self.endpoint.provider.resources.files]

    @property
    def cache(self) -> Path:
        """Where uploads are remembered."""
        return json_file.cache_folder(self.world.environ)


class Reply(NamedTuple):
    """An answer about files, whole."""

    headers: Mapping[str, str]
    body: bytes


def send(context: FilesContext, call: Call, body: StreamedBody | None = None) -> Reply:
    """A call answered whole, tried again where that is of use. Errors: those of any request."""
    caller = Caller(context.endpoint, context.world.clock, context.options)
    loop, reply = RetryLoop(caller, context.world.clock), Reply({}, b"")
    while loop.begin_attempt():
        size = body.size if body else None
        meter = ByteProgress(context.world, "sent", size, shown=context.shown)
        if body:
            call = call._replace(body=CountedBody(body, meter.add))
        try:
            with loop, caller.send(call) as response:
                reply = Reply(response.headers, response.read(_MAX_ANSWER))
        finally:
            meter.finish()
        if loop.wait:
            context.say(loop.wait.why)
    return reply


def digest_of(spec: FileSpec) -> str:
    """The name of what is sent of a file, which is read piece by piece. Errors: ``usage``."""
    digest = sha256()
    for piece in AttachedFile(Path(spec.path), spec.blanks):
        digest.update(piece)
    return digest.hexdigest()


def put(context: FilesContext, spec: FileSpec) -> RemoteFile:
    """Have the provider keep a file, ready to be used; one that it has is only named.

    Errors: ``invalid_request`` for one that is too large, or that the provider cannot read.
    """
    dialect, world = context.dialect, context.world
    if spec.size > dialect.max_bytes:
        most = format_size(dialect.max_bytes)
        raise _refusal(f"{spec.name} has {format_size(spec.size)}: files may have {most}")
    if known := known_upload(context, spec):
        return known
    if spec.expires is None and dialect.expiry:
        spec = spec._replace(expires=DEFAULT_LIFE)
    made = put_once(context, spec)
    expires = made.expires or _end_of_life(dialect, spec, world.clock.now())
    made = made._replace(
        expires=expires, name=made.name or spec.name, mime=made.mime or spec.mime,
        size=spec.size if made.size is None else made.size,
    )  # fmt: skip
    told = uploads.KnownUpload(made.id, made.reference or made.id, made.mime or "", expires)
    place, digest = _place(context, spec), digest_of(spec)
    uploads.add(context.cache, context.endpoint.provider.id, place, digest, told)
    return made


def put_once(context: FilesContext, spec: FileSpec) -> RemoteFile:
    """Have the provider keep a file for one use, which is not remembered. Errors: as of ``put``."""
    spec, source = as_it_leaves(context, spec)
    return _wait_ready(context, _WAYS[_way(context.dialect, spec)](context, spec, source))


def as_it_leaves(context: FilesContext, spec: FileSpec) -> tuple[FileSpec, FileSource]:
    """A file with what is private in it replaced where it is text, which is told; its size then.

    Errors: ``usage`` for what cannot be read, or is too long to be looked through.
    """
    source = file_source(spec.path, spec.blanks, is_clean=spec.is_clean)
    placeholders = placeholders_for(context.endpoint)
    if placeholders is not None:
        source = source.with_texts(placeholders.conceal)
    if placeholders:
        context.say(f"{spec.name}: {placeholders.description}")
    return spec._replace(size=source.size), source


def known_upload(context: FilesContext, spec: FileSpec) -> RemoteFile | None:
    """The file as the provider has it already; None where it does not, or not for long."""
    provider, now = context.endpoint.provider.id, context.world.clock.now()
    if not uploads.has_any(context.cache, provider):
        return None  # nothing need be read
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


def _way(dialect: FilesDialect, spec: FileSpec) -> str:
    """DashScope's store is for what is looked at and heard; documents go into a form."""
    reads = dialect.document_models and spec.kind in ("document", "other")
    return "form" if reads else dialect.upload


def _end_of_life(dialect: FilesDialect, spec: FileSpec, now: float) -> float | None:
    life = spec.expires if dialect.expiry else dialect.kept
    return now + life if life else None


def _place(context: FilesContext, spec: FileSpec) -> str:
    """What an upload is bound to: the account, its purpose and, at some, the model."""
    endpoint = context.endpoint
    key = endpoint.key.value if endpoint.key else ""
    name = f" {spec.name}" if spec.is_named else ""
    name += " redacted" if endpoint.redaction else ""
    bound = spec.model if _way(context.dialect, spec) == "policy" else spec.purpose or spec.kind
    return f"{uploads.account(endpoint.base_url, key)} {bound}{name}"


def _upload_form(context: FilesContext, spec: FileSpec, source: FileSource) -> RemoteFile:
    call, fields = files.form_upload(context.endpoint, spec)
    return _parse_file(context, _send_form(context, call, fields, source))


def _send_form(
    context: FilesContext, call: Call, fields: Iterable[FormField], source: FileSource
) -> bytes:
    form = MultipartForm(fields, lambda _: source)
    kind = Header("content-type", f"multipart/form-data; boundary={form.boundary}")
    return send(context, call._replace(headers=(*call.headers, kind)), form).body


def _upload_resumable(context: FilesContext, spec: FileSpec, source: FileSource) -> RemoteFile:
    begun = send(context, files.resumable_start(context.endpoint, spec))
    return _parse_file(context, send_resumable(context, begun, source))


def send_resumable(context: FilesContext, begun: Reply, whole: FileSource) -> bytes:
    """Send a file whose upload has ``begun``, and go on from what is there where a link is lost.

    The answer of the end. Errors: ``protocol``, and those of any request.
    """
    url = files.resumable_url(context.endpoint, begun.headers)
    if url is None:
        raise _protocol_fault("it did not say where the file goes")
    once = context._replace(options=context.options._replace(retries=0))
    offset = losses = 0
    while True:
        rest = FilePart(whole, b"", offset, whole.size - offset, whole.name) if offset else whole
        try:
            return send(once, rest_call(url, offset), rest).body
        except AichatError as error:
            there = _received(context, url, whole.size) if _is_lost(error.fault) else None
            losses = 0 if (there or 0) > offset else losses + 1
            if there is None or losses > _MAX_LOSSES:
                raise
            offset = there
        wait = _FIRST_LOOK * 2**losses
        context.say(f"link lost after {offset:,} bytes; going on in {wait:.0f} s")
        context.world.clock.sleep(wait)


def _is_lost(fault: Fault) -> bool:
    return fault.kind in LOST_KINDS


def _received(context: FilesContext, url: str, size: int) -> int | None:
    """How much of an upload is there; None where it cannot be gone on with."""
    try:
        return received_bytes(send(context, query_call(url)).headers, size)
    except AichatError:
        return None


def _upload_policy(context: FilesContext, spec: FileSpec, source: FileSource) -> RemoteFile:
    answer = send(context, files.policy_call(context.endpoint, spec)).body
    found = files.policy_upload(answer, spec)
    if found is None:
        raise _protocol_fault("it gave no place for the file")
    call, fields, reference = found
    _send_form(context, call, fields, source)
    return RemoteFile(reference, spec.name, spec.size, spec.mime, reference=reference)


_WAYS: dict[str, Callable[[FilesContext, FileSpec, FileSource], RemoteFile]] = {
    "form": _upload_form,
    "resumable": _upload_resumable,
    "policy": _upload_policy,
}


def _wait_ready(context: FilesContext, file: RemoteFile) -> RemoteFile:
    """Wait until the provider has read it. Errors: ``invalid_request`` where it cannot."""
    clock, wait, waited = context.world.clock, _FIRST_LOOK, 0.0
    while file.state == "waiting" and waited < _PATIENCE:
        clock.sleep(wait)
        waited += wait
        wait = min(wait * _GROWTH, _LONGEST_LOOK)
        file = _parse_file(context, send(context, files.show_call(context.endpoint, file.id)).body)
    if file.state == "failed":
        raise _refusal(f"the provider cannot read {file.name or file.id}")
    if file.state == "waiting":
        raise AichatError(Fault("timeout", f"{file.name or file.id} is still being processed"))
    return file


def _parse_file(context: FilesContext, body: bytes) -> RemoteFile:
    found = files.parse_file(body, context.endpoint)
    if found is None:
        raise _protocol_fault("its answer names no file")
    return found


def _refusal(why: str) -> AichatError:
    return AichatError(Fault("invalid_request", why))


def _protocol_fault(why: str) -> AichatError:
    return AichatError(Fault("protocol", why))


def spec_of(path: Path, mime: str, name: str | None = None, model: str = "") -> FileSpec:
    """What is to be known of a file before it is uploaded. Errors: ``OSError``."""
    size = path.stat().st_size
    return FileSpec(str(path), name or path.name, mime, size, media_kind(mime), model=model)
