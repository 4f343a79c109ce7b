"""Files that a provider's tools made: fetched, kept, named and told."""

import json
from pathlib import Path
from typing import Any

import pytest

from aichat.core.exchange.event import MadeFile
from aichat.core.message.media import Media, ProviderFile
from aichat.wires.shared.media_parts import made_file
from tests.support.answering.answers import events_of, messages_stream
from tests.support.answering.server import SSE, Reply, Server
from tests.support.running.program import SENTINEL, Program, Result

CSV, PNG = b"port,depth\nLeith,7\n", b"\x89PNG\r\n\x1a\n..."
PLACE = "/v1/containers/cntr_1/files/cfile_1/content"


@pytest.fixture
def aichat(tmp_path: Path) -> Program:
    return Program(tmp_path)


def ask(aichat: Program, server: Server, provider: str, *words: str) -> Result:
    base = server.url + ("/v1" if provider == "openai" else "")
    given = {f"{provider.upper()}_API_KEY": SENTINEL}
    given[f"AICHAT_{provider.upper()}_BASE_URL"] = base
    return aichat.invoke("ask", "-p", provider, "--code", *words, "hi", environ=given)


def named(name: str) -> Reply:
    """OpenAI: the file is cited over its link in the text, here twice."""
    cited = {"type": "container_file_citation", "container_id": "cntr_1", "file_id": "cfile_1"}
    told = {**cited, "filename": name, "start_index": 0, "end_index": 4}
    part = {"type": "output_text", "text": "Done", "annotations": [told, told]}
    message = {"type": "message", "id": "m", "role": "assistant", "content": [part]}
    whole = {"id": "r", "object": "response", "model": "m", "status": "completed"}
    event = {"type": "response.completed", "response": {**whole, "output": [message]}}
    return Reply(headers=SSE, body=[f"data: {json.dumps(event)}\n\n".encode()])


def content(data: bytes, status: int = 200) -> dict[str, Any]:
    return {PLACE: Reply(status, {"content-type": "application/binary"}, [data], length=True)}


def test_a_made_file_is_fetched_once_and_kept_with_its_name(aichat: Program) -> None:
    with Server(named("depths.csv"), routes=content(CSV)) as server:
        ran = ask(aichat, server, "openai", "--json")
    (file,) = json.loads(ran.text)["files"]
    assert file["name"] == "depths.csv"
    assert Path(file["path"]).read_bytes() == CSV
    assert [seen.path for seen in server.requests] == ["/v1/responses", PLACE]
    assert server.requests[1].headers["authorization"] == f"Bearer {SENTINEL}"
    assert f"depths.csv saved as {file['path']}" in ran.stderr
    assert "depths.csv" in aichat.invoke("history", "show", "last", "--json").text


def test_without_a_store_it_lies_here_under_its_name(aichat: Program) -> None:
    for name in ("depths.csv", "depths-2.csv"):
        with Server(named("depths.csv"), routes=content(CSV)) as server:
            ran = ask(aichat, server, "openai", "--no-save")
        assert (aichat.home / name).read_bytes() == CSV
        assert (ran.text, ran.code) == ("Done\n", 0)


@pytest.mark.parametrize(
    ("name", "there"),
    [("../../.bashrc", "bashrc.bin"), ("a b;c.csv", "a_b_c.csv"), (".ssh/config", "config.bin")],
)
def test_a_name_leads_nowhere_else(name: str, there: str, aichat: Program) -> None:
    with Server(named(name), routes=content(CSV)) as server:
        ask(aichat, server, "openai", "--no-save")
    assert (aichat.home / there).read_bytes() == CSV


def test_a_picture_is_one(aichat: Program) -> None:
    with Server(named("plot.png"), routes=content(PNG)) as server:
        answer = json.loads(ask(aichat, server, "openai", "--json").text)
    (image,) = answer["images"]
    assert image["mime"] == "image/png"
    assert Path(image["path"]).read_bytes() == PNG


def test_what_cannot_be_fetched_is_said_with_the_way_to_it(aichat: Program) -> None:
    gone = b'{"error": {"message": "Container is expired"}}'
    with Server(named("depths.csv"), routes=content(gone, 404)) as server:
        ran = ask(aichat, server, "openai")
    assert (ran.text, ran.code) == ("Done\n", 0)
    told = " ".join(ran.stderr.split())
    assert "depths.csv was not fetched" in told
    assert "aichat api openai GET /containers/cntr_1/files/cfile_1/content" in told


def test_an_event_tells_of_it_before_the_end(aichat: Program) -> None:
    with Server(named("depths.csv"), routes=content(CSV)) as server:
        ran = ask(aichat, server, "openai", "--events")
    told = [json.loads(line) for line in ran.text.splitlines()]
    (file,) = [event for event in told if event["type"] == "file"]
    assert (file["name"], Path(file["path"]).read_bytes()) == ("depths.csv", CSV)
    assert told[-1]["type"] == "finish"


def test_anthropics_files_are_in_the_result_of_its_tool(aichat: Program) -> None:
    made = {"type": "bash_code_execution_output", "file_id": "file_1"}
    result = {"type": "bash_code_execution_result", "content": [made]}
    block = {"type": "bash_code_execution_tool_result", "tool_use_id": "s", "content": result}
    events = events_of(messages_stream(["Done"]))
    start = {"type": "content_block_start", "index": 9, "content_block": block}
    events[-2:-2] = [start, {"type": "content_block_stop", "index": 9}]
    body = [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events]
    routes = {"/files/file_1/content": Reply(200, {}, [CSV], length=True)}
    with Server(Reply(headers=SSE, body=body), routes=routes) as server:
        ran = ask(aichat, server, "anthropic", "--json")
    (file,) = json.loads(ran.text)["files"]
    assert (file["name"], Path(file["path"]).read_bytes()) == ("file_1", CSV)
    assert server.requests[1].headers["x-api-key"] == SENTINEL


def test_a_file_without_a_name_has_none() -> None:
    source = ProviderFile("files/x")
    assert made_file(7, "files/x") == MadeFile(Media("application/octet-stream", source))
