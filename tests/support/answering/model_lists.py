"""The answers of the providers' own lists of models, as documented or recorded, for the server.

Each list has a model that the catalogue knows, one that it does not, one that answers no
questions where such lists have them, and fields that nobody has told us about.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.answering.server import Json, Reply, SeenRequest

CREATED = 1780272000  # 1 June 2026


class ProviderList(NamedTuple):
    """One provider's list: where it is, its entries, and how it is cut into pages."""

    path: str  # after the base URL
    entries: Sequence[Json]
    key: str = "data"  # of the entries
    paging: str = ""  # how it goes on: has_more, token, number; empty: it is never cut
    single: bool = False  # whether one model can be asked for
    header: str = "authorization"  # with the key

    def ids(self) -> list[str]:
        """The ids, in the list's order."""
        return [_id(entry) for entry in self.entries]


def _openai(name: str, **more: Any) -> Json:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "system", **more}


def _claude(name: str, shown: str, **more: Any) -> Json:
    yes, no = {"supported": True}, {"supported": False}
    levels = dict.fromkeys(("low", "medium", "high", "max"), yes)
    return {
        "type": "model",
        "id": name,
        "display_name": shown,
        "created_at": "2026-06-01T00:00:00Z",
        "line": "sonnet",
        "lifecycle": "active",
        "deprecated_at": None,
        "retires_at": None,
        "max_input_tokens": 1000000,
        "max_tokens": 128000,
        "capabilities": {
            "batch": yes,
            "citations": yes,
            "code_execution": no,
            "context_management": yes,
            "effort": {**yes, **levels, "xhigh": no},
            "image_input": yes,
            "pdf_input": yes,
            "server_tools": yes,
            "structured_outputs": yes,
            "thinking": {**yes, "types": {"adaptive": yes, "enabled": no, "disabled": yes}},
            "telepathy": yes,
        },
        **more,
    }


def _gemini(name: str, *methods: str, **more: Any) -> Json:
    return {
        "name": f"models/{name}",
        "version": "3.8",
        "displayName": name.replace("-", " ").title(),
        "description": "A model.",
        "inputTokenLimit": 1048576,
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": list(methods or ("generateContent", "countTokens")),
        "temperature": 1,
        "maxTemperature": 2,
        "topP": 0.95,
        "topK": 64,
        "thinking": True,
        **more,
    }


def _grok(name: str, cents: int, **more: Any) -> Json:
    return {
        "id": name,
        "aliases": [],
        "version": "1.0",
        "fingerprint": "fp_1",
        "created": CREATED,
        "owned_by": "xai",
        "object": "model",
        "input_modalities": ["text", "image"],
        "output_modalities": ["text"],
        "prompt_text_token_price": cents,
        "cached_prompt_text_token_price": cents // 4,
        "prompt_image_token_price": cents,
        "completion_text_token_price": cents * 5,
        "search_price": 250000000,
        **more,
    }


def _groq(name: str, **more: Any) -> Json:
    return {
        **_openai(name),
        "active": True,
        "name": name.rpartition("/")[2].upper(),
        "context_length": 131072,
        "context_window": 131072,
        "max_completion_tokens": 65536,
        "max_output_length": 65536,
        "hugging_face_id": name,
        "input_modalities": ["text"],
        "output_modalities": ["text"],
        "public_apps": None,
        "supported_features": ["tools", "json_mode", "structured_outputs", "reasoning"],
        "supported_sampling_parameters": ["temperature", "top_p", "stop", "seed", "max_tokens"],
        "pricing": {
            "completion": "0.0000006",
            "image": "0",
            "input_cache_read": "0.000000075",
            "prompt": "0.00000015",
            "request": "0",
        },
        **more,
    }


def _kimi(name: str, **more: Any) -> Json:
    return {
        **_openai(name),
        "permission": [],
        "root": name,
        "context_length": 1048576,
        "supports_image_in": True,
        "supports_video_in": True,
        "supports_reasoning": True,
        "supports_dynamic_tools": True,
        **more,
    }


#: An undocumented field in every list.
NEW = {"moon_phase": {"tonight": "waxing"}}

