"""``aichat embed``: each provider's own request, vectors in order, nothing lost or overwritten."""

import base64
import io
import json
import os
import signal
import struct
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from tests.commands.files.test_files import PROVIDERS, answer, point
from tests.support.answering.server import Callback, Hold, Reply, SeenRequest, Server
from tests.support.running.program import TERMINAL, Program, curl_body

WHO = {**PROVIDERS, "perplexity": ("PERPLEXITY_API_KEY", "")}


def aim(aichat: Program, server: Server, provider: str) -> Program:
    """Have a provider's requests go to the server."""
    if provider in PROVIDERS:
        return point(aichat, server, provider)
    aichat.environ |= {
        "PERPLEXITY_API_KEY": "k-secret-0123456789",
        "AICHAT_PERPLEXITY_BASE_URL": server.url,
    }
    return aichat


def floats(*numbers: float) -> str:
    """Numbers as OpenAI packs them."""
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


#: Path, body and answer of each, for the text "a cat" in 2 numbers.
WISHES: Mapping[str, tuple[str, Any, Any, list[float]]] = {
    "openai": (
        "/v1/embeddings",
        {
            "model": "text-embedding-3-small",
            "input": ["a cat"],
            "dimensions": 2,
            "encoding_format": "base64",
        },
        {"data": [{"index": 0, "embedding": floats(3, 4)}], "usage": {"prompt_tokens": 2}},
        [3.0, 4.0],
    ),
    "qwen": (
        "/compatible-mode/v1/embeddings",
        {"model": "text-embedding-v4", "input": ["a cat"], "dimensions": 2},
        {"data": [{"index": 0, "embedding": [3, 4]}], "usage": {"prompt_tokens": 2}},
        [3.0, 4.0],
    ),
    "perplexity": (
        "/v1/embeddings",
        {
            "model": "pplx-embed-v1-0.6b",
            "input": ["a cat"],
            "dimensions": 2,
            "encoding_format": "base64_int8",
        },
        {
            "data": [{"index": 0, "embedding": base64.b64encode(b"\x7f\x81").decode()}],
            "usage": {"prompt_tokens": 2, "cost": {"total_cost": 0.25}},
        },
        [1.0, -1.0],
    ),
    "gemini": (
        "/v1beta/models/gemini-embedding-2:batchEmbedContents",
        {
            "requests": [
                {
                    "model": "models/gemini-embedding-2",
                    "content": {"parts": [{"text": "a cat"}]},
                    "outputDimensionality": 2,
                }
            ]
        },
        {"embeddings": [{"values": [3, 4]}]},
        [3.0, 4.0],
    ),
}


@pytest.mark.parametrize("provider", WISHES)
def test_each_provider_has_its_own_request(aichat: Program, provider: str) -> None:
    path, body, told, vector = WISHES[provider]
    words = ("embed", "a", "cat", "-p", provider, "--dimensions", "2")
    with Server(default=answer(told)) as server:
        done = aim(aichat, server, provider).invoke(*words)
        dry = aichat.invoke(*words, "--dry-run")
        (request,) = server.requests
    assert (request.method, request.path, request.json()) == ("POST", path, body)
    assert json.loads(done.text) == vector and done.code == 0
    assert curl_body(dry) == body and "k-secret" not in dry.text + dry.stderr + done.stderr


def backwards(request: SeenRequest) -> Reply:
    """Vectors in the wrong order, each of its text's number."""
    texts = request.json()["input"]
    entries = [{"index": n, "embedding": [float(text), 1]} for n, text in enumerate(texts)]
    return answer({"data": entries[::-1], "usage": {"prompt_tokens": len(texts)}})


def test_lines_go_in_batches_of_the_providers_limit_and_keep_their_order(aichat: Program) -> None:
    lines = "\n".join(map(str, range(25))) + "\n"
    with Server(default=backwards) as server:
        done = aim(aichat, server, "qwen").invoke(
            "embed", "--lines", "-p", "qwen", "--json", stdin=lines.encode()
        )
        assert [len(request.json()["input"]) for request in server.requests] == [10, 10, 5]
    told = json.loads(done.text)
    assert [entry["vector"][0] for entry in told["embeddings"]] == [*range(25)]
    assert (told["usage"], told["dimensions"]) == ({"input": 25}, 2)


def test_a_price_that_is_told_is_in_the_ledger(aichat: Program) -> None:
    with Server(default=answer(WISHES["perplexity"][2])) as server:
        done = aim(aichat, server, "perplexity").invoke("embed", "a", "-p", "perplexity", "--json")
    assert json.loads(done.text)["cost"] == {"amount": 0.25, "currency": "USD"}
    spent = json.loads(aichat.invoke("cost", "--json", "--by", "model").text)
    assert "pplx-embed-v1-0.6b" in json.dumps(spent) and "0.25" in json.dumps(spent)


def test_what_may_cost_more_than_allowed_is_not_sent(aichat: Program) -> None:
    with Server(default=answer(WISHES["openai"][2])) as server:
        words = ("embed", "word " * 1000, "-p", "openai", "--max-cost", "0.0000001")
        assert aim(aichat, server, "openai").invoke(*words).code == 11
        assert not server.requests


