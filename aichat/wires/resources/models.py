"""A provider's list of models: the calls and their answers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from aichat.core.billing.usage import parse_count
from aichat.core.catalogue.model_list import ListedModel, parse_day, texts
from aichat.core.http.call import Call, Header, request_headers
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.dates import parse_instant
from aichat.core.text.json import get_object, objects, text_or_none
from aichat.values import NamedTuple
from aichat.wires.dashscope import encode


class ListPaging(NamedTuple):
    """How to request a wire's list, page by page.

    ``next_cursor`` gives the value of the query's ``cursor_name`` for the page after a body, or
    ``""``; ``base_url`` is the URL to which the list's path is appended.
    """

    next_cursor: Callable[[Mapping[str, Any]], str]
    base_url: Callable[[Endpoint], str]
    cursor_name: str = "after"
    query: tuple[tuple[str, str], ...] = ()


def prefixed_url(endpoint: Endpoint) -> str:
    """The base URL with the prefix of the provider's paths, never twice."""
    prefix = endpoint.provider.quirks.path_prefix
    return endpoint.base_url.removesuffix(prefix) + prefix


def list_call(
    paging: ListPaging, endpoint: Endpoint, auth: Iterable[Header], cursor: str = ""
) -> Call:
    """The request for a page of the list: the first, or the one at ``cursor``."""
    query = [*paging.query, *([(paging.cursor_name, cursor)] if cursor else [])]
    tail = f"?{urlencode(query)}" if query else ""
    return _get_call(
        paging.base_url(endpoint) + endpoint.provider.listing.path + tail, endpoint, auth
    )


def model_call(paging: ListPaging, endpoint: Endpoint, auth: Iterable[Header], model: str) -> Call:
    """The request for one model, if the provider has an endpoint for that."""
    path = f"{endpoint.provider.listing.path}/{quote(model, safe='')}"
    return _get_call(paging.base_url(endpoint) + path, endpoint, auth)


def _get_call(url: str, endpoint: Endpoint, auth: Iterable[Header]) -> Call:
    return Call("GET", url, request_headers(endpoint.headers, *auth, json_content=False))


def last_id(body: Mapping[str, Any]) -> str:
    """The cursor of lists with ``has_more``: the last entry's id."""
    if body.get("has_more") is not True:
        return ""
    ids = [entry.get("id") for entry in objects(body.get("data"))]
    last = body.get("last_id") or (ids[-1] if ids else None)
    return last if isinstance(last, str) else ""


class ModelListFormat(NamedTuple):
    """One wire's list: ``parse_models`` parses a page, ``parse_model`` a single model's answer."""

    parse_models: Callable[[Any], list[ListedModel]]
    parse_model: Callable[[Any], ListedModel | None]
    paging: ListPaging


#: Our names of features by those that lists use.
_FEATURE_NAMES = {
    "structured_outputs": "structured",
    "json_mode": "json",
    "function_calling": "tools",
    "web_search": "search",
    "thinking": "reasoning",
}


#: Boolean fields for a feature or an input of a model.
_FEATURE_FLAGS = {"supports_reasoning": "reasoning", "supports_tools": "tools"}


_INPUT_FLAGS = {"supports_image_in": "image", "supports_video_in": "video"}


def parse_openai(body: Any) -> list[ListedModel]:
    """The entries of ``data``, or of xAI's ``models``."""
    entries = body.get("data", body.get("models")) if isinstance(body, dict) else None
    return _parse_entries(objects(entries), _parse_openai_entry)


def _parse_openai_entry(entry: Mapping[str, Any]) -> ListedModel | None:
    if not text_or_none(entry.get("id")):
        return None
    inputs = [*texts(entry.get("input_modalities"))]
    seen = [kind for field, kind in _INPUT_FLAGS.items() if entry.get(field) is True]
    features = [_FEATURE_NAMES.get(name, name) for name in texts(entry.get("supported_features"))]
    features += [name for field, name in _FEATURE_FLAGS.items() if entry.get(field) is True]
    retires = parse_day(entry.get("shutdown_date"))
    return ListedModel(
        id=entry["id"],
        name=text_or_none(entry.get("name")),
        context=_limit(entry, "context_window", "context_length", "max_model_len")
        or _limit(get_object(entry, "meta"), "n_ctx_train"),
        max_output=_limit(entry, "max_completion_tokens", "max_output_length"),
        inputs=tuple(dict.fromkeys([*inputs, *(["text"] if seen and not inputs else []), *seen])),
        outputs=texts(entry.get("output_modalities")),
        features=tuple(dict.fromkeys(features)),
        efforts=texts(entry.get("reasoning_efforts")),
        created=parse_count(entry.get("created")) or None,
        status="retired" if entry.get("active") is False else "deprecated" if retires else None,
        retires=retires,
        aliases=texts(entry.get("aliases")),
        raw=entry,
    )


def _limit(entry: Mapping[str, Any], *names: str) -> int | None:
    return next((n for name in names if (n := parse_count(entry.get(name)))), None)


_CAPABILITIES = {
    "thinking": "reasoning",
    "server_tools": "search",
    "structured_outputs": "structured",
    "citations": "citations",
    "batch": "batch",
    "code_execution": "code",
}


_STATUSES = {"active": "current", "deprecated": "deprecated", "retired": "retired"}


_MEDIA = {"image_input": "image", "pdf_input": "pdf"}


