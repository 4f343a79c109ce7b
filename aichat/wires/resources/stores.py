"""File stores that a provider searches for answers, and the calls that manage them.

They are OpenAI's vector stores, Google's file search stores and xAI's collections. Source:
requests recorded from the SDKs of OpenAI and Google;
docs.x.ai/developers/rest-api-reference/collections. How the providers differ is a table
(``DIALECTS``).
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from aichat import wires
from aichat.core.billing.usage import parse_count
from aichat.core.http.call import Call, Header, request_headers
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.dates import parse_instant
from aichat.core.text.json import get_object, objects, text_or_none, to_utf8
from aichat.values import NamedTuple
from aichat.wires.resources.files import FileSpec

_DAY = 86_400


class FileStore(NamedTuple):
    """A store; times are Unix times in seconds, unreported values are None.

    ``id`` is what ``--file-search`` takes. ``state`` is ``ready``, ``waiting`` or ``failed``.
    """

    id: str
    name: str = ""
    files: int | None = None
    size: int | None = None
    created: float | None = None
    expires: float | None = None
    state: str = "ready"


class StoredFile(NamedTuple):
    """A file in a store; ``why`` is the reason if its ``state`` is ``failed``."""

    id: str
    name: str = ""
    size: int | None = None
    state: str = "ready"
    why: str = ""


class StoresDialect(NamedTuple):
    """One provider's API.

    ``folder`` is the path of the list of stores, ``files`` that of a store's files below it,
    each with the field of its answer. ``days`` is the default life of a store after its last
    use; 0 if it cannot be set. ``uploads``: a file is uploaded into the store itself, otherwise
    to the provider's files, for ``purpose``, and then attached. ``terms`` say what it costs.
    """

    folder: str
    listed: str
    files: str
    files_listed: str
    name_field: str
    cursor: tuple[str, str]
    page_size: str
    days: int = 0
    uploads: bool = False
    purpose: str = "assistants"
    path_names_file: bool = False  # when one is attached; otherwise the body does
    removes: str = ""  # the query that deletes a store that is not empty
    headers: tuple[Header, ...] = ()
    terms: str = ""


#: Store APIs by the name in a provider's settings.
DIALECTS: Mapping[str, StoresDialect] = {
    "openai": StoresDialect(
        *("vector_stores", "data", "files", "data", "name"),
        cursor=("after", "last_id"),
        page_size="limit=100",
        days=7,
        headers=(Header("openai-beta", "assistants=v2"),),
        terms="above 1 GB a store costs 0.10 USD per GB and day",
    ),
    "gemini": StoresDialect(
        *("fileSearchStores", "fileSearchStores", "documents", "documents", "displayName"),
        cursor=("pageToken", "nextPageToken"),
        page_size="pageSize=20",
        uploads=True,
        removes="?force=true",
        terms="each file is charged once for its tokens, about 0.15 USD per million",
    ),
    "xai": StoresDialect(
        *("collections", "collections", "documents", "documents", "collection_name"),
        cursor=("pagination_token", "pagination_token"),
        page_size="limit=100",
        path_names_file=True,
        terms="searching costs 2.50 USD per 1,000 searches",
    ),
}


def dialect_of(endpoint: Endpoint) -> StoresDialect:
    """The store API of an endpoint's provider."""
    return DIALECTS[endpoint.provider.resources.stores]


# -- requests


