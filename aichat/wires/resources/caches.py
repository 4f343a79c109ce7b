"""Beginnings of prompts that a provider keeps when told to: Gemini's ``cachedContents``.

They cost money for every hour that they are kept. Source:
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
from aichat.core.text.json import get_object, objects, text_or_none
from aichat.values import NamedTuple

#: The wire whose requests can name one.
WIRE = "gemini"

#: The way to all of them, and what each id begins with.
_FOLDER = "cachedContents"

#: Entries of one page of a list.
_PAGE_SIZE = 100

#: What of a request is kept.
_FIELDS = ("contents", "systemInstruction")

#: Models that keep beginnings by themselves only.
_IMPLICIT_ONLY = r"gemini-4-argon"


class CacheSpec(NamedTuple):
    """What is to be kept: what ``request`` says, for so many ``seconds``, under a ``name``."""

    request: Request
    seconds: int
    name: str = ""


class KeptPrompt(NamedTuple):
    """A beginning that is kept; times are in seconds since 1970, ``None`` is not told.

    ``id`` is what a question names it by.
    """

    id: str
    model: str = ""
    tokens: int | None = None
    created: float | None = None
    expires: float | None = None
    name: str = ""


def can_keep(model: str) -> bool:
    """Whether the model is one that can be told to."""
    return not re.match(_IMPLICIT_ONLY, model.removeprefix("models/"))


def create_call(endpoint: Endpoint, spec: CacheSpec) -> Call:
    """The request that has it kept."""
    sent = json.loads(b"".join(wires.load(WIRE).encode(spec.request, endpoint).body))
    body = {"model": f"models/{spec.request.model.removeprefix('models/')}"}
    body |= {name: sent[name] for name in _FIELDS if name in sent}
    body["ttl"] = f"{spec.seconds}s"
    if spec.name:
        body["displayName"] = spec.name
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    call = _call("POST", f"/{_FOLDER}", endpoint, json_content=True)
    return call._replace(body=(text.encode("utf-8", "replace"),))


def list_call(endpoint: Endpoint, cursor: str = "") -> Call:
    """The request for a page of the list: the first, or the one that ``cursor`` names."""
    more = f"&pageToken={quote(cursor, safe='')}" if cursor else ""
    return _call("GET", f"/{_FOLDER}?pageSize={_PAGE_SIZE}{more}", endpoint)


def show_call(endpoint: Endpoint, cache_id: str) -> Call:
    """The request for what is known of one."""
    return _call("GET", _path(cache_id), endpoint)


def remove_call(endpoint: Endpoint, cache_id: str) -> Call:
    """The request that ends it before its time."""
    return _call("DELETE", _path(cache_id), endpoint)


def _path(cache_id: str) -> str:
    return f"/{_FOLDER}/{quote(cache_id.removeprefix(f'{_FOLDER}/'), safe='')}"


def _call(method: str, path: str, endpoint: Endpoint, *, json_content: bool = False) -> Call:
    own = wires.load(WIRE).auth(endpoint, {})
    headers = request_headers(endpoint.headers, *own, json_content=json_content)
    return Call(method, endpoint.base_url + path, headers)


def parse_cache(entry: Mapping[str, Any]) -> KeptPrompt | None:
    """What an answer says of one; None for what names none."""
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
    """Those of a page, and the cursor of the next one or nothing; None for no list.

    An empty list is an empty object.
    """
    if body and not isinstance(body.get(_FOLDER), list):
        return None
    found = [each for entry in objects(body.get(_FOLDER)) if (each := parse_cache(entry))]
    return found, text_or_none(body.get("nextPageToken")) or ""
