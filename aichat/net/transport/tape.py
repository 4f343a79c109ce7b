"""Recording whole exchanges, and playing them back in place of the net.

An exchange is identified by its method, URL and body, without what differs from run to run:
keys, local ports, boundaries of forms, the key of a prompt cache.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from threading import Lock
from typing import Any, Protocol

from aichat.core.http.call import Call, JsonBody
from aichat.core.http.connection import host_of, is_loopback
from aichat.core.text.redact import is_secret_name, mask_secrets, mask_url, secret_values
from aichat.errors import AichatError, Fault
from aichat.net.transport.messages import HttpAnswer, TransportError
from aichat.values import NamedTuple

#: The most bytes of a request's body that are kept for reading and comparing.
_MAX_SHOWN = 4 << 20

#: Body fields that are different in every conversation.
_FLEETING = frozenset(("prompt_cache_key",))

_BOUNDARY = re.compile(r"boundary=([^;\s]+)")

_PORT = re.compile(r"(?<=\d|t|\]):\d+")

_MASK = b"[KEY]"


#: A recorded exchange: its description, and the body of its response.
Kept = tuple[Mapping[str, Any], Iterable[bytes]]


class KeptWriter(Protocol):
    """Takes the body of a response as it arrives; nothing is kept before ``keep``."""

    def write(self, data: bytes) -> object: ...  # noqa: D102
    def keep(self, about: Mapping[str, Any]) -> object: ...  # noqa: D102
    def drop(self) -> object: ...  # noqa: D102


class Shelf(Protocol):
    """Stores exchanges, each under a name and a ``number`` among equal ones."""

    def find(self, name: str, number: int) -> Kept | None: ...  # noqa: D102
    def create(self, name: str, number: int) -> KeptWriter: ...  # noqa: D102
    def all(self) -> Iterator[Mapping[str, Any]]: ...  # noqa: D102


class _Identity(NamedTuple):
    """What identifies an exchange, as a name and readable; it contains no ``secrets``."""

    name: str
    about: Mapping[str, Any]
    secrets: tuple[str, ...]


class Tape:
    """The exchanges of one run; with ``plays``, only recorded ones are answered."""

    def __init__(self, shelf: Shelf, place: str, *, plays: bool) -> None:
        self._shelf, self._place, self.plays = shelf, place, plays
        self._lock, self._counts = Lock(), Counter[str]()

    def _number(self, name: str) -> int:
        with self._lock:
            self._counts[name] += 1
            return self._counts[name]

    def play(self, call: Call, on_sent: Callable[[], None] | None) -> HttpAnswer:
        """The recorded response to the same request; if repeated too often, the last one again.

        Errors: ``not_recorded`` (exit 8); ``TransportError`` if it had broken off.
        """
        asked = _identify(call)
        number = self._number(asked.name)
        found = next(
            (kept for n in range(number, 0, -1) if (kept := self._shelf.find(asked.name, n))), None
        )
        if found is None:
            raise AichatError(self._miss(asked))
        if on_sent:
            on_sent()
        answer = found[0]["response"]
        body = _played(found[1], answer.get("broken"))
        return HttpAnswer(answer["status"], answer["headers"], body, lambda _: body.close())

    def _miss(self, asked: _Identity) -> Fault:
        """The fault if nothing was recorded: it names the nearest one, and the differences."""
        about = asked.about
        why = f"not recorded in {self._place}: {about['method']} {about['url']}"
        same = [kept["request"] for kept in self._shelf.all() if _is_like(kept["request"], about)]
        if same:
            differing = min((_differences(kept, about) for kept in same), key=len)
            why += f" (recorded with another {', '.join(differing) or 'body'})"
        hint = f"record it: the same command with --record {self._place}"
        return Fault("not_recorded", why, hint)

    def record(self, call: Call, send: Callable[[], HttpAnswer]) -> HttpAnswer:
        """The response that ``send`` returns, which is kept once it has arrived."""
        asked = _identify(call)
        answer = send()
        writer = self._shelf.create(asked.name, self._number(asked.name))
        headers = {
            name: mask_secrets(value, asked.secrets)
            for name, value in answer.headers.items()
            if name not in ("set-cookie", "content-length") and not is_secret_name(name)
        }
        response = {"status": answer.status, "headers": headers}
        copy = _Copy(answer, writer, {"request": asked.about, "response": response}, asked.secrets)
        return answer._replace(body=copy.pieces(), close=copy.close)


class _Copy:
    """The body of a response, copied while it is read."""

    def __init__(
        self,
        answer: HttpAnswer,
        writer: KeptWriter,
        about: Mapping[str, Any],
        secrets: tuple[str, ...],
    ) -> None:
        self._answer, self._writer, self._about = answer, writer, about
        self._mask = _ByteMask(secrets)
        self._is_done = False

    def pieces(self) -> Iterator[bytes]:
        """The body as it arrives."""
        try:
            for piece in self._answer.body:
                self._writer.write(self._mask.feed(piece))
                yield piece
        except TransportError as error:
            self._end({"kind": error.kind, "message": str(error)})
            raise
        self._end(None)

    def close(self, is_wanted: bool) -> None:
        """The reader is done: keep the copy, unless the reader gave up."""
        try:
            if is_wanted:
                self._end(None)
            elif not self._is_done:
                self._writer.drop()
        finally:
            self._answer.close(is_wanted)

    def _end(self, broken: Mapping[str, Any] | None) -> None:
        if self._is_done:
            return
        self._is_done = True
        self._writer.write(self._mask.close())
        response = {**self._about["response"], **({"broken": broken} if broken else {})}
        self._writer.keep({"version": 1, **self._about, "response": response})


class _ByteMask:
    """Replaces secrets in bytes that come in pieces."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self._held, self._longest = b"", max(map(len, self._secrets), default=1) - 1

    def feed(self, data: bytes) -> bytes:
        """The part that cannot contain the beginning of a secret."""
        whole = self._masked(self._held + data)
        cut = max(len(whole) - self._longest, 0)
        self._held = whole[cut:]
        return whole[:cut]

    def close(self) -> bytes:
        """The rest."""
        held, self._held = self._held, b""
        return held

    def _masked(self, data: bytes) -> bytes:
        for secret in self._secrets:
            data = data.replace(secret, _MASK)
        return data


