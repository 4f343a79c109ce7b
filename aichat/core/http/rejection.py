"""The rejection in an error body, whatever its shape and however often it is wrapped."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aichat.core.text.json import dumps, loads, objects
from aichat.values import NamedTuple

#: The code of a daily quota, which Google names only in the details.
PER_DAY = "quota_per_day"

#: Fields in which gateways put another server's error, and the field with that server's name.
_INNER = (
    *("raw", "error", "inner_error", "innererror", "upstream_error", "original_error"),
    *("cause", "response", "body", "upstream_response"),
)
_NAMES = ("provider_name", "upstream_provider", "llm_provider", "provider", "upstream")
_DEPTH = 5  # how deeply errors may be nested

#: Messages of a wrapper that say nothing themselves.
_VAGUE = (
    r"(the )?(provider|upstream|server|backend|api|model)?\s*(has )?(returned|request|response)?"
    r"\s*(an? )?(error|failed|failure|exception)?\s*(occurred|from (the )?(provider|upstream))?\W*"
    r"|bad request|internal server error|upstream \w+ (error|failed).{0,20}"
)


class Rejection(NamedTuple):
    """What an error body says, before it is classed."""

    message: str
    codes: tuple[str, ...] = ()  # most telling first
    param: str | None = None
    status: int | None = None


def parse_json(body: bytes) -> Any:
    """The value of a JSON body; None if it is not JSON."""
    return _loads(body.decode("utf-8-sig", "replace"))


def parse_rejection(body: Any, depth: int = 0) -> Rejection | None:
    """The rejection in a decoded body, or None if there is none.

    Shapes: ``{"error": {...}}`` (nearly all), ``{"code", "error": "text"}`` (xAI),
    ``{"code", "message"}`` (DashScope), ``{"detail": ...}`` (FastAPI), ``{"errors": [...]}``;
    and any of them nested in another, of which the inner one counts.
    """
    if isinstance(body, list) and body and isinstance(body[0], dict):
        body = body[0]  # Google wraps the error of a stream in a list
    if not isinstance(body, dict):
        return Rejection(body) if isinstance(body, str) and body else None
    error = body.get("error") or body.get("detail") or body.get("errors")
    if isinstance(error, list) and error:
        error = error[0]
    if isinstance(error, dict):
        said = error.get("message") or error.get("msg")
        return _unwrap({**error, "message": said}, depth)
    if isinstance(error, str):
        return _unwrap({**body, "message": error}, depth)
    if isinstance(body.get("message"), str) and (body.get("code") or body.get("type")):
        return _unwrap(body, depth)
    return None


def _unwrap(error: Mapping[str, Any], depth: int) -> Rejection:
    """The rejection in ``error``, or the one it wraps, with the name of the server it came from."""
    outer = _from_fields(error)
    inner = _inner_rejection(error, depth) if depth < _DEPTH else None
    if inner is None:
        return outer
    said = outer.message.partition("{")[0].strip(" :-\n")
    vague = said == (outer.codes or ("no reason given",))[0] or re.fullmatch(_VAGUE, said, re.I)
    message = inner.message
    if not vague and said not in message and outer.message != error.get("raw"):
        message = f"{said}: {message}"
    name = next(_server_names(error), None)
    if name and name.lower() not in message.lower():
        message = f"{message} ({name})"
    return Rejection(
        message,
        (*inner.codes, *outer.codes),
        inner.param or outer.param,
        inner.status or outer.status,
    )


def _inner_rejection(error: Mapping[str, Any], depth: int) -> Rejection | None:
    """The rejection by another server: in a field of its own, or as JSON in the message."""
    metadata = error.get("metadata")
    places = [metadata] if isinstance(metadata, dict) else []
    for place in [*places, error]:
        for value in (place[name] for name in _INNER if place.get(name)):
            if value is not error.get("message") and (found := _read_inner(value, depth)):
                return found
    text = str(error.get("message") or "")
    start = text.find("{")
    found = _read_inner(text[start:], depth) if start >= 0 else None
    return found if found and found.message != text[start:] else None


def _read_inner(value: Any, depth: int) -> Rejection | None:
    if isinstance(value, str):
        value = _loads(value[: value.rfind("}") + 1]) if value[:1] in ("{", "[") else value
    if isinstance(value, str):
        return Rejection(" ".join(value.split())) if value.strip() else None
    found = parse_rejection(value, depth + 1)
    if found is None and isinstance(value, dict) and isinstance(value.get("message"), str):
        found = _unwrap(value, depth + 1)
    return found


def _server_names(error: Mapping[str, Any]) -> Iterator[str]:
    for place in objects([error.get("metadata"), error]):
        yield from (place[n] for n in _NAMES if isinstance(place.get(n), str) and place[n])


def _from_fields(error: Mapping[str, Any]) -> Rejection:
    details = error.get("details")
    told = {**error, **details} if isinstance(details, dict) else error
    codes = [str(told[n]) for n in ("error_code", "code", "type", "status") if told.get(n)]
    codes = sorted([*_google_reasons(details), *codes], key=str.isdigit)  # bare numbers last
    words = [str(error[name]) for name in ("status_code", "code") if error.get(name) is not None]
    status = next((int(c) for c in words if re.fullmatch("[45][0-9]{2}", c)), None)
    param = error.get("param") or _field_of(error.get("loc"))
    said = str(error.get("message") or "").strip() or (codes[0] if codes else "").strip()
    if error.get("loc") and isinstance(param, str) and param not in said:
        said = f"{param}: {said}"
    return Rejection(
        said or "no reason given", tuple(codes), param if isinstance(param, str) else None, status
    )


def _field_of(loc: Any) -> str | None:
    """FastAPI's path to a field, ``["body", "stop", 0]``, as a dotted one."""
    steps = [str(step) for step in loc] if isinstance(loc, list) else []
    return ".".join(steps[1:] if steps[:1] == ["body"] else steps) or None


def _google_reasons(details: Any) -> Iterable[str]:
    """Google's reasons, and ``PER_DAY`` if the daily quota is used up."""
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict) and detail.get("reason"):
            yield str(detail["reason"])
        if "PerDay" in dumps(detail):
            yield PER_DAY


def _loads(text: str) -> Any:
    """The value of a JSON text, or of a Python literal; None for anything else."""
    try:
        return loads(text)
    except ValueError:
        pass
    if not text.startswith("{'") or len(text) > _LONGEST_PRINTED:
        return None
    from ast import literal_eval

    try:
        return literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


_LONGEST_PRINTED = 20_000  # the most characters of a Python literal
