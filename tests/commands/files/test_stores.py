"""``aichat files stores``: three providers' stores as one table, filled, looked into, removed."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.commands.files.test_files import answer, form_of, point
from tests.support.answering.server import Reply, SeenRequest, Server
from tests.support.running.program import Program

#: Each provider's own words for one store, and for one file in it.
STORES: Mapping[str, Mapping[str, Any]] = {
    "openai": {
        "id": "vs_1",
        "object": "vector_store",
        "name": "manuals",
        "created_at": 1_790_000_000,
        "usage_bytes": 17,
        "file_counts": {"in_progress": 0, "completed": 1, "failed": 0, "cancelled": 0, "total": 1},
    },
    "gemini": {
        "name": "fileSearchStores/vs_1",
        "displayName": "manuals",
        "createTime": "2026-09-21T14:13:20Z",
        "activeDocumentsCount": "1",
        "sizeBytes": "17",
    },
    "xai": {
        "collection_id": "vs_1",
        "collection_name": "manuals",
        "created_at": "1790000000",
        "documents_count": 1,
    },
}
FILES: Mapping[str, Mapping[str, Any]] = {
    "openai": {"id": "file-1", "status": "completed", "usage_bytes": 17},
    "gemini": {
        "name": "fileSearchStores/vs_1/documents/file-1",
        "displayName": "a.pdf",
        "sizeBytes": "17",
        "state": "STATE_ACTIVE",
    },
    "xai": {
        "file_metadata": {"file_id": "file-1", "name": "a.pdf", "size_bytes": "17"},
        "status": "DOCUMENT_STATUS_PROCESSED",
    },
}

#: The folder of the stores, what it is listed under, and the same of the files of one.
PATHS = {
    "openai": ("/v1/vector_stores", "data", "files", "data"),
    "gemini": ("/v1beta/fileSearchStores", "fileSearchStores", "documents", "documents"),
    "xai": ("/manage/v1/collections", "collections", "documents", "documents"),
}
IDS = {name: "fileSearchStores/vs_1" if name == "gemini" else "vs_1" for name in PATHS}


class Keeper:
    """A provider's side. A file takes ``looks`` looks until it can be searched."""

    def __init__(self, provider: str, looks: int = 2) -> None:
        self.provider, self.looks = provider, looks
        self.folder, self.listed, self.files, self.files_listed = PATHS[provider]

    def __call__(self, request: SeenRequest) -> Reply:
        path = request.path.partition("?")[0]
        if path == "/v1/files":
            return answer({"id": "file-1", "filename": "a.pdf", "bytes": 17})
        if path.startswith("/upload"):
            begun = {"x-goog-upload-url": "/upload/v1beta/x?upload_id=1"}
            return answer({"name": "fileSearchStores/vs_1/upload/operations/o1"}, **begun)
        if "/operations/" in path:
            self.looks -= 1
            made = {"response": {"documentName": "fileSearchStores/vs_1/documents/file-1"}}
            return answer({"name": path.partition("beta/")[2], "done": True, **made})
        if path == self.folder:
            one = STORES[self.provider]
            return answer(one if request.method == "POST" else {self.listed: [one]})
        if path.endswith(f"/{self.files}"):
            file = FILES[self.provider]
            return answer(file if request.method == "POST" else {self.files_listed: [file]})
        if f"/{self.files}/" in path and request.method == "GET":
            self.looks -= 1
            waiting = {"status": "in_progress" if self.provider == "openai" else "D_PROCESSING"}
            return answer({**FILES[self.provider], **(waiting if self.looks else {})})
        return answer({} if request.method == "DELETE" else STORES[self.provider])


def at(aichat: Program, server: Server, provider: str, *words: str, **outside: Any) -> Any:
    """A run of a command about stores."""
    point(aichat, server, provider)
    aichat.environ |= {
        "XAI_MANAGEMENT_API_KEY": "k-manage-0123456789",
        "AICHAT_XAI_MANAGEMENT_BASE_URL": f"{server.url}/manage/v1",
    }
    return aichat.invoke("files", "stores", *words, "-p", provider, **outside)


