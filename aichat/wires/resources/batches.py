"""Batches: many requests that a provider answers later, at about half the price.

Source: the types of the official SDKs. How the providers differ is a table (``DIALECTS``).
A result names its request, since no provider keeps their order.
"""

import json
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote, urlsplit

from aichat import wires
from aichat.core.billing.usage import parse_count
from aichat.core.http.call import Call, Header, request_headers
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.json import get_object, objects, text_or_none, to_utf8
from aichat.values import NamedTuple
from aichat.wires.resources.files import content_call


class BatchReport(NamedTuple):
    """A batch's progress: ``state`` is one of ``JOB_STATES``; unreported counts are None.

    ``results`` are the files or the URL with its results; ``answers`` are results inside the
    report. ``error`` is why it has none. ``wire`` is that of its requests, if reported.
    """

    id: str
    state: str
    total: int | None = None
    ended: int | None = None
    failed: int | None = None
    results: tuple[str, ...] = ()
    answers: tuple[Mapping[str, Any], ...] = ()
    error: str = ""
    wire: str = ""


class BatchResult(NamedTuple):
    """The outcome of one request: the body of its answer, or an error with its HTTP status."""

    id: str
    body: Mapping[str, Any] | None = None
    status: int = 200
    error: Mapping[str, Any] | None = None


class ResultPage(NamedTuple):
    """Results from a URL: its lines, or one page of a list with the cursor of the next."""

    results: tuple[Mapping[str, Any], ...]
    cursor: str = ""


class BatchDialect(NamedTuple):
    """One provider's batch API.

    ``line`` encodes a request from its id, path and body. With ``purpose`` the lines are a file
    that is uploaded first; otherwise they go between ``around`` in the body that starts the
    batch. ``create`` is the path of that call, ``begin`` its body for an uploaded file.
    ``wire`` is that of the answers, if not the usual one. ``pages``: results come in pages of
    JSON, not in lines.
    """

    line: Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]
    read: Callable[[Mapping[str, Any]], BatchReport]
    result: Callable[[Mapping[str, Any]], BatchResult]
    max_lines: int
    max_bytes: int
    hours: int = 24
    create: str = "/batches"
    look: str = "/batches/{id}"
    cancel: str = "/batches/{id}/cancel"
    purpose: str | None = None
    begin: Callable[[str, str], Mapping[str, Any]] | None = None
    around: tuple[bytes, bytes] = (b"", b"")
    wire: str | None = None
    pages: bool = False


# -- OpenAI and compatible providers


def _openai_line(name: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"custom_id": name, "method": "POST", "url": path, "body": body}


def _openai_begin(file_id: str, path: str) -> Mapping[str, Any]:
    return {"input_file_id": file_id, "endpoint": path, "completion_window": "24h"}


_OPENAI_STATES = {
    "validating": "pending",
    "in_progress": "running",
    "finalizing": "running",
    "cancelling": "running",
    "completed": "done",
    "failed": "failed",
    "expired": "expired",
    "cancelled": "cancelled",
}


_WIRES = {"/v1/chat/completions": "chat", "/v1/responses": "responses"}


def _read_openai(told: Mapping[str, Any]) -> BatchReport:
    counts = get_object(told, "request_counts")
    done, failed = parse_count(counts.get("completed")), parse_count(counts.get("failed"))
    files = (told.get("output_file_id"), told.get("error_file_id"))
    errors = objects(get_object(told, "errors").get("data"))
    return BatchReport(
        text_or_none(told.get("id")) or "",
        _OPENAI_STATES.get(str(told.get("status")), "unknown"),
        parse_count(counts.get("total")),
        None if done is None else done + (failed or 0),
        failed,
        tuple(filter(None, map(text_or_none, files))),
        error="; ".join(str(error.get("message")) for error in islice(errors, 3)),
        wire=_WIRES.get(str(told.get("endpoint")), ""),
    )


def _openai_result(told: Mapping[str, Any]) -> BatchResult:
    """The outcome of a line by its status, since a refused one may be in either file."""
    name, response = str(told.get("custom_id")), get_object(told, "response")
    status, body = parse_count(response.get("status_code")) or 0, get_object(response, "body")
    if status and status < 400:
        return BatchResult(name, body)
    return BatchResult(name, None, status, get_object(body, "error") or get_object(told, "error"))


# -- Anthropic


def _anthropic_line(name: str, _: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"custom_id": name, "params": body}


