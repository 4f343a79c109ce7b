"""Simulated batch APIs on loopback: files, batches, states, results out of order."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.answering.answers import messages_whole, responses_whole
from tests.support.answering.answers_google import gemini_whole
from tests.support.answering.server import Reply, SeenRequest, chat_whole

#: Words in an input that make it refused or lost.
REFUSED, LOST = "refuse-me", "lose-me"


def json_reply(value: Any, status: int = 200) -> Reply:
    body = json.dumps(value).encode()
    return Reply(status, {"content-type": "application/json"}, [body], length=True)


def body_of(reply: Reply) -> dict[str, Any]:
    """The JSON of a whole answer."""
    found: dict[str, Any] = json.loads(b"".join(s for s in reply.body if isinstance(s, bytes)))
    return found


def said(body: Mapping[str, Any]) -> str:
    """The user's text in a request of any wire."""
    if "contents" in body:
        text = body["contents"][-1]["parts"][-1]["text"]
    else:
        given = body.get("messages") or body["input"]
        text = given if isinstance(given, str) else given[-1]["content"]
    return text if isinstance(text, str) else str(text[-1]["text"])


def answer_to(body: Mapping[str, Any]) -> dict[str, Any]:
    """The whole answer to a request, in the format of its wire."""
    assert not body.get("stream"), "a batch cannot stream"
    text = f"<{said(body)}>"
    if "contents" in body:
        return body_of(gemini_whole(text))
    if "input" in body:
        return body_of(responses_whole(text))
    if "max_tokens" in body and "claude" in body["model"]:
        return body_of(messages_whole(text))
    return body_of(chat_whole(text))


class Engine:
    """One provider's API: the server's replies, and everything it received.

    ``looks`` is the number of polls before a batch ends, and ``state`` how it ends.
    """

    def __init__(self, provider: str, looks: int = 0, state: str = "done") -> None:
        self.provider, self.looks, self.state = provider, looks, state
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, list[dict[str, Any]]] = {}
        self.begun: list[Any] = []  # the bodies that created batches
        self.cancelled: set[str] = set()
        self.url = ""

    def __call__(self, request: SeenRequest) -> Reply:
        path = re.sub(r"^(?:/openai|/compatible-mode)?(.*?)/v1(?:beta)?(?=/)", r"\1", request.path)
        method, kind = request.method, _KINDS[self.provider]
        if (reply := self._file_reply(request, path)) is not None:
            return reply
        if method == "POST" and re.fullmatch(kind.create, path):
            self.begun.append(request.json())
            return self._begin(request.json())
        if found := re.fullmatch(kind.results, path):
            return kind.give(self, found[1])
        if found := re.fullmatch(kind.cancel, path):
            self.cancelled.add(found[1])
            self.looks = 0
            return json_reply(kind.show(self, found[1]))
        if found := re.fullmatch(kind.look, path):
            shown = json_reply(kind.show(self, found[1]))
            self.looks -= 1
            return shown
        return json_reply({"error": {"message": f"no {method} {path}"}}, 404)

    def _file_reply(self, request: SeenRequest, path: str) -> Reply | None:
        """The reply to a call about files; None for any other."""
        if (request.method, path) == ("POST", "/files"):
            content = request.body.partition(b"; filename=")[2].partition(b"\r\n\r\n")[2]
            name = self._keep(content[: content.index(b"\r\n--")])
            return json_reply({"id": name, "object": "file", "bytes": 1, "filename": "r.jsonl"})
        if path == "/upload/files":
            return Reply(
                200, {"x-goog-upload-url": f"{self.url}/put/v1beta/it"}, [b""], length=True
            )
        if path == "/put/it":
            told = {"file": {"name": f"files/{self._keep(request.body)}", "state": "ACTIVE"}}
            headers = {"content-type": "application/json", "x-goog-upload-status": "final"}
            return Reply(200, headers, [json.dumps(told).encode()], length=True)
        found = re.fullmatch(
            r"(?:/download)?/files/([^/:]+)(?:/content|:download\?alt=media)", path
        )
        if found is None:
            return None
        return Reply(200, {"content-type": "application/octet-stream"}, [self.files[found[1]]])

    def _keep(self, content: bytes) -> str:
        name = f"file-{len(self.files)}"
        self.files[name] = content
        return name

    def _begin(self, body: Mapping[str, Any]) -> Reply:
        name = f"batch-{len(self.batches)}"
        kind = _KINDS[self.provider]
        self.batches[name] = [kind.read(line) for line in kind.lines(self, body)]
        return json_reply(kind.show(self, name))

    def entries(self, name: str) -> list[dict[str, Any]]:
        """A batch's requests, the last one first, without lost ones."""
        if self.state == "expired":
            return self.batches[name][:1]
        return [one for one in reversed(self.batches[name]) if LOST not in said(one["body"])]

    def is_over(self, name: str) -> bool:
        return self.looks <= 0 or name in self.cancelled


