"""Files stored by a provider: the calls that upload, list, fetch and delete them, and the answers.

Source: requests recorded from the official SDKs. How the providers differ is a table
(``DIALECTS``).
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from aichat import wires
from aichat.core.billing.usage import parse_count
from aichat.core.http.call import Call, Header, request_headers
from aichat.core.http.multipart import FormField
from aichat.core.http.url import join_url
from aichat.core.media.boxes import Blank
from aichat.core.message.media import Kind
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.dates import parse_instant
from aichat.core.text.json import get_object, objects, read_object, text_or_none
from aichat.values import NamedTuple

#: Files per page of a list.
_PAGE_SIZE = 100


class RemoteFile(NamedTuple):
    """A file stored by a provider; times are Unix times in seconds, unreported values are None.

    ``reference`` is its id or URI as used in a message. ``state`` is ``ready``, ``waiting`` or
    ``failed``.
    """

    id: str
    name: str = ""
    size: int | None = None
    mime: str | None = None
    created: float | None = None
    expires: float | None = None
    state: str = "ready"
    purpose: str | None = None
    reference: str = ""


class FileSpec(NamedTuple):
    """A file to upload: ``path`` is the file, ``expires`` in seconds from now.

    ``purpose`` is the user's choice; by default the dialect's for that kind. ``model`` is the
    one that will see it. ``blanks`` are ranges of the file to overwrite while sending.
    ``is_named``: it will be opened by its name. ``digest`` is the SHA-256 of what is sent, if
    known. ``is_clean``: nothing private is in it.
    """

    path: str
    name: str
    mime: str
    size: int
    kind: Kind
    purpose: str | None = None
    expires: int | None = None
    model: str = ""
    blanks: tuple[Blank, ...] = ()
    is_named: bool = False
    digest: str = ""
    is_clean: bool = False


class FilesDialect(NamedTuple):
    """One provider's files API. ``upload`` is ``form``, ``resumable`` or ``policy``.

    Files larger than ``part_bytes``, unless 0, are sent in parts of that size. ``purposes`` are
    by kind, with ``""`` for any other. ``expiry`` makes the fields that limit a file's life to
    within ``life`` (least, most seconds); ``kept`` is a fixed life that cannot be changed.
    ``max_bytes`` is the limit per file.
    ``kinds``, by wire, are those that a message can refer to, and must above ``inline_bytes``;
    ``text_query`` requests the text extracted from a file, which messages contain in place of a
    document with ``sends_text``; ``document_models`` get documents in a separate system message.
    ``references`` are templates by purpose; ``stand_in`` is the prefix of one not yet known.
    """

    upload: str = "form"
    part_bytes: int = 0
    purposes: Mapping[str, str] = {}
    expiry: Callable[[int], tuple[tuple[str, str], ...]] | None = None
    life: tuple[int, int] = (3600, 2_592_000)
    max_bytes: int = 512 << 20
    kinds: Mapping[str, frozenset[Kind]] = {}
    inline_bytes: int = 5 << 20
    cursor: tuple[str, str] = ("after", "last_id")
    page_size: str = "limit"
    text_query: str | None = None
    references: Mapping[str, str] = {}
    keeps_content: bool = True
    kept: int | None = None
    sends_text: bool = False
    document_models: tuple[str, ...] = ()
    stand_in: str = ""


def _openai_expiry(seconds: int) -> tuple[tuple[str, str], ...]:
    return (("expires_after[anchor]", "created_at"), ("expires_after[seconds]", str(seconds)))


_DOCUMENT: frozenset[Kind] = frozenset(("document",))
_SEEN: frozenset[Kind] = frozenset(("image", "document"))
_VISIBLE: frozenset[Kind] = frozenset(("image", "video"))
_PERCEIVED: frozenset[Kind] = frozenset(("image", "audio", "video"))

#: Files APIs by the name in a provider's settings.
DIALECTS: Mapping[str, FilesDialect] = {
    "openai": FilesDialect(
        part_bytes=64 << 20,
        max_bytes=8 << 30,
        purposes={"": "user_data"},
        expiry=_openai_expiry,
        kinds={"responses": _SEEN, "chat": _DOCUMENT},
    ),
    # the expiry must precede the file, otherwise the server answers 400
    "xai": FilesDialect(
        expiry=lambda seconds: (("expires_after", str(seconds)),),
        max_bytes=48 << 20,
        kinds={"responses": _DOCUMENT},
        inline_bytes=0,
        cursor=("pagination_token", "pagination_token"),
        text_query="format=text",
    ),
    "anthropic": FilesDialect(
        expiry=lambda seconds: (("expires_in_seconds", str(seconds)),),
        life=(3600, 7_776_000),
        max_bytes=500 << 20,
        kinds={"messages": _SEEN},
        cursor=("page", "next_page"),
    ),
    "gemini": FilesDialect(
        "resumable",
        max_bytes=2 << 30,
        kinds=dict.fromkeys(("gemini", "interactions"), _PERCEIVED | _DOCUMENT),
        inline_bytes=20 << 20,
        cursor=("pageToken", "nextPageToken"),
        page_size="pageSize",
        keeps_content=False,
        kept=48 * 3600,
    ),
    "moonshot": FilesDialect(
        purposes={"image": "image", "video": "video", "": "file-extract"},
        max_bytes=100 << 20,
        kinds={"chat": _VISIBLE},
        inline_bytes=60 << 20,
        text_query="",
        references={"image": "ms://", "video": "ms://"},
        stand_in="ms://",
        sends_text=True,
    ),
    "qwen": FilesDialect(
        "policy",
        purposes={"": "file-extract"},
        max_bytes=2 << 30,
        kinds={"chat": _PERCEIVED, "dashscope": _PERCEIVED},
        inline_bytes=7 << 20,
        references={"file-extract": "fileid://"},
        stand_in="oss://",
        kept=48 * 3600,
        document_models=("qwen-long", "qwen-doc"),
    ),
    "batch": FilesDialect(purposes={"": "batch"}, max_bytes=200 << 20),
}


def dialect_of(endpoint: Endpoint) -> FilesDialect | None:
    """The provider's files API; None if it has none."""
    return DIALECTS.get(endpoint.provider.resources.files)