def _read_anthropic(told: Mapping[str, Any]) -> BatchReport:
    """The report on a batch, whose counts stay 0 until it has ended."""
    counts = {name: parse_count(n) or 0 for name, n in get_object(told, "request_counts").items()}
    ended = sum(counts.values()) - counts.get("processing", 0)
    is_over, url = told.get("processing_status") == "ended", text_or_none(told.get("results_url"))
    return BatchReport(
        text_or_none(told.get("id")) or "",
        "done" if is_over else "running",
        sum(counts.values()) or None,
        ended,
        ended - counts.get("succeeded", 0),
        (url,) if url else (),
    )


def _anthropic_result(told: Mapping[str, Any]) -> BatchResult:
    name, result = str(told.get("custom_id")), get_object(told, "result")
    if result.get("type") == "succeeded":
        return BatchResult(name, get_object(result, "message"))
    error = get_object(get_object(result, "error"), "error")
    if error:
        return BatchResult(name, None, _ANTHROPIC_STATUSES.get(str(error.get("type")), 400), error)
    kind = str(result.get("type"))
    return BatchResult(name, None, 0, {"message": f"the batch was {kind} before it was answered"})


_ANTHROPIC_STATUSES = {"api_error": 500, "overloaded_error": 529, "rate_limit_error": 429}


# -- Gemini


def _gemini_line(name: str, _: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"key": name, "request": body}


def _gemini_begin(file_id: str, _: str) -> Mapping[str, Any]:
    name = f"files/{file_id.removeprefix('files/')}"
    return {"batch": {"displayName": "aichat", "inputConfig": {"fileName": name}}}


def _read_gemini(told: Mapping[str, Any]) -> BatchReport:
    """The report in an operation, with states named JOB_STATE in the SDK and counts as strings.

    Results are in a file if the requests were, otherwise in the operation itself.
    """
    about = get_object(told, "metadata")
    stats = {name: _number(n) for name, n in get_object(about, "batchStats").items()}
    good, bad = stats.get("successfulRequestCount"), stats.get("failedRequestCount")
    output = get_object(about, "output") or get_object(told, "response")
    state = str(about.get("state")).rpartition("STATE_")[2]
    file = text_or_none(output.get("responsesFile"))
    return BatchReport(
        (text_or_none(told.get("name")) or "").removeprefix("batches/"),
        _GEMINI_STATES.get(state, "unknown"),
        stats.get("requestCount"),
        None if good is None and bad is None else (good or 0) + (bad or 0),
        bad,
        (file,) if file else (),
        answers=tuple(objects(get_object(output, "inlinedResponses").get("inlinedResponses"))),
        error=text_or_none(get_object(told, "error").get("message")) or "",
    )


_GEMINI_STATES = {
    "PENDING": "pending",
    "RUNNING": "running",
    "SUCCEEDED": "done",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
    "EXPIRED": "expired",
}


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _gemini_result(told: Mapping[str, Any]) -> BatchResult:
    name, error = told.get("key") or get_object(told, "metadata").get("key"), told.get("error")
    if isinstance(error, dict):
        return BatchResult(str(name), None, _RPC_STATUSES.get(error.get("code"), 500), error)
    return BatchResult(str(name), get_object(told, "response"))


#: HTTP statuses by gRPC code.
_RPC_STATUSES: Mapping[object, int] = {
    3: 400,
    5: 404,
    7: 403,
    8: 429,
    9: 400,
    11: 400,
    14: 503,
    16: 401,
    **{code: code for code in (400, 401, 403, 404, 429, 500, 503)},
}


# -- xAI


def _read_xai(told: Mapping[str, Any]) -> BatchReport:
    """The report by counters, since the only state it names is that xAI ended it."""
    counts = {name: parse_count(n) or 0 for name, n in get_object(told, "state").items()}
    total, pending = counts.get("num_requests", 0), counts.get("num_pending", 0)
    refused = text_or_none(told.get("cancel_by_xai_message"))
    state = "running" if total and pending else "done" if total else "pending"
    if refused or told.get("cancel_time"):
        state = "failed" if refused else "cancelled"
    name = text_or_none(told.get("batch_id")) or ""
    failed = counts.get("num_error")
    return BatchReport(
        name,
        state,
        total,
        total - pending,
        failed,
        (f"/batches/{name}/results",),
        (),
        refused or "",
    )


def _xai_result(told: Mapping[str, Any]) -> BatchResult:
    """The outcome of a request; texts have the format of chat completions on any path."""
    name, result = str(told.get("batch_request_id")), get_object(told, "batch_result")
    bodies = [body for body in get_object(result, "response").values() if isinstance(body, dict)]
    if bodies:
        return BatchResult(name, bodies[0])
    error = get_object(result, "error")
    why = text_or_none(told.get("error_message")) or error.get("message")
    return BatchResult(name, None, 400 if error else 0, {**error, "message": why})