def test_who_makes_none_names_those_that_do(aichat: Program) -> None:
    with Server() as server:
        done = point(aichat, server, "groq").invoke("embed", "a", "-p", "groq")
    assert done.code == 5
    assert "these do: openai, gemini, perplexity, qwen" in " ".join(done.stderr.split())


def test_numpy_reads_what_is_written_and_nothing_is_overwritten(aichat: Program) -> None:
    import numpy  # costs more than all other tests here

    words = ("embed", "a", "-p", "openai", "--format", "npy", "-O")
    with Server(default=answer(WISHES["openai"][2])) as server:
        done = aim(aichat, server, "openai").invoke(*words, "out.npy")
        piped = aichat.invoke(*words, "-")
        again = aichat.invoke(*words, "out.npy")
        assert len(server.requests) == 2
    made = (aichat.home / "out.npy").read_bytes()
    assert done.text == "out.npy\n" and made == piped.stdout and again.code == 2
    assert numpy.load(io.BytesIO(made)).tolist() == [[3.0, 4.0]] and made.index(b"\n") == 127


def test_an_npy_header_is_as_the_format_has_it(aichat: Program) -> None:
    with Server(default=answer(WISHES["openai"][2])) as server:
        done = aim(aichat, server, "openai").invoke(
            "embed", "a", "-p", "openai", "--format", "npy", "--normalise"
        )
    begin, length = done.stdout[:8], struct.unpack("<H", done.stdout[8:10])[0]
    assert begin == b"\x93NUMPY\x01\x00" and (10 + length) % 64 == 0
    assert b"'shape': (1, 2)" in done.stdout and done.stdout[9 + length] == 10
    assert struct.unpack("<2f", done.stdout[10 + length :]) == pytest.approx((0.6, 0.8))


def test_npy_is_not_for_a_terminal(aichat: Program) -> None:
    with Server() as server:
        done = aim(aichat, server, "openai").invoke(
            "embed", "a", "-p", "openai", "--format", "npy", **TERMINAL
        )
    assert done.code == 2 and not server.requests


def test_what_is_alike_is_ranked_by_its_cosine(aichat: Program) -> None:
    rows = [("far", [1, 0]), ("near", [6, 8]), ("opposite", [-3, -4])]
    lines = (
        json.dumps({"text": text, "vector": vector, "model": "text-embedding-3-small"})
        for text, vector in rows
    )
    (aichat.home / "all.jsonl").write_text("\n".join(lines))
    words = ("embed", "a", "-p", "openai", "--similar", "all.jsonl")
    with Server(default=answer(WISHES["openai"][2])) as server:
        done = aim(aichat, server, "openai").invoke(*words)
        other = aichat.invoke(*words, "-m", "text-embedding-3-large")
    assert done.text == "1.0000\tnear\n0.6000\tfar\n-1.0000\topposite\n"
    assert other.code == 2 and "text-embedding-3-small" in other.stderr