LISTS: Mapping[str, ProviderList] = {
    "openai": ProviderList(
        "/models",
        [
            _openai("gpt-6.1-terra", **NEW),
            _openai("gpt-7-nova"),
            _openai("gpt-4.1", shutdown_date="2027-01-14"),
            _openai("text-embedding-3-small"),
            _openai("gpt-realtime-2"),
        ],
        single=True,
    ),
    "gemini": ProviderList(
        "/models",
        [
            _gemini("gemini-3.8-flash", **NEW),
            _gemini("gemini-5-neon", thinking=False),
            _gemini("gemini-embedding-2", "embedContent"),
            _gemini("gemini-2.5-pro"),
        ],
        key="models",
        paging="token",
        single=True,
        header="x-goog-api-key",
    ),
    "xai": ProviderList(
        "/language-models",
        [_grok("grok-4.7", 20000, aliases=["grok-latest"], **NEW), _grok("grok-9", 30000)],
        key="models",
        single=True,
    ),
    "groq": ProviderList(
        "/models",
        [
            _groq("openai/gpt-oss-120b", **NEW),
            _groq("qwen/qwen4-9b", pricing=None, active=False),
            _groq(
                "whisper-large-v3",
                input_modalities=["audio"],
                output_modalities=["transcription"],
            ),
        ],
        single=True,
    ),
    "anthropic": ProviderList(
        "/models",
        [
            _claude("claude-sonnet-5-5", "Claude Sonnet 5.5", **NEW),
            _claude("claude-limerick-6", "Claude Limerick 6", max_input_tokens=2000000),
            _claude(
                "claude-haiku-4-5-20251001",
                "Claude Haiku 4.5",
                lifecycle="deprecated",
                deprecated_at="2026-10-01T00:00:00Z",
                retires_at="2027-02-01T00:00:00Z",
            ),
        ],
        paging="has_more",
        single=True,
        header="x-api-key",
    ),
    "perplexity": ProviderList(
        "/v1/models",
        [
            _openai(
                "perplexity/sonar",
                pricing={"input": 0.25, "output": 2.5, "cache_read": 0.0625},
                **NEW,
            ),
            _openai("anthropic/claude-sonnet-5", pricing={"input": 2, "output": 10}),
        ],
    ),
    "moonshot": ProviderList(
        "/models",
        [
            _kimi("kimi-k3.1-pro", reasoning_efforts=["low", "high", "max"], **NEW),
            _kimi("kimi-k4", supports_video_in=False, supports_reasoning=False),
        ],
    ),
    "qwen": ProviderList(
        "/models",
        [
            _openai("qwen3.8-flash", **NEW),
            _openai("qwen9-plus"),
            _openai("text-embedding-v4"),
            _openai("wan3.1-t2i-plus"),
        ],
        paging="has_more",
    ),
}


def _id(entry: Json) -> str:
    return str(entry.get("id") or entry["name"]).removeprefix("models/")


def _json(value: Any, status: int = 200) -> Reply:
    body = json.dumps(value).encode()
    return Reply(status, {"content-type": "application/json"}, [body], length=True)


def list_page(given: ProviderList, start: int = 0, size: int | None = None) -> dict[str, Any]:
    """The page of a list that begins at ``page_start``."""
    some = given.entries[start : start + (size or len(given.entries))]
    more = start + len(some) < len(given.entries)
    body: dict[str, Any] = {given.key: list(some)}
    if given.key == "data":
        body["object"] = "list"
    if given.paging == "has_more":
        body |= {"first_id": _id(some[0]), "last_id": _id(some[-1]), "has_more": more}
    if given.paging == "token" and more:
        body["nextPageToken"] = f"page {start + len(some)}/x"
    return body


class ListServer:
    """Serves a list under a base path, ``size`` entries per page, and single models if it can."""

    def __init__(self, given: ProviderList, base: str, size: int | None = None) -> None:
        self.given, self.base, self.size = given, base, size

    def __call__(self, seen: SeenRequest) -> Reply:
        url = urlsplit(seen.path)
        rest = url.path.removeprefix(self.base + self.given.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if rest.startswith("/") and self.given.single:
            return self.single_model(unquote(rest[1:]))
        if rest or seen.method != "GET":
            return _json({"error": {"message": "no such path", "code": "not_found"}}, 404)
        size = self.size if self.given.paging else None
        return _json(list_page(self.given, self.page_start(query), size))

    def page_start(self, query: Mapping[str, str]) -> int:
        """The index at which a requested page starts."""
        if token := query.get("pageToken"):
            return int(token.removeprefix("page ").removesuffix("/x"))
        after = query.get("after_id") or query.get("after")
        return self.given.ids().index(after) + 1 if after else 0

    def single_model(self, name: str) -> Reply:
        """The reply for one model, or that it does not exist."""
        for entry in self.given.entries:
            if _id(entry) == name:
                return _json(entry)
        return _json({"error": {"message": f"no model {name}", "code": "model_not_found"}}, 404)
