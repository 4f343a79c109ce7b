"""URLs: parsing untrusted ones with care, and joining a path to a base URL."""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

from aichat.errors import usage_error

#: The port of a scheme where none is written.
DEFAULT_PORTS = {"http": 80, "https": 443}

#: The most characters of a host name, and of each label in it, that resolvers accept.
_LONGEST_HOST, _LONGEST_LABEL = 253, 63

#: What Python silently drops from a URL, or cannot send; and what no host has.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]|^\s|\s$")
_UNFIT_IN_HOST = re.compile(r"[\s\\<>\"^`{|}]")

#: Characters kept in a path and query; ``%`` too, since it begins what is already encoded.
_SAFE = "/:?&=%+,;@!$'()*~[]"
_EXAMPLE = "PATH starts with / and is appended to the base URL: /models; //v1/models: the host root"


def split_url(url: str) -> SplitResult | None:
    """The parts of an untrusted URL; None if it is not valid.

    If the result has a port or a host, they are valid.
    """
    if _UNFIT.search(url):
        return None
    try:
        parts = urlsplit(url)
        fits = parts.port is None or parts.port > 0
    except ValueError:
        return None
    fits = fits and not _UNFIT_IN_HOST.search(parts.netloc)
    return parts if fits and _is_resolvable(parts.hostname or "") else None


def join_url(url: str, reference: str) -> str | None:
    """The URL that ``reference`` means on the page ``url``; None if it is not valid."""
    if _UNFIT.search(reference):
        return None
    try:
        joined = urljoin(url, reference)
    except ValueError:
        return None
    return joined if split_url(joined) else None


def _is_resolvable(host: str) -> bool:
    """Whether a host can be looked up: encoding its name, as Python does then, must not fail."""
    if ":" in host or not host:
        return True
    try:
        name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return False
    labels = name.removesuffix(".").split(".")
    return len(name) <= _LONGEST_HOST and all(0 < len(s) <= _LONGEST_LABEL for s in labels)


def build_url(base_url: str, path: str, query: Iterable[tuple[str, str]] = ()) -> str:
    """``path`` below ``base_url``, or with two slashes directly below its host, and ``query``.

    Errors: ``usage`` for a path that would leave the host or base, or cannot be sent.
    """
    check_path(path)
    if path.startswith("//"):
        parts = urlsplit(base_url)
        base, path = f"{parts.scheme}://{parts.netloc}", path[1:]
    else:
        base = base_url.rstrip("/")
    url = base + "/" * (not path.startswith("/")) + quote(path, safe=_SAFE)
    return with_query(url, query)


def with_query(url: str, query: Iterable[tuple[str, str]]) -> str:
    """``url`` with ``query`` added to its own."""
    more = urlencode(tuple(query), quote_via=quote)
    return url + ("&" if "?" in url else "?") + more if more else url


def with_parameter(url: str, name: str, value: str) -> str:
    """``url`` with ``name`` set to ``value`` in its query, exactly once."""
    before, _, query = url.partition("?")
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != name]
    return with_query(before, (*kept, (name, value)))


def parse_pair(text: str, option: str) -> tuple[str, str]:
    """``name=value``. Errors: ``usage``."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise usage_error(f"{option} {text}: expected name=value")
    return name, value


def check_path(path: str) -> None:
    """Raise (``usage``) for a path that is invalid, or leads elsewhere."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", path):
        what = (
            "a WebSocket, which aichat api does not support"
            if _is_websocket(path)
            else "a whole URL"
        )
        raise usage_error(f"PATH is {what}: the key is for the provider's own host", _EXAMPLE)
    if not path or not path.isprintable() or "\\" in path:
        raise usage_error("PATH is empty or has characters that are not allowed", _EXAMPLE)
    if "#" in path:
        raise usage_error("PATH has a '#', which is never sent", "write %23 instead")
    before = path.partition("?")[0]
    if has_dot_segment(before):
        raise usage_error("PATH has a '.' or '..' segment: write the full path")
    if hole := re.search(r"\{[^/{}]*\}", before):
        raise usage_error(f"PATH still has {hole[0]}: replace it with a real value")


def has_dot_segment(path: str) -> bool:
    """Whether a path has ``.`` or ``..`` in it, by which it leads elsewhere than it says."""
    return not {".", ".."}.isdisjoint(map(_decode_segment, path.split("/")))


def plain_path(path: str) -> str:
    """Where a path leads, as a server may see it: decoded, each step back taken, without ``/``."""
    steps: list[str] = []
    for step in re.split(r"[/\\]+", unquote(unquote(path))):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)


def plain_host(host: str) -> str:
    """A host as it is looked up: its letters plain, and no dot at its end."""
    name = host.lower().removesuffix(".")
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return name


def port_of(parts: SplitResult) -> int | None:
    """The port that is dialled, also where it is not written; None for another scheme."""
    return parts.port or DEFAULT_PORTS.get(parts.scheme)


def _is_websocket(path: str) -> bool:
    return path.lower().startswith(("ws://", "wss://"))


def _decode_segment(segment: str) -> str:
    """A segment of a path as servers may see it: some decode twice."""
    return re.sub(r"[/\\].*", "", unquote(unquote(segment))).partition(";")[0]


def is_url(name: str) -> bool:
    """Whether a name, which could be a file's, is a web address."""
    return name.lower().startswith(("http://", "https://"))
