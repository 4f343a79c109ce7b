"""What goes where: kind by wire by how, as the code has it, and every cell of it sent.

The table is printed from the rules that steer a request; each cell that says that something
is taken is sent to a server on loopback, and its body must fit the official SDK's types.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aichat import providers, wires
from aichat.app.media.fit import fit_media
from aichat.app.media.takers import find_taker, other_wire
from aichat.core.catalogue.card import Card
from aichat.core.exchange.request import Request
from aichat.core.media.rules import RULE_KINDS
from aichat.core.message.media import Media, ProviderFile, Url
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.catalogue import media_rules
from aichat.errors import AichatError
from aichat.wires.resources.files import dialect_of
from tests.support.answering import sdk_types
from tests.support.answering.server import Reply, Server
from tests.support.running.marks import long_case
from tests.support.running.program import ROOT, SENTINEL, Program
from tests.support.values.media import MP3, docx, mp4, pdf, png, wav

FILES = {
    "image": ("a.png", "image/png", png(20, 20)),
    "pdf": ("a.pdf", "application/pdf", pdf(1)),
    "office": (
        "a.docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        docx("Minutes"),
    ),
    "audio": ("a.wav", "audio/wav", wav(0.1)),
    "video": ("a.mp4", "video/mp4", mp4(2)),
}

#: What each wire takes, as it stands in the code; ``text``: extracted here, ``read``: there.
TABLE = """\
provider   wire         image         pdf           office        audio         video
openai     responses    inline+url+id inline+url+id inline+url+id -             -
openai     chat         inline+url    inline+id     text          inline        -
gemini     gemini       inline+url+id inline+url+id text          inline+url+id inline+url+id
gemini     interactions inline+url+id inline+url+id inline+url+id inline+url+id inline+url+id
xai        responses    inline+url    url+id        text          -             -
xai        chat         inline+url    text          text          -             -
xai        messages     inline+url    text          text          -             -
groq       chat         inline+url    text          text          -             -
groq       responses    -             text          text          -             -
anthropic  messages     inline+url+id inline+url+id text          -             -
perplexity responses    inline+url    text          text          -             -
perplexity chat         inline+url    inline+url    inline+url    -             url
moonshot   chat         inline+id     read          read          -             inline+id
qwen       chat         inline+url+id text          text          inline+url+id inline+url+id
qwen       responses    -             text          text          -             -
qwen       dashscope    inline+url+id text          text          inline+url+id inline+url+id
local      chat         inline        text          text          -             -
local      responses    -             text          text          -             -
local      messages     -             text          text          -             -
"""

PLACES = [
    (provider, wire) for provider in providers.names() for wire in providers.load(provider).wires
]


def target(provider: str, wire: str) -> Endpoint:
    return Endpoint(providers.load(provider), wire, "https://h/v1", card=Card())


def cell(provider: str, wire: str, kind: str) -> str:
    """How a kind is taken."""
    how = media_rules.read(provider, wire).rule(kind).how
    dialect = dialect_of(target(provider, wire))
    if how or kind not in ("pdf", "office"):
        return "+".join(how) or "-"
    return "read" if dialect and dialect.sends_text else "text"


def rows() -> Iterator[tuple[str, ...]]:
    yield ("provider", "wire", *RULE_KINDS)
    for provider, wire in PLACES:
        yield (provider, wire, *(cell(provider, wire, kind) for kind in RULE_KINDS))


def printed() -> Iterator[str]:
    widths = (10, 12, *(13 for _ in RULE_KINDS))
    for row in rows():
        yield " ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def markdown_table() -> str:
    """The table as the README has it."""
    head, *below = ("| " + " | ".join(row) + " |" for row in rows())
    return "\n".join((head, "|---" * (len(RULE_KINDS) + 2) + "|", *below))


def test_the_table_is_what_the_code_has() -> None:
    assert [*printed()] == TABLE.splitlines()


def test_the_readme_has_the_table() -> None:
    readme = (ROOT / "README.md").read_text()
    begin, end = "<!-- what is attached where -->\n", "\n<!-- end -->"
    assert readme.partition(begin)[2].partition(end)[0] == markdown_table()


def source(kind: str, how: str) -> Media:
    name, mime, data = FILES[kind]
    if how == "url":
        return Media(mime, Url(f"https://example.com/{name}"), name)
    return Media(mime, ProviderFile(f"ms://{name}") if how == "id" else data, name)


def model_for(endpoint: Endpoint, kind: str) -> str:
    """A model that takes it, where the catalogue has one."""
    looked_for = "pdf" if kind == "office" else kind
    taker = find_taker(endpoint, looked_for)
    return taker.model if taker and taker.wire == endpoint.wire else "tomorrow"


Check = Callable[[Any], list[str]]

CHECKS: dict[tuple[str, str], Check] = {
    ("openai", "responses"): sdk_types.openai_responses,
    ("openai", "chat"): sdk_types.openai_chat,
    ("xai", "responses"): sdk_types.openai_responses,
    ("xai", "chat"): sdk_types.openai_chat,
    ("xai", "messages"): sdk_types.anthropic_messages,
    ("groq", "chat"): sdk_types.groq_chat,
    ("anthropic", "messages"): sdk_types.anthropic_messages,
    ("perplexity", "responses"): sdk_types.perplexity_responses,
}


def gemini_misfits(body: Any) -> list[str]:
    """What google-genai's own types do not know of the parts."""
    types = pytest.importorskip("google.genai.types")
    for turn in body["contents"]:
        for part in turn["parts"]:
            made = types.Part.model_validate(part).model_dump(
                by_alias=True, exclude_none=True, mode="json"
            )
            if made.keys() != part.keys():
                return [f"{part.keys()} is read as {made.keys()}"]
    return []


