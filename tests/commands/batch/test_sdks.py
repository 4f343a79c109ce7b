"""The played engines speak as the official SDKs do: each reads what we wrote, and we what it did.

So a batch of ours is one that any tool can take up, and the other way round.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.commands.batch.test_batch import LOST, REFUSED, prepared, rows
from tests.support.answering.batches import Engine
from tests.support.answering.server import Server
from tests.support.running.program import SHARED, Program

pytestmark = pytest.mark.long  # an SDK takes a second or two to load

KEY = "k-secret-0123456789"

#: What an SDK says of a batch: its state, and the text or the error of each request by its id.
Told = tuple[str, dict[str, str]]


def _openai(url: str, path: str) -> Any:
    """OpenAI's client, which its copies name as theirs too, but for Groq."""
    if path == "/openai/v1":
        groq = pytest.importorskip("groq", reason="the SDK is not installed")
        return groq.Groq(api_key=KEY, base_url=url, max_retries=0)
    openai = pytest.importorskip("openai", reason="the SDK is not installed")
    return openai.OpenAI(api_key=KEY, base_url=url + path, max_retries=0)


def _read_openai(url: str, path: str, name: str) -> Told:
    client = _openai(url, path)
    batch, told = client.batches.retrieve(name), dict[str, str]()
    for file in filter(None, (batch.output_file_id, batch.error_file_id)):
        for line in client.files.content(file).read().decode().splitlines():
            result = json.loads(line)
            body = result["response"]["body"]
            said = (body.get("error") or {}).get("message") or _text_of(body)
            told[result["custom_id"]] = said
    assert batch.request_counts.total == 5
    return batch.status, told


def _text_of(body: Mapping[str, Any]) -> str:
    """The text of an answer, as the SDK's own type has it."""
    from openai.types.chat import ChatCompletion
    from openai.types.responses import Response

    if body["object"] == "response":
        return str(Response.model_validate(body).output_text)
    return str(ChatCompletion.model_validate(body).choices[0].message.content)


