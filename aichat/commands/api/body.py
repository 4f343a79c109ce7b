"""The body of ``aichat api``: JSON, a file, or a form."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from aichat.core.http.call import Header, StreamedBody
from aichat.core.http.multipart import parse_field
from aichat.disk.files.upload import FileSource, MultipartForm, file_source
from aichat.errors import usage_error
from aichat.process.stdin import DEFAULT_LIMIT
from aichat.values import NamedTuple

_RAW_HINT = "--header 'Content-Type: ...' sends other data as is"

OpenSource = Callable[[str], FileSource]


class Body(NamedTuple):
    """A body with its headers, and the parsed object if it is JSON."""

    content: tuple[bytes, ...] | StreamedBody = ()
    headers: tuple[Header, ...] = ()
    object: Mapping[str, Any] = {}


class InlineBody:
    """A body from the command line that is not JSON."""

    def __init__(self, text: str) -> None:
        self._data = text.encode()
        self.size = len(self._data)
        self.curl = (("--data-raw", text),)

    def __iter__(self) -> Iterator[bytes]:
        yield self._data


def build_body(
    data: str | None,
    forms: Sequence[str],
    user_headers: Iterable[Header],
    stdin: Callable[[], FileSource],
) -> Body:
    """The body for ``--data`` or ``--form``, given the user's headers.

    Errors: ``usage`` for invalid JSON, or a file that cannot be read.
    """
    kind = next((h.value for h in user_headers if h.name.lower() == "content-type"), None)
    if forms and data is not None:
        raise usage_error("--data and --form cannot be combined")
    if forms and kind:
        raise usage_error("--form sets its own Content-Type")
    if forms:
        return _form_body(forms, _make_opener(stdin))
    if data is None:
        return Body()
    content = _make_opener(stdin)(data[1:]) if data.startswith("@") else data
    if kind is None or "json" in kind:
        return _json_body(content, data)
    return Body(InlineBody(content) if isinstance(content, str) else content)


def _make_opener(stdin: Callable[[], FileSource]) -> OpenSource:
    """A function that opens files by name; ``-`` is stdin, once only."""
    is_stdin_taken = False

    def open_named(name: str) -> FileSource:
        nonlocal is_stdin_taken
        if name != "-":
            return file_source(name)
        if is_stdin_taken:
            raise usage_error("@- means stdin, which can be used only once")
        is_stdin_taken = True
        return stdin()

    return open_named


def _form_body(forms: Iterable[str], open_source: OpenSource) -> Body:
    form = MultipartForm(map(parse_field, forms), open_source)
    return Body(form, (Header("content-type", f"multipart/form-data; boundary={form.boundary}"),))


def _json_body(content: str | FileSource, given: str) -> Body:
    """JSON, which is parsed before it is sent unless the file is too large."""
    header = (Header("content-type", "application/json"),)
    if isinstance(content, FileSource) and content.size > DEFAULT_LIMIT:
        return Body(content, header)
    data = content.encode() if isinstance(content, str) else b"".join(content)
    what = given if given.startswith("@") else "the text"
    try:
        value = json.loads(data)
    except UnicodeDecodeError as error:
        raise usage_error(f"--data: {what} is not UTF-8: byte {error.start}", _RAW_HINT) from None
    except (ValueError, RecursionError) as error:
        raise usage_error(f"--data: {what} is not JSON: {error}", _RAW_HINT) from None
    body = (data,) if isinstance(content, str) else content
    return Body(body, header, value if isinstance(value, dict) else {})