def _auth(endpoint: Endpoint) -> tuple[Header, ...]:
    return wires.load(endpoint.wire).auth(endpoint, {})


def files_base(endpoint: Endpoint) -> str:
    """The URL to which ``/files`` is appended."""
    prefix = endpoint.provider.quirks.path_prefix
    return endpoint.base_url.removesuffix(prefix) + prefix


def files_call(method: str, url: str, endpoint: Endpoint, *more: Header) -> Call:
    """A call about files, without a body."""
    headers = request_headers(endpoint.headers, *_auth(endpoint), *more, json_content=False)
    return Call(method, url, headers)


# -- requests


def list_call(endpoint: Endpoint, cursor: str = "") -> Call:
    """The request for a page of the list: the first, or the one at ``cursor``."""
    dialect = DIALECTS[endpoint.provider.resources.files]
    query = f"?{dialect.page_size}={_PAGE_SIZE}"
    query += f"&{dialect.cursor[0]}={quote(cursor, safe='')}" if cursor else ""
    return files_call("GET", f"{files_base(endpoint)}/files{query}", endpoint)


def show_call(endpoint: Endpoint, file_id: str) -> Call:
    """The request for one file's details."""
    return files_call("GET", _file_url(endpoint, file_id), endpoint)


def remove_call(endpoint: Endpoint, file_id: str) -> Call:
    """The request that deletes a file."""
    return files_call("DELETE", _file_url(endpoint, file_id), endpoint)


def content_call(endpoint: Endpoint, file_id: str) -> Call:
    """The request for a file's bytes; Gemini only serves files that it made itself."""
    if DIALECTS[endpoint.provider.resources.files].keeps_content:
        return files_call("GET", f"{_file_url(endpoint, file_id)}/content", endpoint)
    host, path = split_base(endpoint)
    name = quote(_bare_id(file_id), safe="")
    return files_call("GET", f"{host}/download{path}/files/{name}:download?alt=media", endpoint)


def text_call(endpoint: Endpoint, file_id: str) -> Call | None:
    """The request for the text extracted from a file; None if the provider has no such call."""
    query = DIALECTS[endpoint.provider.resources.files].text_query
    if query is None:
        return None
    tail = f"?{query}" if query else ""
    return files_call("GET", f"{_file_url(endpoint, file_id)}/content{tail}", endpoint)


def _file_url(endpoint: Endpoint, file_id: str) -> str:
    return f"{files_base(endpoint)}/files/{quote(_bare_id(file_id), safe='')}"


def _bare_id(file_id: str) -> str:
    """An id without Gemini's folder or the scheme of a reference."""
    return file_id.rpartition("://")[2].removeprefix("files/")


def split_base(endpoint: Endpoint) -> tuple[str, str]:
    """The base URL's origin and path."""
    parts = urlsplit(files_base(endpoint))
    return f"{parts.scheme}://{parts.netloc}", parts.path


# -- uploads


