"""A provider's refusal of a request, read into a fault whatever its shape.

Every wire shares this: the kind comes from the code, then the type, then the
message, then the HTTP status, because statuses alone mislead (an unknown model
or a bad key may be a 400, an empty account a 401).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from aichat.core.text.json import dumps, loads
from aichat.errors import Fault

#: Codes and types that providers use in place of, or against, their HTTP status.
CODES = {
    "invalid_api_key": "auth",
    "invalid_authentication_error": "auth",
    "incorrect_api_key_error": "auth",
    "authentication_error": "auth",
    "permission_denied_error": "permission",
    "permission_error": "permission",
    "model_not_found": "not_found",
    "model_decommissioned": "not_found",
    "not_found_error": "not_found",
    "invalid_model": "not_found",
    "resource_not_found_error": "not_found",
    "context_length_exceeded": "context_length",
    "exceed_context_size_error": "context_length",
    "too_many_prompt_tokens": "context_length",
    "insufficient_quota": "quota",
    "insufficient_credits": "quota",
    "exceeded_current_quota_error": "quota",
    "billing_error": "quota",
    "enforced_spend_limit_reached": "quota",
    "contract_spend_limit_reached": "quota",
    "arrearage": "quota",
    "rate_limit_exceeded": "rate_limit",
    "rate_limit_reached_error": "rate_limit",
    "rate_limit_error": "rate_limit",
    "overloaded_error": "overloaded",
    "engine_overloaded_error": "overloaded",
    "capacity_exceeded": "overloaded",
    "content_filter": "content_filter",
    "data_inspection_failed": "content_filter",
    "bio_policy": "content_filter",
    "misalignment_policy_violation": "content_filter",
    "tool_use_failed": "malformed_tool_call",
    "server_error": "server",
    "internal_server_error": "server",
    "unavailable_error": "overloaded",
    "api_key_invalid": "auth",
    "unauthenticated": "auth",
    "invalidapikey": "auth",
    "permission_denied": "permission",
    "failed_precondition": "permission",
    "accessdenied": "permission",
    "accessdenied.unpurchased": "permission",
    "allocationquota.freetieronly": "permission",
    "not_found": "not_found",
    "modelnotfound": "not_found",
    "model.notexist": "not_found",
    "resource_exhausted": "rate_limit",
    "quota_per_day": "quota",
    "throttling": "rate_limit",
    "throttling.ratequota": "rate_limit",
    "throttling.burstrate": "rate_limit",
    "throttling.allocationquota": "quota",
    "limit_requests": "rate_limit",
    "datainspectionfailed": "content_filter",
    "unavailable": "overloaded",
    "serviceunavailable": "overloaded",
    "internal": "server",
    "internalerror": "server",
    "deadline_exceeded": "server",
    "gatewaytimeout": "server",
}

#: Codes that only say what a status would: they count where there is no status.
VAGUE_CODES = {
    "invalid_request_error": "invalid_request",
    "invalid_prompt": "invalid_request",
    "invalid_parameter_error": "invalid_request",
    "failed_to_download_image": "invalid_request",
    "timeout_error": "server",
    "api_error": "server",
    "invalid_argument": "invalid_request",
    "invalidparameter": "invalid_request",
    "requesttoolarge": "invalid_request",
}

#: What a message says when neither code nor type do; all seen in recorded answers.
PHRASES = (
    (
        re.compile(
            r"credit balance is too low|exhausted.{0,40}credit|credits.{0,40}exhausted"
            r"|(insufficient|used all available|run out of|out of|no|have any) credit",
            re.I,
        ),
        "quota",
    ),
    (re.compile(r"incorrect api key|invalid api key", re.I), "auth"),
    (
        re.compile(
            r"model not found|no such model|is now the agent api|model .{1,80} does not exist", re.I
        ),
        "not_found",
    ),
    (
        re.compile(
            r"maximum context length|exceeds the maximum number of tokens|range of input length"
            r"|context (length|window|size)|input token length too long"
            r"|total length of all messages is too long|prompt is too long",
            re.I,
        ),
        "context_length",
    ),
)

STATUSES = {
    401: "auth",
    402: "quota",
    407: "network",  # the proxy requires authentication
    403: "permission",
    404: "not_found",
    408: "timeout",
    409: "timeout",
    429: "rate_limit",
    498: "overloaded",
    503: "overloaded",
    529: "overloaded",
}

RETRYABLE_STATUSES = frozenset({408, 409, 429, 498})

REQUEST_IDS = ("x-request-id", "request-id", "msh-request-id")


class Rejection(NamedTuple):
    """What an error body says, before it is classed."""

    message: str
    codes: tuple[str, ...] = ()  # most telling first
    param: str | None = None
    status: int | None = None


def fault_from_response(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """The fault of an HTTP error answer. ``headers`` have lower-case names."""
    decoded = _parse_json(body)
    found = parse_rejection(decoded) or Rejection(_plain_message(status, headers, body))
    fault = classify(found, status)
    request_id = request_id_of(headers)
    if request_id is None and isinstance(decoded, dict):
        request_id = decoded.get("request_id")
    return fault._replace(
        status=status,
        request_id=request_id if isinstance(request_id, str) else None,
        retryable=_is_retryable(fault.kind, status, headers),
    )


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """What the provider's support asks for. ``headers`` have lower-case names."""
    return next((headers[name] for name in REQUEST_IDS if name in headers), None)


