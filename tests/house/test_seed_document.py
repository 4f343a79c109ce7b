"""The July 2025 document as a table: each example, error code and variable, and what runs it here.

The table covers OpenAI, xAI, Groq, Anthropic and Perplexity, and what the
document says for all. A model that is gone stands here under today's name, and
so does a field. Where the document is present, a test counts that nothing of it
is missing from the table.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from tests.app.setup.test_providers import aimed, curl_body, curl_url
from tests.house import test_seed_document_rest as rest
from tests.support.answering.answers import messages_error, responses_error
from tests.support.answering.server import Reply, Server, chat_error, chat_stream
from tests.support.documents.seed_document import (
    blocks_in,
    error_codes_in,
    sections_in,
    variables_in,
)
from tests.support.running.program import Program
from tests.support.running.whole_runs import error_of
from tests.support.values.media import box, jpeg_header

#: The sections that are not in the rest, and the provider each is about.
SECTIONS = {
    "OpenAI": "openai",
    "xAI (Grok)": "xai",
    "Groq": "groq",
    "Anthropic Claude": "anthropic",
    "Perplexity AI": "perplexity",
    "Best Practices": "",
}


# -- the examples


class Asks(NamedTuple):
    """An example as a command line, and what of its request must be sent."""

    heading: str
    words: tuple[str, ...]
    url: str
    body: Mapping[str, Any] = {}
    text: str = ""  # a part of the dry run, for what is not in the body
    command: str = "ask"


class Reads(NamedTuple):
    """An example of an answer, which is read as it stands."""

    heading: str
    answer: Mapping[str, Any]
    text: str
    usage: tuple[int, int]
    citations: tuple[str, ...] = ()


class Not(NamedTuple):
    """An example that is not ours, and why."""

    heading: str
    reason: str


Example = Asks | Reads | Not

#: What examples show.
PHOTO, MEMO = jpeg_header(64, 48), box(b"ftyp", b"M4A \0\0\0\0")

API, CHAT = ("--wire", "chat"), "/chat/completions"
AUTH, STREAM, CALLS = "Authentication", "Streaming Response", "Function Calling"


def said(text: str, system: str | None = None) -> list[dict[str, str]]:
    """The messages of a chat request."""
    before = [{"role": "system", "content": system}] if system else []
    return [*before, {"role": "user", "content": text}]


def item(text: str) -> list[dict[str, Any]]:
    """The input of a Responses request."""
    return [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}]


def turn(text: str) -> list[dict[str, Any]]:
    """The messages of a Messages request."""
    return [{"role": "user", "content": [{"type": "text", "text": text}]}]


def weather(description: str) -> dict[str, Any]:
    parameters = {"type": "object", "properties": {"location": {"type": "string"}}}
    function = {"name": "get_weather", "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


def answered(model: str, text: str, used: tuple[int, int], **more: Any) -> dict[str, Any]:
    """A chat completion as the document shows one."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    return {
        "id": "chatcmpl-f51b2cd2-bef7-417e-964e-a08f0b513c22",
        "created": 1752854522,
        "model": model,
        "choices": [{**choice, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": used[0],
            "completion_tokens": used[1],
            "total_tokens": sum(used),
            **more.pop("counted", {}),
        },
        **more,
    }


HELPFUL = "You are a helpful assistant."
OPENAI, XAI, GROQ = "https://api.openai.com/v1", "https://api.x.ai/v1", "https://api.groq.com"
CLAUDE, SONAR = "https://api.anthropic.com/v1/messages", "https://api.perplexity.ai" + CHAT
MOONS, RAG = "How many moons does Mars have?", "What is Retrieval-Augmented Generation (RAG)?"
QUANTUM, STORY = "Recent research on quantum computing", "Tell me a story"
FAST = "Explain the importance of fast language models"
UNICORN = "Write a one-sentence bedtime story about a unicorn."
OPENAI_CHAT = ("-m", "gpt-4.1", *API)
LLAMA = ("-p", "groq", "-m", "openai/gpt-oss-120b")  # llama-3.3-70b-versatile is gone
GROK = ("-m", "grok-4.7", *API)  # grok-4 is gone
SONNET = ("-m", "claude-sonnet-5-5", "--max-tokens", "1024")  # claude-3-5-sonnet is gone
TOOLS_US = json.dumps([weather("Get current weather")])
TOOLS_FR = json.dumps([weather("Get weather information")])