def _played(body: Iterable[bytes], broken: Mapping[str, Any] | None) -> Any:
    """A recorded body, as far as it came."""
    yield from body
    if broken:
        raise TransportError(broken["kind"], broken["message"])


def exchange_name(call: Call) -> str:
    """The name shared by all requests that ask the same, whenever and with whatever key."""
    return _identify(call).name


def _identify(call: Call) -> _Identity:
    """What identifies a request."""
    values = [(h.name, h.value) for h in call.headers]
    placed = [v.split()[-1] for _, v, shown in call.headers if shown and v.split()]
    secrets = tuple(s for s in (*placed, *secret_values(values, call.url)) if len(s) >= 6)
    url = mask_url(call.url)
    if is_loopback(host_of(url)):
        url = _PORT.sub("", url, count=1)
    url = mask_secrets(url, secrets)
    kind = next((h.value for h in call.headers if h.name.lower() == "content-type"), "")
    body, digest = _body_of(call, kind, secrets)
    name = sha256("\n".join((call.method, url, digest)).encode("utf-8", "replace")).hexdigest()
    about = {"method": call.method, "url": url, "body": body}
    place = re.sub(r"[^a-z0-9.]+", "-", host_of(url))[:60]
    return _Identity(f"{place}-{name[:20]}", about, secrets)


def _body_of(call: Call, kind: str, secrets: tuple[str, ...]) -> tuple[Any, str]:
    """A readable body, if it is short enough, and the hash of its constant part."""
    pieces: Iterable[bytes] = call.body
    if isinstance(call.body, JsonBody):
        parts = call.body.parts
        pieces = [p if isinstance(p, bytes) else _digest(p.pieces()).encode() for p in parts]
    boundary = _BOUNDARY.search(kind)
    mask = _ByteMask((*secrets, *([boundary[1]] if boundary else ())))
    if call.size > _MAX_SHOWN and not isinstance(call.body, JsonBody):
        return None, _digest(masked for piece in pieces if (masked := mask.feed(piece)))
    data = b"".join(map(mask.feed, pieces)) + mask.close()
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return (data.decode() if data.isascii() else None), sha256(data).hexdigest()
    if isinstance(value, dict):
        value = {name: below for name, below in value.items() if name not in _FLEETING}
    return value, sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _digest(pieces: Iterable[bytes]) -> str:
    digest = sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _is_like(kept: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    return (kept.get("method"), kept.get("url")) == (asked["method"], asked["url"])


def _differences(kept: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """The fields in which two bodies differ."""
    one, other = kept.get("body"), asked["body"]
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return ["body"]
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]
