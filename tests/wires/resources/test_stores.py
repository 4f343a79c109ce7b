"""The requests about stores are those of the SDKs of OpenAI and Google."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from aichat import providers
from aichat.core.http.call import Call
from aichat.core.provider.endpoint import Endpoint, Secret
from aichat.wires.resources import stores
from aichat.wires.resources.files import FileSpec
from tests.support.answering.server import Reply, SeenRequest, Server

SPEC = FileSpec("a.txt", "a.txt", "text/plain", 5, "document")


def reply(value: Mapping[str, Any], **headers: str) -> Reply:
    body = json.dumps(value).encode()
    return Reply(headers={"content-type": "application/json", **headers}, body=[body], length=True)


def endpoint(provider: str, base: str) -> Endpoint:
    found = providers.load(provider)
    return Endpoint(found, found.wires[0], base, Secret("k-secret", "test", "KEY"))


def said(method: str, url: str, body: bytes) -> tuple[str, str, Any]:
    """What a request says; ``True`` in a query is written as JSON by us."""
    return method, url.replace("=True", "=true"), json.loads(body) if body else None


def ours(base: str, *calls: Call) -> list[tuple[str, str, Any]]:
    return [said(c.method, c.url.removeprefix(base), b"".join(c.body)) for c in calls]


def theirs(requests: list[SeenRequest]) -> list[tuple[str, str, Any]]:
    return [said(r.method, r.path, r.body) for r in requests]


def test_openai_is_asked_as_its_sdk_asks() -> None:
    openai = pytest.importorskip("openai", reason="the SDK is not installed")
    with Server(default=reply({"id": "vs_1"})) as server:
        client = openai.OpenAI(api_key="k", base_url=f"{server.url}/v1").vector_stores
        client.create(name="docs", expires_after={"anchor": "last_active_at", "days": 7})
        client.list(limit=100)
        client.retrieve("vs_1")
        client.files.create("vs_1", file_id="file-1")
        client.files.retrieve("file-1", vector_store_id="vs_1")
        client.files.list("vs_1", limit=100)
        client.files.delete("file-1", vector_store_id="vs_1")
        client.delete("vs_1")
        place = endpoint("openai", f"{server.url}/v1")
        made = ours(
            server.url,
            stores.create_call(place, "docs", 7 * 86_400),
            stores.list_call(place),
            stores.show_call(place, "vs_1"),
            stores.attach_call(place, "vs_1", "file-1"),
            stores.file_call(place, "vs_1", "file-1"),
            stores.files_call(place, "vs_1"),
            stores.remove_file_call(place, "vs_1", "file-1"),
            stores.remove_call(place, "vs_1"),
        )
        assert made == theirs(server.requests)
        assert all(r.headers["openai-beta"] == "assistants=v2" for r in server.requests)


def google(url: Callable[[], str]) -> Callable[[SeenRequest], Reply]:
    def told(request: SeenRequest) -> Reply:
        if "upload_id" in request.path:
            name = "fileSearchStores/s/upload/operations/o1"
            return reply({"name": name}, **{"x-goog-upload-status": "final"})
        if request.path.startswith("/upload"):
            return reply({}, **{"x-goog-upload-url": f"{url()}/upload/x?upload_id=1"})
        return reply({"name": "fileSearchStores/s"})

    return told


@pytest.mark.long  # their client costs seconds to import
def test_google_is_asked_as_its_sdk_asks(tmp_path: Any) -> None:
    genai = pytest.importorskip("google.genai", reason="the SDK is not installed")
    (tmp_path / "a.txt").write_text("hello")
    with Server(default=google(lambda: server.url)) as server:
        options = genai.types.HttpOptions(base_url=server.url, api_version="v1beta")
        client = genai.Client(api_key="k", http_options=options)
        kept, name = client.file_search_stores, "fileSearchStores/s"
        kept.create(config={"display_name": "docs"})
        kept.list(config={"page_size": 20})
        kept.get(name=name)
        config = {"display_name": "a.txt"}
        begun = kept.upload_to_file_search_store(
            file=str(tmp_path / "a.txt"), file_search_store_name=name, config=config
        )
        client.operations.get(begun)
        kept.documents.delete(name=f"{name}/documents/d", config={"force": True})
        kept.delete(name=name, config={"force": True})
        place = endpoint("gemini", f"{server.url}/v1beta")
        made = ours(
            server.url,
            stores.create_call(place, "docs", 0),
            stores.list_call(place),
            stores.show_call(place, name),
            stores.upload_start(place, name, SPEC),
            stores.operation_call(place, f"{name}/upload/operations/o1"),
            stores.remove_file_call(place, name, f"{name}/documents/d"),
            stores.remove_call(place, name),
        )
        seen = [r for r in server.requests if "upload_id" not in r.path]
    assert made == theirs(seen)