HOSTILE: Mapping[str, Any] = {
    "too few": {"data": []},
    "no list": {"data": {"embedding": [1]}},
    "words": {"data": [{"index": 0, "embedding": ["1", "2"]}]},
    "no number": {"data": [{"index": 0, "embedding": [1e999]}]},
    "bad base64": {"data": [{"index": 0, "embedding": "%%%"}]},
    "a strange place": {"data": [{"index": [], "embedding": [1]}]},
    "too many": {"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1]}]},
}


@pytest.mark.parametrize("told", HOSTILE.values(), ids=HOSTILE)
def test_an_answer_without_the_vectors_is_one_line(aichat: Program, told: Any) -> None:
    with Server(default=answer(told)) as server:
        done = aim(aichat, server, "openai").invoke("embed", "a", "-p", "openai")
        assert len(server.requests) == 1
    assert (done.text, done.code) == ("", 7) and "one vector for each" in done.stderr


BAD_INPUT: Mapping[str, tuple[tuple[str, ...], bytes | None, str]] = {
    "nothing": ((), None, "no text given"),
    "an empty line": (("--lines",), b"a\n\nb\n", "no text in line 2"),
    "no file": (("-f", "none.txt"), None, "none.txt"),
    "a bad row": (("-f", "bad.jsonl"), None, "no text in line 1"),
    "no dimension": (("a", "--dimensions", "0"), None, "at least 1"),
    "a task for who is not told": (("a", "--task", "query"), None, "what vectors are for"),
}


@pytest.mark.parametrize("case", BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_told_before_anything_is_sent(
    aichat: Program, case: tuple[tuple[str, ...], bytes | None, str]
) -> None:
    words, stdin, why = case
    (aichat.home / "bad.jsonl").write_text('{"x": 1}\n')
    with Server() as server:
        done = aim(aichat, server, "openai").invoke("embed", *words, "-p", "openai", stdin=stdin)
        assert not server.requests
    assert done.code in (2, 5) and why in " ".join(done.stderr.split())


def test_the_vectors_that_came_are_given_though_a_later_call_fails(aichat: Program) -> None:
    (aichat.home / "t.txt").write_text("\n".join(f"text {n}" for n in range(12)))
    first = {"data": [{"index": n, "embedding": [n, 1]} for n in range(10)]}
    fail = Reply(400, body=[b'{"error": {"message": "no"}}'], length=True)
    words = ("embed", "--lines", "-f", "t.txt", "-p", "qwen")
    with Server(*(answer(first), fail) * 3) as server:
        done = aim(aichat, server, "qwen").invoke(*words)
        filed = aichat.invoke(*words, "-O", "v.jsonl", "--format", "jsonl")
        told = json.loads((as_json := aichat.invoke(*words, "--json")).text)
    assert [json.loads(line) for line in done.text.splitlines()] == [[n, 1] for n in range(10)]
    assert (done.code, filed.code, as_json.code) == (5, 5, 5)
    assert "the first 10 texts came" in done.stderr
    assert filed.text == "" and not (aichat.home / "v.jsonl").exists()
    kept = (aichat.home / "v.jsonl.partial").read_text().splitlines()
    assert [json.loads(line)["text"] for line in kept] == [f"text {n}" for n in range(10)]
    assert len(told["embeddings"]) == 10 and told["error"]["exit"] == 5


def test_the_next_call_is_not_sent_where_the_ones_before_took_more_than_was_reckoned(
    aichat: Program,
) -> None:
    vectors = [{"index": n, "embedding": [1, 1]} for n in range(2048)]
    dear = {"data": vectors, "usage": {"prompt_tokens": 10_000_000}}
    with Server(default=answer(dear)) as server:
        words = ("embed", "--lines", "-p", "openai", "--max-cost", "0.1")
        done = aim(aichat, server, "openai").invoke(*words, stdin=b"text\n" * 2049)
        assert len(server.requests) == 1
    assert done.code == 11 and len(done.text.splitlines()) == 2048
    assert "the next part could pass --max-cost 0.10 USD" in " ".join(done.stderr.split())


def test_what_is_at_an_address_is_a_text_or_rows(aichat: Program) -> None:
    page = Reply(headers={"content-type": "text/html"}, body=[b"<p>a cat</p>"], length=True)
    rows = Reply(headers={"content-type": "text/plain"}, body=[b'"b"\n"c"\n'], length=True)
    vectors = [{"index": n, "embedding": floats(n, 1)} for n in range(3)]
    film = Reply(headers={"content-type": "text/plain"}, body=[b"GIF89a"], length=True)
    gets = {"/a": page, "/b.jsonl": rows, "/c": film}
    with Server() as server:
        server.default = lambda r: gets[r.path] if r.method == "GET" else answer({"data": vectors})
        aim(aichat, server, "openai")
        a, b, c = (f"{server.url}{path}" for path in gets)
        refused = aichat.invoke("embed", "-f", a, "-p", "openai")
        done = aichat.invoke("embed", "-f", a, "-f", b, "-p", "openai", "--allow-local")
        sent = server.requests[-1].json()
        none = aichat.invoke("embed", "-f", c, "-p", "openai", "--allow-local")
    assert refused.code == 2 and "--allow-local" in refused.stderr
    assert done.code == 0 and sent["input"] == ["a cat\n", "b", "c"]
    assert none.code == 2 and "is not text: it is image/gif" in none.stderr


def test_the_vectors_that_came_are_given_though_it_is_stopped(aichat: Program) -> None:
    (aichat.home / "t.txt").write_text("\n".join(f"text {n}" for n in range(12)))
    first = {"data": [{"index": n, "embedding": [n, 1]} for n in range(10)]}
    begun, gone = threading.Event(), threading.Event()
    held = Reply(body=[Callback(begun.set), Hold(gone)], length=9)
    with Server(answer(first), held) as server:
        aim(aichat, server, "qwen")
        line = ("embed", "--lines", "-f", "t.txt", "-p", "qwen", "-O", "v.jsonl")
        running = aichat.start(*line, "--format", "jsonl")
        assert begun.wait(60)
        os.kill(running.pid, signal.SIGINT)
        out, said = running.communicate()
        gone.set()
    assert (running.returncode, out) == (-signal.SIGINT, b"")
    assert b"the first 10 texts came before it was stopped" in said
    assert len((aichat.home / "v.jsonl.partial").read_text().splitlines()) == 10


def test_a_text_with_a_line_end_of_its_own_is_ranked_as_it_was_written(aichat: Program) -> None:
    """U+2028 stands in a string of JSON as it is, and ends no row."""
    with Server(default=answer(WISHES["openai"][2])) as server:
        point(aichat, server, "openai")
        aichat.invoke("embed", "a\u2028cat", "--format", "jsonl", "-O", "v.jsonl", "-p", "openai")
        done = aichat.invoke("embed", "a cat", "--similar", "v.jsonl", "-p", "openai")
    assert done.code == 0 and done.text.startswith("1.0000\ta")
