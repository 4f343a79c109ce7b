"""Decides whether a request may need uploads, which few do."""

from collections.abc import Callable

from aichat.app.calls.options import CallHooks, call_options
from aichat.app.media.files.inline import goes_inline
from aichat.app.setup.setup import Setup
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.request import Request
from aichat.core.message.media import Media
from aichat.core.message.message import ToolResult
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.cache import uploads
from aichat.disk.cache.json_file import cache_folder
from aichat.disk.paths import data_dir
from aichat.errors import AichatError
from aichat.process.world import World
from aichat.wires.resources.files import dialect_of

#: Retries of an upload.
_RETRIES = 1


def preview_uploads(request: Request, target: Endpoint) -> tuple[Request, tuple[str, ...]]:
    """A request for a dry run, and the names of the files that would be uploaded for it."""
    if not any(isinstance(part, Media) for m in request.messages for part in m.parts):
        return request, ()
    from aichat.app.media.files.sending import previewed

    return previewed(request, target)


def media_placer(
    world: World,
    options: AskOptions,
    asked: tuple[Setup, Endpoint, Request],
    say: Callable[[str], object],
) -> Callable[[Request], Request] | None:
    """A function that uploads a request's media as needed; None if there is nothing to do.

    ``asked`` is the setup, endpoint and request; ``say`` prints a line for people.
    """
    setup, target, given = asked
    parts = (part for message in given.messages for part in message.parts)
    keeps_files = bool(target.provider.resources.files)
    if not keeps_files or not any(isinstance(p, Media | ToolResult) for p in parts):
        return None

    def place(request: Request) -> Request:
        dialect = dialect_of(target)
        has_uploads = uploads.has_any(cache_folder(world.environ), target.provider.id)
        if dialect is None or goes_inline(request, target.wire, dialect, has_uploads):
            return request
        from aichat.app.media.files.context import FilesContext
        from aichat.app.media.files.sending import place_media

        transport = options.transport._replace(no_stream=True, retries=_RETRIES)
        terms = call_options(setup, transport, say, CallHooks())
        shown = not options.output.quiet
        context = FilesContext(world, target, terms, lambda line: say(f"aichat: {line}"), shown)
        try:
            return place_media(context, request, data_dir(world.environ))
        except AichatError as error:  # it has already been retried
            error.fault = error.fault._replace(retryable=False)
            raise

    return place