EXAMPLES: dict[str, Sequence[Example]] = {
    "OpenAI": [
        Asks(
            AUTH,
            ("-p", "openai", "Hello!"),
            f"{OPENAI}/responses",
            text='"authorization: Bearer $OPENAI_API_KEY"',
        ),
        Asks(
            "Chat Completions Example",
            (*OPENAI_CHAT, "-s", HELPFUL, "--temperature", "0.7", "--max-tokens", "150", "Hello!"),
            f"{OPENAI}{CHAT}",
            {
                "model": "gpt-4.1",
                "messages": said("Hello!", HELPFUL),
                "temperature": 0.7,
                "max_completion_tokens": 150,  # max_tokens is deprecated
            },
        ),
        Asks(
            "Responses API Example (New)",
            # web_search_preview is called web_search now
            ("-m", "gpt-4.1", "--search", UNICORN),
            f"{OPENAI}/responses",
            {
                "model": "gpt-4.1",
                "input": item(UNICORN),
                "tools": [{"type": "web_search", "user_location": {"type": "approximate"}}],
            },
        ),
        Asks(
            "cURL Example",
            (*OPENAI_CHAT, "--no-stream", "Hello!"),
            f"{OPENAI}{CHAT}",
            {"model": "gpt-4.1", "messages": said("Hello!"), "stream": False},
        ),
        Asks(
            STREAM,
            (*OPENAI_CHAT, *STORY.split()),
            f"{OPENAI}{CHAT}",
            {"messages": said(STORY), "stream": True},
        ),
        Asks(
            CALLS,
            (*OPENAI_CHAT, "--tools", TOOLS_US, "What's the weather in NYC?"),
            f"{OPENAI}{CHAT}",
            {
                "messages": said("What's the weather in NYC?"),
                "tools": [weather("Get current weather")],
            },
        ),
    ],
    "xAI (Grok)": [
        Asks(
            AUTH,
            ("-p", "xai", "hi"),
            f"{XAI}/responses",
            text='"authorization: Bearer $XAI_API_KEY"',
        ),
        Asks(
            "Chat Completions Example",
            (*GROK, "-s", HELPFUL, "What", "is", "101*3?"),
            f"{XAI}{CHAT}",
            {"model": "grok-4.7", "messages": said("What is 101*3?", HELPFUL)},
        ),
        Reads(
            "Response Format",
            answered("grok-4", "101 multiplied by 3 is 303.", (32, 9), object="chat.completion"),
            "101 multiplied by 3 is 303.",
            (32, 9),
        ),
        Asks(
            "Image Generation Example",
            # its URL is another host's, and grok-2-image is gone; bytes do not expire
            ("-p", "xai", "A cat in a tree", "-n", "2"),
            f"{XAI}/images/generations",
            {"prompt": "A cat in a tree", "n": 2, "response_format": "b64_json"},
            command="image",
        ),
        Asks(
            "Python with OpenAI SDK",
            (*GROK, "Explain", "quantum", "computing"),
            f"{XAI}{CHAT}",
            {"messages": said("Explain quantum computing")},
        ),
        Asks(
            CALLS,
            (*GROK, "--tools", TOOLS_FR, "What's the weather in Paris?"),
            f"{XAI}{CHAT}",
            {
                "messages": said("What's the weather in Paris?"),
                "tools": [weather("Get weather information")],
            },
        ),
    ],
    "Groq": [
        Asks(
            AUTH,
            ("-p", "groq", "hi"),
            f"{GROQ}/openai/v1{CHAT}",
            text='"authorization: Bearer $GROQ_API_KEY"',
        ),
        Asks(
            "Chat Completions Example",
            (*LLAMA, *FAST.split()),
            f"{GROQ}/openai/v1{CHAT}",
            {"model": "openai/gpt-oss-120b", "messages": said(FAST)},
        ),
        Reads(
            "Response Format",
            answered(
                "llama3-8b-8192",
                "Fast language models have gained significant attention...",
                (18, 556),
                object="chat.completion",
                counted={"queue_time": 0.037493756},
            ),
            "Fast language models have gained significant attention...",
            (18, 556),
        ),
        Asks(
            "Audio Transcription Example",
            ("-p", "groq", "-m", "whisper-large-v3", "sample_audio.m4a"),
            f"{GROQ}/openai/v1/audio/transcriptions",
            text="--form-string 'model=whisper-large-v3' \\\n"
            "  --form-string 'response_format=json' \\\n"
            "  -F 'file=@sample_audio.m4a;type=audio/mp4;filename=sample_audio.m4a'",
            command="transcribe",
        ),
        Asks(
            "Python Example",
            (*LLAMA, "Explain quantum physics"),
            f"{GROQ}/openai/v1{CHAT}",
            {"messages": said("Explain quantum physics")},
        ),
        Asks(
            STREAM,
            (*LLAMA, STORY),
            f"{GROQ}/openai/v1{CHAT}",
            {"messages": said(STORY), "stream": True},
        ),
    ],
    "Anthropic Claude": [
        Asks(
            AUTH,
            ("-p", "anthropic", "hi"),
            CLAUDE,
            text="'content-type: application/json' \\\n  -H \"x-api-key: $ANTHROPIC_API_KEY\" "
            "\\\n  -H 'anthropic-version: 2026-10-21'",  # 2023-06-01 is the older one
        ),
        Asks(
            "Messages Example",
            (*SONNET, "--no-stream", "Hello, Claude"),
            CLAUDE,
            {
                "model": "claude-sonnet-5-5",
                "max_tokens": 1024,
                "messages": turn("Hello, Claude"),
                "stream": False,
            },
        ),
        Asks(
            "Python Example",
            (*SONNET, "Hello, Claude"),
            CLAUDE,
            {"max_tokens": 1024, "messages": turn("Hello, Claude")},
        ),
        Asks(STREAM, (*SONNET, STORY), CLAUDE, {"messages": turn(STORY), "stream": True}),
        Asks(
            "Vision Example",
            (*SONNET, "-f", "photo.jpg", "What's in this image?"),
            CLAUDE,
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {
                                "type": "image",
                                "source": {
                                    "type": "base64",
                                    "media_type": "image/jpeg",
                                    "data": b64encode(PHOTO).decode(),
                                },
                            },
                            {"type": "text", "text": "What's in this image?"},
                        ],
                    }
                ]
            },
        ),
    ],
    "Perplexity AI": [
        Asks(
            AUTH,
            ("-p", "perplexity", "hi"),
            "https://api.perplexity.ai/v1/responses",
            text='"authorization: Bearer $PERPLEXITY_API_KEY"',
        ),
        Asks(
            "Chat Completions Example",
            ("-m", "sonar-pro", "--temperature", "0.5", "--max-tokens", "500", RAG),
            SONAR,
            {
                "model": "sonar-pro",
                "messages": said(RAG),
                "temperature": 0.5,
                "max_tokens": 500,
            },
        ),
        Asks(
            "Python Example",
            ("-m", "sonar-pro", "-s", "Be precise.", MOONS),
            SONAR,
            {"messages": said(MOONS, "Be precise.")},
        ),
        Reads(
            "Response Format",
            answered(
                "sonar-pro",
                "Response with citations and sources",
                (15, 25),
                citations=["https://source1.com", "https://source2.com"],
            ),
            "Response with citations and sources",
            (15, 25),
            ("https://source1.com", "https://source2.com"),
        ),
        Asks(
            STREAM,
            ("-m", "sonar-pro", "Latest AI news"),
            SONAR,
            {"messages": said("Latest AI news"), "stream": True},
        ),
        Asks(
            "Domain-Specific Search",
            (
                *("-m", "sonar-pro", "--search-domain", "arxiv.org"),
                *("--search-domain", "nature.com", QUANTUM),
            ),
            SONAR,
            {"messages": said(QUANTUM), "search_domain_filter": ["arxiv.org", "nature.com"]},
        ),
    ],
    "Best Practices": [
        Not(
            "Code Example: Universal Error Handling",
            "test_retry.py and test_wire_faults.py: only what passes is tried again",
        ),
        Not("Environment Setup Example", "VARIABLES below"),
    ],
}


