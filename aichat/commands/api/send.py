"""Sending the requests of ``aichat api``: retries, pages, files, progress."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial
from http.client import responses
from pathlib import Path

from aichat.app.calls.caller import Caller, RefusedError, Wait
from aichat.app.calls.retry import RetryLoop
from aichat.commands.api import show
from aichat.core.http import error_response, rejection, sse
from aichat.core.http.call import Call
from aichat.core.http.paging import PageRule, has_items, is_sendable, next_page
from aichat.core.http.retry import can_repeat
from aichat.core.http.url import with_parameter
from aichat.core.text.numbers import count_of
from aichat.core.text.redact import mask_secrets
from aichat.core.text.sanitize import sanitize
from aichat.disk.files.partial import PartialFile
from aichat.disk.files.upload import CountedBody
from aichat.errors import AichatError, Fault
from aichat.net import http
from aichat.process.signals import defer_signals
from aichat.process.world import World
from aichat.term.widgets.progress import ByteProgress
from aichat.term.widgets.spinner import Spinner
from aichat.values import NamedTuple

#: Statuses without content, which leave a file unchanged.
_EMPTY_STATUSES = (202, 204)


class Activity:
    """Activity on stderr: a spinner while waiting for an answer, and our lines."""

    def __init__(self, world: World, who: str, *, quiet: bool) -> None:
        self._world, self._spinner, self._quiet = world, Spinner(world, who), quiet
        self.is_shown = not (quiet or world.environ.get("CI"))
        self._is_spinning = False
        self.is_sent = False  # whether the whole request was written

    def start(self, wait: float = 0, reason: str = "") -> None:
        """Start the spinner; ``wait`` is in seconds to count down, with a ``reason``."""
        if self.is_shown and not self._is_spinning:
            self._is_spinning = True
            self._spinner.start(wait, reason)

    def wait(self, wait: Wait) -> None:
        """Show a wait for a retry: as a countdown on a terminal, otherwise as a line."""
        self.stop()
        if not self._world.can_rewrite:
            self.tell(wait.why)
        self.start(wait.seconds, wait.reason)

    def stop(self) -> None:
        """Stop the spinner."""
        if self._is_spinning:
            self._is_spinning = False
            self._spinner.stop()

    def on_sent(self) -> None:
        """Note that the request was written."""
        self.is_sent = True
        self.start()

    def say(self, text: str) -> None:
        """Print a line in place of the spinner."""
        turned = self._is_spinning
        self.stop()
        self._world.say(text)
        if turned:
            self.start()

    def tell(self, text: str) -> None:
        """Print a line of ours, unless quiet."""
        if not self._quiet:
            self.say(f"aichat: {text}")


class ApiOutput(NamedTuple):
    """The output options.

    The answer goes to ``file``, or by default to stdout; ``include_headers``: after its status and
    headers; ``max_pages`` is the limit of pages to join, None for no paging. ``allow_html``: the
    answer may be a web page.
    """

    file: Path | None
    include_headers: bool
    max_pages: int | None
    allow_html: bool


class ApiExchange:
    """One call with its answer, including retries and further pages."""

    def __init__(self, world: World, caller: Caller, activity: Activity, output: ApiOutput) -> None:
        self._world, self._caller, self._activity, self._output = world, caller, activity, output
        self._partial_file: PartialFile | None = None
        self._has_output = False  # whether any of this answer was written
        self._page: list[bytes] | None = None if output.max_pages is None else []

    def run(self, call: Call, page_rules: tuple[PageRule, ...]) -> None:
        """Send the call and show the answer. Errors: of any kind, with the provider's name."""
        with self._finish_file():
            asked = {call.url}
            while True:
                self._send_with_retries(call)
                after = self._next_page(page_rules)
                if after is None:
                    return
                if not is_sendable(after[1]):
                    raise AichatError(Fault("protocol", "cannot request the next page"))
                call = call._replace(url=with_parameter(call.url, *after))
                if call.url in asked:
                    raise AichatError(Fault("protocol", "the pages repeat: stopped"))
                if len(asked) == self._output.max_pages:
                    self._activity.tell(
                        f"stopped after {count_of(len(asked), 'page')}; --max-pages for more"
                    )
                    return
                asked.add(call.url)

    def _next_page(self, page_rules: tuple[PageRule, ...]) -> tuple[str, str] | None:
        """The query parameter for the next page, if any."""
        if self._page is None:
            return None
        data = b"".join(self._page)
        self._page.clear()
        try:
            page = json.loads(data)
        except (ValueError, RecursionError):
            return None
        return next_page(page, page_rules) if has_items(page) else None

    @contextmanager
    def _finish_file(self) -> Iterator[None]:
        """Move the file into place at the end; an incomplete one is left beside it."""
        try:
            yield
        except BaseException:
            self._leave_partial()
            raise
        if self._partial_file:
            with defer_signals():
                self._partial_file.commit()

    def _leave_partial(self) -> None:
        if self._partial_file:
            with defer_signals():
                place = self._partial_file.abandon()
            if place:
                self._activity.tell(f"the partial answer is in {place}")

    def _send_with_retries(self, call: Call) -> None:
        """Send a call with retries."""
        loop = RetryLoop(self._caller, self._world.clock, partial(self._can_repeat, call))
        try:
            while loop.begin_attempt():
                self._activity.stop()
                with loop:
                    self._attempt(call)
                if loop.wait:
                    self._activity.wait(loop.wait)
        except RefusedError as error:
            self._show_refusal(error)
            raise

    def _can_repeat(self, call: Call, fault: Fault) -> bool:
        keyed = any(h.name.lower() == "idempotency-key" for h in call.headers)
        again = can_repeat(call.method, fault, sent=self._activity.is_sent, keyed=keyed)
        return again and not self._has_output

    def _attempt(self, call: Call) -> None:
        self._has_output = self._activity.is_sent = False
        meter = ByteProgress(self._world, "sent", call.size, shown=self._activity.is_shown)
        if isinstance(call.body, tuple):
            self._activity.start()
        else:
            call = call._replace(body=CountedBody(call.body, meter.add))
        try:
            with self._caller.send(call) as response:
                meter.finish()
                self._show_headers(response.status, response.headers)
                self._show(response, call)
        finally:
            meter.finish()
            self._activity.stop()

    def _show(self, response: http.Response, call: Call) -> None:
        """Show the answer as it arrives."""
        if "html" in response.headers.get("content-type", "") and not self._output.allow_html:
            raise AichatError(http.html_fault(response, call.url, response.read()))
        errors = _StreamErrors(response.headers)
        is_kept = self._page is not None or (self._world.stdout_tty and not self._output.file)
        meter = self._receive_progress(response)
        shown: show.Writer | None = None
        try:
            with closing(response.chunks(http.MAX_STREAM if is_kept else float("inf"))) as chunks:
                for chunk in chunks:
                    shown = shown or self._make_writer(response)
                    self._has_output = True
                    shown.write(chunk)
                    meter.add(len(chunk))
                    errors.feed(chunk)
                    if self._page is not None:
                        self._page.append(chunk)
        except AichatError as error:
            raise _as_truncated(error) if self._has_output else error from None
        finally:
            meter.finish()
            if shown:
                self._close_writer(shown)
        if shown is None:
            self._show_empty(response)
        errors.close()

    def _make_writer(self, response: http.Response) -> show.Writer:
        self._activity.stop()
        if self._output.file is None:
            return show.make_writer(self._world, response.headers, self._activity.tell)
        self._partial_file = self._partial_file or PartialFile(self._output.file)
        return show.BytesWriter(self._partial_file.write)

    def _close_writer(self, writer: show.Writer) -> None:
        """Close the writer, ending the line of a page to separate it from the next."""
        if (
            self._page
            and not self._page[-1].endswith(b"\n")
            and isinstance(writer, show.BytesWriter)
        ):
            writer.write(b"\n")
        writer.close()

    def _receive_progress(self, response: http.Response) -> ByteProgress:
        """The progress of a download to a file."""
        known = response.headers.get("content-length", "")
        total = int(known) if known.isdecimal() else None
        aside = self._output.file is not None
        return ByteProgress(self._world, "received", total, shown=self._activity.is_shown and aside)

    def _show_empty(self, response: http.Response) -> None:
        """Handle an answer without a body: an empty file, unless the status means no content."""
        if self._output.file and response.status not in _EMPTY_STATUSES:
            self._partial_file = self._partial_file or PartialFile(self._output.file)
        elif self._world.stdout_tty or self._output.file:
            self._activity.tell(f"HTTP {response.status}: empty response")

    def _show_headers(self, status: int, headers: Mapping[str, str]) -> None:
        """Show status and headers before the answer, with ``--include``."""
        if self._output.include_headers:
            self._activity.stop()
            lines = [f"HTTP/1.1 {status} {responses.get(status, '')}".rstrip()]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            text = mask_secrets("\n".join([*lines, "", ""]), self._caller.secrets)
            self._world.write_text(sanitize(text) if self._world.stdout_tty else text)

    def _show_refusal(self, error: RefusedError) -> None:
        """Print the body of an error to stdout, except web pages, without our key."""
        self._show_headers(error.fault.status or 0, error.headers)
        text = error.body.decode("utf-8", "surrogateescape")
        if not text.strip() or error_response.is_html(error.headers, text):
            return
        body = mask_secrets(text, self._caller.secrets).encode("utf-8", "surrogateescape")
        with suppress(AichatError):  # the refusal matters more
            shown = show.make_writer(self._world, error.headers, self._activity.tell)
            shown.write(body)
            shown.close()