_OPENAI = BatchDialect(
    *(_openai_line, _read_openai, _openai_result, 50_000, 200_000_000),
    purpose="batch",
    begin=_openai_begin,
)

#: Batch APIs by the name in a provider's settings.
DIALECTS: Mapping[str, BatchDialect] = {
    "openai": _OPENAI,
    "groq": _OPENAI._replace(wire="chat"),
    "moonshot": _OPENAI._replace(max_bytes=100_000_000),
    "qwen": _OPENAI._replace(max_bytes=500_000_000, wire="chat"),
    "anthropic": BatchDialect(
        *(_anthropic_line, _read_anthropic, _anthropic_result, 100_000, 256_000_000),
        create="/messages/batches",
        look="/messages/batches/{id}",
        cancel="/messages/batches/{id}/cancel",
        around=(b'{"requests":[', b"]}"),
    ),
    "gemini": BatchDialect(
        *(_gemini_line, _read_gemini, _gemini_result, 100_000, 2_000_000_000),
        create="/models/{model}:batchGenerateContent",
        cancel="/batches/{id}:cancel",
        purpose="",
        begin=_gemini_begin,
        wire="gemini",
    ),
    "xai": BatchDialect(
        *(_openai_line, _read_xai, _xai_result, 50_000, 200_000_000),
        cancel="/batches/{id}:cancel",
        purpose="",
        begin=lambda file_id, _: {"name": "aichat", "input_file_id": file_id},
        wire="chat",
        pages=True,
    ),
}


def dialect_of(endpoint: Endpoint) -> BatchDialect:
    """The batch API of an endpoint's provider, which has one."""
    return DIALECTS[endpoint.provider.resources.batches]


# -- requests


def request_line(endpoint: Endpoint, name: str, call: Call) -> bytes:
    """A request as a line of JSON, without the newline."""
    body = json.loads(b"".join(call.body))
    body.pop("stream", None)
    body.pop("stream_options", None)
    made = dialect_of(endpoint).line(name, request_path(endpoint, call), body)
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    return to_utf8(text)


def request_path(endpoint: Endpoint, call: Call) -> str:
    """The path of a request as lines name it, starting at the version."""
    return f"/v1{call.url.removeprefix(endpoint.base_url)}"


def create_call(endpoint: Endpoint, model: str) -> Call:
    """The call that starts a batch, without its body."""
    path = dialect_of(endpoint).create.format(model=quote(model, safe=""))
    return _call(endpoint, "POST", path, is_json=True)


def begin_call(endpoint: Endpoint, model: str, file_id: str, path: str) -> Call:
    """The call that starts a batch of the requests in an uploaded file, sent to ``path``."""
    begin = dialect_of(endpoint).begin
    body = json.dumps(begin(file_id, path) if begin else {}).encode()
    return create_call(endpoint, model)._replace(body=(body,))


def look_call(endpoint: Endpoint, batch_id: str) -> Call:
    """The request for a batch's state."""
    path = dialect_of(endpoint).look.format(id=quote(batch_id, safe=""))
    return _call(endpoint, "GET", path)


def cancel_call(endpoint: Endpoint, batch_id: str) -> Call:
    """The request that cancels a batch."""
    path = dialect_of(endpoint).cancel.format(id=quote(batch_id, safe=""))
    return _call(endpoint, "POST", path, is_json=True)._replace(body=(b"{}",))


def results_call(endpoint: Endpoint, place: str, cursor: str = "") -> Call | None:
    """The request for results; None for a URL that is not the provider's own."""
    if dialect_of(endpoint).pages:
        more = f"&pagination_token={quote(cursor, safe='')}" if cursor else ""
        return _call(endpoint, "GET", f"{place}?limit=1000{more}")
    if "://" not in place:
        return content_call(endpoint, place)
    if urlsplit(place)[:2] != urlsplit(endpoint.base_url)[:2]:
        return None  # the key must not go there
    return _call(endpoint, "GET", "")._replace(url=place)


def _call(endpoint: Endpoint, method: str, path: str, *, is_json: bool = False) -> Call:
    own: tuple[Header, ...] = wires.load(endpoint.wire).auth(endpoint, {})
    headers = request_headers(endpoint.headers, *own, json_content=is_json)
    return Call(method, endpoint.base_url + path, headers)


# -- answers


def parse_report(told: Mapping[str, Any], endpoint: Endpoint) -> BatchReport | None:
    """The report in an answer; None if it has no batch."""
    report = dialect_of(endpoint).read(told)
    return report if report.id else None


def parse_page(told: Mapping[str, Any]) -> ResultPage:
    """A page of results with the cursor of the next."""
    return ResultPage(
        tuple(objects(told.get("results"))), text_or_none(told.get("pagination_token")) or ""
    )
