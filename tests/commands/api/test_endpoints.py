"""The July 2025 document's 64 HTTP endpoints, each as an `aichat api` line."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aichat import providers
from aichat.disk.catalogue import endpoints
from tests.support.answering.server import Reply, SeenRequest, Server
from tests.support.documents.seed_document import sections_in
from tests.support.running.program import SENTINEL, Program

TALK, PICTURE, LINES = b"ID3 talk \xff\x00", b"\x89PNG picture \x00", b'{"custom_id": "1"}\n'
FILES = {"talk.mp3": TALK, "cat.png": PICTURE, "lines.jsonl": LINES}
TYPES = {"talk.mp3": "audio/mpeg", "cat.png": "image/png", "lines.jsonl": "application/jsonl"}

#: Sections of the document, the provider's id and the header of its key.
SECTIONS = {
    "OpenAI": ("openai", "authorization", f"Bearer {SENTINEL}"),
    "Google Gemini": ("gemini", "x-goog-api-key", SENTINEL),
    "xAI (Grok)": ("xai", "authorization", f"Bearer {SENTINEL}"),
    "Groq": ("groq", "authorization", f"Bearer {SENTINEL}"),
    "Anthropic Claude": ("anthropic", "x-api-key", SENTINEL),
    "Perplexity AI": ("perplexity", "authorization", f"Bearer {SENTINEL}"),
    "Moonshot AI": ("moonshot", "authorization", f"Bearer {SENTINEL}"),
    "Qwen (Alibaba)": ("qwen", "authorization", f"Bearer {SENTINEL}"),
}
#: Where each one's base URL is put on the test's server.
BASES = {
    **dict.fromkeys(("openai", "xai", "anthropic", "moonshot"), "/v1"),
    "gemini": "/v1beta",
    "groq": "/openai/v1",
    "perplexity": "",
    "qwen": "/compatible-mode/v1",
}

Sent = dict[str, Any] | tuple[str, ...] | None  # JSON, fields of a form, or nothing


class Case(NamedTuple):
    """One pair of the document, what is sent there, and where it goes now if that has changed."""

    provider: str
    pair: str
    sent: Sent = None
    now: str = ""
    typed: str = ""  # PATH, where it does not stand behind the base URL

    @property
    def id(self) -> str:
        return f"{self.provider} {self.pair}"


HI = [{"role": "user", "content": "Hello!"}]
CHAT: Sent = {"model": "m", "messages": HI, "temperature": 0.7, "max_tokens": 150}
CONTENTS: Sent = {"contents": [{"parts": [{"text": "Explain how AI works"}]}]}
SPEECH: Sent = {"model": "tts-1", "input": "Hello", "voice": "alloy"}
IMAGE: Sent = {"prompt": "A cat in a tree", "model": "m", "response_format": "url", "n": 2}
EDIT: Sent = ("model=m", "image=@cat.png", "prompt=a hat")
HEARD: Sent = ("file=@talk.mp3", "model=whisper-large-v3", "language=en")
UPLOAD: Sent = ("purpose=batch", "file=@lines.jsonl")
BATCH: Sent = {"input_file_id": "file-1", "endpoint": "/v1/responses", "completion_window": "24h"}
GENERATION = "/services/aigc/text-generation/generation"

CASES = (
    Case("openai", "POST /chat/completions", CHAT),
    Case("openai", "POST /responses", {"model": "m", "input": "Write."}),
    Case("openai", "POST /completions", {"model": "m", "prompt": "Once"}),
    Case("openai", "POST /images/generations", IMAGE),
    Case("openai", "POST /images/edits", EDIT),
    Case("openai", "POST /images/variations", ("image=@cat.png", "n=2")),
    Case("openai", "POST /audio/transcriptions", HEARD),
    Case("openai", "POST /audio/translations", HEARD),
    Case("openai", "POST /audio/speech", SPEECH),
    Case("openai", "POST /embeddings", {"model": "m", "input": "text"}),
    Case("openai", "POST /files", UPLOAD),
    Case("openai", "GET /files"),
    Case("openai", "GET /files/{file_id}"),
    Case("openai", "DELETE /files/{file_id}"),
    Case("openai", "POST /fine_tuning/jobs", {"model": "m", "training_file": "file-1"}),
    Case("openai", "GET /fine_tuning/jobs"),
    Case("openai", "POST /moderations", {"input": "text"}),
    Case("openai", "GET /models"),
    Case("openai", "GET /models/{model}"),
    Case("openai", "POST /assistants", {"model": "m"}),
    Case("openai", "GET /assistants/{assistant_id}"),
    Case("openai", "POST /batches", BATCH),
    Case("openai", "GET /batches/{batch_id}"),
    Case("gemini", "POST /models/{model}:generateContent", CONTENTS),
    Case("gemini", "POST /models/{model}:streamGenerateContent", CONTENTS),
    Case("gemini", "POST /models/{model}:countTokens", CONTENTS),
    Case("gemini", "POST /models/{model}:embedContent", {"content": {"parts": [{"text": "x"}]}}),
    Case(
        "gemini",
        "POST /models/{model}:batchEmbedContent",
        {"requests": []},
        now="POST /models/{model}:batchEmbedContents",
    ),
    Case("gemini", "GET /models"),
    Case("gemini", "GET /models/{model}"),
    Case("xai", "POST /chat/completions", CHAT),
    Case("xai", "POST /messages", {"model": "m", "max_tokens": 9, "messages": HI}),
    Case("xai", "POST /images/generations", IMAGE),
    Case(
        "xai",
        "POST /chat/completions/deferred",
        {"model": "m", "messages": HI, "deferred": True},
        now="POST /chat/completions",
    ),
    Case(
        "xai",
        "GET /completions/deferred/{completion_id}",
        now="GET /chat/deferred-completion/{request_id}",
    ),
    Case("xai", "GET /models"),
    Case("xai", "GET /models/{model_id}"),
    Case("xai", "GET /language-models"),
    Case("xai", "GET /language-models/{model_id}"),
    Case("xai", "POST /api-key", {"name": "new"}),
    Case("xai", "GET /api-key"),
    Case("xai", "DELETE /api-key/{key_id}"),
    Case("groq", "POST /chat/completions", CHAT),
    Case("groq", "POST /audio/transcriptions", HEARD),
    Case("groq", "POST /audio/translations", HEARD),
    Case("groq", "GET /models"),
    Case("groq", "GET /models/{model_id}"),
    Case("groq", "POST /batches", BATCH),
    Case("groq", "GET /batches/{batch_id}"),
    Case("groq", "POST /batches/{batch_id}/cancel"),
    Case("groq", "POST /files", UPLOAD),
    Case("groq", "GET /files"),
    Case("groq", "GET /files/{file_id}"),
    Case("groq", "DELETE /files/{file_id}"),
    Case("anthropic", "POST /messages", {"model": "m", "max_tokens": 1024, "messages": HI}),
    Case("perplexity", "POST /chat/completions", CHAT),
    Case("moonshot", "POST /chat/completions", CHAT),
    Case("moonshot", "GET /models"),
    Case("moonshot", "POST /files", ("purpose=file-extract", "file=@lines.jsonl")),
    Case("moonshot", "GET /files"),
    Case("moonshot", "DELETE /files/{file_id}"),
    Case("moonshot", "POST /cache/contexts", {"model": "m", "messages": HI}),
    Case("qwen", "POST /chat/completions", CHAT),
    Case(
        "qwen",
        f"POST {GENERATION}",
        {"model": "m", "input": {"messages": HI}, "parameters": {"result_format": "message"}},
        typed=f"//api/v1{GENERATION}",
    ),
)


def test_the_table_is_the_documents_64_pairs() -> None:
    named = [
        (provider, pair)
        for section, (provider, *_) in SECTIONS.items()
        for pair in dict.fromkeys(re.findall(r"`([A-Z]+ /[^`]*)`", sections_in()[section]))
    ]
    assert len(named) == 64
    assert [(case.provider, case.pair) for case in CASES] == named


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    headers = {"content-type": "application/json"}
    with Server(default=Reply(200, headers, [b'{"ok":1}'], length=True)) as running:
        yield running


@pytest.fixture
def sent(
    server: Server, aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[SeenRequest, bytes]]:
    """Runs ``aichat api`` in this process; gives the request and what was printed."""
    monkeypatch.chdir(aichat.home)
    for provider, base in BASES.items():
        aichat.environ[f"AICHAT_{provider.upper()}_BASE_URL"] = server.url + base
        aichat.environ[providers.load(provider).key_variables[0]] = SENTINEL
    for name, data in FILES.items():
        Path(name).write_bytes(data)

    def run(*words: str) -> tuple[SeenRequest, bytes]:
        ran = aichat.invoke("api", *words)
        assert (ran.stderr, ran.code) == ("", 0)
        return server.requests[-1], ran.stdout

    return run


def filled(path: str) -> str:
    """A path with something put in for each of its names."""
    return re.sub(r"\{(\w+)\}", r"the-\1", path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_endpoint_of_the_document_is_reached(
    case: Case, sent: Callable[..., tuple[SeenRequest, bytes]]
) -> None:
    method, path = (case.now or case.pair).split(" ", 1)
    body: list[str] = []
    if isinstance(case.sent, dict):
        body = ["--data", json.dumps(case.sent)]
    for field in case.sent if isinstance(case.sent, tuple) else ():
        body += ["--form", field]
    seen, printed = sent(case.provider, method.lower(), filled(case.typed or path), *body)

    _, header, value = next(s for s in SECTIONS.values() if s[0] == case.provider)
    base = "" if case.typed else BASES[case.provider]
    assert (seen.method, seen.path) == (method, base + filled(case.typed[1:] or path))
    assert seen.headers[header] == value
    assert SENTINEL not in str({k: v for k, v in seen.raw_headers if k.lower() != header})
    assert printed == b'{"ok":1}'
    assert "transfer-encoding" not in seen.headers
    if isinstance(case.sent, tuple):
        assert_form(seen, case.sent)
    else:
        assert ("content-type" in seen.headers) is bool(case.sent)
        assert seen.headers.get("content-type", "application/json") == "application/json"
        assert (json.loads(seen.body) if seen.body else None) == case.sent


def assert_form(seen: SeenRequest, fields: tuple[str, ...]) -> None:
    """A form is as RFC 7578 has it: fields in order, files with their name and type."""
    boundary = seen.headers["content-type"].removeprefix("multipart/form-data; boundary=")
    expected = b""
    for field in fields:
        name, _, text = field.partition("=")
        head, content = f'Content-Disposition: form-data; name="{name}"', text.encode()
        if text.startswith("@"):
            content = FILES[text[1:]]
            head += f'; filename="{text[1:]}"\r\nContent-Type: {TYPES[text[1:]]}'
        expected += f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
    assert seen.body == expected + f"--{boundary}--\r\n".encode()
    assert seen.headers["content-length"] == str(len(seen.body))


def test_every_pair_of_the_document_is_in_the_help_with_what_took_its_place() -> None:
    for case in CASES:
        directory = endpoints.read(case.provider, built_in=True)
        method, path = case.pair.split(" ", 1)
        path = filled(case.typed or path)
        found = directory.find_route(method, path)
        assert found, case.id
        newer = (case.now or case.pair).split(" ", 1)
        if case.now:
            assert found in directory.subjects["Replaced"]
            assert newer[1].rpartition(":")[2] in found.about, case.id
            assert directory.find_route(newer[0], filled(newer[1])), case.id


def test_anthropics_version_goes_with_every_request_and_follows_what_is_sampled(
    sent: Callable[..., tuple[SeenRequest, bytes]],
) -> None:
    version = "anthropic-version"
    plain, _ = sent("anthropic", "GET", "/models")
    sampled, _ = sent("anthropic", "POST", "/messages", "--data", '{"temperature": 1}')
    typed, _ = sent("anthropic", "GET", "/models", "--header", f"{version}: 2020-01-01")
    assert plain.headers[version] == "2026-10-21"
    assert sampled.headers[version] == "2023-06-01"
    assert typed.headers[version] == "2020-01-01"