def of(kind: type[Asks] | type[Reads]) -> list[Any]:
    """The examples of one kind, each with its section, named for pytest."""
    return [
        pytest.param(section, example, id=f"{section}: {example.heading}")
        for section, examples in EXAMPLES.items()
        for example in examples
        if isinstance(example, kind)
    ]


@pytest.mark.parametrize(("section", "example"), of(Asks))
def test_an_example_is_a_command_line_that_sends_the_same_request(
    section: str, example: Asks, aichat: Program
) -> None:
    (aichat.home / "photo.jpg").write_bytes(PHOTO)
    (aichat.home / "sample_audio.m4a").write_bytes(MEMO)
    result = aichat.invoke(example.command, "--dry-run", *example.words)
    body = curl_body(result) if example.body else {}
    assert (curl_url(result), result.stderr, result.code) == (example.url, "", 0)
    assert {name: body.get(name) for name in example.body} == example.body
    assert example.text in result.text


@pytest.mark.parametrize(("section", "example"), of(Reads))
def test_an_example_of_an_answer_is_read_as_it_stands(
    section: str, example: Reads, aichat: Program
) -> None:
    words = {"perplexity": ("-m", "sonar-pro")}.get(SECTIONS[section], API)
    body = json.dumps(example.answer).encode()
    reply = Reply(headers={"content-type": "application/json"}, body=[body], length=True)
    with Server(default=reply) as server:
        aimed(aichat, SECTIONS[section], server.url)
        asked = ("ask", "-p", SECTIONS[section], *words, "hi", "--no-stream")
        plain, result = aichat.invoke(*asked), aichat.invoke(*asked, "--json")
    answer = json.loads(result.text)
    listed = "".join(f"[{n}] {url}\n" for n, url in enumerate(example.citations, 1))
    assert (plain.text, plain.stderr, plain.code) == (f"{example.text}\n", listed, 0)
    assert (answer["model"], answer["complete"]) == (example.answer["model"], True)
    assert (answer["usage"]["input"], answer["usage"]["output"]) == example.usage
    assert tuple(cited["url"] for cited in answer["citations"]) == example.citations


