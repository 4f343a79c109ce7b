"""The provider's own tools as a user asks for them: options, profile, notices, refusals."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.answering.answers import ScriptedCitation, messages_stream
from tests.support.answering.server import Reply, Server
from tests.support.running.program import (
    SENTINEL,
    TERMINAL,
    Program,
    Result,
    curl_body,
    curl_url,
)


def dry_run(aichat: Program, *words: str) -> Result:
    return aichat.invoke("ask", "--dry-run", *words, "hi")


@pytest.fixture
def aichat(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_nothing_is_asked_for_unless_the_user_does(aichat: Program) -> None:
    assert "tools" not in curl_body(dry_run(aichat, "-p", "openai"))


def test_a_search_is_asked_for_in_a_word(aichat: Program) -> None:
    ran = dry_run(aichat, "-p", "gemini", "--search")
    assert (ran.code, ran.stderr) == (0, "")
    assert curl_body(ran)["tools"] == [{"googleSearch": {}}]


@pytest.mark.parametrize(
    "option",
    [("--search-domain", "a.org"), ("--search-recency", "day"), ("--search-context", "low")],
)
def test_a_search_that_is_described_is_wanted(aichat: Program, option: tuple[str, ...]) -> None:
    ran = dry_run(aichat, "-p", "perplexity", "--tools", '{"name": "f"}', *option)
    assert curl_body(ran)["tools"][0]["type"] == "web_search"


def test_posts_on_x_that_are_described_need_no_search_of_the_web(aichat: Program) -> None:
    ran = dry_run(aichat, "-p", "xai", "--search-x", "--search-domain", "@nasa")
    assert curl_body(ran)["tools"] == [{"type": "x_search", "allowed_x_handles": ["nasa"]}]


def test_what_a_provider_lacks_is_said_and_with_strict_an_error(aichat: Program) -> None:
    ran = dry_run(aichat, "-p", "groq", "--maps")
    why = "openai/gpt-oss-120b does not support --maps: not sent"
    assert (ran.code, ran.stderr) == (0, f"aichat: {why}\n")
    assert "tools" not in curl_body(ran)
    ran = dry_run(aichat, "-p", "groq", "--maps", "--strict")
    assert (ran.code, ran.text) == (5, "")
    assert why in ran.stderr


def test_what_is_known_to_be_refused_is_an_error(aichat: Program) -> None:
    ran = dry_run(aichat, "-p", "xai", "--search-domain", "a.org", "--search-domain=-b.org")
    assert (ran.code, ran.text) == (5, "")
    assert "--search-domain and --search-domain=-D cannot be combined" in ran.stderr


@pytest.mark.parametrize(
    ("option", "value"), [("--search-domain", "nowhere"), ("--search-location", ",")]
)
def test_a_domain_or_place_that_is_none_is_a_mistake(
    aichat: Program, option: str, value: str
) -> None:
    ran = dry_run(aichat, "-p", "openai", "--search", option, value)
    assert (ran.code, ran.text) == (2, "")
    assert f"{option} '{value}'" in ran.stderr


@pytest.mark.parametrize(
    ("options", "path"),
    [
        (("--search",), "/services/aigc/text-generation/generation"),
        (("--fetch",), "/responses"),
        (("--search", "--file-search", "s"), "/responses"),
        (("--search", "--wire", "chat"), "/chat/completions"),
        ((), "/chat/completions"),
    ],
)
def test_qwen_is_asked_on_the_wire_that_tells_what_was_found(
    aichat: Program, options: tuple[str, ...], path: str
) -> None:
    ran = dry_run(aichat, "-m", "qwen/qwen-plus", *options)
    assert curl_url(ran).endswith(path)


PROFILE = """
[profiles.find]
provider = "openai"
search = true
search_domain = ["a.org", "b.org"]
search_context = "high"
search_location = "Paris, FR"
code = true
file_search = ["vs_1"]
"""


def test_a_profile_asks_for_them_too(aichat: Program) -> None:
    aichat.write_config(PROFILE)
    search, code, files = curl_body(dry_run(aichat, "-P", "find"))["tools"]
    assert search["filters"] == {"allowed_domains": ["a.org", "b.org"]}
    assert search["user_location"] == {"type": "approximate", "city": "Paris", "country": "FR"}
    assert (code["type"], files["vector_store_ids"]) == ("code_interpreter", ["vs_1"])


def test_a_store_belongs_to_its_provider(aichat: Program) -> None:
    aichat.write_config(PROFILE)
    ran = dry_run(aichat, "-P", "find", "-p", "xai")
    assert [tool["type"] for tool in curl_body(ran)["tools"]] == ["web_search", "code_interpreter"]


def test_options_of_the_body_have_the_last_word(aichat: Program) -> None:
    ran = dry_run(aichat, "-p", "openai", "--search", "-o", 'tools=[{"type":"mcp"}]')
    assert curl_body(ran)["tools"] == [{"type": "mcp"}]


# -- the sources of an answer

HERE = ScriptedCitation("https://a.example/x", "A")
THERE = ScriptedCitation("https://b.example/", "B")
SOURCES = "[1] A  https://a.example/x\n[2] B  https://b.example/\n"


def answered(aichat: Program, reply: Reply, *words: str, **outside: Any) -> Result:
    with Server(reply) as server:
        given = {"ANTHROPIC_API_KEY": SENTINEL, "AICHAT_ANTHROPIC_BASE_URL": server.url}
        given["TERM"] = "xterm-256color"
        asked = ("ask", "-p", "anthropic", "--search", *words, "hi")
        return aichat.invoke(*asked, environ=given, **outside)


def cited() -> Reply:
    return messages_stream(["Tides come."], citations=(HERE, THERE))


def test_in_a_pipe_the_text_is_the_models_and_its_sources_are_on_stderr(aichat: Program) -> None:
    ran = answered(aichat, cited())
    assert (ran.text, ran.stderr, ran.code) == ("Tides come.\n", SOURCES, 0)


@pytest.mark.parametrize("words", [("-q",), ("--json",), ("--events",)])
def test_whoever_wants_none_has_no_list(aichat: Program, words: tuple[str, ...]) -> None:
    assert answered(aichat, cited(), *words).stderr == ""


def test_on_a_terminal_marks_stand_in_the_text_and_the_list_after_it(aichat: Program) -> None:
    ran = answered(aichat, cited(), "--color", "never", **TERMINAL)
    assert "Tides come.[1][2]" in ran.text
    assert ran.text.rstrip().endswith(SOURCES.rstrip())
    assert "web_search: leith high water" in ran.text


def test_an_address_drives_no_terminal(aichat: Program) -> None:
    evil = ScriptedCitation("https://a.example/\x1b[2J\u202ex", "T\x1b]0;x\x07\nU")
    ran = answered(aichat, messages_stream(["Tides."], citations=(evil,)))
    (line,) = ran.stderr.splitlines()
    assert line.startswith("[1] T") and "U" in line
    assert not {"\x1b", "\x07", "\u202e"} & {*ran.stderr}


def test_exports_have_footnotes_and_links(aichat: Program) -> None:
    answered(aichat, cited())
    shown = aichat.invoke("history", "export", "last", "--format", "md").text
    assert "Tides come.[^2-1][^2-2]" in shown
    assert "[^2-1]: A <https://a.example/x>" in shown
    page = aichat.invoke("history", "export", "last", "--format", "html").text
    assert 'Tides come.<a class="cited"' in page


def test_what_is_searched_is_told_while_somebody_watches(aichat: Program) -> None:
    assert "web_search" not in answered(aichat, cited()).stderr
    told = answered(aichat, cited(), stderr_tty=True).stderr
    assert "web_search: leith high water" in told
    assert "web_search" not in answered(aichat, cited(), "-q", stderr_tty=True).stderr
