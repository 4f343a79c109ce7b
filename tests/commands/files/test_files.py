"""``aichat files``: every provider's own requests, its answers as one table, nothing sent twice."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.answering.server import Cut, Reply, SeenRequest, Server
from tests.support.running.program import TERMINAL, Program

DATA = b"%PDF-1.7 one page"

#: Each provider's variables: the key's, and the path of its base URL.
PROVIDERS = {
    "openai": ("OPENAI_API_KEY", "/v1"),
    "xai": ("XAI_API_KEY", "/v1"),
    "anthropic": ("ANTHROPIC_API_KEY", "/v1"),
    "gemini": ("GEMINI_API_KEY", "/v1beta"),
    "moonshot": ("MOONSHOT_API_KEY", "/v1"),
    "qwen": ("DASHSCOPE_API_KEY", "/compatible-mode/v1"),
    "groq": ("GROQ_API_KEY", "/openai/v1"),
}


def answer(value: Any, **headers: str) -> Reply:
    """A JSON answer."""
    body = json.dumps(value).encode()
    return Reply(headers={"content-type": "application/json", **headers}, body=[body], length=True)


def point(aichat: Program, server: Server, provider: str) -> Program:
    """Have a provider's requests go to the server."""
    key, path = PROVIDERS[provider]
    aichat.environ |= {
        key: "k-secret-0123456789",
        f"AICHAT_{provider.upper()}_BASE_URL": server.url + path,
    }
    (aichat.home / "a.pdf").write_bytes(DATA)
    (aichat.home / "a.mp4").write_bytes(b"\0\0\0\x18ftypmp42 film")
    return aichat


def form_of(request: SeenRequest) -> list[tuple[str, str, bytes]]:
    """The fields of a form: name, filename, content; in order."""
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    parts = request.body.split(b"--" + boundary)[1:-1]
    found = []
    for part in parts:
        head, _, content = part.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
        names = dict(re.findall(r'(\w+)="([^"]*)"', head.decode()))
        found.append((names["name"], names.get("filename", ""), content))
    return found


FILE = ("file", "a.pdf", DATA)

#: What each is sent for a PDF, before the file.
FIELDS: Mapping[str, list[tuple[str, str, bytes]]] = {
    "openai": [
        ("purpose", "", b"user_data"),
        ("expires_after[anchor]", "", b"created_at"),
        ("expires_after[seconds]", "", b"172800"),
    ],
    "xai": [("expires_after", "", b"172800")],
    "anthropic": [("expires_in_seconds", "", b"172800")],
    "moonshot": [("purpose", "", b"file-extract")],
    "qwen": [("purpose", "", b"file-extract")],
    "groq": [("purpose", "", b"batch")],
}

PUT = {"id": "file-1", "filename": "a.pdf", "bytes": 17, "created_at": 1, "status": "processed"}


@pytest.mark.parametrize("provider", FIELDS)
def test_a_form_has_the_file_last_and_is_sent_once(aichat: Program, provider: str) -> None:
    with Server(default=answer(PUT)) as server:
        point(aichat, server, provider)
        done = aichat.invoke("files", "put", "a.pdf", "-p", provider)
        again = aichat.invoke("files", "put", "a.pdf", "-p", provider)
        (request,) = server.requests
    assert (request.method, request.path) == ("POST", f"{PROVIDERS[provider][1]}/files")
    assert form_of(request) == [*FIELDS[provider], FILE]
    head, row = (line.split("\t") for line in done.text.splitlines())
    assert head == ["id", "bytes", "type", "created", "expires", "state", "name"]
    assert (row[0], row[1], row[-1]) == ("file-1", "17", "a.pdf")
    assert again.text.splitlines()[1].split("\t")[0] == "file-1"
    assert "k-secret" not in done.text + done.stderr


def test_another_key_or_content_is_another_upload(aichat: Program) -> None:
    with Server(default=answer(PUT)) as server:
        point(aichat, server, "openai").invoke("files", "put", "a.pdf", "-p", "openai")
        aichat.environ["OPENAI_API_KEY"] = "k-other-0123456789"
        aichat.invoke("files", "put", "a.pdf", "-p", "openai")
        (aichat.home / "a.pdf").write_bytes(DATA + b"!")
        aichat.invoke("files", "put", "a.pdf", "-p", "openai")
        assert len(server.requests) == 3


