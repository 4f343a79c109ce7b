"""A provider's error response of any shape, parsed into a fault.

Every wire shares this: the kind comes from the code, then the type, then the
message, then the HTTP status, because statuses alone mislead (an unknown model
or a bad key may be a 400, an empty account a 401).
"""

import re
from collections.abc import Mapping

from aichat.core.http.rejection import PER_DAY, Rejection, parse_json, parse_rejection
from aichat.errors import Fault

#: Codes and types that tell more than the HTTP status, or contradict it.
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
    "context_window_exceeded": "context_length",
    "context_limit_exceeded": "context_length",
    "input_too_long": "context_length",
    "prompt_too_long": "context_length",
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
    "content_policy_violation": "content_filter",
    "responsibleaipolicyviolation": "content_filter",
    "moderation_blocked": "content_filter",
    "safety_violation": "content_filter",
    "prohibited_content": "content_filter",
    "sensitive_words_detected": "content_filter",
    "cyber_policy_violation": "content_filter",
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

#: Codes that only say what a status would: used if there is no status.
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

#: Phrases used if neither code nor type tells; all seen in recorded answers. They are compiled
#: when a fault is parsed, since most runs see none.
PHRASES = (
    (
        (
            r"credit balance is too low|exhausted.{0,40}credit|credits.{0,40}exhausted"
            r"|(insufficient|used all available|run out of|out of|no|have any) credit"
        ),
        "quota",
    ),
    ((r"incorrect api key|invalid api key"), "auth"),
    (
        (r"model not found|no such model|is now the agent api|model .{1,80} does not exist"),
        "not_found",
    ),
    (
        (
            r"maximum context length|exceeds the maximum number of tokens|range of input length"
            r"|context (length|window|size|limit)|input token length too long"
            r"|total length of all messages is too long|prompt is too long|token limit: \d"
            r"|too long for (the )?requested model|\bn_ctx\b|maximum (prompt|model|input) length"
            r"|reduce the length of|(prompt|input) (is too large|exceeds (max|the limit))"
            r"|(prompt|input) token count .{0,40}exceeds|too many (input |prompt )?tokens"
            r"|tokens`? \+ `?max_(new_)?tokens|(prompt|input) length .{0,40}exceed"
        ),
        "context_length",
    ),
    (
        (
            r"content (management )?polic|usage (polic|guideline)"
            r"|safety (system|polic|filter|check)"
            r"|content filter|moderation (system|filter|polic|endpoint)|responsible ai"
            r"|considered high risk|inappropriate content|flagged (as|by|for) "
            r"|violat\w+ .{0,40}(polic|guideline|terms)|sensitive (words|content)"
        ),
        "content_filter",
    ),
)

#: The ``param`` of a "not found" that is not about the model.
KEPT = "kept"

#: Messages that tell more than the code beside them, and what to do about each.
CLEARER = (
    (
        r"cachedcontent not found",
        "not_found",
        "it has expired, or is of another key: aichat files caches list -p gemini",
    ),
    (
        r"permission to access the file",
        "not_found",
        "it has expired, or is of another key: upload it again",
    ),
)

STATUSES = {
    401: "auth",
    402: "quota",
    407: "network",  # the proxy requires authentication
    403: "permission",
    404: "not_found",
    408: "timeout",
    409: "server",
    429: "rate_limit",
    498: "overloaded",
    503: "overloaded",
    529: "overloaded",
}

RETRYABLE_STATUSES = frozenset({408, 409, 429, 498})

REQUEST_IDS = ("x-request-id", "request-id", "msh-request-id")


def fault_from_response(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """The fault of an HTTP error response. ``headers`` have lower-case names."""
    decoded = parse_json(body)
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
    """The request id, which the provider's support asks for. ``headers`` have lower-case names."""
    return next((headers[name] for name in REQUEST_IDS if name in headers), None)


def is_wrong_path(fault: Fault, model: str) -> bool:
    """Whether a 404 is about the address, since it does not mention the model."""
    if (fault.status, fault.kind) != (404, "not_found"):
        return False
    said = f"{fault.message} {fault.code or ''} {fault.param or ''}".lower()
    return "model" not in said and model.lower() not in said


def classify(found: Rejection, status: int | None = None) -> Fault:
    """The fault that ``found`` describes; ``status`` is the HTTP status, if any."""
    status = found.status or status
    code = next((c for c in found.codes if c != PER_DAY), None)
    for pattern, kind, hint in CLEARER:
        if re.search(pattern, found.message, re.I):
            return Fault(kind, found.message, hint, status=status, code=code, param=KEPT)
    kinds = [CODES[c.lower()] for c in found.codes if c.lower() in CODES]
    vague = [] if status else [k for c in found.codes if (k := _vague_kind(c.lower()))]
    kind = (
        next(iter(kinds), None)
        or _kind_by_phrase(found.message, status)
        or next(iter(vague), None)
        or _kind_by_status(status)
    )
    return Fault(kind, found.message, status=status, code=code, param=found.param)


def _vague_kind(code: str) -> str | None:
    """The kind of a code that is used if there is no status."""
    pictures = code.startswith(("invalid_image", "image_"))
    return "invalid_request" if pictures else VAGUE_CODES.get(code)


def _kind_by_status(status: int | None) -> str:
    if status is None:
        return "server"
    return STATUSES.get(status) or ("invalid_request" if 400 <= status < 500 else "server")


def _kind_by_phrase(message: str, status: int | None) -> str | None:
    """The kind by phrase, for statuses that leave it open: a 429 about tokens is a rate limit."""
    if status == 429:
        return "quota" if re.search(PHRASES[0][0], message, re.I) else None
    if status not in (None, 400, 401, 403, 404, 413, 422, 500):
        return None
    return next((kind for pattern, kind in PHRASES if re.search(pattern, message, re.I)), None)


def _is_retryable(kind: str, status: int, headers: Mapping[str, str]) -> bool:
    said = headers.get("x-should-retry", "").lower()
    if kind == "quota" or said in ("true", "false"):
        return kind != "quota" and said == "true"
    return status in RETRYABLE_STATUSES or status >= 500


def _plain_message(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """The message of a body that is not JSON: a proxy's page is named, never printed."""
    if status == 407:
        return "the proxy requires authentication"
    text = body[:4096].decode("utf-8", "replace").strip()
    if is_html(headers, text):
        return f"an HTML page instead of an answer{title_of(text)} (from a proxy?)"
    return " ".join(text.split()) or f"HTTP {status} with no reason given"


def is_html(headers: Mapping[str, str], text: str) -> bool:
    """Whether a response is a web page: a captive portal, a login, a proxy's error."""
    return "html" in headers.get("content-type", "") or text[:15].lower().startswith(
        ("<!doctype html", "<html")
    )


def title_of(page: str) -> str:
    """The page's title, in brackets, for one line of an error."""
    found = re.search(r"<title[^>]*>(.*?)</title>", page, re.I | re.S)
    return f' (title "{" ".join(found[1].split())}")' if found else ""
