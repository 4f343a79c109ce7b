"""A provider's files: listed, shown, fetched, deleted."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from aichat import providers
from aichat.app.calls.caller import Caller
from aichat.app.calls.retry import RetryLoop
from aichat.app.media.files.context import FilesContext, send
from aichat.core.http.call import Call
from aichat.core.http.paging import is_sendable
from aichat.core.text.json import read_object, text_or_none
from aichat.disk.cache import uploads
from aichat.disk.files.partial import PartialFile
from aichat.errors import AichatError, Fault
from aichat.process.signals import defer_signals
from aichat.term.widgets.progress import ByteProgress
from aichat.wires.resources import files
from aichat.wires.resources.files import RemoteFile

#: The most pages of a list, and files, to request.
_MAX_PAGES, _MAX_FILES = 200, 10_000


def list_files(context: FilesContext, most: int) -> list[RemoteFile]:
    """At most ``most`` of the provider's files, in its order. Errors: as of any request."""
    found: list[RemoteFile] = []
    cursors = [""]
    while len(found) < min(most, _MAX_FILES) and len(cursors) <= _MAX_PAGES:
        answer = send(context, files.list_call(context.endpoint, cursors[-1])).body
        page = files.parse_page(answer, context.endpoint)
        if page is None:
            raise AichatError(Fault("protocol", "its answer is not a list of files"))
        found += page[0]
        following = page[1]
        if not following or following in cursors or not is_sendable(following):
            break
        cursors.append(following)
    return found[:most]


def show_file(context: FilesContext, file_id: str) -> RemoteFile:
    """The details of a file. Errors: ``not_found``."""
    answer = send(context, files.show_call(context.endpoint, file_id)).body
    found = files.parse_file(answer, context.endpoint)
    if found is None:
        raise AichatError(Fault("protocol", "its answer names no file"))
    return found


def remove_file(context: FilesContext, file_id: str) -> None:
    """Delete a file at the provider, and its entry in the cache of uploads."""
    send(context, files.remove_call(context.endpoint, file_id))
    provider = context.endpoint.provider.id
    uploads.forget(context.cache, provider, file_id.removeprefix("files/"))


def read_text(context: FilesContext, file_id: str) -> str:
    """The text extracted from a file. Errors: ``invalid_request`` if it is not available."""
    call = files.text_call(context.endpoint, file_id)
    if call is None:
        name = context.endpoint.provider.name
        able = ", ".join(each for each in providers.names() if _tells_text(each))
        why = f"{name} does not tell the text of a file"
        raise AichatError(Fault("invalid_request", why, f"these do: {able}"))
    body = send(context, call).body.decode("utf-8", "replace")
    return text_in(body)


def _tells_text(provider: str) -> bool:
    dialect = files.DIALECTS.get(providers.load(provider).resources.files)
    return dialect is not None and dialect.text_query is not None


def text_in(body: str) -> str:
    """The text of an answer, either plain or in an object (Moonshot)."""
    if not body.lstrip().startswith("{"):
        return body
    told = text_or_none(read_object(body).get("content"))
    return body if told is None else told


def fetch(context: FilesContext, call: Call, write: Callable[[bytes], object]) -> None:
    """Pass a file's bytes to ``write`` as they arrive. Errors: as of any request."""
    caller = Caller(context.endpoint, context.world.clock, context.options)
    loop, has_begun = RetryLoop(caller, context.world.clock, lambda _: not has_begun), False
    while loop.begin_attempt():
        with loop, caller.send(call) as response:
            known = response.headers.get("content-length", "")
            total = int(known) if known.isdecimal() else None
            meter = ByteProgress(context.world, "received", total, shown=context.shown)
            try:
                with closing(response.chunks(float("inf"))) as chunks:
                    for chunk in chunks:
                        has_begun = True
                        write(chunk)
                        meter.add(len(chunk))
            finally:
                meter.finish()
        if loop.wait:
            context.say(loop.wait.why)


def fetch_to(context: FilesContext, call: Call, target: Path) -> None:
    """Save a file at ``target``, whole or not at all; an incomplete one is left beside it."""
    file = PartialFile(target)
    try:
        fetch(context, call, file.write)
    except BaseException:
        with defer_signals():
            place = file.abandon()
        if place:
            context.say(f"the partial file is in {place}")
        raise
    with defer_signals():
        file.commit()