CREATED: Mapping[str, Mapping[str, Any]] = {
    "openai": {"name": "manuals", "expires_after": {"anchor": "last_active_at", "days": 7}},
    "gemini": {"displayName": "manuals"},
    "xai": {"collection_name": "manuals"},
}


@pytest.mark.parametrize("provider", PATHS)
def test_a_store_is_made_filled_and_told_of(aichat: Program, provider: str) -> None:
    with Server(default=Keeper(provider)) as server:
        done = at(aichat, server, provider, "create", "manuals", "a.pdf")
        requests = list(server.requests)
    made = requests[0]
    assert (made.method, made.path) == ("POST", PATHS[provider][0])
    assert made.json() == CREATED[provider]
    head, row, _, files_head, file = (line.split("\t") for line in done.text.splitlines())
    assert head == ["id", "files", "bytes", "created", "expires", "state", "name"]
    assert (row[0], row[1], row[-1]) == (IDS[provider], "1", "manuals")
    assert files_head == ["id", "bytes", "state", "name"]
    assert file[0].endswith("file-1") and file[1:] == ["17", "ready", "a.pdf"]
    assert f"--file-search {IDS[provider]}" in done.stderr and "USD" in done.stderr
    assert done.code == 0 and "k-" not in done.text + done.stderr


def test_what_goes_into_a_store_is_kept_as_long_as_it_is(aichat: Program) -> None:
    with Server(default=Keeper("openai", looks=3)) as server:
        at(aichat, server, "openai", "add", "vs_1", "a.pdf")
        upload, attached, *looks = server.requests
    assert [(name, text) for name, _, text in form_of(upload)[:-1]] == [("purpose", b"assistants")]
    assert (attached.path, attached.json()) == (
        "/v1/vector_stores/vs_1/files",
        {"file_id": "file-1"},
    )
    assert attached.headers["openai-beta"] == "assistants=v2"
    assert [r.path for r in looks] == ["/v1/vector_stores/vs_1/files/file-1"] * 3
    assert aichat.waits == [1.0, 1.1]


def test_google_reads_a_file_in_the_store_itself(aichat: Program) -> None:
    with Server(default=Keeper("gemini")) as server:
        at(aichat, server, "gemini", "add", "vs_1", "a.pdf")
        begun, sent, looked = server.requests
    assert begun.path == "/upload/v1beta/fileSearchStores/vs_1:uploadToFileSearchStore"
    assert begun.json() == {"displayName": "a.pdf"}
    assert begun.headers["x-goog-upload-header-content-length"] == "17"
    assert sent.body == b"%PDF-1.7 one page" and "x-goog-api-key" not in sent.headers
    assert looked.path == "/v1beta/fileSearchStores/vs_1/upload/operations/o1"


def test_collections_have_a_host_and_a_key_of_their_own(aichat: Program) -> None:
    with Server(default=Keeper("xai")) as server:
        at(aichat, server, "xai", "add", "vs_1", "a.pdf")
        upload, attached, *_ = server.requests
    assert upload.path == "/v1/files"
    assert upload.headers["authorization"] == "Bearer k-secret-0123456789"
    assert attached.path == "/manage/v1/collections/vs_1/documents/file-1"
    assert attached.headers["authorization"] == "Bearer k-manage-0123456789"


def test_without_that_key_it_is_said_which_is_missing(aichat: Program) -> None:
    with Server() as server:
        point(aichat, server, "xai")
        done = aichat.invoke("files", "stores", "list", "-p", "xai")
        assert not server.requests
    assert done.code == 3 and "XAI_MANAGEMENT_API_KEY" in done.stderr


@pytest.mark.parametrize("provider", PATHS)
def test_stores_are_listed_and_looked_into(aichat: Program, provider: str) -> None:
    with Server(default=Keeper(provider)) as server:
        listed = at(aichat, server, provider, "list", "--json")
        shown = at(aichat, server, provider, "show", IDS[provider], "--json")
    (store,) = json.loads(listed.text)["stores"]
    assert (store["id"], store["name"], store["file_count"]) == (IDS[provider], "manuals", 1)
    assert store["created"] == 1_790_000_000 and store["state"] == "ready"
    (file,) = json.loads(shown.text)["stores"][0]["files"]
    assert file["id"].endswith("file-1") and (file["bytes"], file["state"]) == (17, "ready")