# -- the error codes


class Code(NamedTuple):
    """An HTTP status that the document lists, and what the user gets."""

    status: int
    reply: Reply
    kind: str
    exit: int
    requests: int = 1


BROKE = "It broke"


def chat(status: int, code: str | None = None) -> Reply:
    return chat_error(status, BROKE, code=code)


def xai(status: int) -> Reply:
    return responses_error(status, BROKE, style="xai")


def agent(status: int, code: str) -> Reply:
    return responses_error(status, BROKE, code, style="perplexity")


def claude(status: int, error_type: str) -> Reply:
    return messages_error(status, error_type, BROKE)


CODES: dict[str, Sequence[Code]] = {
    "OpenAI": [
        Code(400, responses_error(400, BROKE), "invalid_request", 5),
        Code(401, responses_error(401, BROKE, "invalid_api_key"), "auth", 4),
        Code(403, responses_error(403, BROKE), "permission", 4),
        Code(429, responses_error(429, BROKE, "rate_limit_exceeded"), "rate_limit", 6, 3),
        Code(500, responses_error(500, BROKE, error_type="server_error"), "server", 7, 3),
        Code(503, responses_error(503, BROKE), "overloaded", 7, 3),
    ],
    "xAI (Grok)": [
        Code(400, xai(400), "invalid_request", 5),
        Code(401, xai(401), "auth", 4),  # a bad key is a 400 today: test_wire_faults.py
        Code(403, xai(403), "permission", 4),
        Code(429, xai(429), "rate_limit", 6, 3),
        Code(500, xai(500), "server", 7, 3),
    ],
    "Groq": [
        Code(400, chat(400), "invalid_request", 5),
        Code(401, chat(401, "invalid_api_key"), "auth", 4),
        Code(429, chat(429, "rate_limit_exceeded"), "rate_limit", 6, 3),
        Code(500, chat(500), "server", 7, 3),
    ],
    "Anthropic Claude": [
        Code(400, claude(400, "invalid_request_error"), "invalid_request", 5),
        Code(401, claude(401, "authentication_error"), "auth", 4),
        Code(403, claude(403, "permission_error"), "permission", 4),
        Code(429, claude(429, "rate_limit_error"), "rate_limit", 6, 3),
        Code(500, claude(500, "api_error"), "server", 7, 3),
    ],
    "Perplexity AI": [
        Code(400, agent(400, "invalid_request"), "invalid_request", 5),
        Code(401, agent(401, "invalid_api_key"), "auth", 4),
        Code(429, agent(429, "request_rate_limit_exceeded"), "rate_limit", 6, 3),
        Code(500, agent(500, "internal_error"), "server", 7, 3),
    ],
    "Best Practices": [],
}


