"""The requests of kept prompts are google-genai's own, and its answers are read whole."""

from typing import Any

import pytest

from aichat import providers
from aichat.core.exchange.request import Request
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint, Secret
from aichat.wires.resources import caches
from aichat.wires.resources.caches import CacheSpec, KeptPrompt
from tests.support.answering.server import Reply, Server

SAID = (Message("system", (Text("Be kind."),)), Message("user", (Text("A book."),)))

ENTRY = {
    "name": "cachedContents/abc",
    "model": "models/gemini-3.8-flash",
    "displayName": "book",
    "createTime": "2026-11-29T17:00:00Z",
    "updateTime": "2026-11-29T17:00:00Z",
    "expireTime": "2026-11-29T18:00:00Z",
    "usageMetadata": {"totalTokenCount": 100000},
}


def endpoint(base: str) -> Endpoint:
    return Endpoint(providers.load("gemini"), "gemini", base, Secret("k-secret", "test", "KEY"))


@pytest.mark.long  # their client costs seconds to import
def test_it_is_what_the_official_sdk_sends() -> None:
    genai = pytest.importorskip("google.genai", reason="the SDK is not installed")
    reply = Reply(
        headers={"content-type": "application/json"},
        body=[b'{"name":"cachedContents/abc","model":"models/gemini-3.8-flash"}'],
        length=True,
    )
    with Server(default=reply) as server:
        options = genai.types.HttpOptions(base_url=server.url, api_version="v1beta")
        client = genai.Client(api_key="k-secret", http_options=options)
        config = genai.types.CreateCachedContentConfig(
            ttl="3600s",
            display_name="book",
            system_instruction=genai.types.Content(parts=[genai.types.Part(text="Be kind.")]),
            contents=[genai.types.Content(role="user", parts=[genai.types.Part(text="A book.")])],
        )
        client.caches.create(model="gemini-3.8-flash", config=config)
        client.caches.get(name="cachedContents/abc")
        client.caches.delete(name="cachedContents/abc")
        theirs = [(r.method, r.path) for r in server.requests]
        body = server.requests[0].json()
        place = endpoint(f"{server.url}/v1beta")
    spec = CacheSpec(Request("gemini-3.8-flash", SAID), 3600, "book")
    made = caches.create_call(place, spec)
    ours = [made, caches.show_call(place, "abc"), caches.remove_call(place, "abc")]
    assert [(c.method, c.url.removeprefix(place.base_url[:-7])) for c in ours] == theirs
    import json

    sent = json.loads(b"".join(made.body))
    sent["systemInstruction"].setdefault("role", "user")
    body["systemInstruction"].setdefault("role", "user")  # which the server reads by itself
    assert sent == body


ENTRIES: list[tuple[Any, KeptPrompt | None]] = [
    (
        ENTRY,
        KeptPrompt(
            *("cachedContents/abc", "gemini-3.8-flash", 100_000),
            *(1_795_971_600.0, 1_795_975_200.0, "book"),
        ),
    ),
    ({"name": "cachedContents/x"}, KeptPrompt("cachedContents/x")),
    (
        {"name": "x", "model": 1, "usageMetadata": [], "createTime": {}, "expireTime": "soon"},
        KeptPrompt("x"),
    ),
    ({"name": ""}, None),
    ({"name": 1}, None),
    ({}, None),
]


@pytest.mark.parametrize(("entry", "found"), ENTRIES)
def test_an_entry_is_read_as_far_as_it_goes(entry: Any, found: KeptPrompt | None) -> None:
    assert caches.parse_cache(entry) == found


def test_a_page_skips_what_is_none() -> None:
    page = {"cachedContents": [ENTRY, {}, 1, None], "nextPageToken": 7}
    found = caches.parse_page(page)
    assert found is not None and [each.id for each in found[0]] == ["cachedContents/abc"]
    assert found[1] == "" and caches.parse_page({"cachedContents": {}}) is None


@pytest.mark.parametrize(
    ("model", "can"),
    [("gemini-4-argon", False), ("models/gemini-4-argon", False), ("gemini-3.8-flash", True)],
)
def test_which_models_can_be_told(model: str, can: bool) -> None:
    assert caches.can_keep(model) is can