class _StreamErrors:
    """The first error in a stream of events, in any format."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._reader = (
            sse.SseReader() if "event-stream" in headers.get("content-type", "") else None
        )
        self._fault: Fault | None = None

    def feed(self, chunk: bytes) -> None:
        """Add a piece."""
        if self._reader and not self._fault:
            found = filter(None, map(_frame_error, self._reader.feed(chunk)))
            self._fault = next(found, None)

    def close(self) -> None:
        """Raise the error, if any."""
        if self._reader and not self._fault:
            self._fault = next(filter(None, map(_frame_error, self._reader.close())), None)
        if self._fault:
            raise AichatError(self._fault)


def _frame_error(frame: sse.Frame) -> Fault | None:
    if frame.event != "error" and '"error"' not in frame.data:
        return None
    try:
        value = json.loads(frame.data)
    except (ValueError, RecursionError):
        return None
    response = value.get("response") if isinstance(value, dict) else None
    for part in (value, response):
        if isinstance(part, dict) and (part.get("error") or part.get("type") == "error"):
            found = rejection.parse_rejection(part)
            return error_response.classify(found) if found else None
    return None


def _as_truncated(error: AichatError) -> AichatError:
    """The error for a connection lost during an answer, which is unfinished (exit 9)."""
    fault = error.fault
    if fault.kind not in ("network", "timeout"):
        return error
    message = f"the answer was cut off: {fault.message}"
    return AichatError(fault._replace(kind="truncated", message=message, hint=""))