def parse_messages(body: Any) -> list[ListedModel]:
    """The entries of ``data``; with limits and capabilities if reported."""
    return _parse_entries(
        objects(body.get("data") if isinstance(body, dict) else None), _parse_messages_entry
    )


def _parse_messages_entry(entry: Mapping[str, Any]) -> ListedModel | None:
    if not text_or_none(entry.get("id")):
        return None
    told = get_object(entry, "capabilities")
    effort = get_object(told, "effort")
    media = [kind for field, kind in _MEDIA.items() if _is_supported(told.get(field))]
    levels = ("low", "medium", "high", "xhigh", "max")
    return ListedModel(
        id=entry["id"],
        name=text_or_none(entry.get("display_name")),
        context=parse_count(entry.get("max_input_tokens")) or None,
        max_output=parse_count(entry.get("max_tokens")) or None,
        inputs=("text", *media) if told else (),
        features=tuple(
            name for field, name in _CAPABILITIES.items() if _is_supported(told.get(field))
        )
        + (("tools",) if told else ()),  # each of these models supports client tools
        efforts=tuple(level for level in levels if _is_supported(effort.get(level))),
        created=_parse_seconds(entry.get("created_at")),
        status=_STATUSES.get(str(entry.get("lifecycle"))),
        retires=parse_day(entry.get("retires_at")),
        raw=entry,
    )


def _is_supported(value: Any) -> bool:
    return value.get("supported") is True if isinstance(value, dict) else value is True


def _parse_seconds(value: Any) -> int | None:
    seconds = parse_instant(value)
    return int(seconds) if seconds and seconds >= 1 else None


#: The fields of an entry with the default settings.
_DEFAULTS = {"temperature": "temperature", "topP": "top_p", "topK": "top_k"}


def parse_gemini(body: Any) -> list[ListedModel]:
    """The entries of ``models`` that answer questions."""
    entries = body.get("models") if isinstance(body, dict) else None
    return _parse_entries(
        (entry for entry in objects(entries) if _can_generate(entry)), _parse_gemini_entry
    )


def _can_generate(entry: Mapping[str, Any]) -> bool:
    methods = entry.get("supportedGenerationMethods") or ["generateContent"]
    return isinstance(methods, list) and "generateContent" in methods


def _parse_gemini_entry(entry: Mapping[str, Any]) -> ListedModel | None:
    name = (text_or_none(entry.get("name")) or "").removeprefix("models/")
    if not name:
        return None
    settings = ((ours, entry.get(theirs)) for theirs, ours in _DEFAULTS.items())
    return ListedModel(
        id=name,
        name=text_or_none(entry.get("displayName")),
        context=parse_count(entry.get("inputTokenLimit")) or None,
        max_output=parse_count(entry.get("outputTokenLimit")) or None,
        features=("reasoning",) if entry.get("thinking") is True else (),
        defaults={name: value for name, value in settings if isinstance(value, int | float)},
        raw=entry,
    )


def _next_token(body: Mapping[str, Any]) -> str:
    return text_or_none(body.get("nextPageToken")) or ""


def parse_dashscope(body: Any) -> list[ListedModel]:
    """The entries of ``output.models``, or of a list from the compatible path."""
    output = get_object(body, "output") if isinstance(body, dict) else {}
    if "models" not in output:
        return parse_openai(body)
    return _parse_entries(objects(output["models"]), _parse_dashscope_entry)


def _parse_dashscope_entry(entry: Mapping[str, Any]) -> ListedModel | None:
    model = text_or_none(entry.get("model"))
    return ListedModel(id=model, name=text_or_none(entry.get("name")), raw=entry) if model else None


def _next_page_number(body: Mapping[str, Any]) -> str:
    """The number of the next page, or ``""`` after the last."""
    output = get_object(body, "output")
    number, size = (
        parse_count(output.get("page_no")) or 1,
        parse_count(output.get("page_size")) or 0,
    )
    more = size and output.get("models") and number * size < (parse_count(output.get("total")) or 0)
    return str(number + 1) if more else ""


def _native_url(endpoint: Endpoint) -> str:
    return encode.native_base(endpoint.base_url)


def _parse_entries(
    entries: Iterable[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], ListedModel | None]
) -> list[ListedModel]:
    return [model for entry in entries if (model := read(entry)) is not None]


def _single_parser(
    read: Callable[[Mapping[str, Any]], ListedModel | None],
) -> Callable[[Any], ListedModel | None]:
    return lambda body: read(body) if isinstance(body, dict) else None


_OPENAI_FORMAT = ModelListFormat(
    parse_openai, _single_parser(_parse_openai_entry), ListPaging(last_id, prefixed_url)
)


#: The format of each wire's list.
LIST_FORMATS: Mapping[str, ModelListFormat] = {
    "chat": _OPENAI_FORMAT,
    "responses": _OPENAI_FORMAT,
    "messages": ModelListFormat(
        parse_messages,
        _single_parser(_parse_messages_entry),
        ListPaging(last_id, prefixed_url, "after_id", (("limit", "1000"),)),
    ),
    "gemini": ModelListFormat(
        parse_gemini,
        _single_parser(_parse_gemini_entry),
        ListPaging(_next_token, prefixed_url, "pageToken", (("pageSize", "1000"),)),
    ),
    "dashscope": ModelListFormat(
        parse_dashscope,
        _single_parser(_parse_dashscope_entry),
        ListPaging(_next_page_number, _native_url, "page_no", (("page_size", "100"),)),
    ),
}