class Kind:
    """The batch protocol of one family of providers."""

    def __init__(
        self,
        *,
        paths: tuple[str, str, str, str],
        lines: Callable[[Engine, Mapping[str, Any]], list[Any]],
        read: Callable[[Any], dict[str, Any]],
        show: Callable[[Engine, str], Any],
        give: Callable[[Engine, str], Reply],
    ) -> None:
        self.create, self.look, self.results, self.cancel = paths
        self.lines, self.read, self.show, self.give = lines, read, show, give


def _file_lines(engine: Engine, body: Mapping[str, Any]) -> list[Any]:
    return [json.loads(line) for line in engine.files[body["input_file_id"]].splitlines()]


def _openai_read(line: Any) -> dict[str, Any]:
    assert {*line} == {"custom_id", "method", "url", "body"} and line["method"] == "POST"
    assert line["url"] in ("/v1/responses", "/v1/chat/completions")
    return {"id": line["custom_id"], "body": line["body"], "url": line["url"]}


def _openai_show(engine: Engine, name: str) -> Any:
    entries = engine.batches[name]
    states = {"done": "completed", "failed": "failed", "expired": "expired"}
    over = engine.is_over(name)
    state = "cancelled" if name in engine.cancelled else states[engine.state]
    refused = [one for one in entries if REFUSED in said(one["body"])]
    shown = {
        "id": name,
        "object": "batch",
        "endpoint": entries[0]["url"],
        "status": state if over else "in_progress",
        "request_counts": {
            "total": len(entries),
            "completed": len(entries) - len(refused) if over else 0,
            "failed": len(refused) if over else 0,
        },
        "errors": {"data": [{"message": "line 1 is bad", "line": 1}]}
        if state == "failed"
        else None,
    }
    if not over or state == "failed":
        return shown
    good, bad = [], []
    for one in engine.entries(name):
        response = {"status_code": 200, "request_id": "r", "body": answer_to(one["body"])}
        line = {"id": "x", "custom_id": one["id"], "response": response, "error": None}
        if one in refused:
            response |= {"status_code": 400, "body": {"error": {"message": "not this"}}}
            bad.append(line)
        else:
            good.append(line)
    for kind, lines in (("output", good), ("error", bad)):
        engine.files[f"{kind}-{name}"] = "".join(json.dumps(line) + "\n" for line in lines).encode()
        shown[f"{kind}_file_id"] = f"{kind}-{name}" if lines else None
    return shown


def _no_results(engine: Engine, name: str) -> Reply:
    raise AssertionError(f"{engine.provider} has no such address for {name}")


def _anthropic_show(engine: Engine, name: str) -> Any:
    entries, over = engine.batches[name], engine.is_over(name)
    names = ("processing", "succeeded", "errored", "canceled", "expired")
    counts = dict.fromkeys(names, 0) | ({} if over else {"processing": len(entries)})
    for one in entries if over else ():
        text = said(one["body"])
        counts["errored" if REFUSED in text else "expired" if LOST in text else "succeeded"] += 1
    url = f"{engine.url}/v1/messages/batches/{name}/results"
    return {
        "id": name,
        "type": "message_batch",
        "processing_status": "ended" if over else "in_progress",
        "request_counts": counts,
        "results_url": url if over else None,
    }


def _anthropic_give(engine: Engine, name: str) -> Reply:
    lines = []
    for one in reversed(engine.batches[name]):
        text, result = said(one["body"]), {"type": "succeeded", "message": answer_to(one["body"])}
        if REFUSED in text:
            error = {"type": "invalid_request_error", "message": "not this"}
            result = {"type": "errored", "error": {"type": "error", "error": error}}
        if LOST in text:
            result = {"type": "expired"}
        lines.append(json.dumps({"custom_id": one["id"], "result": result}))
    return Reply(200, {"content-type": "application/binary"}, ["\n".join(lines).encode()])


def _gemini_lines(engine: Engine, body: Mapping[str, Any]) -> list[Any]:
    """The requests, in a file or inline."""
    given = body["batch"]["inputConfig"]
    if "fileName" in given:
        content = engine.files[given["fileName"].removeprefix("files/")]
        return [json.loads(line) for line in content.splitlines()]
    found: list[Any] = given["requests"]["requests"]
    return found


def _gemini_read(line: Any) -> dict[str, Any]:
    key = line.get("key")
    name = key or line["metadata"]["key"]
    return {"id": name, "body": line["request"], "in_file": key is not None}


