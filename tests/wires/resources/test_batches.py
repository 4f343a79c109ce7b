"""What providers say of batches: states, counts, results and errors, and what is sent."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from aichat import providers
from aichat.core.http.call import Call
from aichat.core.provider.endpoint import Endpoint
from aichat.wires.resources import batches
from aichat.wires.resources.batches import DIALECTS, BatchReport, BatchResult

OPENAI = {
    "id": "b",
    "status": "completed",
    "request_counts": {"total": 3, "completed": 2, "failed": 1},
}


def endpoint(provider: str) -> Endpoint:
    found = providers.load(provider)
    return Endpoint(
        found, DIALECTS[found.resources.batches].wire or found.wires[0], found.base_url, None
    )


#: Whose, what it says, and what that is.
REPORTS: dict[str, tuple[str, Mapping[str, Any], BatchReport]] = {
    "done": (
        "openai",
        {**OPENAI, "output_file_id": "o", "error_file_id": "e"},
        BatchReport("b", "done", 3, 3, 1, ("o", "e")),
    ),
    "checked": ("groq", {"id": "b", "status": "validating"}, BatchReport("b", "pending")),
    "being ended": ("qwen", {"id": "b", "status": "cancelling"}, BatchReport("b", "running")),
    "out of time": (
        "moonshot",
        {"id": "b", "status": "expired", "output_file_id": "o", "error_file_id": None},
        BatchReport("b", "expired", results=("o",)),
    ),
    "bad lines": (
        "openai",
        {
            "id": "b",
            "status": "failed",
            "errors": {"data": [{"message": "m", "line": 1}, {"message": "n"}]},
        },
        BatchReport("b", "failed", error="m; n"),
    ),
    "a state of the future": ("openai", {"id": "b", "status": "x"}, BatchReport("b", "unknown")),
    "counts of the future": (
        "openai",
        {"id": "b", "status": "in_progress", "request_counts": {"total": "many", "completed": -1}},
        BatchReport("b", "running"),
    ),
    "Claude at work": (
        "anthropic",
        {"id": "m", "processing_status": "in_progress", "request_counts": {"processing": 4}},
        BatchReport("m", "running", 4, 0, 0),
    ),
    "Claude done": (
        "anthropic",
        {
            "id": "m",
            "processing_status": "ended",
            "results_url": "https://api.anthropic.com/v1/messages/batches/m/results",
            "request_counts": {"succeeded": 1, "errored": 1, "canceled": 1, "expired": 1},
        },
        BatchReport(
            *("m", "done", 4, 4, 3),
            ("https://api.anthropic.com/v1/messages/batches/m/results",),
        ),
    ),
    "Gemini at work": (
        "gemini",
        {
            "name": "batches/g",
            "metadata": {"state": "BATCH_STATE_RUNNING", "batchStats": {"requestCount": "2"}},
        },
        BatchReport("g", "running", 2),
    ),
    "Gemini done": (
        "gemini",
        {
            "name": "batches/g",
            "metadata": {
                "state": "BATCH_STATE_SUCCEEDED",
                "batchStats": {"requestCount": "2", "successfulRequestCount": "2"},
            },
            "response": {"inlinedResponses": {"inlinedResponses": [{"metadata": {"key": "k"}}]}},
        },
        BatchReport("g", "done", 2, 2, None, answers=({"metadata": {"key": "k"}},)),
    ),
    "Gemini failed": (
        "gemini",
        {
            "name": "batches/g",
            "metadata": {"state": "JOB_STATE_FAILED"},
            "error": {"message": "no"},
        },
        BatchReport("g", "failed", error="no"),
    ),
    "Grok, not begun": (
        "xai",
        {"batch_id": "x", "state": {"num_requests": 0}, "create_time": "2026-11-29"},
        BatchReport("x", "pending", 0, 0, None, ("/batches/x/results",)),
    ),
    "Grok refuses": (
        "xai",
        {
            "batch_id": "x",
            "state": {"num_requests": 1, "num_pending": 1},
            "cancel_time": "d",
            "cancel_by_xai_message": "bad",
        },
        BatchReport("x", "failed", 1, 0, None, ("/batches/x/results",), error="bad"),
    ),
    "Grok, ended": (
        "xai",
        {"batch_id": "x", "state": {"num_requests": 2, "num_pending": 1}, "cancel_time": "d"},
        BatchReport("x", "cancelled", 2, 1, None, ("/batches/x/results",)),
    ),
}


@pytest.mark.parametrize("case", REPORTS)
def test_what_is_said_of_a_batch_is_read(case: str) -> None:
    provider, told, expected = REPORTS[case]
    assert batches.parse_report(told, endpoint(provider)) == expected


@pytest.mark.parametrize("provider", DIALECTS)
@pytest.mark.parametrize("told", [{}, {"id": 7, "name": [], "batch_id": None}])
def test_what_is_about_no_batch_is_none(provider: str, told: Mapping[str, Any]) -> None:
    assert batches.parse_report(told, endpoint(provider)) is None


#: Whose, a line of results, and what came of that request.
RESULTS: dict[str, tuple[str, Mapping[str, Any], BatchResult]] = {
    "an answer": (
        "openai",
        {"custom_id": "a", "response": {"status_code": 200, "body": {"x": 1}}, "error": None},
        BatchResult("a", {"x": 1}),
    ),
    "refused in the file of answers": (
        "openai",
        {"custom_id": "a", "response": {"status_code": 400, "body": {"error": {"message": "m"}}}},
        BatchResult("a", None, 400, {"message": "m"}),
    ),
    "out of time": (
        "groq",
        {"custom_id": "a", "response": None, "error": {"code": "batch_expired", "message": "m"}},
        BatchResult("a", None, 0, {"code": "batch_expired", "message": "m"}),
    ),
    "Claude": (
        "anthropic",
        {"custom_id": "a", "result": {"type": "succeeded", "message": {"x": 1}}},
        BatchResult("a", {"x": 1}),
    ),
    "Claude, overloaded": (
        "anthropic",
        {
            "custom_id": "a",
            "result": {
                "type": "errored",
                "error": {"type": "error", "error": {"type": "overloaded_error"}},
            },
        },
        BatchResult("a", None, 529, {"type": "overloaded_error"}),
    ),
    "Claude, ended": (
        "anthropic",
        {"custom_id": "a", "result": {"type": "canceled"}},
        BatchResult("a", None, 0, {"message": "the batch was canceled before it was answered"}),
    ),
    "Gemini": (
        "gemini",
        {"metadata": {"key": "a"}, "response": {"x": 1}},
        BatchResult("a", {"x": 1}),
    ),
    "Gemini, too many": (
        "gemini",
        {"metadata": {"key": "a"}, "error": {"code": 8, "message": "m"}},
        BatchResult("a", None, 429, {"code": 8, "message": "m"}),
    ),
    "Grok": (
        "xai",
        {"batch_request_id": "a", "batch_result": {"response": {"chat_get_completion": {"x": 1}}}},
        BatchResult("a", {"x": 1}),
    ),
    "Grok refuses": (
        "xai",
        {
            "batch_request_id": "a",
            "batch_result": {"response": None, "error": {"code": 3}},
            "error_message": "m",
        },
        BatchResult("a", None, 400, {"code": 3, "message": "m"}),
    ),
    "nothing": ("xai", {"batch_request_id": "a"}, BatchResult("a", None, 0, {"message": None})),
}


@pytest.mark.parametrize("case", RESULTS)
def test_what_came_of_a_request_is_read(case: str) -> None:
    provider, told, expected = RESULTS[case]
    assert DIALECTS[provider].result(told) == expected


def test_a_line_has_the_request_without_what_only_streams_have() -> None:
    whose = endpoint("qwen")
    body = {"model": "m", "messages": [], "stream": True, "stream_options": {"include_usage": True}}
    call = Call("POST", f"{whose.base_url}/chat/completions", (), (json.dumps(body).encode(),))
    assert json.loads(batches.request_line(whose, "n", call)) == {
        "custom_id": "n",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "m", "messages": []},
    }


def test_results_at_another_host_are_not_asked_for() -> None:
    whose = endpoint("anthropic")
    place = "/v1/messages/batches/m/results"
    assert batches.results_call(whose, f"https://evil.example{place}") is None
    call = batches.results_call(whose, f"https://api.anthropic.com{place}")
    assert call and call.url == f"https://api.anthropic.com{place}"
