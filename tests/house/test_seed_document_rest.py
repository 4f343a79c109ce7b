"""The July 2025 document as a table, second part: Gemini, Moonshot and Qwen.

Like test_seed_document: each example, error code and variable, and what runs it
here, under today's name where a model is gone, or why it is not ours. Where the
document is present, tests count that nothing of it is missing.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from tests.app.setup.test_providers import curl_body, curl_url
from tests.support.answering import answers_google as google
from tests.support.answering.server import Reply, Server, chat_stream
from tests.support.documents.seed_document import (
    blocks_in,
    error_codes_in,
    sections_in,
    variables_in,
)
from tests.support.running.program import SENTINEL, Program
from tests.support.running.whole_runs import error_of
from tests.support.values.media import jpeg_header

#: The document's sections, and the provider each is about.
SECTIONS = {"Google Gemini": "gemini", "Moonshot AI": "moonshot", "Qwen (Alibaba)": "qwen"}


# -- the examples


class Asks(NamedTuple):
    """An example as a command line, and what of its request must be sent."""

    heading: str
    words: tuple[str, ...]
    url: str
    body: Mapping[str, Any] = {}
    text: str = ""  # a part of the dry run, for what is not in the body
    notice: str = ""  # the one line on stderr, where something is not sent


class Reads(NamedTuple):
    """An example of an answer, which is read as it stands."""

    heading: str
    answer: Mapping[str, Any]
    text: str
    usage: tuple[int, int]


class Not(NamedTuple):
    """An example that is not ours yet, and why."""

    heading: str
    reason: str


Example = Asks | Reads | Not

GOOGLE = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash"
STREAMED, WHOLE = f"{GOOGLE}:streamGenerateContent?alt=sse", f"{GOOGLE}:generateContent"
KIMI = "https://api.moonshot.ai/v1/chat/completions"
QWEN = "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions"
NATIVE = "https://dashscope.aliyuncs.com/api/v1/services/aigc/text-generation/generation"
WORKS, STORY = "Explain how AI works", "Tell me a story"
HELPFUL, WHO = "You are a helpful assistant.", "你是谁？"
LI_LEI = "You are Kimi, an AI assistant provided by Moonshot AI."
ONE = "Hello, my name is Li Lei. What is 1+1?"
PLUS = ("-m", "qwen-plus")
GONE = ("-p", "moonshot", "-m", "kimi-k2-0711-preview", "--temperature", "0.6")
K2 = ("-m", "kimi-k2.6", "--temperature", "0.6")  # what came after it; its sampling is fixed
SEARCH = {"type": "builtin_function", "function": {"name": "$web_search"}}
LOCATION = {"type": "object", "properties": {"location": {"type": "string"}}}


#: The photo that examples show, as base64, and the picture of the web that one of them names:
#: by http, so that a proxy on loopback can stand in for the web.
PHOTO = b64encode(jpeg_header(64, 48)).decode()
PINNED = "http://i.pinimg.com/736x/48/58/79/4858795ff3a17f19440dfd6318633bee.jpg"


def seen(url: str, text: str) -> list[dict[str, Any]]:
    """A message of chat that shows a picture."""
    picture = {"type": "image_url", "image_url": {"url": url}}
    return [{"role": "user", "content": [picture, {"type": "text", "text": text}]}]


def turn(text: str) -> dict[str, Any]:
    """The contents of a Gemini request."""
    return {"contents": [{"role": "user", "parts": [{"text": text}]}]}


def said(text: str, system: str | None = None) -> list[dict[str, str]]:
    """The messages of a chat request."""
    before = [{"role": "system", "content": system}] if system else []
    return [*before, {"role": "user", "content": text}]


def dropped(heading: str, text: str, system: str | None = None) -> Asks:
    """An example with temperature 0.6, which today's Kimi refuses."""
    asks = ("-s", system) if system else ()
    body = {"model": "kimi-k2.6", "messages": said(text, system), "temperature": None}
    return Asks(heading, (*K2, *asks, text), KIMI, body, notice="does not support 'temperature'")


def answered(**fields: Any) -> dict[str, Any]:
    return {"id": "cmpl-04ea926191a14749b7f2c7a48a68abc6", **fields}