def classify(found: Rejection, status: int | None = None) -> Fault:
    """The fault that ``found`` describes; ``status`` is the HTTP status, if any."""
    status = found.status or status
    kinds = [CODES[c.lower()] for c in found.codes if c.lower() in CODES]
    vague = [] if status else [k for c in found.codes if (k := _vague_kind(c.lower()))]
    kind = (
        _first(kinds)
        or _kind_by_phrase(found.message, status)
        or _first(vague)
        or _kind_by_status(status)
    )
    code = next((c for c in found.codes if c != _PER_DAY), None)
    return Fault(kind, found.message, status=status, code=code, param=found.param)


def _vague_kind(code: str) -> str | None:
    """A code that counts where there is no status; pictures have a dozen."""
    pictures = code.startswith(("invalid_image", "image_"))
    return "invalid_request" if pictures else VAGUE_CODES.get(code)


def parse_rejection(body: Any) -> Rejection | None:
    """The rejection in a decoded body, or None where there is none.

    Shapes: ``{"error": {...}}`` (nearly all), ``{"code", "error": "text"}`` (xAI),
    ``{"code", "message"}`` (DashScope), ``{"detail": ...}`` (FastAPI).
    """
    if isinstance(body, list) and body and isinstance(body[0], dict):
        body = body[0]  # Google wraps the error of a stream in a list
    if not isinstance(body, dict):
        return Rejection(body) if isinstance(body, str) and body else None
    error = body.get("error") or body.get("detail")
    if isinstance(error, list) and error:
        error = error[0]
    if isinstance(error, dict):
        return _from_fields({**error, "message": error.get("message") or error.get("msg")})
    if isinstance(error, str):
        return _from_fields({**body, "message": error})
    if isinstance(body.get("message"), str) and (body.get("code") or body.get("type")):
        return _from_fields(body)
    return None


def _from_fields(error: Mapping[str, Any]) -> Rejection:
    details = error.get("details")
    told = {**error, **details} if isinstance(details, dict) else error
    codes = [str(told[n]) for n in ("error_code", "code", "type", "status") if told.get(n)]
    codes = sorted([*_google_reasons(details), *codes], key=str.isdigit)  # a bare number says least
    words = _words(error, "status_code", "code")
    status = next((int(c) for c in words if re.fullmatch("[45][0-9]{2}", c)), None)
    param = error.get("param")
    return Rejection(
        str(error.get("message") or "").strip()
        or (_first(codes) or "").strip()
        or "no reason given",
        tuple(codes),
        param if isinstance(param, str) else None,
        status,
    )


_PER_DAY = "quota_per_day"


def _google_reasons(details: Any) -> Iterable[str]:
    """Google's reasons, and whether it is the day's quota that is used up."""
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict) and detail.get("reason"):
            yield str(detail["reason"])
        if "PerDay" in dumps(detail):
            yield _PER_DAY


def _words(error: Mapping[str, Any], *names: str) -> Iterable[str]:
    return (str(error[name]) for name in names if error.get(name) is not None)


def _kind_by_status(status: int | None) -> str:
    if status is None:
        return "server"
    return STATUSES.get(status) or ("invalid_request" if 400 <= status < 500 else "server")


def _kind_by_phrase(message: str, status: int | None) -> str | None:
    """Only for statuses that leave the kind open: a 429 about tokens stays a rate limit."""
    if status == 429:
        return "quota" if PHRASES[0][0].search(message) else None
    if status not in (None, 400, 401, 403, 404, 413, 422, 500):
        return None
    return next((kind for pattern, kind in PHRASES if pattern.search(message)), None)


def _is_retryable(kind: str, status: int, headers: Mapping[str, str]) -> bool:
    said = headers.get("x-should-retry", "").lower()
    if kind == "quota" or said in ("true", "false"):
        return kind != "quota" and said == "true"
    return status in RETRYABLE_STATUSES or status >= 500


def _plain_message(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """A body that is not JSON: a proxy's page is named, never printed."""
    if status == 407:
        return "the proxy requires authentication"
    text = body[:4096].decode("utf-8", "replace").strip()
    if is_html(headers, text):
        return f"an HTML page instead of an answer{title_of(text)} (from a proxy?)"
    return " ".join(text.split()) or f"HTTP {status} with no reason given"


def is_html(headers: Mapping[str, str], text: str) -> bool:
    """Whether an answer is a web page: a captive portal, a login, a proxy's error."""
    return "html" in headers.get("content-type", "") or text[:15].lower().startswith(
        ("<!doctype html", "<html")
    )


def title_of(page: str) -> str:
    """The page's title, in brackets, for one line of an error."""
    found = re.search(r"<title[^>]*>(.*?)</title>", page, re.I | re.S)
    return f' (title "{" ".join(found[1].split())}")' if found else ""


def _parse_json(body: bytes) -> Any:
    try:
        return loads(body.decode("utf-8-sig", "replace"))
    except ValueError:
        return None


def _first(items: Iterable[str]) -> str | None:
    return next(iter(items), None)
