"""What is large, or there already, goes by its reference: uploaded once, named from then on."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest

from tests.app.history.test_answer_media import ASK, imported, media
from tests.commands.files.test_files import POLICY, answer, form_of, point
from tests.support.answering.answers import messages_stream, responses_stream
from tests.support.answering.server import SSE, Reply, SeenRequest, Server, chat_chunk, sse
from tests.support.running.peak import peak_memory
from tests.support.running.program import Program
from tests.support.values.media import PLACE, film, mp4

PDF = b"%PDF-1.7 /Type /Page " + bytes(100)
BIG_PDF = PDF + bytes(6_000_000)
HUGE_PDF = PDF + bytes(21_000_000)
FILM = b"\0\0\0\x18ftypmp42" + bytes(8_000_000)
BIG_FILM = b"\0\0\0\x18ftypmp42" + bytes(21_000_000)

SAID = Reply(headers=SSE, body=[*sse(chat_chunk({"content": "Yes."}), chat_chunk({}, "stop"))])
GEMINI_SAID = Reply(
    headers=SSE,
    body=sse(
        {"candidates": [{"content": {"parts": [{"text": "Yes."}]}, "finishReason": "STOP"}]},
        done=False,
    ),
)
URI = "https://generativelanguage.googleapis.com/v1beta/files/f1"
PUT = {"id": "file-1", "filename": "a", "created_at": 1, "expires_at": 9_999_999_999}


def uploads(request: SeenRequest) -> Reply:
    """What every provider's files answer."""
    if request.path == "/upload/v1beta/files":
        return answer({}, **{"x-goog-upload-url": "/upload/v1beta/x"})
    if request.path.startswith("/upload/"):
        file = {"name": "files/f1", "uri": URI, "state": "ACTIVE"}
        return answer({"file": {**file, "expirationTime": "2126-01-01T00:00:00Z"}})
    if request.path.startswith("/api/v1/uploads"):
        host = f"http://{request.headers['host']}/oss"
        return answer({"data": {**POLICY["data"], "upload_host": host}})
    if request.path == "/oss":
        return Reply(body=[], length=True)
    if request.path.endswith("/content"):
        return Reply(body=[b"The text of it"], length=True)
    return answer(PUT)


class Case:
    """A provider's model, what is shown to it, and what its request then says in its place."""

    def __init__(self, model: str, part: dict[str, Any], reply: Reply, *said: str) -> None:
        self.model, self.part, self.reply, self.said = model, part, reply, said
        self.provider = model.partition("/")[0]


