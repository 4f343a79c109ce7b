"""A ninth provider is one file, and a server that speaks a known wire is a table of the config."""

import ast
import json
import shutil
from pathlib import Path

import pytest

from aichat.core.provider.provider import WIRES
from tests.app.setup.test_providers import FULL, HOW, PIECES, TEXT, Say, curl_body, curl_url, reply
from tests.support.answering import answers_google as google
from tests.support.answering.answers_interactions import interaction_stream, interaction_whole
from tests.support.answering.server import Reply, Server, chat_stream
from tests.support.running.program import ROOT, SENTINEL, Program

PACKAGE = ROOT / "aichat"

#: All that a provider needs.
NINTH = '''"""Ninth: a provider that nobody has heard of."""

from aichat.core.provider.provider import Provider, Quirks

PROVIDER = Provider(
    id="ninth",
    name="The Ninth",
    key_variables=("NINTH_API_KEY", "IX_KEY"),
    base_url="https://api.ninth.example/v1",
    base_variable="NINTH_BASE_URL",
    wires=("chat", "messages"),
    default_model="ix-1",
    regions={"moon": "https://moon.ninth.example/v1"},
    own_ids=("ninth/pro",),
    quirks=Quirks(max_tokens_field="max_tokens", stream_usage=False),
)
'''


@pytest.fixture
def ninth(aichat: Program) -> Program:
    """The program of a copy of the package, into which one file was put."""
    copy = aichat.home / "copy"
    shutil.copytree(PACKAGE, copy / "aichat")
    (copy / "aichat" / "providers" / "ninth.py").write_text(NINTH)
    aichat.environ["PYTHONPATH"] = str(copy)
    return aichat


def changed(copy: Path) -> set[str]:
    """The files of a copy of the package that are not those of the package."""
    files = {path.relative_to(copy) for path in copy.rglob("*.py")}
    theirs = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")}
    both = {p for p in files & theirs if (copy / p).read_bytes() != (PACKAGE / p).read_bytes()}
    return {str(path) for path in files ^ theirs | both}


def test_the_ninth_provider_is_one_file_and_answers(ninth: Program) -> None:
    with Server(default=chat_stream(PIECES, model="ix-1")) as server:
        ninth.environ |= {"NINTH_API_KEY": SENTINEL, "AICHAT_NINTH_BASE_URL": f"{server.url}/v1"}
        named = ninth.run("ask", "-p", "ninth", "--max-tokens", "9", "hi")
        unasked = ninth.run("ask", "hi", "--json")
        first, second = server.requests
    assert changed(ninth.home / "copy" / "aichat") == {"providers/ninth.py"}
    assert (named.stdout, named.stderr, named.code) == (f"{TEXT}\n".encode(), "", 0)
    assert first.path == second.path == "/v1/chat/completions"
    assert first.headers["authorization"] == f"Bearer {SENTINEL}"
    user = {"role": "user", "content": "hi"}
    assert first.json() == {"model": "ix-1", "messages": [user], "stream": True, "max_tokens": 9}
    answer = json.loads(unasked.stdout)
    assert (answer["provider"], answer["model"], answer["error"]) == ("ninth", "ix-1", None)


def test_the_ninth_provider_is_listed_after_the_eight(ninth: Program) -> None:
    ninth.write_config('[providers.box]\nbase_url = "http://127.0.0.1:9/v1"\n')
    result = ninth.run("keys", "list", environ={"IX_KEY": "key_0123456789ABCD"})
    rows = [line.split("\t") for line in result.text.splitlines()]
    assert [row[0] for row in rows[8:]] == ["qwen", "ninth", "local", "box"]
    assert rows[9] == [
        "ninth",
        "…ABCD",
        "$IX_KEY",
        "NINTH_API_KEY IX_KEY",
        "https://api.ninth.example/v1",
        "chat",
        "ix-1",
    ]


CHOSEN: list[tuple[tuple[str, ...], dict[str, str], str, str]] = [
    ((), {"IX_KEY": "k_0123456789"}, "https://api.ninth.example/v1/chat/completions", "ix-1"),
    (("-m", "ninth/ix-2"), {}, "https://api.ninth.example/v1/chat/completions", "ix-2"),
    (("-m", "ninth/pro"), {}, "https://api.ninth.example/v1/chat/completions", "ninth/pro"),
    (
        ("-p", "ninth", "--region", "moon"),
        {},
        "https://moon.ninth.example/v1/chat/completions",
        "ix-1",
    ),
    (
        ("-p", "ninth", "--wire", "messages"),
        {"NINTH_BASE_URL": "http://127.0.0.1:9/x"},
        "http://127.0.0.1:9/x/messages",
        "ix-1",
    ),
]