def _submit_openai(url: str, path: str, folder: Path) -> str:
    client = _openai(url, path)
    lines = [
        {
            "custom_id": f"row {n}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "m", "messages": [{"role": "user", "content": f"Say {n}"}]},
        }
        for n in range(3)
    ]
    (folder / "theirs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    file = client.files.create(file=(folder / "theirs.jsonl").open("rb"), purpose="batch")
    made = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    return str(made.id)


def _anthropic(url: str) -> Any:
    anthropic = pytest.importorskip("anthropic", reason="the SDK is not installed")
    return anthropic.Anthropic(api_key=KEY, base_url=url, max_retries=0)


def _read_anthropic(url: str, _: str, name: str) -> Told:
    client, told = _anthropic(url), dict[str, str]()
    batch = client.messages.batches.retrieve(name)
    for one in client.messages.batches.results(name):
        result = one.result
        if result.type == "succeeded":
            told[one.custom_id] = result.message.content[0].text
        elif result.type == "errored":
            told[one.custom_id] = result.error.error.message
    assert batch.request_counts.succeeded == 3
    return batch.processing_status, told


def _submit_anthropic(url: str, _: str, folder: Path) -> str:
    said = {"model": "claude-x", "max_tokens": 9}
    requests = [
        {
            "custom_id": f"row-{n}",
            "params": {**said, "messages": [{"role": "user", "content": f"Say {n}"}]},
        }
        for n in range(3)
    ]
    return str(_anthropic(url).messages.batches.create(requests=requests).id)


def _genai(url: str) -> Any:
    genai = pytest.importorskip("google.genai", reason="google-genai is not installed")
    return genai.Client(api_key=KEY, http_options={"base_url": url, "api_version": "v1beta"})


def _read_gemini(url: str, _: str, name: str) -> Told:
    client, told = _genai(url), dict[str, str]()
    batch = client.batches.get(name=f"batches/{name}")
    content = client.files.download(file=batch.dest.file_name)
    for line in content.decode().splitlines():
        result = json.loads(line)
        said = result.get("error", {}).get("message")
        if said is None:
            said = result["response"]["candidates"][0]["content"]["parts"][0]["text"]
        told[result["key"]] = said
    return str(batch.state.name), told


def _submit_gemini(url: str, _: str, folder: Path) -> str:
    requests = [
        {
            "contents": [{"parts": [{"text": f"Say {n}"}], "role": "user"}],
            "metadata": {"key": f"{n}"},
        }
        for n in range(3)
    ]
    client = _genai(url)
    made = client.batches.create(model="gemini-x", src=requests)
    return str(made.name).removeprefix("batches/")


Read = Callable[[str, str, str], Told]
Submit = Callable[[str, str, Path], str]

#: Of each provider: what its SDK appends to the server, how it ends there, and its calls.
SDKS: Mapping[str, tuple[str, str, Read, Submit]] = {
    "openai": ("/v1", "completed", _read_openai, _submit_openai),
    "groq": ("/openai/v1", "completed", _read_openai, _submit_openai),
    "moonshot": ("/v1", "completed", _read_openai, _submit_openai),
    "qwen": ("/compatible-mode/v1", "completed", _read_openai, _submit_openai),
    "anthropic": ("", "ended", _read_anthropic, _submit_anthropic),
    "gemini": ("", "JOB_STATE_SUCCEEDED", _read_gemini, _submit_gemini),
}


@pytest.mark.parametrize("provider", SDKS)
def test_an_sdk_reads_our_batch_as_we_do(aichat: Program, provider: str) -> None:
    path, state, read, _ = SDKS[provider]
    engine = Engine(provider)
    with Server(default=engine) as server:
        prepared(aichat, server, provider, engine)
        words = ("ask", "-p", provider, "--each", "in.txt", "Say {}", "--batch")
        assert aichat.invoke(*words).text == "batch-0\n"
        told, texts = read(server.url, path, "batch-0")
        ours = rows(aichat.invoke("batch", "collect", "last").text)
    assert told == state and len(texts) == 4  # what was lost has no line
    for row in ours:
        if row["input"] == LOST:
            assert row["id"] not in texts
        elif row["input"] == REFUSED:
            assert texts[row["id"]] == "not this" and "not this" in row["error"]["message"]
        else:
            assert texts[row["id"]] == row["text"]


@pytest.mark.parametrize("provider", SDKS)
def test_we_collect_what_an_sdk_began(aichat: Program, provider: str) -> None:
    path, _, _, submit = SDKS[provider]
    engine = Engine(provider)
    with Server(default=engine) as server:
        prepared(aichat, server, provider, engine)
        name = submit(server.url, path, aichat.home)
        waited = aichat.invoke("batch", "wait", name, "-p", provider)
        done = aichat.invoke("batch", "collect", name, "-p", provider)
    assert (waited.code, done.code) == (0, 0)
    assert sorted(row["text"] for row in rows(done.text)) == ["<Say 0>", "<Say 1>", "<Say 2>"]


def _names(text: str) -> set[str]:
    """The fields of the objects in a piece of the vendor's facts."""
    return {*re.findall(r'"([a-z_]+)"(?=[:,}\]?])', text)} - {"n"}


def _fields(value: Any) -> set[str]:
    """The fields of a value and of all in it, but for those of a whole answer."""
    if isinstance(value, list):
        return {name for one in value for name in _fields(one)}
    if not isinstance(value, dict):
        return set()
    inner = [one for name, one in value.items() if name != "chat_get_completion"]
    return {*value} | _fields(inner)


def test_the_engine_of_xai_has_each_field_that_its_vendor_names_and_no_other(
    aichat: Program,
) -> None:
    """No SDK of its speaks HTTP to it, so that the facts of the reference stand for one."""
    path = SHARED / "reference" / "beyond-chat.md"
    if not path.exists():
        pytest.skip("the reference is not here")
    facts = path.read_text().partition("### 6.5 xAI")[2].partition("\n\n")[0]
    begin, shown, given = re.split("\\(sealed\\)|: the response is", facts)
    shown, given = shown.partition("Object")[2].split("Results")
    engine = Engine("xai")
    with Server(default=engine) as server:
        prepared(aichat, server, "xai", engine)
        aichat.invoke("ask", "-p", "xai", "--each", "in.txt", "Say {}", "--batch")
        aichat.invoke("batch", "collect", "last")
        aichat.invoke("batch", "cancel", "last")
        asked = {f"{one.method} {one.path}": one.body for one in server.requests}
        pages = [place.partition(" ")[2] for place in asked if "/results?" in place]
        batch, *told = [
            httpx.get(server.url + place).json() for place in ("/v1/batches/batch-0", *pages)
        ]
    assert {*engine.begun[0]} == _names(begin)
    assert _fields(batch) == _names(shown)
    assert _fields(told) == _names(given)
    assert [re.sub(r"=\d+$", "=", place) for place in asked] == [
        "POST /v1/files",
        "POST /v1/batches",
        "GET /v1/batches/batch-0",
        "GET /v1/batches/batch-0/results?limit=",
        "GET /v1/batches/batch-0/results?limit=1000&pagination_token=",
        "POST /v1/batches/batch-0:cancel",
    ]
    assert asked["POST /v1/batches/batch-0:cancel"] == b"{}"
    assert {one["url"] for one in engine.batches["batch-0"]} == {"/v1/chat/completions"}