def gemini(request: SeenRequest) -> Reply:
    """Google's resumable upload, of a film that takes two looks to be ready."""
    about = {"name": "files/f1", "displayName": "a.mp4", "mimeType": "video/mp4", "sizeBytes": "17"}
    uri = {"uri": "https://generativelanguage.googleapis.com/v1beta/files/f1"}
    if request.path == "/upload/v1beta/files":
        return answer({}, **{"x-goog-upload-url": "/upload/v1beta/files?upload_id=u1"})
    if request.path.startswith("/upload/"):
        return answer({"file": {**about, **uri, "state": "PROCESSING"}})
    looks.append(request.path)
    state = "ACTIVE" if len(looks) > 1 else "PROCESSING"
    return answer({**about, **uri, "state": state, "expirationTime": "2126-11-01T00:00:00Z"})


looks: list[str] = []


def test_google_is_told_what_comes_then_sent_it_without_a_key_then_waited_for(
    aichat: Program,
) -> None:
    looks.clear()
    with Server(default=gemini) as server:
        done = point(aichat, server, "gemini").invoke(
            "files", "put", "a.mp4", "-p", "gemini", "--json"
        )
        begun, sent, *_ = server.requests
    assert begun.json() == {"file": {"display_name": "a.mp4", "mime_type": "video/mp4"}}
    told = {n: v for n, v in begun.headers.items() if n.startswith("x-goog-upload")}
    assert told == {
        "x-goog-upload-protocol": "resumable",
        "x-goog-upload-command": "start",
        "x-goog-upload-header-content-length": "17",
        "x-goog-upload-header-content-type": "video/mp4",
    }
    assert sent.body == (aichat.home / "a.mp4").read_bytes()
    assert sent.headers["x-goog-upload-command"] == "upload, finalize"
    assert "x-goog-api-key" in begun.headers and "x-goog-api-key" not in sent.headers
    assert looks == ["/v1beta/files/f1"] * 2 and aichat.waits == [1.0, 1.1]
    (file,) = json.loads(done.text)["files"]
    assert file["id"] == "f1" and file["state"] == "ready" and file["bytes"] == 17
    assert file["reference"].endswith("/v1beta/files/f1")


@pytest.mark.parametrize("url", ["", "http://elsewhere.example/upload", "javascript:x", "\x01"])
def test_no_bytes_go_where_google_could_not_have_said(aichat: Program, url: str) -> None:
    with Server(default=answer({}, **({"x-goog-upload-url": url} if url else {}))) as server:
        done = point(aichat, server, "gemini").invoke("files", "put", "a.mp4", "-p", "gemini")
        assert len(server.requests) == 1
    assert done.code == 7 and "did not say where the file goes" in done.stderr


def test_a_film_that_cannot_be_read_is_exit_5(aichat: Program) -> None:
    failed = answer({"file": {"name": "files/f1", "state": "FAILED"}})
    start = answer({}, **{"x-goog-upload-url": "/upload/x"})
    with Server(start, failed) as server:
        done = point(aichat, server, "gemini").invoke("files", "put", "a.mp4", "-p", "gemini")
    assert done.code == 5 and "the provider cannot read" in done.stderr


POLICY = {
    "data": {
        "policy": "pol",
        "signature": "sig",
        "upload_dir": "dashscope/1/2",
        "oss_access_key_id": "id",
        "x_oss_object_acl": "private",
        "x_oss_forbid_overwrite": "true",
    }
}