BIG_PART = media("application/pdf", BIG_PDF, "a.pdf")
PDF_PART = media("application/pdf", PDF, "a.pdf")
FILM_PART = media("video/mp4", FILM, "a.mp4")
CASES = {
    "openai": Case(
        "openai/gpt-6.1-terra", BIG_PART, responses_stream("Yes."), '"file_id":"file-1"'
    ),
    "xai": Case(
        "xai/grok-new", PDF_PART, responses_stream("Yes."), '"type":"input_file","file_id":"file-1"'
    ),
    "anthropic": Case(
        "anthropic/claude-sonnet-5-5",
        media("application/pdf", HUGE_PDF, "a.pdf"),
        messages_stream("Yes."),
        '"source":{"type":"file","file_id":"file-1"}',
    ),
    "gemini": Case(
        "gemini/gemini-3.8-flash",
        media("video/mp4", BIG_FILM, "a.mp4"),
        GEMINI_SAID,
        f'"fileUri":"{URI}"',
    ),
    "qwen": Case(
        "qwen/qwen3.8-flash",
        FILM_PART,
        SAID,
        '"video_url":{"url":"oss://dashscope/1/2/a.mp4"}',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_large_is_uploaded_once_and_named_from_then_on(aichat: Program, name: str) -> None:
    case = CASES[name]
    imported(aichat, ("user", case.part), ("assistant", ASK[1]))

    def serve(request: SeenRequest) -> Reply:
        return case.reply if asks(request) else uploads(request)

    with Server(default=serve) as server:
        point(aichat, server, case.provider)
        first = aichat.invoke("ask", "-C", "t", "And now?", "-m", case.model)
        sent = [request for request in server.requests if not asks(request)]
        again = aichat.invoke("ask", "-C", "t", "And again?", "-m", case.model)
        more = [request for request in server.requests if not asks(request)][len(sent) :]
        questions = [request for request in server.requests if asks(request)]
    assert (first.code, again.code, more) == (0, 0, []) and sent
    for question in questions:
        for text in case.said:
            assert text in question.body.decode()
        assert len(question.body) < 20_000
    has_header = "x-dashscope-ossresourceresolve" in questions[0].headers
    assert has_header is (name == "qwen")


def asks(request: SeenRequest) -> bool:
    """Whether it is a question, and not about a file."""
    path = request.path.partition("?")[0]
    return path.endswith(("/responses", "/messages", "/completions", "streamGenerateContent"))


def test_what_is_small_goes_along(aichat: Program) -> None:
    part = PDF_PART
    imported(aichat, ("user", part), ("assistant", ASK[1]))
    with Server(default=responses_stream("Yes.")) as server:
        point(aichat, server, "openai")
        assert aichat.invoke("ask", "-C", "t", "And?", "-p", "openai").code == 0
        (request,) = server.requests
    assert "data:application/pdf;base64," in request.body.decode()


def test_what_was_put_by_hand_is_named_whatever_its_size(aichat: Program) -> None:
    imported(aichat, ("user", PDF_PART), ("assistant", ASK[1]))
    replies = {"/v1/files": answer(PUT), "/v1/responses": responses_stream("Yes.")}
    with Server(routes=replies) as server:
        point(aichat, server, "openai")
        (aichat.home / "mine.pdf").write_bytes(PDF)
        aichat.invoke("files", "put", "mine.pdf", "-p", "openai")
        aichat.invoke("ask", "-C", "t", "And?", "-p", "openai")
        assert '"file_id":"file-1"' in server.requests[-1].body.decode()


def test_another_provider_gets_the_bytes(aichat: Program) -> None:
    imported(aichat, ("user", PDF_PART), ("assistant", ASK[1]))
    first = {"/v1/files": answer(PUT), "/v1/responses": responses_stream("Yes.")}
    with Server(routes={**first, "/v1/messages": messages_stream("Yes.")}) as server:
        point(aichat, server, "openai")
        (aichat.home / "mine.pdf").write_bytes(PDF)
        aichat.invoke("files", "put", "mine.pdf", "-p", "openai")
        assert aichat.invoke("ask", "-C", "t", "And?", "-p", "openai").code == 0
        assert "file-1" in server.requests[-1].body.decode()
        point(aichat, server, "anthropic")
        assert aichat.invoke("ask", "-C", "t", "And?", "-p", "anthropic").code == 0
        sent = server.requests[-1].body.decode()
    assert b64encode(PDF).decode() in sent and "file-1" not in sent


def test_what_would_be_uploaded_is_told_by_a_dry_run(aichat: Program) -> None:
    (aichat.home / "a.pdf").write_bytes(BIG_PDF)
    words = ("ask", "Look", "-f", "a.pdf", "--dry-run")
    done = aichat.invoke(*words, "-p", "openai")
    assert done.code == 0 and '"file_id": "FILE_ID"' in done.text
    assert "a.pdf would be uploaded first" in done.stderr
    (aichat.home / "a.pdf").write_bytes(PDF)
    small = aichat.invoke(*words, "-p", "openai")
    assert b64encode(PDF).decode() in small.text and not small.stderr


def test_an_attached_file_is_uploaded_and_kept_with_the_conversation(aichat: Program) -> None:
    first = {"/v1/files": answer(PUT), "/v1/responses": responses_stream("Yes.")}
    with Server(routes=first) as server:
        point(aichat, server, "openai")
        (aichat.home / "big.pdf").write_bytes(BIG_PDF)
        assert aichat.invoke("ask", "Look", "-f", "big.pdf", "-p", "openai").code == 0
        (aichat.home / "big.pdf").unlink()
        assert aichat.invoke("ask", "-c", "And?", "-p", "openai").code == 0
        paths = [request.path for request in server.requests]
        assert '"file_id":"file-1"' in server.requests[-1].body.decode()
    assert paths == ["/v1/files", "/v1/responses", "/v1/responses"]
    (kept,) = (aichat.data_dir / "media").iterdir()
    assert kept.read_bytes() == BIG_PDF


@pytest.mark.parametrize("provider", ["gemini", "qwen"])
def test_an_upload_tells_no_place_and_is_not_the_file_that_does(
    aichat: Program, provider: str
) -> None:
    """By the bytes of a request and in a form, the same is sent: the file without its place."""
    data = film("android", "itunes", front=False) + bytes(21_000_000)

    def serve(request: SeenRequest) -> Reply:
        spoken = GEMINI_SAID if provider == "gemini" else SAID
        return spoken if asks(request) else uploads(request)

    with Server(default=serve) as server:
        point(aichat, server, provider)
        (aichat.home / "v.mp4").write_bytes(data)
        done = aichat.invoke("ask", "Look", "-f", "v.mp4", "-p", provider)
        again = aichat.invoke("ask", "-c", "And?", "-p", provider)
        sent = [request.body for request in server.requests if len(request.body) > 21_000_000]
    assert (done.code, again.code, len(sent)) == (0, 0, 1)
    assert PLACE in data and PLACE not in sent[0] and PLACE[::-1] in sent[0]
    assert "v.mp4 (video/mp4): location removed" in done.stderr


def test_one_whose_life_is_over_is_uploaded_anew(aichat: Program) -> None:
    imported(aichat, ("user", BIG_PART), ("assistant", ASK[1]))
    short = answer(PUT | {"expires_at": 5})
    replies = {"/v1/files": short, "/v1/responses": responses_stream("Yes.")}
    with Server(routes=replies) as server:
        point(aichat, server, "openai")
        for _ in range(2):
            aichat.invoke("ask", "-C", "t", "And?", "-p", "openai")
        assert [r.path for r in server.requests] == ["/v1/files", "/v1/responses"] * 2


DOCUMENTS: Mapping[str, tuple[str, list[str]]] = {
    "moonshot": ("moonshot/kimi-k3.1-pro", ["a.pdf\n\nThe text of it"]),
    "qwen": ("qwen/qwen-long", ["fileid://file-1"]),
}


@pytest.mark.parametrize("provider", DOCUMENTS)
def test_a_document_is_told_in_a_system_message_of_its_own(aichat: Program, provider: str) -> None:
    model, told = DOCUMENTS[provider]
    imported(aichat, ("user", PDF_PART), ("assistant", ASK[1]))

    def serve(request: SeenRequest) -> Reply:
        if asks(request):
            return SAID
        return answer(PUT | {"purpose": "file-extract"}) if request.body else uploads(request)

    with Server(default=serve) as server:
        point(aichat, server, provider)
        assert aichat.invoke("ask", "-C", "t", "And?", "-m", model).code == 0
        asked = server.requests[-1].json()["messages"]
        fields = form_of(server.requests[0])
    assert fields[0] == ("purpose", "", b"file-extract")
    assert [m["content"] for m in asked if m["role"] == "system"] == told
    assert "a.pdf" not in json.dumps([m for m in asked if m["role"] == "user"])


def test_an_upload_that_fails_ends_the_question_and_keeps_it(aichat: Program) -> None:
    imported(aichat, ("user", BIG_PART), ("assistant", ASK[1]))
    refused = Reply(400, body=[b'{"error":{"message":"no room"}}'], length=True)
    with Server(default=refused) as server:
        point(aichat, server, "openai")
        done = aichat.invoke("ask", "-C", "t", "And?", "-p", "openai")
        assert len(server.requests) == 1
    assert done.code == 5 and "no room" in done.stderr
    assert "And?" in aichat.invoke("history", "show", "t", "--json").text


#: What is asked with a film of so many bytes.
FILMS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "put": (("files", "put", "v.mp4", "-p", "openai"), 200_000_000),
    "uploaded": (("ask", "hi", "-p", "gemini", "-f", "v.mp4"), 200_000_000),
    "uploaded before": (("ask", "-c", "And?", "-p", "gemini"), 200_000_000),
    "inline": (("ask", "hi", "-m", "box/m", "-f", "v.mp4"), 60_000_000),
    "inline before": (("ask", "-c", "And?", "-m", "box/m"), 60_000_000),
}


@pytest.mark.long
@pytest.mark.parametrize("case", FILMS)
def test_a_film_is_never_whole_in_memory(aichat: Program, case: str) -> None:
    """It takes 40 MB over what a small one does, at most, however it goes."""
    words, size = FILMS[case]

    def serve(request: SeenRequest) -> Reply:
        return GEMINI_SAID if "streamGenerateContent" in request.path else uploads(request)

    def write_film(count: int) -> None:
        with (aichat.home / "v.mp4").open("wb") as file:
            file.write(mp4(2))
            file.truncate(count)

    with Server(default=serve, routes={"/box": SAID}) as server:
        base = f"{server.url}/box"
        aichat.write_config(f'[providers.box]\nbase_url = "{base}"\nmodels = ["m"]\n')
        for provider in ("openai", "gemini"):
            point(aichat, server, provider)
        peaks = []
        for count in (30_000, size):
            write_film(count)
            if "-c" in words:
                peak_memory(aichat, "ask", "hi", *words[2:], "-f", "v.mp4")
                (aichat.home / "v.mp4").unlink()
            peaks.append(peak_memory(aichat, *words))
    assert peaks[1] - peaks[0] < 40
