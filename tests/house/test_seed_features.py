"""What the July 2025 document says a provider has beside its examples: each as a command.

Shapes, searches, sources, code and caching stand there as points of a list, with a price or a
word; the examples themselves are in ``test_seed_document``.
"""

import re
from typing import Any, NamedTuple

import pytest

from tests.support.documents.seed_document import sections_in
from tests.support.running.program import Program, curl_body

SHAPE = ("--schema", "name, tags [str]")


class Point(NamedTuple):
    """A point of the document, the command that has it, and what its request says."""

    section: str
    name: str
    words: tuple[str, ...]
    told: tuple[Any, ...]  # steps into the body, then what is there


POINTS = [
    Point(
        "OpenAI",
        "Code Interpreter",
        ("-p", "openai", "--code"),
        ("tools", 0, {"type": "code_interpreter", "container": {"type": "auto"}}),
    ),
    Point(
        "OpenAI",
        "File Search Storage",
        ("-p", "openai", "--file-search", "vs_1"),
        ("tools", 0, {"type": "file_search", "vector_store_ids": ["vs_1"]}),
    ),
    Point(
        "OpenAI",
        "File Search Tool Call",
        ("-p", "openai", "--file-search", "vs_1"),
        ("include", 1, "file_search_call.results"),
    ),
    Point(
        "OpenAI",
        "Web Search",
        ("-p", "openai", "--search", "--search-domain", "a.org"),
        ("tools", 0, "filters", {"allowed_domains": ["a.org"]}),
    ),
    Point(
        "Google Gemini",
        "Context Caching",
        ("-p", "gemini", "-o", "cachedContent=cachedContents/x"),
        ("cachedContent", "cachedContents/x"),
    ),
    Point(
        "Google Gemini",
        "Grounding with Google Search",
        ("-p", "gemini", "--search"),
        ("tools", [{"googleSearch": {}}]),
    ),
    Point(
        "Google Gemini",
        "Caching",  # by itself: there is nothing to be said
        ("-p", "gemini", "--cache", "auto"),
        ("contents", 0, "role", "user"),
    ),
    Point(
        "Anthropic Claude",
        "Web Search",
        ("-p", "anthropic", "--search"),
        ("tools", 0, "type", "web_search_20260318"),
    ),
    Point(
        "Anthropic Claude",
        "Code Execution",
        ("-p", "anthropic", "--code"),
        ("tools", 0, "type", "code_execution_20260521"),
    ),
    Point("Perplexity AI", "Real-time Search", ("-m", "sonar-pro"), ("model", "sonar-pro")),
    Point(
        "Perplexity AI",
        "Domain Filtering",
        ("-m", "sonar-pro", "--search-domain", "arxiv.org"),
        ("search_domain_filter", ["arxiv.org"]),
    ),
    Point(
        "Perplexity AI",
        "Structured Outputs",
        ("-m", "sonar-pro", *SHAPE),
        ("response_format", "json_schema", "schema", "properties", "name", {"type": "string"}),
    ),
    Point(
        "Moonshot AI",
        "Context Caching",  # its endpoint is gone: a conversation has a key
        ("-p", "moonshot", "--tools", '{"name": "f"}'),
        ("prompt_cache_key", re.compile("aichat-.+")),
    ),
    Point(
        "Moonshot AI",
        "Web Search",
        ("-m", "kimi-k2.6", "--search"),
        ("tools", 0, "function", "name", "$web_search"),
    ),
]

#: Points that are about something else, or are shown by an answer and not by a request.
ELSEWHERE = {
    ("Perplexity AI", "Citations"): "test_seed_document reads the example of an answer",
}

#: What a point of the list is about that is one of ours.
OURS = re.compile(
    r"cach|structured|code (interpreter|execution)|ground|citation|search|filtering", re.I
)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point.section}: {point.name}")
def test_what_a_provider_has_is_a_command(point: Point, aichat: Program) -> None:
    ran = aichat.invoke("ask", "--dry-run", *point.words, "hi")
    *steps, last = point.told
    found = curl_body(ran)
    for step in steps:
        found = found[step]
    assert ran.code == 0
    assert last.fullmatch(found) if isinstance(last, re.Pattern) else found == last


def test_no_point_is_forgotten() -> None:
    listed = {
        (section, name)
        for section, text in sections_in().items()
        for name in re.findall(r"^- \*\*([^*]+)\*\*", text, re.MULTILINE)
        if OURS.search(name)
    }
    assert listed == {point[:2] for point in POINTS} | ELSEWHERE.keys()
