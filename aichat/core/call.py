"""An HTTP request as data: testable, replayable, printable as a curl command."""

import json
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from aichat.core.endpoint import Secret
from aichat.core.message import Media

#: What ``aichat api`` may ask of an endpoint.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class Header(NamedTuple):
    """One header; ``shown`` stands for a value that must not be printed."""

    name: str
    value: str
    shown: str | None = None


class Streamed(Protocol):
    """A body that is read while it is sent, from its beginning each time.

    ``size`` is in bytes; ``curl`` are options of that command, each with its
    value, that have it send the same.
    """

    @property
    def size(self) -> int: ...  # noqa: D102
    @property
    def curl(self) -> tuple[tuple[str, str], ...]: ...  # noqa: D102

    def __iter__(self) -> Iterator[bytes]: ...


class Call(NamedTuple):
    """One HTTP request. ``added`` names the body fields that only we asked for."""

    method: str
    url: str
    headers: tuple[Header, ...]
    body: tuple[bytes, ...] | Streamed = ()
    added: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """The bytes of the body."""
        return sum(map(len, self.body)) if isinstance(self.body, tuple) else self.body.size


class Blob:
    """Bytes that stand as base64 in a JSON body without being copied into one string."""

    def __init__(self, data: bytes) -> None:
        self.data = data


def json_body(value: Mapping[str, Any], blobs: Iterable[Blob] = ()) -> tuple[bytes, ...]:
    """``value`` as UTF-8 JSON pieces; each blob replaces its ``mark`` in a string."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return tuple(_pieces(text, tuple(blobs)))


def mark(blob: Blob) -> str:
    """The text that stands for ``blob`` inside a JSON string until it is written."""
    return f"\x00{id(blob)}\x00"


def _pieces(text: str, blobs: tuple[Blob, ...]) -> Iterator[bytes]:
    for blob in blobs:
        before, found, after = text.partition(f"\\u0000{id(blob)}\\u0000")
        if not found:  # an option took the part out of the body
            continue
        text = after
        yield before.encode("utf-8", "replace")
        yield b2a_base64(blob.data, newline=False)
    yield text.encode("utf-8", "replace")


def headers(
    extra: Iterable[tuple[str, str]], *fixed: Header, json_content: bool = True
) -> tuple[Header, ...]:
    """A call's headers: ours, then the user's, which replace ours of the same name."""
    content = (Header("content-type", "application/json"),) if json_content else ()
    theirs = tuple(Header(name, value, _variable(name)) for name, value in extra)
    names = {header.name.lower() for header in theirs}
    return (*(h for h in content + fixed if h.name.lower() not in names), *theirs)


def bearer(key: Secret | None) -> tuple[Header, ...]:
    """``Authorization: Bearer``, where there is a key."""
    if key is None:
        return ()
    return (Header("authorization", f"Bearer {key.value}", f"Bearer ${key.variable}"),)


def api_key(key: Secret | None) -> tuple[Header, ...]:
    """``x-api-key``, where there is a key."""
    return (Header("x-api-key", key.value, f"${key.variable}"),) if key else ()


def media_url(part: Media, blobs: list[Blob]) -> str:
    """Where a part's content is: its URL, the provider's reference, or its bytes as a data URL."""
    return part.url or part.ref or f"data:{part.mime};base64,{media_base64(part, blobs)}"


def media_base64(part: Media, blobs: list[Blob]) -> str:
    """The mark of a part's bytes, which join ``blobs``."""
    blobs.append(Blob(part.data or b""))
    return mark(blobs[-1])


def audio_format(mime: str) -> str:
    """What the OpenAI family calls a type of sound: ``mp3`` or ``wav``, else as it is."""
    name = mime.partition("/")[2].removeprefix("x-")
    return {"mpeg": "mp3", "wave": "wav"}.get(name, name)


def _variable(header: str) -> str:
    """Users put secrets into headers, so a dry run shows a variable in place of each value."""
    return "$HEADER_" + header.upper().replace("-", "_")


def as_curl(call: Call, more: Iterable[tuple[str, str]] = ()) -> str:
    """The call as a command that a POSIX shell runs; secrets are variables.

    ``more`` are other options of that command, each with its value.
    """
    verb = "--head" if call.method == "HEAD" else f"-X {call.method}"  # it waits for no body then
    lines = [f"curl -sS -N {verb} {_quoted(call.url, '$PORT' in call.url)}"]
    lines += [f"  -H {_header(header)}" for header in call.headers]
    streamed = () if isinstance(call.body, tuple) else call.body.curl
    lines += [f"  {option} {_quoted(value)}" for option, value in (*more, *streamed)]
    if not (call.body and isinstance(call.body, tuple)):
        return " \\\n".join(lines)
    body = json.dumps(json.loads(b"".join(call.body)), ensure_ascii=False, indent=2)
    return " \\\n".join([*lines, "  --data-binary @- <<'JSON'"]) + f"\n{body}\nJSON"


def _header(header: Header) -> str:
    if header.shown is None:
        return _quoted(f"{header.name}: {header.value}")
    return _quoted(f"{header.name}: {header.shown}", expands=True)


def _quoted(text: str, expands: bool = False) -> str:
    """Quoted for a shell; ``expands`` leaves ``$NAME`` to the shell."""
    if not expands:
        return "'" + text.replace("'", "'\\''") + "'"
    for special in '\\"`':
        text = text.replace(special, "\\" + special)
    return f'"{text}"'
