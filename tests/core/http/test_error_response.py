"""Error bodies of every shape, read into one fault."""

from typing import Any

import pytest

from aichat.core.http.error_response import (
    CODES,
    classify,
    fault_from_response,
    is_html,
    is_wrong_path,
    title_of,
)
from aichat.core.http.rejection import Rejection, parse_rejection

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
        {"detail": [{"loc": ["body", "stop", 0], "msg": "m", "type": "missing"}]},
        Rejection("stop.0: m", ("missing",), "stop.0"),
    ),
    "a list of errors": ({"errors": [{"message": "m", "code": "c"}]}, Rejection("m", ("c",))),
    "another server's words": (
        {
            "error": {
                "message": "Provider returned error",
                "code": 429,
                "metadata": {"raw": "busy\n upstream", "provider_name": "SomeHost"},
            }
        },
        Rejection("busy upstream (SomeHost)", ("429",), None, 429),
    ),
    "another server's refusal": (
        {
            "error": {
                "message": "Provider returned error",
                "code": 400,
                "metadata": {
                    "raw": '{"error": {"message": "m", "type": "t", "param": "p"}}',
                    "provider_name": "OtherHost",
                },
            }
        },
        Rejection("m (OtherHost)", ("t", "400"), "p", 400),
    ),
    "a refusal in a message": (
        {"error": {"message": 'HostException - {"error": {"message": "m", "code": "c"}}'}},
        Rejection("HostException: m", ("c",)),
    ),
    "a refusal that Python printed": (
        {"error": {"message": "Error code: 400 - {'error': {'message': 'm', 'code': None}}"}},
        Rejection("Error code: 400: m"),
    ),
    "a refusal in an error that is a text": (
        {"error": '{"type": "error", "error": {"message": "m", "type": "overloaded_error"}}'},
        Rejection("m", ("overloaded_error",)),
    ),
    "an error in an error": (
        {
            "error": {
                "message": "Upstream error",
                "error": {"message": "m", "status": "UNAVAILABLE"},
            }
        },
        Rejection("m", ("UNAVAILABLE",)),
    ),
    "a cause beside words of its own": (
        {"error": {"message": "no route", "cause": {"message": "m"}, "provider": "Host"}},
        Rejection("no route: m (Host)"),
    ),
    "three deep": (
        {
            "error": {
                "message": "Bad Request",
                "metadata": {
                    "raw": {"detail": {"error": {"message": "m", "code": "c"}}},
                    "provider_name": "Host",
                },
            }
        },
        Rejection("m (Host)", ("c",)),
    ),
    "braces that are no refusal": (
        {"error": {"message": "use {name} there"}},
        Rejection("use {name} there"),
    ),
    "braces that are another's JSON": (
        {"error": {"message": 'not like {"a": 1}'}},
        Rejection('not like {"a": 1}'),
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
        (b"", "HTTP 503 with no reason given"),
        (b" \n ", "HTTP 503 with no reason given"),
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


#: What each kind of fault is called: by OpenAI, Anthropic, Google, Alibaba and the others.
KINDS = {
    "auth": "invalid_api_key invalid_authentication_error incorrect_api_key_error "
    "authentication_error api_key_invalid unauthenticated invalidapikey",
    "permission": "permission_denied_error permission_error permission_denied "
    "failed_precondition accessdenied accessdenied.unpurchased allocationquota.freetieronly",
    "not_found": "model_not_found model_decommissioned not_found_error invalid_model "
    "resource_not_found_error not_found modelnotfound model.notexist",
    "context_length": "context_length_exceeded exceed_context_size_error too_many_prompt_tokens "
    "context_window_exceeded context_limit_exceeded input_too_long prompt_too_long",
    "quota": "insufficient_quota insufficient_credits exceeded_current_quota_error billing_error "
    "enforced_spend_limit_reached contract_spend_limit_reached arrearage quota_per_day "
    "throttling.allocationquota",
    "rate_limit": "rate_limit_exceeded rate_limit_reached_error rate_limit_error "
    "resource_exhausted throttling throttling.ratequota throttling.burstrate limit_requests",
    "overloaded": "overloaded_error engine_overloaded_error capacity_exceeded unavailable_error "
    "unavailable serviceunavailable",
    "content_filter": "content_filter data_inspection_failed bio_policy "
    "misalignment_policy_violation datainspectionfailed content_policy_violation "
    "responsibleaipolicyviolation moderation_blocked safety_violation prohibited_content "
    "sensitive_words_detected cyber_policy_violation",
    "malformed_tool_call": "tool_use_failed",
    "server": "server_error internal_server_error internal internalerror deadline_exceeded "
    "gatewaytimeout",
}
VAGUE = {
    "invalid_request": "invalid_request_error invalid_prompt invalid_parameter_error "
    "failed_to_download_image invalid_argument invalidparameter requesttoolarge "
    "invalid_image_format image_too_large",
    "server": "timeout_error api_error",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_says_its_kind_whatever_the_status(kind: str) -> None:
    for code in KINDS[kind].split():
        assert classify(Rejection("m", (code.upper(),)), 418).kind == kind, code
    assert {code for code, found in CODES.items() if found == kind} == set(KINDS[kind].split())


@pytest.mark.parametrize("kind", VAGUE)
def test_a_vague_code_counts_where_there_is_no_status(kind: str) -> None:
    for code in VAGUE[kind].split():
        assert classify(Rejection("m", (code,))).kind == kind, code
        assert classify(Rejection("m", (code,)), 503).kind == "overloaded", code
        assert classify(Rejection("m", ("x", code))).kind == kind, code


STATUS_KINDS = {
    399: "server",
    400: "invalid_request",
    401: "auth",
    402: "quota",
    403: "permission",
    404: "not_found",
    407: "network",
    408: "timeout",
    409: "server",
    422: "invalid_request",
    429: "rate_limit",
    498: "overloaded",
    499: "invalid_request",
    500: "server",
    502: "server",
    503: "overloaded",
    504: "server",
    529: "overloaded",
}
SENT_AGAIN = {408, 409, 429, 498, 500, 502, 503, 504, 529}


@pytest.mark.parametrize(("status", "kind"), STATUS_KINDS.items())
def test_a_status_says_its_kind_and_whether_it_may_be_sent_again(status: int, kind: str) -> None:
    fault = fault_from_response(status, {}, b"m")
    assert (fault.kind, fault.status) == (kind, status)
    assert fault.retryable is (status in SENT_AGAIN)


@pytest.mark.parametrize(
    ("status", "said", "retryable"),
    [(400, "true", True), (500, "FALSE", False), (400, "maybe", False), (500, "maybe", True)],
)
def test_the_server_has_the_last_word_on_sending_again(
    status: int, said: str, retryable: bool
) -> None:
    assert fault_from_response(status, {"x-should-retry": said}, b"m").retryable is retryable


#: What servers say of a conversation that has outgrown its model.
OVERFLOWS = {
    "OpenAI": "Your input exceeds the context window of this model",
    "Anthropic": "input length and `max_tokens` exceed context limit: 9 + 1 > 8",
    "Gemini": "The input token count (9) exceeds the maximum number of tokens allowed (8)",
    "xAI": "This model's maximum prompt length is 8 but the request contains 9 tokens",
    "Groq": "Please reduce the length of the messages or completion",
    "Perplexity": "The request has too many tokens: 9 of 8",
    "Moonshot": "Invalid request: Your request exceeded model token limit: 8 (requested: 9)",
    "Qwen": "Range of input length should be [1, 8]",
    "Mistral": "Prompt contains 9 tokens, too large for model with 8 maximum context length",
    "Bedrock": "Input is too long for requested model.",
    "Cohere": "too many tokens: size limit exceeded by 1",
    "GLM": "Prompt exceeds max length",
    "MiniMax": "invalid params, context window exceeds limit",
    "vLLM": "The decoder prompt (length 9) is longer than the maximum model length of 8",
    "TGI": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8",
    "llama.cpp": "input is larger than n_ctx, n_ctx = 8",
    "Copilot": "prompt token count of 9 exceeds the limit of 8",
    "LM Studio": "The number of tokens to keep is greater than the context length",
}
PHRASES = {
    "quota": [
        "Your credit balance is too low",
        "You exhausted all of your credit",
        "your credits have been EXHAUSTED",
        *("insufficient credits", "used all available credits", "run out of credits"),
        *("out of credit", "no credits", "you don't have any credits"),
    ],
    "auth": ["Incorrect API key provided", "Invalid API key"],
    "not_found": [
        *("Model not found: x", "no such model", "sonar is now the Agent API"),
        "The model `x` does not exist",
    ],
    "context_length": [
        "This model's maximum context length is 8192",
        "the input exceeds the maximum number of tokens",
        "Range of input length should be [1, 100]",
        *("the context window", "context size exceeded", "context length"),
        "input token length too long",
        "total length of all messages is too long",
        "prompt is too long: 9 tokens",
        *OVERFLOWS.values(),
    ],
    "content_filter": [
        "Output blocked by content filtering policy",
        "This request has been flagged as potentially violating our usage policy",
        "The response was filtered due to the prompt triggering our content management policy",
        "The request was rejected because it was considered high risk",
        "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO",
        "Your request was rejected by the safety system",
        "Input data may contain inappropriate content",
        "The prompt was rejected by our moderation system",
    ],
    "invalid_request": [f"credit{'.' * 41}", "model " + "x" * 81 + " does not exist", "context of"],
}


@pytest.mark.parametrize(
    ("kind", "message"), [(kind, text) for kind, texts in PHRASES.items() for text in texts]
)
def test_a_message_says_its_kind_where_nothing_else_does(kind: str, message: str) -> None:
    assert classify(Rejection(message), 400).kind == kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, "auth") for status in (None, 400, 401, 403, 404, 413, 422, 500)),
        *((418, "invalid_request"), (429, "rate_limit"), (502, "server"), (503, "overloaded")),
    ],
)
def test_a_message_counts_for_a_status_that_leaves_the_kind_open(
    status: int | None, kind: str
) -> None:
    assert classify(Rejection("Incorrect API key provided"), status).kind == kind