def interactions_misfits(body: Any) -> list[str]:
    """What google-genai's own types do not know of the parts, or of their media types."""
    types = pytest.importorskip("google.genai._gaos.types.interactions")
    made = {
        "image": types.ImageContent,
        "audio": types.AudioContent,
        "video": types.VideoContent,
        "document": types.DocumentContent,
        "text": types.TextContent,
    }
    return [
        f"{part} has no {name}"
        for step in body["input"]
        for part in step["content"]
        for name in part.keys() - made[part["type"]].model_fields.keys()
    ]


#: What the chat wire of others adds to OpenAI's parts, by their documentation.
ADDED_PARTS = {
    "perplexity": {"file_url", "video_url"},
    "moonshot": {"video_url"},
    "qwen": {"video_url"},
}


def misfits(provider: str, wire: str, body: Any) -> list[str]:
    if wire == "gemini":
        return gemini_misfits(body)
    if wire == "interactions":
        return interactions_misfits(body)
    check = CHECKS.get((provider, wire))
    if check is not None:
        return check(body)
    if wire == "chat":
        kinds = {part["type"] for part in body["messages"][-1]["content"]}
        if kinds & ADDED_PARTS.get(provider, set()):
            return []
        body = {**body, "messages": body["messages"][-1:]}
        body.pop("stream_options", None)
        allowed = frozenset(("max_tokens", "thinking", "enable_thinking"))
        return [line for line in sdk_types.openai_chat(body, allowed) if "input_audio" not in line]
    parts = body["input"]["messages"][-1]["content"]
    return [
        f"{part}" for part in parts if not {*part} <= {"text", "image", "audio", "video", "fps"}
    ]


TAKEN = [
    (provider, wire, kind, how)
    for provider, wire in PLACES
    for kind in RULE_KINDS
    for how in ("inline", "url", "id")
    if how in media_rules.read(provider, wire).rule(kind).how
]


#: Whose types every run looks at: those of the others cost seconds to import.
_USUAL = ("openai", "groq", "moonshot", "qwen", "local")


@pytest.mark.parametrize(
    ("provider", "wire", "kind", "how"),
    [case if case[0] in _USUAL else long_case(*case) for case in TAKEN],
)
def test_what_is_taken_fits_the_official_types(
    provider: str, wire: str, kind: str, how: str
) -> None:
    endpoint, media = target(provider, wire), source(kind, how)
    model = model_for(endpoint, kind)
    given = (Message("user", (media, Text("What is it?"))),)
    fitted = fit_media(given, endpoint, model)
    assert (fitted.messages, fitted.remarks) == (given, ())
    call = wires.load(wire).encode(Request(model, fitted.messages), endpoint)
    body = json.loads(b"".join(call.body))
    assert misfits(provider, wire, body) == []
    said = {"url": "https://example.com/a.", "id": "ms://a.", "inline": ""}[how]
    assert said in json.dumps(body)
    if how == "inline":
        assert not fitted.notes


REFUSED = [
    (provider, wire, kind)
    for provider, wire in PLACES
    for kind in ("image", "audio", "video")
    if not media_rules.read(provider, wire).rule(kind).how
]


@pytest.mark.parametrize(("provider", "wire", "kind"), REFUSED)
def test_what_is_not_taken_is_refused_with_a_remedy(provider: str, wire: str, kind: str) -> None:
    endpoint = target(provider, wire)
    with pytest.raises(AichatError) as caught:
        fit_media((Message("user", (source(kind, "inline"),)),), endpoint, "tomorrow")
    fault = caught.value.fault
    assert (fault.exit_code, f"takes no {kind}" in fault.message) == (5, True)
    taker = find_taker(endpoint, kind)
    other = other_wire(endpoint, kind)
    otherwise = f"use --wire {other}" if other else "use another --provider"
    assert (f"-m {provider}/{taker.model}" if taker else otherwise) in fault.hint


VARIABLES = {provider: providers.load(provider).key_variables for provider in providers.names()}
SENT = [
    (provider, wire, kind)
    for provider, wire, kind, how in TAKEN
    if how == "inline" and provider != "local"
]


@pytest.mark.parametrize(("provider", "wire", "kind"), SENT)
def test_what_is_taken_is_sent(aichat: Program, provider: str, wire: str, kind: str) -> None:
    """By the command that a user types; the server's answer does not matter here."""
    name, _, data = FILES[kind]
    (aichat.home / name).write_bytes(data)
    model = model_for(target(provider, wire), kind)
    with Server(default=Reply(400, {"content-type": "application/json"}, [b"{}"])) as server:
        base = f"AICHAT_{provider.upper()}_BASE_URL"
        environ = {base: f"{server.url}/v1", VARIABLES[provider][0]: SENTINEL}
        words = ("-p", provider, "-m", model, "--wire", wire, "-f", name, "What is it?")
        done = aichat.invoke("ask", "--no-save", *words, environ=environ)
        assert done.code == 5, done.stderr
        sent = [seen for seen in server.requests if seen.method == "POST"]
    assert sent, done.stderr
    body = sent[-1].json()
    assert b64encode(data).decode() in json.dumps(body)
    assert provider not in _USUAL or misfits(provider, wire, body) == []


def test_mp3_is_called_as_openai_calls_it() -> None:
    endpoint = target("openai", "chat")
    media = Media("audio/mpeg", MP3, "a.mp3")
    call = wires.load("chat").encode(Request("m", (Message("user", (media,)),)), endpoint)
    part = json.loads(b"".join(call.body))["messages"][0]["content"][0]
    assert part["input_audio"]["format"] == "mp3"
