"""Files for the provider's code: told, uploaded once, named where its code looks for them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.media.files.test_sending import GEMINI_SAID, PUT, SAID
from tests.commands.files.test_files import answer, form_of, point
from tests.support.answering.answers import messages_stream, responses_stream
from tests.support.answering.server import Reply, SeenRequest, Server
from tests.support.running.program import Program, Result, curl_body
from tests.support.terminal.session import Paper
from tests.support.values.media import jpeg_header

CSV = b"name,age\nAda,36"
PARQUET = b"PAR1\0\1\2\3" + bytes(range(256))


@pytest.fixture
def aichat(tmp_path: Path) -> Program:
    (tmp_path / "data.csv").write_bytes(CSV)
    (tmp_path / "t.parquet").write_bytes(PARQUET)
    return Program(tmp_path)


class Put:
    """Keeps what is uploaded, under ids that count, and what is put into containers."""

    def __init__(self, container: Reply | None = None) -> None:
        self.files: list[tuple[str, bytes]] = []  # names and contents
        self.filled: list[tuple[str, Any]] = []
        self._container = container or answer({"id": "cfile_1"})

    def upload(self, seen: SeenRequest) -> Reply:
        *self.fields, (_, name, data) = form_of(seen)
        self.files.append((name, data))
        return answer({**PUT, "id": f"file-{len(self.files)}"})

    def fill(self, seen: SeenRequest) -> Reply:
        self.filled.append((seen.path, seen.json()))
        return self._container

    @property
    def routes(self) -> dict[str, Any]:
        paths = ("/v1/files", "/files")
        return {**dict.fromkeys(paths, self.upload), "/v1/containers/cntr_1/files": self.fill}


def ask(aichat: Program, server: Server, provider: str, *words: str) -> Result:
    point(aichat, server, provider)
    return aichat.invoke("ask", "-p", provider, "--code", *words, "plot it")


def asked(server: Server) -> list[Any]:
    """The bodies of the questions, without uploads."""
    return [seen.json() for seen in server.requests if "/files" not in seen.path]


def test_openai_has_it_in_the_container(aichat: Program) -> None:
    put = Put()
    with Server(responses_stream("Yes."), routes=put.routes) as server:
        ran = ask(aichat, server, "openai", "-f", "data.csv")
    assert (ran.code, ran.text) == (0, "Yes.\n")
    assert "data.csv (text/csv): 15 bytes to OpenAI for its code" in ran.stderr
    assert put.files == [("data.csv", CSV)]
    assert ("purpose", "", b"user_data") in put.fields
    (body,) = asked(server)
    (tool,) = body["tools"]
    assert tool["container"] == {"type": "auto", "file_ids": ["file-1"]}
    said = [part["text"] for part in body["input"][0]["content"]]
    assert said == ["[data.csv (text/csv): a file for the code tool]", "plot it"]


def test_anthropic_has_it_as_a_block(aichat: Program) -> None:
    put = Put()
    with Server(messages_stream("Yes."), routes=put.routes) as server:
        assert ask(aichat, server, "anthropic", "-f", "t.parquet").code == 0
    assert put.files == [("t.parquet", PARQUET)]
    blocks = asked(server)[0]["messages"][0]["content"]
    assert blocks[0] == {"type": "container_upload", "file_id": "file-1"}


def test_xai_has_it_as_a_file_of_the_question_which_it_searches_too(aichat: Program) -> None:
    put = Put()
    with Server(responses_stream("Yes."), routes=put.routes) as server:
        ran = ask(aichat, server, "xai", "-f", "data.csv")
    assert "to xAI for its code (it searches what is attached, at $10" in ran.stderr
    part = asked(server)[0]["input"][0]["content"][0]
    assert part == {"type": "input_file", "file_id": "file-1"}


def test_gemini_has_it_inline(aichat: Program) -> None:
    with Server(GEMINI_SAID) as server:
        assert ask(aichat, server, "gemini", "-f", "data.csv").code == 0
    (part, _) = asked(server)[0]["contents"][0]["parts"]
    assert part["inlineData"] == {"mimeType": "text/csv", "data": "bmFtZSxhZ2UKQWRhLDM2"}


def test_what_code_there_cannot_open_is_refused_before_anything_is_sent(aichat: Program) -> None:
    with Server(GEMINI_SAID) as server:
        ran = ask(aichat, server, "gemini", "-f", "t.parquet")
    assert (ran.code, server.requests) == (5, [])
    assert "this provider's code takes text/*, application/pdf" in ran.stderr


@pytest.mark.parametrize("strict", [False, True])
def test_where_code_opens_no_files_the_model_is_told_them(aichat: Program, *, strict: bool) -> None:
    why = "data.csv (text/csv): this provider's code opens no files, the model is told it"
    with Server(SAID) as server:
        ran = ask(aichat, server, "groq", "-f", "data.csv", *(["--strict"] if strict else []))
    assert why in ran.stderr
    assert ran.code == (5 if strict else 0)
    told = [body["messages"][0]["content"] for body in asked(server)]
    assert told == ([] if strict else ["data.csv\n```\nname,age\nAda,36\n```\n\nplot it"])


def test_a_picture_is_looked_at_and_opened(aichat: Program) -> None:
    (aichat.home / "a.jpg").write_bytes(jpeg_header(64, 48))
    put = Put()
    with Server(responses_stream("Yes."), routes=put.routes) as server:
        assert ask(aichat, server, "openai", "-f", "a.jpg").code == 0
    (body,) = asked(server)
    assert body["tools"][0]["container"]["file_ids"] == ["file-1"]
    kinds = [part["type"] for part in body["input"][0]["content"]]
    assert kinds == ["input_image", "input_text", "input_text"]


def test_a_folder_goes_flat_and_without_what_is_hidden(aichat: Program) -> None:
    inner = aichat.home / "box" / "in"
    inner.mkdir(parents=True)
    for name in ("box/.env", "box/in/a.csv", "box/b.bin"):
        (aichat.home / name).write_bytes(b"\0a,b\n1,2\n")
    put = Put()
    with Server(responses_stream("Yes."), routes=put.routes) as server:
        assert ask(aichat, server, "openai", "-f", "box").code == 0
    assert [name for name, _ in put.files] == ["b.bin", "in_a.csv"]


def test_files_of_one_content_are_there_under_each_name_and_once(aichat: Program) -> None:
    (aichat.home / "same.csv").write_bytes(CSV)
    put = Put()
    with Server(default=responses_stream("Yes."), routes=put.routes) as server:
        for _ in range(2):
            ran = ask(aichat, server, "openai", "-f", "data.csv", "-f", "same.csv")
            assert ran.code == 0
    assert put.files == [("data.csv", CSV), ("same.csv", CSV)]
    ids = [body["tools"][0]["container"]["file_ids"] for body in asked(server)]
    assert ids == [["file-1", "file-2"]] * 2


def test_what_is_piped_in_by_name_is_a_file(aichat: Program) -> None:
    put = Put()
    with Server(responses_stream("Yes."), routes=put.routes) as server:
        point(aichat, server, "openai")
        words = ("ask", "-p", "openai", "--code", "-f", "-", "plot it")
        assert aichat.invoke(*words, stdin=CSV).code == 0
    assert put.files == [("stdin.txt", CSV)]


def ran_code(text: str = "Yes.") -> Reply:
    """OpenAI: an answer whose code ran in a container."""
    call = {"type": "code_interpreter_call", "id": "ci_1", "code": "1", "container_id": "cntr_1"}
    call |= {"status": "completed", "outputs": []}
    part = {"type": "output_text", "text": text, "annotations": []}
    message = {"type": "message", "id": "m", "role": "assistant", "content": [part]}
    whole = {"id": "r", "object": "response", "model": "gpt-6.1-terra", "status": "completed"}
    event = {"type": "response.completed", "response": {**whole, "output": [call, message]}}
    body = f"data: {json.dumps(event)}\n\n".encode()
    return Reply(headers={"content-type": "text/event-stream"}, body=[body])


def test_a_later_file_goes_into_the_container_that_is_there(aichat: Program) -> None:
    put = Put()
    with Server(ran_code(), ran_code(), routes=put.routes) as server:
        ask(aichat, server, "openai", "-f", "data.csv")
        assert ask(aichat, server, "openai", "-c", "-f", "t.parquet").code == 0
    assert put.filled == [("/v1/containers/cntr_1/files", {"file_id": "file-2"})]
    assert len(put.files) == 2  # the first is known
    first, second = asked(server)
    assert second["tools"][0]["container"] == "cntr_1"
    assert second["input"][0] == first["input"][0]  # the prefix stays as it was


def test_a_container_that_is_gone_is_made_anew_with_all_its_files(aichat: Program) -> None:
    put = Put(Reply(404, body=[b'{"error":{"message":"Container not found"}}'], length=True))
    with Server(ran_code(), ran_code(), routes=put.routes) as server:
        ask(aichat, server, "openai", "-f", "data.csv")
        assert ask(aichat, server, "openai", "-c", "-f", "t.parquet").code == 0
    container = asked(server)[1]["tools"][0]["container"]
    assert container == {"type": "auto", "file_ids": ["file-1", "file-2"]}


def test_another_provider_is_told_what_code_had(aichat: Program) -> None:
    with Server(ran_code(), routes=Put().routes) as server:
        ask(aichat, server, "openai", "-f", "data.csv")
    with Server(SAID) as server:
        point(aichat, server, "groq")
        assert aichat.invoke("ask", "-c", "-p", "groq", "and now?").code == 0
        assert "Ada,36" in str(asked(server)[0]["messages"][0])


def test_a_file_that_no_model_reads_stays_as_its_name(aichat: Program) -> None:
    with Server(ran_code(), routes=Put().routes) as server:
        ask(aichat, server, "openai", "-f", "t.parquet")
    with Server(SAID) as server:
        point(aichat, server, "groq")
        ran = aichat.invoke("ask", "-c", "-p", "groq", "and now?")
        assert (ran.code, "t.parquet" in str(asked(server)[0]["messages"][0])) == (0, True)
    assert "left out of this request" in ran.stderr


def test_in_the_chat_what_is_attached_is_for_code_too(aichat: Program) -> None:
    aichat.write_config('default_profile = "p"\n[profiles.p]\nprovider = "openai"\ncode = true\n')
    put = Put()
    with Server(ran_code(), routes=put.routes) as server:
        paper = Paper(point(aichat, server, "openai"))
        paper.say(f"/attach {aichat.home / 'data.csv'}")
        shown = paper.say("plot it")
    assert "to OpenAI for its code" in shown and "Yes." in shown
    assert put.files == [("data.csv", CSV)]
    assert asked(server)[0]["tools"][0]["container"]["file_ids"] == ["file-1"]


def test_a_dry_run_names_what_would_be_uploaded(aichat: Program) -> None:
    ran = aichat.invoke("ask", "--dry-run", "-p", "openai", "--code", "-f", "data.csv", "plot it")
    assert "data.csv would be uploaded first; FILE_ID stands for it" in ran.stderr
    assert curl_body(ran)["tools"][0]["container"]["file_ids"] == ["FILE_ID"]


@pytest.mark.parametrize(("name", "why"), [("none.csv", "none.csv"), ("empty.csv", "is empty")])
def test_what_is_not_there_or_empty_is_a_mistake(aichat: Program, name: str, why: str) -> None:
    (aichat.home / "empty.csv").touch()
    ran = aichat.invoke("ask", "--dry-run", "-p", "openai", "--code", "-f", name, "plot it")
    assert (ran.code, ran.text) == (2, "")
    assert why in ran.stderr