WHO_I_AM = "我是阿里云开发的超大规模语言模型，我叫通义千问。"
FEW = "Explain how AI works in a few words"
EXAMPLES: dict[str, Sequence[Example]] = {
    "Google Gemini": [
        Asks(
            "Authentication",
            ("-p", "gemini", "-m", "gemini-2.5-flash", "hi"),
            STREAMED,
            text="'content-type: application/json' \\\n  -H \"x-goog-api-key: $GEMINI_API_KEY\"",
        ),
        Asks("Python Example", ("-m", "gemini-2.5-flash", "--no-stream", FEW), WHOLE, turn(FEW)),
        Asks("JavaScript Example", ("-m", "gemini/gemini-2.5-flash", FEW), STREAMED, turn(FEW)),
        Asks(
            "cURL Example",
            ("-m", "gemini-2.5-flash", "--no-stream", *WORKS.split()),
            WHOLE,
            turn(WORKS),
        ),
        Asks(
            "Multimodal Input",
            ("-m", "gemini-2.5-flash", "--no-stream", "-f", "photo.jpg", "What's in this image?"),
            WHOLE,
            {
                "contents": [
                    {
                        "role": "user",
                        "parts": [
                            {"inlineData": {"mimeType": "image/jpeg", "data": PHOTO}},
                            {"text": "What's in this image?"},
                        ],
                    }
                ]
            },
        ),
        # the document's stream=True is a method of its own
        Asks("Streaming Response", ("-m", "gemini-2.5-flash", STORY), STREAMED, turn(STORY)),
    ],
    "Moonshot AI": [
        Asks(
            "Authentication",
            ("-p", "moonshot", "hi"),
            KIMI,
            text='"authorization: Bearer $MOONSHOT_API_KEY"',
        ),
        dropped("Chat Completions Example", ONE, LI_LEI),
        Asks(
            "cURL Example",
            ("-m", "kimi-k2.6", "--no-stream", "What is the capital of France?"),
            KIMI,
            {
                "model": "kimi-k2.6",
                "messages": said("What is the capital of France?"),
                "stream": False,
            },
        ),
        Reads(
            "Response Format",
            answered(
                object="chat.completion",
                created=1698999496,
                model="kimi-k2-0711-preview",
                choices=[
                    {
                        "index": 0,
                        "message": {
                            "role": "assistant",
                            "content": "Hello, Li Lei! 1+1 equals 2.",
                        },
                        "finish_reason": "stop",
                    }
                ],
                usage={"prompt_tokens": 19, "completion_tokens": 21, "total_tokens": 40},
            ),
            "Hello, Li Lei! 1+1 equals 2.",
            (19, 21),
        ),
        dropped("Multi-turn Conversation", ONE),  # its second turn comes with -c
        Asks(
            "Vision Model Example",
            ("-m", "kimi-k2.6", "-f", "photo.jpg", "Describe this image"),
            KIMI,
            {"messages": seen(f"data:image/jpeg;base64,{PHOTO}", "Describe this image")},
        ),
        Asks(
            "Web Search Tool",
            ("-m", "kimi-k2.6", "--search", "What's the latest news about AI?"),
            KIMI,
            # the document's type function is wrong
            {"messages": said("What's the latest news about AI?"), "tools": [SEARCH]},
        ),
    ],
    "Qwen (Alibaba)": [
        Asks(
            "OpenAI-Compatible",
            ("-p", "qwen", "hi"),
            QWEN,
            text="'content-type: application/json' \\\n"
            '  -H "authorization: Bearer $DASHSCOPE_API_KEY"',
        ),
        Asks(
            "DashScope Native",
            ("--wire", "dashscope", *PLUS, "hi"),
            NATIVE,
            text="\"authorization: Bearer $DASHSCOPE_API_KEY\" \\\n  -H 'x-dashscope-sse: enable'",
        ),
        Asks(
            "OpenAI-Compatible Example",
            (*PLUS, "--no-stream", "-s", HELPFUL, WHO),
            QWEN,
            {"model": "qwen-plus", "messages": said(WHO, HELPFUL), "stream": False},
        ),
        Asks(
            "cURL Example",
            (*PLUS, "-s", HELPFUL, WHO),
            QWEN,
            {"model": "qwen-plus", "messages": said(WHO, HELPFUL)},
        ),
        Asks(
            "DashScope Native Example",
            ("--wire", "dashscope", *PLUS, "--no-stream", "-s", HELPFUL, WHO),
            NATIVE,
            {
                "model": "qwen-plus",
                "input": {"messages": said(WHO, HELPFUL)},
                "parameters": {"result_format": "message"},
            },
        ),
        Reads(
            "Response Format",
            {
                "id": "chatcmpl-6ada9ed2-7f33-9de2-8bb0-78bd4035025a",
                "choices": [{"message": {"role": "assistant", "content": WHO_I_AM}}],
                "usage": {"prompt_tokens": 3019, "completion_tokens": 104, "total_tokens": 3123},
            },
            WHO_I_AM,
            (3019, 104),
        ),
        Asks(
            "Multimodal Input (Image)",
            ("-m", "qwen-vl-plus", "-f", PINNED, "这是什么？"),
            QWEN,
            {"messages": seen(PINNED, "这是什么？")},
        ),
        Asks(
            "Streaming Response",
            (*PLUS, "-s", HELPFUL, *STORY.split()),
            QWEN,
            {
                "messages": said(STORY, HELPFUL),
                "stream": True,
                "stream_options": {"include_usage": True},
            },
        ),
        Asks(
            "Tool Calling Example",
            (
                *PLUS,
                "--tools",
                json.dumps({"name": "get_current_weather", "parameters": LOCATION}),
                "Is it raining?",
            ),
            QWEN,
            {
                "tools": [
                    {
                        "type": "function",
                        "function": {
                            "name": "get_current_weather",
                            "description": "",
                            "parameters": LOCATION,
                        },
                    }
                ]
            },
        ),
        Asks(
            "Qwen3 Thinking Mode",
            # qwen3-plus was never a model
            ("-m", "qwen3.7-plus", "--effort", "high", "Solve this math problem step by step"),
            QWEN,
            {
                "model": "qwen3.7-plus",
                "messages": said("Solve this math problem step by step"),
                "enable_thinking": True,
            },
        ),
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
    (aichat.home / "photo.jpg").write_bytes(b64decode(PHOTO))
    with Server(default=Reply(body=[b64decode(PHOTO)])) as web:
        proxy = {"http_proxy": web.url, "no_proxy": "127.0.0.1"}
        result = aichat.invoke("ask", "--dry-run", *example.words, environ=proxy)
    body = curl_body(result)
    assert (curl_url(result), result.code) == (example.url, 0)
    assert {name: body.get(name) for name in example.body} == example.body
    assert example.text in result.text
    assert len(result.stderr.splitlines()) == bool(example.notice)
    assert example.notice in result.stderr


def at(aichat: Program, provider: str, url: str, path: str = "") -> Program:
    """The program with a key of one provider, whose requests go to ``url``."""
    base = f"AICHAT_{provider.upper()}_BASE_URL"
    aichat.environ |= {VARIABLE[provider]: SENTINEL, base: url + path}
    return aichat


VARIABLE = {
    "gemini": "GEMINI_API_KEY",
    "moonshot": "MOONSHOT_API_KEY",
    "qwen": "DASHSCOPE_API_KEY",
}


@pytest.mark.parametrize(("section", "example"), of(Reads))
def test_an_example_of_an_answer_is_read_as_it_stands(
    section: str, example: Reads, aichat: Program
) -> None:
    body = json.dumps(example.answer).encode()
    reply = Reply(headers={"content-type": "application/json"}, body=[body], length=True)
    with Server(default=reply) as server:
        at(aichat, SECTIONS[section], server.url)
        asked = ("ask", "-p", SECTIONS[section], "hi", "--no-stream")
        plain, result = aichat.invoke(*asked), aichat.invoke(*asked, "--json")
    answer = json.loads(result.text)
    assert plain.text == f"{example.text}\n" and answer["text"] == example.text
    assert answer["response_id"] == example.answer["id"]
    assert (answer["usage"]["input"], answer["usage"]["output"]) == example.usage


def test_an_answer_with_a_finish_reason_is_complete(aichat: Program) -> None:
    """Qwen's example shows none: only what is as the API sends it ends with 0."""
    reads = [
        example for rows in EXAMPLES.values() for example in rows if isinstance(example, Reads)
    ]
    for example in reads:
        (choice,) = example.answer["choices"]
        whole = {**example.answer, "choices": [{**choice, "finish_reason": "stop"}]}
        reply = Reply(
            headers={"content-type": "application/json"}, body=[json.dumps(whole).encode()]
        )
        with Server(reply) as server:
            at(aichat, "qwen", server.url)
            result = aichat.invoke("ask", "-p", "qwen", "hi", "--no-stream")
        assert (result.text, result.stderr, result.code) == (f"{example.text}\n", "", 0)


# -- the models


def test_the_kimi_of_the_document_is_asked_as_written_and_takes_its_temperature(
    aichat: Program,
) -> None:
    result = aichat.invoke("ask", "--dry-run", *GONE, ONE)
    body = curl_body(result)
    assert (body["model"], body["temperature"]) == ("kimi-k2-0711-preview", 0.6)
    assert (result.stderr, result.code) == ("", 0)


#: Every model that the three sections name, and what the answer to a 404 says to use.
MODELS: Mapping[str, tuple[str, str]] = {
    "gemini-2.5-pro": ("gemini", ""),
    "gemini-2.5-flash": ("gemini", ""),
    "gemini-2.5-flash-lite": ("gemini", ""),
    "gemini-2.0-flash": ("gemini", ""),
    "kimi-k2-0711-preview": ("moonshot", "kimi-k3.1-pro"),
    "moonshot-v1-8k-vision-preview": ("moonshot", "kimi-k3.1-pro"),
    "qwen-plus": ("qwen", ""),
    "qwen-vl-plus": ("qwen", ""),
    "qwen3-plus": ("qwen", "qwen3.7-plus"),
    "qwen3-coder-plus": ("qwen", ""),
    "qwen-coder-plus": ("qwen", ""),
    "qwen-coder-turbo": ("qwen", ""),
    "qwen2.5-coder-32b-instruct": ("qwen", ""),
    "qwen2.5-coder-7b-instruct": ("qwen", ""),
}
MISSING = {
    "gemini": google.gemini_error(404, "NOT_FOUND", "It broke"),
    "moonshot": google.moonshot_error(404, "resource_not_found_error", "It broke"),
    "qwen": google.qwen_error(404, "model_not_found", "It broke"),
}


@pytest.mark.parametrize("model", MODELS)
def test_a_model_is_asked_as_written_and_one_that_is_gone_names_another(
    model: str, aichat: Program
) -> None:
    provider, successor = MODELS[model]
    with Server(MISSING[provider]) as server:
        at(aichat, provider, server.url)
        result = aichat.invoke("ask", "-p", provider, "-m", model, "hi")
        (seen,) = server.requests
    assert model in (seen.path if provider == "gemini" else seen.json()["model"])
    assert result.code == 5 and successor in result.stderr.splitlines()[-1]


# -- the error codes

BROKE = "It broke"


class Code(NamedTuple):
    """An HTTP status that the document lists, and what the user gets."""

    status: int
    reply: Reply
    kind: str
    exit: int
    requests: int = 1


def gemini(status: int, name: str, *details: Any) -> Reply:
    return google.gemini_error(status, name, BROKE, *details)


def moonshot(status: int, error_type: str) -> Reply:
    return google.moonshot_error(status, error_type, BROKE)


def qwen(status: int, code: str) -> Reply:
    return google.qwen_error(status, code, BROKE)


CODES: dict[str, Sequence[Code]] = {
    "Google Gemini": [
        Code(400, gemini(400, "INVALID_ARGUMENT"), "invalid_request", 5),
        # a bad key is a 400 today: test_trio_faults.py
        Code(401, gemini(401, "UNAUTHENTICATED"), "auth", 4),
        Code(403, gemini(403, "PERMISSION_DENIED"), "permission", 4),  # quota is a 429 today
        Code(429, gemini(429, "RESOURCE_EXHAUSTED"), "rate_limit", 6, 3),
        Code(500, gemini(500, "INTERNAL"), "server", 7, 3),
        Code(503, gemini(503, "UNAVAILABLE"), "overloaded", 7, 3),
    ],
    "Moonshot AI": [
        Code(400, moonshot(400, "content_filter"), "content_filter", 10),
        Code(400, moonshot(400, "invalid_request_error"), "invalid_request", 5),
        Code(401, moonshot(401, "invalid_authentication_error"), "auth", 4),
        Code(429, moonshot(429, "rate_limit_reached_error"), "rate_limit", 6, 3),
        Code(500, moonshot(500, "server_error"), "server", 7, 3),
    ],
    "Qwen (Alibaba)": [
        Code(400, qwen(400, "data_inspection_failed"), "content_filter", 10),
        Code(429, qwen(429, "limit_requests"), "rate_limit", 6, 3),
        Code(500, qwen(500, "internal_error"), "server", 7, 3),
    ],
}


@pytest.mark.parametrize(
    ("section", "code"),
    [
        pytest.param(section, code, id=f"{section}: {code.status} {code.kind}")
        for section, codes in CODES.items()
        for code in codes
    ],
)
def test_an_error_code_has_its_kind_its_exit_code_and_its_retries(
    section: str, code: Code, aichat: Program
) -> None:
    provider = SECTIONS[section]
    with Server(default=code.reply) as server:
        at(aichat, provider, server.url)
        result = aichat.invoke("ask", "-p", provider, "hi", "--json")
        assert len(server.requests) == code.requests
    error = error_of(result)
    assert (error["kind"], error["status"], result.code) == (code.kind, code.status, code.exit)
    assert BROKE in result.stderr and f"HTTP {code.status}" in result.stderr


# -- the environment variables

VARIABLES = {variable: provider for provider, variable in VARIABLE.items()}
PATHS = {"gemini": ":streamGenerateContent?alt=sse"}


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_holds_the_key_of_its_provider_and_alone_chooses_it(
    variable: str, aichat: Program
) -> None:
    provider = VARIABLES[variable]
    with Server(default=chat_stream(["unread"])) as server:
        base = f"AICHAT_{provider.upper()}_BASE_URL"
        environ = {variable: "a-key-0123456789", base: server.url}
        result = aichat.invoke("ask", "hi", "--json", environ=environ)
        (seen,) = server.requests
    assert json.loads(result.text)["provider"] == provider
    assert seen.path.endswith(PATHS.get(provider, "/chat/completions"))
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


@pytest.mark.parametrize(("section", "example"), of(Reads))
def test_an_answer_stands_in_the_document_as_it_stands_here(
    section: str, example: Reads, sections: Mapping[str, str]
) -> None:
    blocks = dict(blocks_in(sections[section]))
    assert json.loads(blocks[example.heading]) == example.answer


QUESTIONS = (FEW, WORKS, STORY, HELPFUL, WHO, LI_LEI, ONE, "What is the capital of France?")
QUESTIONS += ("What's the latest news about AI?", "Solve this math problem step by step")


def test_the_questions_are_the_documents(sections: Mapping[str, str]) -> None:
    text = "".join(sections[section] for section in SECTIONS)
    assert [question for question in QUESTIONS if question not in text] == []


@pytest.mark.parametrize("section", SECTIONS)
def test_every_error_code_has_its_row(section: str, sections: Mapping[str, str]) -> None:
    assert [code.status for code in CODES[section]] == error_codes_in(sections[section])


def test_every_variable_has_its_row(sections: Mapping[str, str]) -> None:
    named = set[str]().union(*(variables_in(sections[section]) for section in SECTIONS))
    assert named == VARIABLES.keys()


def test_every_model_has_its_row(sections: Mapping[str, str]) -> None:
    named: set[str] = set()
    for section in SECTIONS:
        code = "\n".join(block for _, block in blocks_in(sections[section]))
        named |= set(re.findall(r'"?model"?[=:] ?"([^"{]+)"', code))
    assert named <= MODELS.keys()
    assert {name for name in MODELS if name in named} >= {"qwen3-plus", "qwen-vl-plus"}
