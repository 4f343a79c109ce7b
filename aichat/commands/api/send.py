"""Sending what ``aichat api`` asks for, until it is answered: retries, pages, files, progress."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import responses
from pathlib import Path
from typing import NamedTuple

from aichat.app.calls.caller import Caller, RefusedError
from aichat.commands.api import show
from aichat.commands.api.body import Counted
from aichat.core.http import error_response, sse
from aichat.core.http.call import Call
from aichat.core.http.paging import PageRule, is_sendable, next_page
from aichat.core.http.retry import can_repeat
from aichat.core.http.url import with_parameter
from aichat.core.text.redact import mask_secrets
from aichat.core.text.sanitize import sanitize
from aichat.disk.files.partial import PartialFile
from aichat.errors import AichatError, Fault
from aichat.net import http
from aichat.process.signals import defer_signals
from aichat.process.world import World
from aichat.term.widgets.progress import ByteProgress
from aichat.term.widgets.spinner import Spinner

#: Statuses that bring nothing, so that a file stays as it was.
_NOTHING = (202, 204)


class Life:
    """Signs of life on stderr: a spinner while an answer is waited for, lines of ours between."""

    def __init__(self, world: World, *, quiet: bool) -> None:
        self._world, self._spinner, self._quiet = world, Spinner(world), quiet
        self.shown = not (quiet or world.environ.get("CI"))
        self._turns = False
        self.sent = False  # the whole request was written

    def start(self, wait: float = 0) -> None:
        """Something is waited for; ``wait``: seconds to count down."""
        if self.shown and not self._turns:
            self._turns = True
            self._spinner.start(wait)

    def stop(self) -> None:
        """Nothing is waited for."""
        if self._turns:
            self._turns = False
            self._spinner.stop()

    def on_sent(self) -> None:
        """The request has been written."""
        self.sent = True
        self.start()

    def line(self, text: str) -> None:
        """A line, where the spinner may stand."""
        turned = self._turns
        self.stop()
        self._world.say(text)
        if turned:
            self.start()

    def tell(self, text: str) -> None:
        """A line of ours, unless the user wants none."""
        if not self._quiet:
            self.line(f"aichat: {text}")


class Wish(NamedTuple):
    """How an answer is wanted.

    It goes to ``file``, else to stdout; ``heads``: with its status and headers before it;
    ``paginate``: with all pages that follow. ``any_type``: a web page may be the answer.
    """

    file: Path | None
    heads: bool
    paginate: bool
    any_type: bool


class Sending:
    """One call and what comes back, until it is as it is wanted."""

    def __init__(self, world: World, caller: Caller, life: Life, wish: Wish) -> None:
        self._world, self._caller, self._life, self._wish = world, caller, life, wish
        self._landing: PartialFile | None = None
        self._begun = False  # something of this answer was written
        self._page: list[bytes] | None = [] if wish.paginate else None

    def run(self, call: Call, ways: tuple[PageRule, ...]) -> None:
        """Send it and show what comes. Errors: every kind there is, signed."""
        with self._landed():
            asked = {call.url}
            while True:
                self._answered(call)
                after = self._after(ways)
                if after is None:
                    return
                if not is_sendable(after[1]):
                    raise AichatError(Fault("protocol", "the next page cannot be asked for"))
                call = call._replace(url=with_parameter(call.url, *after))
                if call.url in asked:
                    raise AichatError(Fault("protocol", "the pages begin again: stopped"))
                asked.add(call.url)

    def _after(self, ways: tuple[PageRule, ...]) -> tuple[str, str] | None:
        """What asks for the page after the one that came."""
        if self._page is None:
            return None
        data = b"".join(self._page)
        self._page.clear()
        try:
            return next_page(json.loads(data), ways)
        except (ValueError, RecursionError):
            return None

    @contextmanager
    def _landed(self) -> Iterator[None]:
        """The file takes its place at the end; what is not whole lies beside it."""
        try:
            yield
        except BaseException:
            self._left()
            raise
        if self._landing:
            with defer_signals():
                self._landing.commit()

    def _left(self) -> None:
        if self._landing:
            with defer_signals():
                place = self._landing.abandon()
            if place:
                self._life.tell(f"what came is in {place}")

    def _answered(self, call: Call) -> None:
        """One answer, after as many attempts as it may take."""
        attempt = 1
        while True:
            self._begun = self._life.sent = False
            try:
                self._attempt(call)
                return
            except AichatError as error:
                fault = self._caller.signed(error.fault)
                wait = self._caller.again(fault, attempt) if self._may(call, fault) else None
                if wait is None:
                    if isinstance(error, RefusedError):
                        self._refused(error)
                    raise AichatError(fault) from error
            finally:
                self._life.stop()
            attempt += 1
            self._life.tell(wait.why)
            self._life.start(wait.seconds)
            self._world.clock.sleep(wait.seconds)
            self._life.stop()

    def _may(self, call: Call, fault: Fault) -> bool:
        keyed = any(h.name.lower() == "idempotency-key" for h in call.headers)
        again = can_repeat(call.method, fault, sent=self._life.sent, keyed=keyed)
        return again and not self._begun

    def _attempt(self, call: Call) -> None:
        meter = ByteProgress(self._world, "sent", call.size, shown=self._life.shown)
        if isinstance(call.body, tuple):
            self._life.start()
        else:
            call = call._replace(body=Counted(call.body, meter.add))
        try:
            with self._caller.sent(call) as response:
                meter.finish()
                self._head(response.status, response.headers)
                self._show(response, call)
        finally:
            meter.finish()

    def _show(self, response: http.Response, call: Call) -> None:
        """The answer, as it comes."""
        if "html" in response.headers.get("content-type", "") and not self._wish.any_type:
            raise AichatError(http.html_fault(response, call.url, response.read()))
        errors = _Errors(response.headers)
        held = self._page is not None or (self._world.stdout_tty and not self._wish.file)
        meter = self._arriving(response)
        shown: show.Writer | None = None
        try:
            with closing(response.chunks(http.MAX_STREAM if held else float("inf"))) as chunks:
                for chunk in chunks:
                    shown = shown or self._writer(response, chunk)
                    self._begun = True
                    shown.write(chunk)
                    meter.add(len(chunk))
                    errors.feed(chunk)
                    if self._page is not None:
                        self._page.append(chunk)
        except AichatError as error:
            raise _cut(error) if self._begun else error from None
        finally:
            meter.finish()
            if shown:
                self._ended(shown)
        if shown is None:
            self._nothing(response)
        errors.close()

    def _writer(self, response: http.Response, first: bytes) -> show.Writer:
        self._life.stop()
        if self._wish.file is None:
            return show.writer(self._world, response.headers, first, self._life.tell)
        self._landing = self._landing or PartialFile(self._wish.file)
        return show.Raw(self._landing.write)

    def _ended(self, shown: show.Writer) -> None:
        """A page ends its line, so that the next one is told from it."""
        if self._page and not self._page[-1].endswith(b"\n") and isinstance(shown, show.Raw):
            shown.write(b"\n")
        shown.close()

    def _arriving(self, response: http.Response) -> ByteProgress:
        """Shows how much has come, where it goes to a file."""
        known = response.headers.get("content-length", "")
        total = int(known) if known.isdecimal() else None
        aside = self._wish.file is not None
        return ByteProgress(self._world, "received", total, shown=self._life.shown and aside)

    def _nothing(self, response: http.Response) -> None:
        """An answer without a body: a file is made empty, unless the status says that none came."""
        if self._wish.file and response.status not in _NOTHING:
            self._landing = self._landing or PartialFile(self._wish.file)
        elif self._world.stdout_tty or self._wish.file:
            self._life.tell(f"HTTP {response.status}: nothing came with it")

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        """With ``--include`` the status and the headers go before the answer."""
        if self._wish.heads:
            self._life.stop()
            lines = [f"HTTP/1.1 {status} {responses.get(status, '')}".rstrip()]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            text = mask_secrets("\n".join([*lines, "", ""]), self._caller.secrets)
            self._world.write_text(sanitize(text) if self._world.stdout_tty else text)

    def _refused(self, error: RefusedError) -> None:
        """What a server says to an error goes to stdout, but for web pages; our key is cut out."""
        self._head(error.fault.status or 0, error.headers)
        text = error.body.decode("utf-8", "surrogateescape")
        if not text.strip() or error_response.is_html(error.headers, text):
            return
        body = mask_secrets(text, self._caller.secrets).encode("utf-8", "surrogateescape")
        with suppress(AichatError):  # the refusal is what matters
            shown = show.writer(self._world, error.headers, body, self._life.tell)
            shown.write(body)
            shown.close()


class _Errors:
    """The first error that a stream of events tells, whatever its shape."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._reader = (
            sse.SseReader() if "event-stream" in headers.get("content-type", "") else None
        )
        self._fault: Fault | None = None

    def feed(self, chunk: bytes) -> None:
        """The next piece."""
        if self._reader and not self._fault:
            found = filter(None, map(_error_in, self._reader.feed(chunk)))
            self._fault = next(found, None)

    def close(self) -> None:
        """Raise what was told."""
        if self._reader and not self._fault:
            self._fault = next(filter(None, map(_error_in, self._reader.close())), None)
        if self._fault:
            raise AichatError(self._fault)


def _error_in(frame: sse.Frame) -> Fault | None:
    if frame.event != "error" and '"error"' not in frame.data:
        return None
    try:
        value = json.loads(frame.data)
    except (ValueError, RecursionError):
        return None
    told = value.get("response") if isinstance(value, dict) else None
    for part in (value, told):
        if isinstance(part, dict) and (part.get("error") or part.get("type") == "error"):
            found = error_response.parse_rejection(part)
            return error_response.classify(found) if found else None
    return None


def _cut(error: AichatError) -> AichatError:
    """A link that is lost while an answer comes leaves it unfinished (exit 9)."""
    fault = error.fault
    if fault.kind not in ("network", "timeout"):
        return error
    message = f"the answer was cut: {fault.message}"
    return AichatError(fault._replace(kind="truncated", message=message, hint=""))