def _gemini_show(engine: Engine, name: str) -> Any:
    entries, over = engine.batches[name], engine.is_over(name)
    shown: dict[str, Any] = {
        "name": f"batches/{name}",
        "metadata": {
            "state": "BATCH_STATE_RUNNING",
            "batchStats": {"requestCount": str(len(entries))},
        },
    }
    if not over:
        return shown
    given, in_file = [], entries[0]["in_file"]
    for one in engine.entries(name):
        told: dict[str, Any] = {"metadata": {"key": one["id"]}}
        if in_file:
            told = {"key": one["id"]}
        if REFUSED in said(one["body"]):
            told["error"] = {"code": 3, "message": "not this", "status": "INVALID_ARGUMENT"}
        else:
            told["response"] = answer_to(one["body"])
        given.append(told)
    state = "CANCELLED" if name in engine.cancelled else "SUCCEEDED"
    shown["metadata"]["state"] = f"BATCH_STATE_{state}"
    shown["metadata"]["batchStats"] |= {
        "successfulRequestCount": str(sum("response" in told for told in given)),
        "failedRequestCount": str(sum("error" in told for told in given)),
    }
    output: dict[str, Any] = {"inlinedResponses": {"inlinedResponses": given}}
    if in_file:
        engine.files[f"out-{name}"] = "".join(json.dumps(one) + "\n" for one in given).encode()
        output = {"responsesFile": f"files/out-{name}"}
    shown["metadata"]["output"] = output
    return {**shown, "done": True}


def _xai_show(engine: Engine, name: str) -> Any:
    """The state of a batch; if cancelled, only existing results count as answered."""
    entries, over = engine.batches[name], engine.is_over(name)
    refused = sum(REFUSED in said(one["body"]) for one in entries)
    is_failed = over and engine.state == "failed"
    return {
        "batch_id": name,
        "name": engine.begun[-1]["name"],
        "create_time": "2026-11-29",
        "expire_time": "2026-11-30",
        "cancel_time": "2026-11-29" if name in engine.cancelled or is_failed else None,
        "cancel_by_xai_message": "line 1 is bad" if is_failed else None,
        "state": {
            "num_requests": len(entries),
            "num_pending": 0 if over else len(entries),
            "num_success": len(entries) - refused if over else 0,
            "num_error": refused if over else 0,
            "num_cancelled": 0,
        },
        "cost_breakdown": {"total_cost_usd_ticks": 0},
    }


def _xai_give(engine: Engine, query: str) -> Reply:
    """Results, two per page."""
    name, _, query = query.partition("/results")
    start = int((re.findall(r"pagination_token=(\d+)", query) or ["0"])[0])
    results = []
    for one in engine.entries(name)[start : start + 2]:
        bad = REFUSED in said(one["body"])
        response = None if bad else {"chat_get_completion": answer_to(one["body"])}
        error = {"code": 3, "message": "not this"} if bad else None
        result = {"response": response, "error": error}
        told = {"error_message": "not this"} if bad else {}
        results.append({"batch_request_id": one["id"], "batch_result": result, **told})
    more = start + 2 < len(engine.entries(name))
    return json_reply({"results": results, "pagination_token": str(start + 2) if more else None})


_OPENAI = Kind(
    paths=("/batches", "/batches/([^/]+)", "/none/(.+)", "/batches/(.+)/cancel"),
    lines=_file_lines,
    read=_openai_read,
    show=_openai_show,
    give=_no_results,
)
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("openai", "groq", "moonshot", "qwen"), _OPENAI),
    "anthropic": Kind(
        paths=(
            "/messages/batches",
            "/messages/batches/([^/]+)",
            "/messages/batches/(.+)/results",
            "/messages/batches/(.+)/cancel",
        ),
        lines=lambda _, body: list(body["requests"]),
        read=lambda line: {"id": line["custom_id"], "body": line["params"]},
        show=_anthropic_show,
        give=_anthropic_give,
    ),
    "gemini": Kind(
        paths=(
            r"/models/[^/]+:batchGenerateContent",
            "/batches/([^/:]+)",
            "/none/(.+)",
            "/batches/(.+):cancel",
        ),
        lines=_gemini_lines,
        read=_gemini_read,
        show=_gemini_show,
        give=_no_results,
    ),
    "xai": Kind(
        paths=(
            "/batches",
            "/batches/([^/:]+)",
            r"/batches/([^/]+/results\?.+)",
            "/batches/(.+):cancel",
        ),
        lines=_file_lines,
        read=_openai_read,
        show=_xai_show,
        give=_xai_give,
    ),
}