def test_dashscope_gives_a_place_and_a_form_for_it(aichat: Program) -> None:
    with Server() as server:
        POLICY["data"]["upload_host"] = server.url + "/oss"
        server.push(answer(POLICY))
        server.push(Reply(body=[], length=True))
        done = point(aichat, server, "qwen").invoke("files", "put", "a.mp4", "-p", "qwen")
        asked, sent = server.requests
    assert asked.path == "/api/v1/uploads?action=getPolicy&model="
    assert sent.path == "/oss" and "authorization" not in sent.headers
    fields = form_of(sent)
    assert fields[-1] == ("file", "a.mp4", (aichat.home / "a.mp4").read_bytes())
    assert {name: text for name, _, text in fields[:-1]} == {
        "OSSAccessKeyId": b"id",
        "Signature": b"sig",
        "policy": b"pol",
        "key": b"dashscope/1/2/a.mp4",
        "x-oss-object-acl": b"private",
        "x-oss-forbid-overwrite": b"true",
        "success_action_status": b"200",
        "x-oss-content-type": b"video/mp4",
    }
    assert done.text.splitlines()[1].split("\t")[0] == "oss://dashscope/1/2/a.mp4"


def test_an_upload_that_is_cut_is_tried_once_more(aichat: Program) -> None:
    with Server(Reply(503, body=[b"{}"], length=True), answer(PUT)) as server:
        done = point(aichat, server, "openai").invoke("files", "put", "a.pdf", "-p", "openai")
        assert [form_of(request)[-1] for request in server.requests] == [FILE, FILE]
    assert done.code == 0 and "retrying" in done.stderr


PAGES: Mapping[str, tuple[list[Any], str]] = {
    "openai": (
        [{"data": [PUT], "has_more": True, "last_id": "file-1"}, {"data": [PUT | {"id": "f2"}]}],
        "?limit=100&after=file-1",
    ),
    "anthropic": (
        [{"data": [PUT], "next_page": "p2"}, {"data": [PUT | {"id": "f2"}]}],
        "?limit=100&page=p2",
    ),
    "gemini": (
        [
            {"files": [{"name": "files/file-1"}], "nextPageToken": "a b"},
            {"files": [{"name": "f2"}]},
        ],
        "?pageSize=100&pageToken=a%20b",
    ),
    "xai": (
        [{"data": [PUT], "pagination_token": "t"}, {"data": [PUT | {"id": "f2"}]}],
        "?limit=100&pagination_token=t",
    ),
}


@pytest.mark.parametrize("provider", PAGES)
def test_a_list_goes_on_to_its_last_page(aichat: Program, provider: str) -> None:
    pages, query = PAGES[provider]
    with Server(*map(answer, pages)) as server:
        done = point(aichat, server, provider).invoke("files", "list", "-p", provider, "--json")
        assert server.requests[-1].path == f"{PROVIDERS[provider][1]}/files{query}"
    assert [file["id"] for file in json.loads(done.text)["files"]] == ["file-1", "f2"]


def test_an_endless_list_ends(aichat: Program) -> None:
    page = {"data": [PUT], "has_more": True, "last_id": "file-1"}
    with Server(default=answer(page)) as server:
        done = point(aichat, server, "openai").invoke("files", "list", "-p", "openai")
        assert len(server.requests) == 2
    assert done.code == 0


def test_what_is_no_list_is_exit_7(aichat: Program) -> None:
    with Server(default=answer({"hello": 1})) as server:
        done = point(aichat, server, "openai").invoke("files", "list", "-p", "openai")
    assert done.code == 7 and "not a list of files" in done.stderr


def test_a_file_is_fetched_under_a_safe_name_and_never_over_another(aichat: Program) -> None:
    about = answer(PUT | {"filename": "../../.ev\x1bil\\x.csv"})
    content = Reply(body=[b"a,b\n"], length=True)
    with Server(about, content, about, about, content) as server:
        point(aichat, server, "openai")
        done = aichat.invoke("files", "get", "file-1", "-p", "openai")
        assert (done.text, done.code) == ("x.csv\n", 0)
        assert (aichat.home / "x.csv").read_bytes() == b"a,b\n"
        again = aichat.invoke("files", "get", "file-1", "-p", "openai")
        assert again.code == 2 and "already exists" in again.stderr
        assert aichat.invoke("files", "get", "file-1", "-p", "openai", "--force").code == 0