def test_of_a_429_only_an_empty_account_is_told_by_its_message() -> None:
    assert classify(Rejection("Your credit balance is too low"), 429).kind == "quota"


def test_a_wrapped_error_of_google_has_its_reasons_first_and_its_number_last() -> None:
    error = {
        "code": 429,
        "message": " m ",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"reason": "R"}, {"violations": [{"quotaId": "xPerDay"}]}, 7],
    }
    found = Rejection("m", ("R", "quota_per_day", "RESOURCE_EXHAUSTED", "429"), None, 429)
    assert parse_rejection([{"error": error}]) == found
    fault = classify(found)
    assert (fault.kind, fault.code) == ("quota", "R")
    assert classify(Rejection("m", ("quota_per_day", "X"))).code == "X"


def test_details_that_are_an_object_say_more_than_what_is_around_them() -> None:
    error = {"message": "m", "code": "c", "details": {"code": "d", "error_code": "e"}}
    assert parse_rejection({"error": error}) == Rejection("m", ("e", "d"))


@pytest.mark.parametrize(
    ("code", "status"), [(400, 400), (599, 599), (399, None), (600, None), ("5xx", None)]
)
def test_a_code_that_is_a_status_of_an_error_is_one(code: Any, status: int | None) -> None:
    found = parse_rejection({"error": {"message": "m", "code": code}})
    assert found is not None
    assert found.status == status


