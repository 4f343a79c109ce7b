"""Citations of every wire in one shape: the same however a stream is cut, in code points."""

import json
from typing import Any

import pytest

from aichat.core.exchange.answer import answer_json
from aichat.core.exchange.citations import is_mark
from aichat.core.exchange.event import Citation, Event
from aichat.providers import anthropic, gemini, groq, openai, perplexity, qwen, xai
from aichat.wires.gemini.decode import segment_span
from tests.support.values.feeding import (
    feed_stream,
    fold_answer,
    make_decoder,
    random_cuts,
    read_stream,
    sse_of,
)
from tests.wires.decoding import located

#: A recording, who it is of, and how many citations and sources are in it.
RECORDINGS: dict[str, tuple[str, Any]] = {
    "openai/responses-openai-web-search-tool-1.jsonl": ("responses", openai.PROVIDER),
    "xai/responses-xai-web-search-tool-1.jsonl": ("responses", xai.PROVIDER),
    "gemini/generate-cassettes-test-web-search-tool-stream-google-gemini-2-5-flash.sse": (
        "gemini",
        gemini.PROVIDER,
    ),
    "gemini/generate-test-google-web-fetch.sse": ("gemini", gemini.PROVIDER),
    "anthropic/messages-test-anthropic-web-fetch-tool-stream.sse": (
        "messages",
        anthropic.PROVIDER,
    ),
    "perplexity/agent-agent-search-stream.sse": ("responses", perplexity.PROVIDER),
    "perplexity/chat-chat-streaming-responses-perplexity-sonar-supports-streaming-responses.sse": (
        "chat",
        perplexity.PROVIDER,
    ),
    "groq/chat-test-groq-model-web-search-tool-stream.sse": ("chat", groq.PROVIDER),
}