def test_the_ninth_provider_is_chosen_in_every_way_that_the_eight_are(ninth: Program) -> None:
    for words, environ, url, model in CHOSEN:
        result = ninth.run("ask", "hi", "--dry-run", *words, environ=environ)
        assert (curl_url(result), curl_body(result)["model"], result.code) == (url, model, 0)
    earlier = {"IX_KEY": "k_0123456789", "DASHSCOPE_API_KEY": "k_0123456789"}
    result = ninth.run("ask", "hi", "--dry-run", environ=earlier)
    assert "$DASHSCOPE_API_KEY" in result.text, "the eight come before it"


def test_the_ninth_provider_takes_keys_profiles_and_a_table_of_the_config(ninth: Program) -> None:
    assert ninth.run("keys", "set", "ninth", stdin=b"key_0123456789ABCD").code == 0
    assert ninth.run("profiles", "set", "p", "provider=ninth", "model=ix-3").code == 0
    with Server(chat_stream(["Fine."])) as server:
        base = {"AICHAT_NINTH_BASE_URL": f"{server.url}/v1"}
        result = ninth.run("ask", "-P", "p", "hi", environ=base)
        (seen,) = server.requests
    assert (result.text, result.stderr, result.code) == ("Fine.\n", "", 0)
    assert seen.headers["authorization"] == "Bearer key_0123456789ABCD"
    assert seen.json()["model"] == "ix-3"
    missing = ninth.run("ask", "-p", "nineth", "hi")
    assert missing.code == 3 and "ninth" in missing.stderr


@pytest.mark.parametrize(
    "words", [("--help",), ("ask", "--help"), ("keys", "--help"), ("--version",)], ids=" ".join
)
def test_help_is_what_it_was(words: tuple[str, ...], ninth: Program) -> None:
    after = ninth.run(*words)
    ninth.environ["PYTHONPATH"] = str(ROOT)
    assert after == ninth.run(*words) and after.code == 0


def test_without_its_file_the_ninth_provider_is_unknown(ninth: Program) -> None:
    (ninth.home / "copy" / "aichat" / "providers" / "ninth.py").unlink()
    result = ninth.run("ask", "-p", "ninth", "hi")
    assert (result.stdout, result.code) == (b"", 3)
    assert "unknown provider 'ninth'" in result.stderr


# -- what a provider costs