def test_bytes_go_to_a_pipe_and_to_no_terminal(aichat: Program) -> None:
    with Server(default=Reply(body=[b"\0\xff"], length=True)) as server:
        point(aichat, server, "openai")
        words = ("files", "get", "file-1", "-p", "openai", "-O", "-")
        assert aichat.invoke(*words).stdout == b"\0\xff"
        assert aichat.invoke(*words, **TERMINAL).code == 2
        assert server.requests[0].path == "/v1/files/file-1/content"


def test_a_download_that_breaks_leaves_no_whole_file(aichat: Program) -> None:
    broken = Reply(body=[b"half", Cut()], length=100)
    with Server(broken) as server:
        done = point(aichat, server, "openai").invoke(
            "files", "get", "file-1", "-p", "openai", "-O", "out.bin"
        )
    assert done.code in (8, 9) and not (aichat.home / "out.bin").exists()
    assert (aichat.home / "out.bin.partial").read_bytes() == b"half"


TEXTS = {"moonshot": ("{}", "/v1/files/f/content"), "xai": ("?", "/v1/files/f/content?format=text")}


@pytest.mark.parametrize("provider", TEXTS)
def test_what_a_provider_read_in_a_file_is_printed(aichat: Program, provider: str) -> None:
    said = answer({"content": "Hello", "file_type": "application/pdf"})
    with Server(said) as server:
        done = point(aichat, server, provider).invoke("files", "text", "f", "-p", provider)
        assert server.requests[0].path == TEXTS[provider][1]
    assert done.text == "Hello\n"


def test_removing_asks_and_forgets(aichat: Program) -> None:
    with Server(default=answer(PUT)) as server:
        point(aichat, server, "openai").invoke("files", "put", "a.pdf", "-p", "openai")
        refused = aichat.invoke("files", "rm", "file-1", "-p", "openai")
        assert refused.code == 2 and "--yes" in refused.stderr
        assert aichat.invoke("files", "rm", "file-1", "-p", "openai", "--yes").code == 0
        assert (server.requests[-1].method, server.requests[-1].path) == (
            "DELETE",
            "/v1/files/file-1",
        )
        aichat.invoke("files", "put", "a.pdf", "-p", "openai")
        assert server.requests[-1].method == "POST"  # it is not there any more


FAULTS: Mapping[str, tuple[tuple[str, ...], int, str]] = {
    "no such file": (("put", "b.pdf"), 2, "no such file"),
    "a folder": (("put", "."), 2, "is not a file"),
    "an empty one": (("put", "empty"), 2, "is empty"),
    "no time": (("put", "a.pdf", "--expires", "soon"), 2, "expected a time"),
    "too long": (("put", "a.pdf", "--expires", "60d"), 2, "from 1h to 30d"),
    "no text": (("text", "f"), 5, "does not tell the text"),
    "no limit": (("list", "--limit", "0"), 2, "at least 1"),
}


@pytest.mark.parametrize(("words", "code", "why"), FAULTS.values(), ids=FAULTS)
def test_a_mistake_is_told_before_anything_is_sent(
    aichat: Program, words: tuple[str, ...], code: int, why: str
) -> None:
    (aichat.home / "empty").touch()
    with Server() as server:
        done = point(aichat, server, "openai").invoke("files", *words, "-p", "openai")
        assert done.code == code and why in done.stderr and not server.requests


def test_a_provider_without_files_names_those_that_have_them(aichat: Program) -> None:
    aichat.write_config('[providers.box]\nwire = "chat"\nbase_url = "http://127.0.0.1:9/v1"\n')
    done = aichat.invoke("files", "list", "-p", "box")
    assert done.code == 5 and "these do: openai, gemini" in done.stderr


def test_a_dry_run_is_a_command_for_curl_without_a_key(aichat: Program) -> None:
    (aichat.home / "a.pdf").write_bytes(DATA)
    told = aichat.invoke("files", "put", "a.pdf", "-p", "openai", "--dry-run").text
    assert "-F 'file=@" in told and "purpose=user_data" in told and "$OPENAI_API_KEY" in told
    told = aichat.invoke("files", "rm", "f1", "-p", "gemini", "--dry-run").text
    assert "-X DELETE" in told and "/v1beta/files/f1" in told