@pytest.mark.parametrize(
    ("section", "code"),
    [
        pytest.param(section, code, id=f"{section}: {code.status}")
        for section, codes in CODES.items()
        for code in codes
    ],
)
def test_an_error_code_has_its_kind_its_exit_code_and_its_retries(
    section: str, code: Code, aichat: Program
) -> None:
    provider = SECTIONS[section]
    with Server(default=code.reply) as server:
        result = aimed(aichat, provider, server.url).invoke("ask", "-p", provider, "hi", "--json")
        assert len(server.requests) == code.requests
    error = error_of(result)
    assert (error["kind"], error["status"], result.code) == (code.kind, code.status, code.exit)
    assert BROKE in result.stderr and f"HTTP {code.status}" in result.stderr


# -- the environment variables

VARIABLES = {
    "OPENAI_API_KEY": "openai",
    "XAI_API_KEY": "xai",
    "GROQ_API_KEY": "groq",
    "ANTHROPIC_API_KEY": "anthropic",
    "PERPLEXITY_API_KEY": "perplexity",
}


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_holds_the_key_of_its_provider_and_alone_chooses_it(
    variable: str, aichat: Program
) -> None:
    provider = VARIABLES[variable]
    wire = {"groq": "chat", "anthropic": "messages"}.get(provider, "responses")
    with Server(default=chat_stream(["unread"])) as server:
        base = f"AICHAT_{provider.upper()}_BASE_URL"
        environ = {variable: "a-key-0123456789", base: server.url}
        result = aichat.invoke("ask", "hi", "--json", environ=environ)
        (seen,) = server.requests
    assert json.loads(result.text)["provider"] == provider
    assert seen.path.endswith({"chat": CHAT}.get(wire, f"/{wire}"))
    assert [v for v in seen.headers.values() if v.endswith("a-key-0123456789")]


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_of_a_dot_env_file_is_imported(variable: str, aichat: Program) -> None:
    path = aichat.home / ".env"
    path.write_text(f"# .env file\n{variable}=sk-0123456789abcdef\n")
    assert aichat.invoke("keys", "import", str(path)).code == 0
    result = aichat.invoke("ask", "hi", "--dry-run")
    assert f"${variable}" in result.text and result.code == 0


# -- nothing of the document is forgotten


@pytest.fixture(scope="module")
def sections() -> Mapping[str, str]:
    return sections_in()


@pytest.mark.parametrize("section", SECTIONS)
def test_every_block_of_code_has_its_row(section: str, sections: Mapping[str, str]) -> None:
    rows = [example.heading for example in EXAMPLES[section]]
    assert rows == [heading for heading, _ in blocks_in(sections[section])]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_error_code_has_its_row(section: str, sections: Mapping[str, str]) -> None:
    assert [code.status for code in CODES[section]] == error_codes_in(sections[section])


def test_every_variable_has_its_row(sections: Mapping[str, str]) -> None:
    named = set[str]().union(*(variables_in(sections[section]) for section in SECTIONS))
    assert named == VARIABLES.keys() | rest.VARIABLES.keys()  # the practices name all eight


def test_every_section_is_here_or_in_the_rest(sections: Mapping[str, str]) -> None:
    without_examples = {"Table of Contents", "Summary Comparison"}
    assert set(sections) == SECTIONS.keys() | rest.SECTIONS.keys() | without_examples