def form_upload(endpoint: Endpoint, spec: FileSpec) -> tuple[Call, tuple[FormField, ...]]:
    """A call without its body, and the fields of the form for the body, the file last."""
    dialect = DIALECTS[endpoint.provider.resources.files]
    purpose = purpose_of(dialect, spec)
    fields = [FormField("purpose", purpose)] if purpose else []
    if dialect.expiry and spec.expires:
        fields += [FormField(name, text) for name, text in dialect.expiry(spec.expires)]
    file = FormField("file", file=spec.path, filename=spec.name, kind=spec.mime)
    return files_call("POST", f"{files_base(endpoint)}/files", endpoint), (*fields, file)


def purpose_of(dialect: FilesDialect, spec: FileSpec) -> str | None:
    """The purpose of the upload, in the provider's terms."""
    return spec.purpose or dialect.purposes.get(spec.kind) or dialect.purposes.get("")


def policy_call(endpoint: Endpoint, spec: FileSpec) -> Call:
    """The call for an upload location in DashScope's store, bound to the model to read it."""
    model = quote(spec.model, safe="")
    from aichat.wires.dashscope.encode import native_base  # no other provider needs it

    base = native_base(endpoint.base_url)
    return files_call("GET", f"{base}/uploads?action=getPolicy&model={model}", endpoint)


def policy_upload(answer: bytes, spec: FileSpec) -> tuple[Call, tuple[FormField, ...], str] | None:
    """The upload form for that location, and the file's URI for messages; None for a bad answer."""
    told = get_object(read_object(answer), "data")
    host = text_or_none(told.get("upload_host"))
    if not host or not join_url(host, "/"):
        return None
    key = f"{told.get('upload_dir')}/{spec.name}"
    fields = {
        "OSSAccessKeyId": told.get("oss_access_key_id"),
        "Signature": told.get("signature"),
        "policy": told.get("policy"),
        "key": key,
        "x-oss-object-acl": told.get("x_oss_object_acl"),
        "x-oss-forbid-overwrite": told.get("x_oss_forbid_overwrite"),
        "success_action_status": "200",
        "x-oss-content-type": spec.mime,
    }
    form = [FormField(name, str(text)) for name, text in fields.items() if text is not None]
    file = FormField("file", file=spec.path, filename=spec.name, kind=spec.mime)
    return Call("POST", host, ()), (*form, file), f"oss://{key}"


# -- answers


def parse_file(answer: bytes, endpoint: Endpoint) -> RemoteFile | None:
    """The file in an answer; None if it has none."""
    body = read_object(answer)
    return _file(get_object(body, "file") or body, DIALECTS[endpoint.provider.resources.files])


def parse_page(answer: bytes, endpoint: Endpoint) -> tuple[list[RemoteFile], str] | None:
    """The files of a page, and the next cursor or ``""``; None if it is not a list."""
    body, dialect = read_object(answer), DIALECTS[endpoint.provider.resources.files]
    listed = next((body[name] for name in ("data", "files") if name in body), None)
    if not isinstance(listed, list) and body:
        return None
    found = [each for entry in objects(listed) if (each := _file(entry, dialect))]
    return found, _next_cursor(body, dialect, found)


def _next_cursor(body: Mapping[str, Any], dialect: FilesDialect, found: list[RemoteFile]) -> str:
    told = text_or_none(body.get(dialect.cursor[1])) or ""
    if dialect.cursor[0] != "after":
        return told
    return (told or (found[-1].id if found else "")) if body.get("has_more") is True else ""


def _file(entry: Mapping[str, Any], dialect: FilesDialect) -> RemoteFile | None:
    name = text_or_none(entry.get("id")) or text_or_none(entry.get("name"))
    if not name:
        return None
    purpose = text_or_none(entry.get("purpose"))
    file_id = _bare_id(name)
    return RemoteFile(
        file_id,
        _first(entry, "filename", "displayName", "display_name") or "",
        parse_count(_number(_any(entry, "bytes", "size_bytes", "sizeBytes", "size"))),
        _first(entry, "mime_type", "mimeType"),
        parse_instant(_any(entry, "created_at", "createTime")),
        parse_instant(_any(entry, "expires_at", "expirationTime")),
        _STATES.get(str(_any(entry, "state", "status")).lower(), "ready"),
        purpose,
        _first(entry, "uri") or dialect.references.get(purpose or "", "") + file_id,
    )


#: Our states of a file by the providers' names.
_STATES = {
    "processing": "waiting",
    "pending": "waiting",
    "state_unspecified": "waiting",
    "failed": "failed",
    "error": "failed",
}


def _any(entry: Mapping[str, Any], *names: str) -> Any:
    return next((entry[name] for name in names if entry.get(name) is not None), None)


def _first(entry: Mapping[str, Any], *names: str) -> str | None:
    return text_or_none(_any(entry, *names))


def _number(value: Any) -> Any:
    """A count, which Google sends as a string."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 19 else value
