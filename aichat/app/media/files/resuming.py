"""Resuming uploads after a lost connection, or after an earlier run was killed.

A started upload is recorded by content and account, and never resumed for anything else. If
the provider refuses the rest, the upload starts over.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import md5, sha256
from pathlib import Path

from aichat.app.calls.caller import RefusedError
from aichat.app.calls.polling import LOST_KINDS
from aichat.app.media.files.context import FilesContext, Reply, SentBytes, send
from aichat.disk.cache.begun import LONGEST_LIFE, Begun, BegunNote, open_note
from aichat.disk.files.attached import AttachedFile
from aichat.disk.files.upload import FilePart, MultipartForm, file_source
from aichat.errors import AichatError, Fault, Interrupted
from aichat.term.widgets.progress import rounded_size
from aichat.wires.resources.files import FileSpec
from aichat.wires.resources.resumable import (
    complete_call,
    parse_upload,
    part_form,
    parts_start,
    query_call,
    received_bytes,
    rest_call,
    resumable_url,
)

#: The most connections lost in a row without any progress, and the seconds before the first
#: retry, which are doubled each time.
_MAX_LOSSES, _FIRST_WAIT = 4, 1.0

#: Smaller files (in bytes) are sent again as a whole.
_LEAST_BYTES = 8 << 20

#: Seconds for which to resume an upload without a known expiry (Google's, where the received
#: bytes are queried first), and seconds before a known expiry from which not to.
_LIFE, _MARGIN = 86400.0, 60.0


def digest_of(spec: FileSpec) -> str:
    """The digest of what is sent of a file, which is read in pieces. Errors: ``usage``."""
    if spec.digest:
        return spec.digest
    digest = sha256()
    for piece in AttachedFile(Path(spec.path), spec.blanks):
        digest.update(piece)
    return digest.hexdigest()


@contextmanager
def _note(context: FilesContext, place: str, spec: FileSpec) -> Iterator[BegunNote]:
    """The record of this upload by this account, which stores how to resume it."""
    if spec.size < _LEAST_BYTES:
        yield BegunNote(None, context.cache)
        return
    what = spec._replace(path="", digest=digest_of(spec))
    key = sha256(repr((place, what, context.dialect.part_bytes)).encode("utf-8", "replace"))
    with open_note(context.cache, key.hexdigest()[:32]) as note:
        try:
            yield note
        except AichatError as error:
            fault = error.fault
            if _is_lost(fault) and _is_kept(context, note):
                hint = "the same command goes on from what is there"
                error.fault = fault._replace(hint=hint)
            elif not _is_lost(fault):
                note.drop()
            raise
        except Interrupted as interrupted:
            if _is_kept(context, note) and not interrupted.is_closed_pipe:
                context.say(f"the same command goes on with {spec.name} from what is there")
            raise
        note.drop()


def _is_kept(context: FilesContext, note: BegunNote) -> bool:
    return note.find(context.world.clock.now()) is not None


def _is_lost(fault: Fault) -> bool:
    return fault.kind in LOST_KINDS


def _tell(context: FilesContext, spec: FileSpec, there: int) -> None:
    done, whole = rounded_size(there), rounded_size(spec.size)
    context.say(f"going on with {spec.name}: {done} of {whole} are there")


class _Losses:
    """Counts lost connections, and waits before the next attempt."""

    def __init__(self, context: FilesContext) -> None:
        self._context, self._count = context, 0

    def bear(self, error: AichatError, before: int, there: int | None) -> None:
        """Wait before resuming from ``there``. Errors: the given one, if that is no use."""
        self._count = 0 if (there or 0) > before else self._count + 1
        if there is None or self._count > _MAX_LOSSES:
            raise error
        wait = _FIRST_WAIT * 2**self._count
        self._context.say(f"link lost after {there:,} bytes; going on in {wait:.0f} s")
        self._context.world.clock.sleep(wait)


# -- to an upload URL


def send_resumable(
    context: FilesContext, place: str, spec: FileSpec, begin: Callable[[], Reply]
) -> bytes:
    """Send a file to the URL in the answer of ``begin``, or to that of an earlier run.

    Returns the last answer. Errors: ``protocol``, and as of any request.
    """
    with _note(context, place, spec) as note:
        now = context.world.clock.now()
        known = note.find(now)
        url = resumable_url(context.endpoint, known.address) if known else None
        there = _received(context, url, spec.size) if url else None
        if url and there:
            _tell(context, spec, there)
            try:
                return _send_rest(context, url, spec, there)
            except RefusedError as error:
                if _is_lost(error.fault):
                    raise
        note.drop()
        url = resumable_url(context.endpoint, begin().headers.get("x-goog-upload-url", ""))
        if url is None:
            raise protocol_fault("it did not say where the file goes")
        note.keep(Begun(url, now + _LIFE))
        return _send_rest(context, url, spec, 0)


def _send_rest(context: FilesContext, url: str, spec: FileSpec, offset: int) -> bytes:
    once = context._replace(options=context.options._replace(retries=0))
    whole, losses = file_source(spec.path, spec.blanks, is_clean=spec.is_clean), _Losses(context)
    while True:
        rest = FilePart(whole, b"", offset, whole.size - offset, spec.path) if offset else whole
        try:
            return send(once, rest_call(url, offset), rest, SentBytes(offset, whole.size)).body
        except AichatError as error:
            there = _received(context, url, whole.size) if _is_lost(error.fault) else None
            losses.bear(error, offset, there)
            offset = there or 0


def _received(context: FilesContext, url: str, size: int) -> int | None:
    """The received bytes of an upload; None if it cannot be resumed."""
    try:
        return received_bytes(send(context, query_call(url)).headers, size)
    except AichatError:
        return None


# -- in parts


def send_parts(context: FilesContext, place: str, spec: FileSpec) -> bytes:
    """Send the missing parts of a file. Returns the last answer.

    Errors: ``protocol``, and as of any request.
    """
    with _note(context, place, spec) as note:
        now = context.world.clock.now()
        if (known := note.find(now + _MARGIN)) and known.parts:
            _tell(context, spec, min(len(known.parts) * context.dialect.part_bytes, spec.size))
            try:
                return _PartSender(context, spec, note).send(known)
            except RefusedError as error:
                if _is_lost(error.fault):
                    raise
        note.drop()
        begun = parse_upload(send(context, parts_start(context.endpoint, spec)).body)
        if begun is None:
            raise protocol_fault("its answer names no upload")
        expires = min(begun.expires or now, now + LONGEST_LIFE)  # whatever the provider promises
        new = Begun(begun.id, expires)
        note.keep(new)
        return _PartSender(context, spec, note).send(new)


class _PartSender:
    """Sends the parts of one file; each is recorded before the next is sent."""

    def __init__(self, context: FilesContext, spec: FileSpec, note: BegunNote) -> None:
        self._context, self._spec, self._note = context, spec, note
        self._whole = file_source(spec.path, spec.blanks, is_clean=spec.is_clean)

    def send(self, begun: Begun) -> bytes:
        """Send all missing parts, and the call that joins them."""
        size = self._context.dialect.part_bytes
        for start in range(len(begun.parts) * size, self._whole.size, size):
            part = self._send_part(begun.address, start, min(size, self._whole.size - start))
            begun = begun._replace(parts=(*begun.parts, part))
            self._note.keep(begun)
        digest = md5(usedforsecurity=False)  # the provider compares it with what it received
        for piece in AttachedFile(Path(self._spec.path), self._spec.blanks):
            digest.update(piece)
        call = complete_call(self._context.endpoint, begun.address, begun.parts, digest.hexdigest())
        return send(self._context, call).body

    def _send_part(self, upload_id: str, start: int, size: int) -> str:
        """Send a part, again if the connection is lost, since only listed parts count; its id."""
        call, field = part_form(self._context.endpoint, upload_id)
        losses, span = _Losses(self._context), SentBytes(start, self._whole.size)
        once = self._context._replace(options=self._context.options._replace(retries=0))
        while True:
            form = MultipartForm(
                (field,), lambda _: FilePart(self._whole, b"", start, size, self._spec.path)
            )
            try:
                found = parse_upload(send(once, form.call(call), form, span).body)
            except AichatError as error:
                losses.bear(error, start, start if _is_lost(error.fault) else None)
                continue
            if found is None:
                raise protocol_fault("its answer names no part")
            return found.id


def protocol_fault(why: str) -> AichatError:
    """The error for an answer about files that makes no sense."""
    return AichatError(Fault("protocol", why))