def test_the_status_in_a_body_counts_before_that_of_the_answer() -> None:
    assert classify(Rejection("m", status=503), 200).status == 503
    assert classify(Rejection("m"), 502).status == 502


@pytest.mark.parametrize(
    ("headers", "body", "request_id"),
    [
        ({}, b'{"request_id": "b", "error": "m"}', "b"),
        ({"request-id": "h"}, b'{"request_id": "b", "error": "m"}', "h"),
        ({"msh-request-id": "m", "x-request-id": "x"}, b"", "x"),
        ({}, b'{"request_id": 7, "error": "m"}', None),
        ({}, b"[]", None),
    ],
)
def test_the_request_id_is_the_headers_or_the_bodys(
    headers: dict[str, str], body: bytes, request_id: str | None
) -> None:
    assert fault_from_response(500, headers, body).request_id == request_id


@pytest.mark.parametrize(
    ("headers", "text", "page"),
    [
        ({"content-type": "application/xhtml+xml; html"}, "x", True),
        ({"content-type": "text/plain"}, "x", False),
        ({}, "<!DOCTYPE html>", True),
        ({}, "<HTML lang=en>", True),
        ({}, " <html>", False),
        ({}, "<!DOCTYPE xml>", False),
    ],
)
def test_a_page_is_one_by_its_type_or_its_beginning(
    headers: dict[str, str], text: str, page: bool
) -> None:
    assert is_html(headers, text) is page


def test_a_page_a_password_and_a_long_text_have_their_own_words() -> None:
    assert (
        fault_from_response(407, {}, b"secret page").message == "the proxy requires authentication"
    )
    assert fault_from_response(502, {}, b"<html><title>T</title>").message == (
        'an HTML page instead of an answer (title "T") (from a proxy?)'
    )
    assert len(fault_from_response(502, {}, b"x" * 5000).message) == 4096


@pytest.mark.parametrize(
    ("status", "body", "wrong"),
    [
        (404, b"404 page not found", True),
        (404, b'{"detail": "Not Found"}', True),
        (404, b'{"error": {"message": "Invalid URL (POST /v1/chat)", "code": null}}', True),
        (404, b'{"error": {"message": "Route POST:/chat not found", "statusCode": 404}}', True),
        (404, b"<html><title>404 Not Found</title></html>", True),
        (404, b'{"error": {"message": "the model x does not exist"}}', False),
        (404, b'{"error": {"message": "not there", "code": "model_not_found"}}', False),
        (404, b'{"error": {"message": "Tide-7B is unknown"}}', False),
        (400, b"404 page not found", False),
    ],
)
def test_a_404_that_names_no_model_is_about_the_address(
    status: int, body: bytes, wrong: bool
) -> None:
    assert is_wrong_path(fault_from_response(status, {}, body), "tide-7b") is wrong