def citations_of(events: list[Event]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer_json(fold_answer(events))["citations"]
    return found


@pytest.mark.parametrize("file", RECORDINGS)
def test_a_recorded_answer_has_the_same_citations_however_it_is_cut(file: str) -> None:
    wire, provider = RECORDINGS[file]
    data = read_stream(located(file))
    whole = feed_stream(make_decoder(wire, provider), data)
    told = citations_of(whole)
    text = fold_answer(whole).text
    numbers = {one["index"] for one in told}
    assert told
    assert numbers == set(range(1, len(numbers) + 1))
    assert len({one["url"] for one in told}) == len(numbers)
    for one in told:
        assert one["url"].startswith("http")
        assert one["start"] is None or 0 <= one["start"] < one["end"] <= len(text)
    for seed in range(50):
        cut = feed_stream(make_decoder(wire, provider), *random_cuts(data, seed, 1 + seed))
        assert citations_of(cut) == told


def test_recorded_marks_of_openai_are_cited_whole() -> None:
    wire, provider = RECORDINGS["openai/responses-openai-web-search-tool-1.jsonl"]
    path = located("openai/responses-openai-web-search-tool-1.jsonl")
    answer = fold_answer(feed_stream(make_decoder(wire, provider), read_stream(path)))
    placed = [one for one in answer.citations if one.start is not None]
    assert placed
    assert all(is_mark(answer.text[one.start : one.end]) for one in placed)


# -- Gemini counts bytes of a part

STRANGE = "\U0001f30a Cafe\u0301 \u6f6e\u6c50 come. Tides go."


@pytest.mark.parametrize(
    "said", ["\U0001f30a Cafe\u0301", "\u6f6e\u6c50 come.", "Tides go.", "Cafe\u0301 \u6f6e"]
)
def test_bytes_are_counted_as_code_points(said: str) -> None:
    place = STRANGE.index(said)
    start, end = (len(STRANGE[:n].encode()) for n in (place, place + len(said)))
    segment = {"startIndex": start, "endIndex": end, "text": said}
    assert segment_span(STRANGE, 0, segment) == (place, place + len(said))
    bare = {"startIndex": start, "endIndex": end}
    assert segment_span(STRANGE, 0, bare) == (place, place + len(said))


def test_a_span_of_a_part_begins_where_the_part_does() -> None:
    segment = {"startIndex": 6, "endIndex": 9, "text": "go."}
    text = "Tides come. Tides go."
    assert segment_span(text, 12, segment) == (18, 21)
    assert segment_span(text, 0, segment | {"endIndex": 8}) == (18, 21)  # by its words
    assert segment_span(text, 0, {"startIndex": 3}) is None
    assert segment_span("ab ab", 3, {"endIndex": 2, "text": "ab"}) == (3, 5)


def test_a_part_of_gemini_is_found_behind_thoughts_and_code() -> None:
    chunk = {
        "candidates": [
            {
                "content": {
                    "parts": [
                        {"text": "Look.", "thought": True},
                        {"text": "\u00c9t\u00e9: "},
                        {"executableCode": {"language": "PYTHON", "code": "1"}},
                        {"text": "tide \u6f6e."},
                    ]
                },
                "finishReason": "STOP",
                "groundingMetadata": {
                    "groundingChunks": [{"web": {"uri": "https://a.example/", "title": "A"}}],
                    "groundingSupports": [
                        {
                            "segment": {"partIndex": 3, "startIndex": 5, "endIndex": 8},
                            "groundingChunkIndices": [0],
                        }
                    ],
                },
            }
        ]
    }
    events = feed_stream(make_decoder("gemini", gemini.PROVIDER), sse_of(json.dumps(chunk), end=""))
    (cited,) = fold_answer(events).citations
    assert fold_answer(events).text[cited.start : cited.end] == "\u6f6e"


# -- annotations before their text, without a place, and in other units


def responses(*events: dict[str, Any]) -> list[Event]:
    done = {"type": "response.completed", "response": {"status": "completed"}}
    lines = [json.dumps({"output_index": 0, "content_index": 0, **e}) for e in (*events, done)]
    return feed_stream(make_decoder("responses", openai.PROVIDER), sse_of(*lines, end=""))


def said(text: str) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": text}


def cited(url: str, **more: Any) -> dict[str, Any]:
    annotation = {"type": "url_citation", "url": url, **more}
    return {"type": "response.output_text.annotation.added", "annotation": annotation}


A, B = "https://a.example/", "https://b.example/"
MARK = f"([a]({A}))"


def test_a_citation_may_come_before_its_text() -> None:
    answer = fold_answer(responses(cited(A, start_index=3, end_index=5), said("Ab cd")))
    assert answer.citations == (Citation(1, 3, 5),)


def test_utf_16_units_become_code_points() -> None:
    text = f"\U0001f30a\U0001f30a Tides {MARK}"
    start = text.index(MARK)
    place = {"start_index": start + 2, "end_index": start + 2 + len(MARK)}
    answer = fold_answer(responses(said(text), cited(A, **place)))
    assert answer.citations == (Citation(1, start, start + len(MARK)),)


def test_a_citation_without_a_place_stands_where_its_links_do() -> None:
    text = f"Sail [[1]]({A}) on {MARK}."
    answer = fold_answer(responses(said(text), cited(A), cited(B)))
    spans = [(one.number, text[one.start : one.end]) for one in answer.citations if one.start]
    assert spans == [(1, f"[[1]]({A})"), (1, MARK)]
    assert answer.citations[-1] == Citation(2)


def test_what_was_only_found_is_numbered_after_what_is_cited() -> None:
    search = {"type": "web_search_call", "id": "s", "action": {"type": "search"}}
    search["action"] |= {"sources": [{"url": B}, {"url": A}]}
    events = responses(
        {"type": "response.output_item.done", "item": search},
        {**said("Ab"), "output_index": 1},
        {**cited(A, title="A", start_index=0, end_index=2), "output_index": 1},
    )
    answer = fold_answer(events)
    assert [(source.number, source.url) for source in answer.sources] == [(1, A), (2, B)]


# -- marks in the text


def chat(provider: Any, *chunks: dict[str, Any]) -> list[Event]:
    lines = [json.dumps({"id": "c", "choices": [], **chunk}) for chunk in chunks]
    return feed_stream(make_decoder("chat", provider), sse_of(*lines))


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def test_marks_of_gpt_oss_name_the_page_that_a_tool_opened() -> None:
    opened = {"index": 1, "type": "browser_open", "search_results": {"results": [{"url": A}]}}
    text = "Two tides \u30101\u2020L3-L9\u3011 a day \u30100\u2020L1\u3011."
    events = chat(groq.PROVIDER, delta(executed_tools=[opened]), delta(content=text), delta("stop"))
    (one,) = fold_answer(events).citations
    assert (one.number, text[one.start : one.end]) == (1, "\u30101\u2020L3-L9\u3011")


def test_marks_of_qwen_name_what_was_found() -> None:
    info = {"search_results": [{"index": 1, "url": A, "title": "A"}, {"index": 2, "url": B}]}
    message = {"role": "assistant", "content": "\u6f6e\u6c50 [ref_2] come [ref_1]."}
    output = {"choices": [{"message": message, "finish_reason": "stop"}], "search_info": info}
    line = json.dumps({"output": output, "request_id": "r"}, ensure_ascii=False)
    events = feed_stream(make_decoder("dashscope", qwen.PROVIDER), sse_of(line, end=""))
    answer = fold_answer(events)
    spans = [(one.number, answer.text[one.start : one.end]) for one in answer.citations]
    assert spans == [(2, "[ref_2]"), (1, "[ref_1]")]