PAGES: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "openai": ({"has_more": True, "last_id": "vs_1"}, "?limit=100&after=vs_1"),
    "gemini": ({"nextPageToken": "a b"}, "?pageSize=20&pageToken=a%20b"),
    "xai": ({"pagination_token": "t"}, "?limit=100&pagination_token=t"),
}


@pytest.mark.parametrize("provider", PAGES)
def test_a_list_goes_on_to_its_last_page(aichat: Program, provider: str) -> None:
    more, query = PAGES[provider]
    first = {PATHS[provider][1]: [STORES[provider]], **more}
    with Server(answer(first), default=answer({PATHS[provider][1]: []})) as server:
        done = at(aichat, server, provider, "list")
        assert server.requests[-1].path == PATHS[provider][0] + query
    assert len(done.text.splitlines()) == 2 and done.code == 0


def test_removing_asks_first_and_what_is_not_empty_goes_too(aichat: Program) -> None:
    with Server(default=Keeper("gemini")) as server:
        refused = at(aichat, server, "gemini", "rm", IDS["gemini"])
        assert refused.code == 2 and not server.requests
        at(aichat, server, "gemini", "rm", IDS["gemini"], "--yes")
        file = "fileSearchStores/vs_1/documents/file-1"
        at(aichat, server, "gemini", "rm", IDS["gemini"], "--file", file, "--yes")
        paths = [(r.method, r.path) for r in server.requests]
    folder = "/v1beta/fileSearchStores/vs_1"
    assert paths == [
        ("DELETE", f"{folder}?force=true"),
        ("DELETE", f"{folder}/documents/file-1?force=true"),
    ]


def test_a_file_that_cannot_be_read_is_exit_5_and_says_why(aichat: Program) -> None:
    broken = {"id": "file-1", "status": "failed", "last_error": {"message": "no text"}}
    put = answer({"id": "file-1", "bytes": 17})
    with Server(put, answer(FILES["openai"]), default=answer(broken)) as server:
        done = at(aichat, server, "openai", "add", "vs_1", "a.pdf")
    assert done.code == 5 and "cannot read a.pdf: no text" in done.stderr


def test_a_store_is_told_of_though_its_file_failed_and_made_once(aichat: Program) -> None:
    down = replace(answer({}), status=503)
    with Server(answer(STORES["openai"]), default=replace(answer({}), status=400)) as server:
        done = at(aichat, server, "openai", "create", "manuals", "a.pdf")
    assert done.code == 5 and "vs_1" in done.text
    with Server(default=down) as server:
        done = at(aichat, server, "openai", "create", "manuals")
        assert len(server.requests) == 1
    assert done.code == 7


FAULTS: Mapping[str, tuple[tuple[str, ...], int, str]] = {
    "no such file": (("create", "x", "none.pdf", "-p", "openai"), 2, "no such file"),
    "no time": (("create", "x", "--expires", "soon", "-p", "openai"), 2, "expected 1d to 365d"),
    "no choice": (("create", "x", "--expires", "7d", "-p", "gemini"), 2, "until they are removed"),
    "whose files": (("rm", "a", "b", "--file", "c", "--yes", "-p", "openai"), 2, "name one"),
    "no stores": (("list", "-p", "anthropic"), 5, "these do: openai, gemini, xai"),
}


@pytest.mark.parametrize(("words", "code", "why"), FAULTS.values(), ids=FAULTS)
def test_a_mistake_is_told_before_anything_is_sent(
    aichat: Program, words: tuple[str, ...], code: int, why: str
) -> None:
    with Server() as server:
        for provider in ("openai", "gemini", "anthropic"):
            point(aichat, server, provider)
        done = aichat.invoke("files", "stores", *words)
        assert done.code == code and why in done.stderr and not server.requests


def test_a_dry_run_needs_no_key(aichat: Program) -> None:
    words = ("files", "stores", "create", "x", "-p")
    assert "$XAI_MANAGEMENT_API_KEY" in aichat.invoke(*words, "xai", "--dry-run").text
    told = aichat.invoke(*words, "openai", "--expires", "never", "--dry-run").text
    assert "/v1/vector_stores'" in told and "expires_after" not in told