def create_call(endpoint: Endpoint, name: str, seconds: int) -> Call:
    """The request for a new store, with a life of ``seconds`` after its last use; 0 is no limit."""
    body: dict[str, Any] = {dialect_of(endpoint).name_field: name}
    if seconds:
        body["expires_after"] = {"anchor": "last_active_at", "days": -(-seconds // _DAY)}
    return _call("POST", f"/{dialect_of(endpoint).folder}", endpoint, body)


def list_call(endpoint: Endpoint, cursor: str = "") -> Call:
    """The request for a page of the list: the first, or the one at ``cursor``."""
    return _page_call(endpoint, f"/{dialect_of(endpoint).folder}", cursor)


def show_call(endpoint: Endpoint, store_id: str) -> Call:
    """The request for one store's details."""
    return _call("GET", _path(endpoint, store_id), endpoint)


def remove_call(endpoint: Endpoint, store_id: str) -> Call:
    """The request that deletes a store with all its files."""
    return _call("DELETE", _path(endpoint, store_id) + dialect_of(endpoint).removes, endpoint)


def files_call(endpoint: Endpoint, store_id: str, cursor: str = "") -> Call:
    """The request for a page of a store's files."""
    return _page_call(endpoint, _path(endpoint, store_id, ""), cursor)


def file_call(endpoint: Endpoint, store_id: str, file_id: str) -> Call:
    """The request for the details of one file in a store."""
    return _call("GET", _path(endpoint, store_id, file_id), endpoint)


def remove_file_call(endpoint: Endpoint, store_id: str, file_id: str) -> Call:
    """The request that removes a file from a store; a copy among the provider's files remains."""
    path = _path(endpoint, store_id, file_id) + dialect_of(endpoint).removes
    return _call("DELETE", path, endpoint)


def attach_call(endpoint: Endpoint, store_id: str, file_id: str) -> Call:
    """The request that adds one of the provider's files to a store."""
    if dialect_of(endpoint).path_names_file:
        return _call("POST", _path(endpoint, store_id, file_id), endpoint, {})
    return _call("POST", _path(endpoint, store_id, ""), endpoint, {"file_id": file_id})


def upload_start(endpoint: Endpoint, store_id: str, spec: FileSpec) -> Call:
    """The call that announces an upload; its answer has the upload's URL."""
    base = urlsplit(endpoint.base_url)
    told = (
        Header("x-goog-upload-protocol", "resumable"),
        Header("x-goog-upload-command", "start"),
        Header("x-goog-upload-header-content-length", str(spec.size)),
        Header("x-goog-upload-header-content-type", spec.mime),
    )
    path = f"{base.path}{_path(endpoint, store_id)}:uploadToFileSearchStore"
    call = _call("POST", "", endpoint, {"displayName": spec.name})
    url = f"{base.scheme}://{base.netloc}/upload{path}"
    return call._replace(url=url, headers=(*call.headers, *told))


def operation_call(endpoint: Endpoint, name: str) -> Call:
    """The request for the progress of indexing an uploaded file."""
    return _call("GET", f"/{quote(name)}", endpoint)


def _page_call(endpoint: Endpoint, path: str, cursor: str) -> Call:
    dialect = dialect_of(endpoint)
    more = f"&{dialect.cursor[0]}={quote(cursor, safe='')}" if cursor else ""
    return _call("GET", f"{path}?{dialect.page_size}{more}", endpoint)


def _path(endpoint: Endpoint, store_id: str, file_id: str | None = None) -> str:
    """The path of a store, of its files if ``file_id`` is empty, or of one of them."""
    dialect = dialect_of(endpoint)
    path = f"/{dialect.folder}/{quote(_bare(store_id), safe='')}"
    if file_id is None:
        return path
    tail = f"/{quote(_bare(file_id), safe='')}" if file_id else ""
    return f"{path}/{dialect.files}{tail}"


def _bare(name: str) -> str:
    """An id without Google's folders."""
    return name.rpartition("/")[2]


def _call(
    method: str, path: str, endpoint: Endpoint, body: Mapping[str, Any] | None = None
) -> Call:
    own = wires.load(endpoint.wire).auth(endpoint, {})
    more = (*own, *dialect_of(endpoint).headers)
    headers = request_headers(endpoint.headers, *more, json_content=body is not None)
    call = Call(method, endpoint.base_url + path, headers)
    if body is None:
        return call
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return call._replace(body=(to_utf8(text),))


# -- answers


def parse_store(entry: Mapping[str, Any]) -> FileStore | None:
    """The store in an answer; None if it names none."""
    store_id = _first(entry, "id", "collection_id", "name")
    if not store_id:
        return None
    counts = get_object(entry, "file_counts")
    waiting = _number(counts.get("in_progress"), entry.get("pendingDocumentsCount"))
    name = "" if store_id == entry.get("name") else _first(entry, "name", "collection_name")
    return FileStore(
        store_id,
        name or _first(entry, "displayName"),
        _number(counts.get("total"), entry.get("documents_count"), _all_documents(entry)),
        _number(entry.get("usage_bytes"), entry.get("sizeBytes")),
        _instant(_any(entry, "created_at", "createTime")),
        _instant(entry.get("expires_at")),
        "failed" if entry.get("status") == "expired" else "waiting" if waiting else "ready",
    )


def _all_documents(entry: Mapping[str, Any]) -> int | None:
    """The sum of Google's counts by state, which are omitted if 0."""
    if not str(entry.get("name")).startswith("fileSearchStores/"):
        return None
    kinds = ("active", "pending", "failed")
    return sum(_number(entry.get(f"{kind}DocumentsCount")) or 0 for kind in kinds)


def parse_file(entry: Mapping[str, Any]) -> StoredFile | None:
    """The file of a store in an answer; None if it names none."""
    about = get_object(entry, "file_metadata") or entry
    file_id = _first(about, "id", "file_id", "name")
    if not file_id:
        return None
    name = "" if file_id == about.get("name") else _first(about, "name")
    why = text_or_none(get_object(entry, "last_error").get("message"))
    return StoredFile(
        file_id,
        name or _first(about, "displayName", "filename"),
        _number(entry.get("usage_bytes"), about.get("size_bytes"), about.get("sizeBytes")),
        _state(str(_any(entry, "status", "state") or "")),
        why or _first(entry, "error_message"),
    )


def _state(told: str) -> str:
    word = told.lower().rpartition("_")[2]
    return {"progress": "waiting", "processing": "waiting", "pending": "waiting",
            "failed": "failed", "cancelled": "failed"}.get(word, "ready")  # fmt: skip


def parse_stores(body: Mapping[str, Any], endpoint: Endpoint) -> tuple[list[FileStore], str] | None:
    """The stores of a page, and the next cursor or ``""``; None if it is not a list."""
    entries = _entries(body, dialect_of(endpoint).listed)
    if entries is None:
        return None
    found = [each for entry in entries if (each := parse_store(entry))]
    return found, _next_cursor(body, endpoint)


def parse_files(body: Mapping[str, Any], endpoint: Endpoint) -> tuple[list[StoredFile], str] | None:
    """The files of a page, and the next cursor or ``""``; None if it is not a list."""
    entries = _entries(body, dialect_of(endpoint).files_listed)
    if entries is None:
        return None
    found = [each for entry in entries if (each := parse_file(entry))]
    return found, _next_cursor(body, endpoint)


def parse_operation(body: Mapping[str, Any]) -> tuple[str, str | None, str]:
    """The name of an operation, its error if any, and the file that it made once done."""
    name = text_or_none(body.get("name")) or ""
    error = text_or_none(get_object(body, "error").get("message"))
    if error:
        return name, error, ""
    made = text_or_none(get_object(body, "response").get("documentName")) or ""
    return name, None, (made or name) if body.get("done") is True else ""


def _entries(body: Mapping[str, Any], field: str) -> list[Mapping[str, Any]] | None:
    """The entries of a list; an empty one may be an empty object."""
    listed = body.get(field, [] if body.keys() <= {"nextPageToken"} else None)
    return list(objects(listed)) if isinstance(listed, list) else None


def _next_cursor(body: Mapping[str, Any], endpoint: Endpoint) -> str:
    parameter, field = dialect_of(endpoint).cursor
    more = parameter != "after" or body.get("has_more") is True
    return (text_or_none(body.get(field)) or "") if more else ""


def _any(entry: Mapping[str, Any], *names: str) -> Any:
    return next((entry[name] for name in names if entry.get(name) is not None), None)


def _first(entry: Mapping[str, Any], *names: str) -> str:
    return text_or_none(_any(entry, *names)) or ""


def _instant(told: Any) -> float | None:
    """A time, which xAI sends as a string of digits."""
    digits = isinstance(told, str) and told.isdecimal()
    return parse_instant(int(told) if digits else told)


def _number(*told: Any) -> int | None:
    """The first value that is a count, which Google sends as a string."""
    for value in told:
        text = isinstance(value, str) and value.isdecimal() and len(value) < 19
        if (count := parse_count(int(value) if text else value)) is not None:
            return count
    return None