OURS = sorted(path for path in (PACKAGE / "providers").glob("*.py") if path.stem != "local")


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_a_provider_file_has_at_most_80_lines_and_no_code_of_its_own(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 80
    if path.stem in ("__init__", "custom"):
        return
    tree = ast.parse(text)
    code = (ast.FunctionDef, ast.ClassDef, ast.If, ast.For, ast.While, ast.Lambda)
    assert not [node for node in ast.walk(tree) if isinstance(node, code)]
    names = [node.targets[0] for node in tree.body if isinstance(node, ast.Assign)]
    assert [ast.unparse(name) for name in names][-1] == "PROVIDER"


# -- a server without code

PATHS = {
    "chat": "/a/b/chat/completions",
    "responses": "/a/b/responses",
    "messages": "/a/b/messages",
    "gemini": "/a/b/models/first:streamGenerateContent?alt=sse",
    "dashscope": "/a/b/api/v1/services/aigc/text-generation/generation",
    "interactions": "/a/b/interactions",
}
WHOLE = {"gemini": "/a/b/models/first:generateContent"}
SECRET = dict.fromkeys(("gemini", "interactions"), ("x-goog-api-key", SENTINEL))


def saying(wire: str, pieces: tuple[str, ...] = ("Fine.",), *, stream: bool = True) -> Reply:
    """An answer on each wire."""
    if wire == "gemini":
        return (google.gemini_stream if stream else google.gemini_whole)(*pieces)
    if wire == "interactions":
        return (interaction_stream if stream else interaction_whole)(*pieces)
    if wire == "dashscope":
        if stream:
            return google.dashscope_stream(pieces, multimodal=False)
        return google.dashscope_whole("".join(pieces), multimodal=False)
    return reply(wire, Say(pieces), stream=stream)


def box(aichat: Program, wire: str, url: str, more: str = "") -> Program:
    """A server called ``my-box``, described by a table."""
    aichat.write_config(
        f'[providers.my-box]\nwire = "{wire}"\nbase_url = "{url}/a/b"\n'
        f'models = ["first", "second"]\n{more}'
    )
    return aichat


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("wire", WIRES)
def test_a_table_of_the_config_is_a_server_on_any_wire(
    wire: str, how: str, aichat: Program
) -> None:
    stream = how == "streamed"
    with Server(saying(wire, PIECES, stream=stream)) as server:
        result = box(aichat, wire, server.url).invoke("ask", "-p", "my-box", "hi", *HOW[how])
        (seen,) = server.requests
    assert (result.stdout, result.stderr, result.code) == (f"{TEXT}\n".encode(), "", 0)
    assert seen.path == (PATHS[wire] if stream else WHOLE.get(wire, PATHS[wire]))
    sent = {name for name in seen.headers if "key" in name or name == "authorization"}
    assert not sent, "it has no key"


@pytest.mark.parametrize("wire", WIRES)
def test_its_key_stands_where_the_wire_wants_it(wire: str, aichat: Program) -> None:
    with Server(default=saying(wire)) as server:
        box(aichat, wire, server.url, 'key_env = "BOX_KEY"\n')
        result = aichat.invoke("ask", "hi", environ={"BOX_KEY": SENTINEL})
        (seen,) = server.requests
    assert (result.text, result.code) == ("Fine.\n", 0), "with one key set nobody need be named"
    name, value = SECRET.get(wire, ("authorization", f"Bearer {SENTINEL}"))
    holding = {k: v for k, v in seen.headers.items() if SENTINEL in v}
    assert holding in ({name: value}, {"x-api-key": SENTINEL} if wire == "messages" else {})


@pytest.mark.parametrize("wire", WIRES)
def test_its_models_are_found_by_name_and_by_prefix(wire: str, aichat: Program) -> None:
    box(aichat, wire, "http://127.0.0.1:9")
    for words in (("-m", "second"), ("-m", "my-box/second"), ("-p", "my-box", "-m", "second")):
        result = aichat.invoke("ask", "hi", "--dry-run", *words)
        assert result.code == 0
        assert "second" in (curl_url(result) if wire == "gemini" else curl_body(result)["model"])
    other = aichat.invoke("ask", "hi", "--dry-run", "-m", "my-box/unlisted")
    assert "unlisted" in other.text


@pytest.mark.parametrize("wire", WIRES)
def test_it_is_listed_with_its_wire(wire: str, aichat: Program) -> None:
    result = box(aichat, wire, "http://127.0.0.1:9").invoke("keys", "list")
    (row,) = [line.split("\t") for line in result.text.splitlines() if line.startswith("my-box")]
    assert row[2:] == ["needs none", "-", "http://127.0.0.1:9/a/b", wire, "first"]


@pytest.mark.parametrize("wire", WIRES)
def test_what_is_typed_is_sent_since_nothing_is_known_of_its_models(
    wire: str, aichat: Program
) -> None:
    words = ("--temperature", "0.25", "--top-p", "0.75", "--max-tokens", "321", "--effort", "high")
    box(aichat, wire, "http://127.0.0.1:9")
    result = aichat.invoke("ask", "hi", "--dry-run", "-p", "my-box", *words)
    body = json.dumps(curl_body(result)).lower()
    assert result.code == 0
    assert all(value in body for value in ("0.25", "0.75", "321")) and '"high"' in body


def test_a_wire_that_nobody_speaks_is_exit_3_and_those_that_are_spoken_are_named(
    aichat: Program,
) -> None:
    result = box(aichat, "telex", "http://127.0.0.1:9").invoke("ask", "-p", "my-box", "hi")
    assert (result.stdout, result.code) == (b"", 3)
    assert "telex" in result.stderr and all(wire in result.stderr for wire in WIRES)


def test_reasoning_and_calls_of_such_a_server_are_told_too(aichat: Program) -> None:
    with Server(reply("chat", FULL)) as server:
        result = box(aichat, "chat", server.url).invoke("ask", "-p", "my-box", "hi", "--json")
    answer = json.loads(result.text)
    assert (answer["provider"], answer["finish_reason"]) == ("my-box", "tool_calls")
    assert answer["reasoning"] == "".join(FULL.reasoning)
