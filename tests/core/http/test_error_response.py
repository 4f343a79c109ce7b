"""Error bodies of every shape, read into one fault."""

from typing import Any

import pytest

from aichat.core.http.error_response import (
    Rejection,
    classify,
    fault_from_response,
    parse_rejection,
    title_of,
)

SHAPES: dict[str, tuple[Any, Rejection | None]] = {
    "an error object": (
        {"error": {"message": "m", "type": "t", "code": "c", "param": "p"}},
        Rejection("m", ("c", "t"), "p"),
    ),
    "an error without a code": ({"error": {"message": "m", "type": "t"}}, Rejection("m", ("t",))),
    "nulls": (
        {"error": {"message": "m", "type": None, "code": None, "param": None}},
        Rejection("m"),
    ),
    "no message": (
        {"error": {"type": "overloaded_error"}},
        Rejection("overloaded_error", ("overloaded_error",)),
    ),
    "nothing but an error": ({"error": {"x": 1}}, Rejection("no reason given")),
    "a status in the body": (
        {"error": {"message": "m", "status_code": 400, "code": "c"}},
        Rejection("m", ("c",), None, 400),
    ),
    "a status as the code": (
        {"error": {"message": "m", "code": 503}},
        Rejection("m", ("503",), None, 503),
    ),
    "xai: error is a text": (
        {"code": "invalid-argument", "error": "m"},
        Rejection("m", ("invalid-argument",)),
    ),
    "dashscope": (
        {"code": "InvalidApiKey", "message": "m", "request_id": "r"},
        Rejection("m", ("InvalidApiKey",)),
    ),
    "fastapi: detail is a text": ({"detail": "m"}, Rejection("m")),
    "fastapi: detail is a list": (
        {"detail": [{"loc": ["body", "model"], "msg": "m", "type": "missing"}]},
        Rejection("m", ("missing",)),
    ),
    "a plain text": ("m", Rejection("m")),
    "an answer": ({"id": "x", "choices": []}, None),
    "a message without a code": ({"message": "m"}, None),
    "an empty object": ({}, None),
    "nothing": (None, None),
    "an empty text": ("", None),
    "a list": ([], None),
}


@pytest.mark.parametrize(("body", "found"), SHAPES.values(), ids=SHAPES)
def test_a_body_is_read_whatever_its_shape(body: Any, found: Rejection | None) -> None:
    assert parse_rejection(body) == found


@pytest.mark.parametrize(
    "nonsense", [1, True, [1], [[]], {"message": {}}, {"code": [1]}, {"param": 1}]
)
def test_nonsense_is_read_without_complaint(nonsense: Any) -> None:
    for body in ({"error": nonsense}, {"detail": nonsense}, {"code": nonsense, "message": "m"}):
        found = parse_rejection(body)
        assert found is None or isinstance(found.message, str)
        assert isinstance(fault_from_response(400, {}, repr(body).encode()).message, str)


@pytest.mark.parametrize(
    ("found", "status", "kind"),
    [
        pytest.param(Rejection("m", ("insufficient_quota",)), 429, "quota", id="code over status"),
        pytest.param(Rejection("m", ("x", "permission_error")), 400, "permission", id="then type"),
        pytest.param(Rejection("m", ("Arrearage",)), 400, "quota", id="a code in any case"),
        pytest.param(Rejection("Model not found: x"), 400, "not_found", id="then the message"),
        pytest.param(Rejection("context length is fine"), 429, "rate_limit", id="429 stays one"),
        pytest.param(Rejection("m"), 401, "auth", id="then the status"),
        pytest.param(Rejection("m"), 418, "invalid_request", id="another 4xx"),
        pytest.param(Rejection("m"), 599, "server", id="another 5xx"),
        pytest.param(Rejection("m"), None, "server", id="nothing known"),
        pytest.param(Rejection("m", status=429), None, "rate_limit", id="a status in the body"),
    ],
)
def test_the_kind_comes_from_the_most_telling_word(
    found: Rejection, status: int | None, kind: str
) -> None:
    assert classify(found, status).kind == kind


PAGE = b"<!DOCTYPE html><html><title>\n 502 Bad\n Gateway </title><body>SECRET</body></html>"


@pytest.mark.parametrize(
    "headers", [{}, {"content-type": "text/html; charset=utf-8"}], ids=["", "typed"]
)
def test_a_web_page_is_named_and_never_shown(headers: dict[str, str]) -> None:
    fault = fault_from_response(502, headers, PAGE)
    assert (fault.kind, fault.retryable, fault.status) == ("server", True, 502)
    assert "HTML" in fault.message
    assert "502 Bad Gateway" in fault.message
    assert "SECRET" not in fault.message
    assert "\n" not in fault.message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "HTTP 503 without a reason"),
        (b" \n ", "HTTP 503 without a reason"),
        (b"upstream\n connect   error", "upstream connect error"),
        (b"\xff\xfe oops", "\ufffd\ufffd oops"),
        (b'"overloaded"', "overloaded"),
    ],
)
def test_a_body_that_is_no_json_object_is_shown_on_one_line(body: bytes, message: str) -> None:
    assert fault_from_response(503, {}, body).message == message


def test_a_body_nested_without_end_is_no_bug_of_ours() -> None:
    assert fault_from_response(500, {}, b"[" * 100_000).kind == "server"


@pytest.mark.parametrize("name", ["x-request-id", "request-id", "msh-request-id"])
def test_the_request_id_is_read_from_its_header(name: str) -> None:
    assert fault_from_response(500, {name: "r1"}, b"").request_id == "r1"


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>Log in</title>", ' (title "Log in")'),
        ("<TITLE lang=en>\n a\n b</TITLE>", ' (title "a b")'),
        ("<h1>none</h1>", ""),
    ],
)
def test_a_title_is_told_on_one_line(page: str, title: str) -> None:
    assert title_of(page) == title
