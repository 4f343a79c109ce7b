"""Explicit prompt caching: Gemini's ``cachedContents``.

A cache costs money for every hour of its life. Source:
ai.google.dev/api/caching; requests recorded from google-genai 3.6.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aichat import wires
from aichat.core.billing.usage import parse_count
from aichat.core.exchange.request import Request
from aichat.core.http.call import Call, request_headers
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.dates import parse_instant
from aichat.core.text.json import get_object, objects, text_or_none, to_utf8
from aichat.values import NamedTuple

#: The wire whose requests can name a cache.
WIRE = "gemini"

#: The path of all caches, which is also the prefix of each id.
_FOLDER = "cachedContents"

#: Entries per page of a list.
_PAGE_SIZE = 100

#: The fields of a request that are cached.
_FIELDS = ("contents", "systemInstruction")

#: Models with implicit caching only.
_IMPLICIT_ONLY = r"gemini-4-argon"


class CacheSpec(NamedTuple):
    """What to cache: the content of ``request``, for ``seconds``, under ``name``."""

    request: Request
    seconds: int
    name: str = ""


class KeptPrompt(NamedTuple):
    """A cached prefix; times are Unix times in seconds, unreported values are None.

    Questions refer to it by ``id``.
    """

    id: str
    model: str = ""
    tokens: int | None = None
    created: float | None = None
    expires: float | None = None
    name: str = ""


def can_keep(model: str) -> bool:
    """Whether the model supports explicit caching."""
    return not re.match(_IMPLICIT_ONLY, model.removeprefix("models/"))


def create_call(endpoint: Endpoint, spec: CacheSpec) -> Call:
    """The request that creates a cache."""
    sent = json.loads(b"".join(wires.load(WIRE).encode(spec.request, endpoint).body))
    body = {"model": f"models/{spec.request.model.removeprefix('models/')}"}
    body |= {name: sent[name] for name in _FIELDS if name in sent}
    body["ttl"] = f"{spec.seconds}s"
    if spec.name:
        body["displayName"] = spec.name
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    call = _call("POST", f"/{_FOLDER}", endpoint, json_content=True)
    return call._replace(body=(to_utf8(text),))


def list_call(endpoint: Endpoint, cursor: str = "") -> Call:
    """The request for a page of the list: the first, or the one at ``cursor``."""
    more = f"&pageToken={quote(cursor, safe='')}" if cursor else ""
    return _call("GET", f"/{_FOLDER}?pageSize={_PAGE_SIZE}{more}", endpoint)


def show_call(endpoint: Endpoint, cache_id: str) -> Call:
    """The request for one cache's details."""
    return _call("GET", _path(cache_id), endpoint)


def remove_call(endpoint: Endpoint, cache_id: str) -> Call:
    """The request that deletes a cache before it expires."""
    return _call("DELETE", _path(cache_id), endpoint)


def _path(cache_id: str) -> str:
    return f"/{_FOLDER}/{quote(cache_id.removeprefix(f'{_FOLDER}/'), safe='')}"


def _call(method: str, path: str, endpoint: Endpoint, *, json_content: bool = False) -> Call:
    own = wires.load(WIRE).auth(endpoint, {})
    headers = request_headers(endpoint.headers, *own, json_content=json_content)
    return Call(method, endpoint.base_url + path, headers)


def parse_cache(entry: Mapping[str, Any]) -> KeptPrompt | None:
    """The cache in an answer; None if it names none."""
    cache_id = text_or_none(entry.get("name"))
    if not cache_id:
        return None
    return KeptPrompt(
        cache_id,
        (text_or_none(entry.get("model")) or "").removeprefix("models/"),
        parse_count(get_object(entry, "usageMetadata").get("totalTokenCount")),
        parse_instant(entry.get("createTime")),
        parse_instant(entry.get("expireTime")),
        text_or_none(entry.get("displayName")) or "",
    )


def parse_page(body: Mapping[str, Any]) -> tuple[list[KeptPrompt], str] | None:
    """The caches of a page, and the next cursor or ``""``; None if it is not a list.

    An empty list is an empty object.
    """
    if body and not isinstance(body.get(_FOLDER), list):
        return None
    found = [each for entry in objects(body.get(_FOLDER)) if (each := parse_cache(entry))]
    return found, text_or_none(body.get("nextPageToken")) or ""
