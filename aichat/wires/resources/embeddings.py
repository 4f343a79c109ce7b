"""Embeddings: the calls that turn texts into vectors, and the vectors in the answers.

Source: requests of the official SDKs. How the providers differ is a table (``DIALECTS``).
"""

import struct
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from aichat import wires
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import parse_count
from aichat.core.http.call import Call, json_body, request_headers
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.json import get_object, objects
from aichat.values import NamedTuple

Vector = tuple[float, ...]


class EmbeddingsDialect(NamedTuple):
    """One provider's API: its default ``model``, and the ``most`` texts per call.

    ``encoding`` is the name of the requested encoding. ``tasks`` are the provider's names for
    ``TASKS``. ``shape`` is ``openai`` or ``contents``; ``prefix`` precedes the path.
    """

    model: str
    most: int
    encoding: str = ""
    shape: str = "openai"
    tasks: Mapping[str, str] = {}
    prefix: str = ""


#: Embeddings APIs by the name in a provider's settings.
DIALECTS: Mapping[str, EmbeddingsDialect] = {
    "openai": EmbeddingsDialect("text-embedding-3-small", 2048, "base64"),
    "gemini": EmbeddingsDialect(
        "gemini-embedding-2",
        100,
        shape="contents",
        tasks={
            "query": "RETRIEVAL_QUERY",
            "document": "RETRIEVAL_DOCUMENT",
            "similarity": "SEMANTIC_SIMILARITY",
            "classification": "CLASSIFICATION",
            "clustering": "CLUSTERING",
            "code": "CODE_RETRIEVAL_QUERY",
        },
    ),
    "perplexity": EmbeddingsDialect("pplx-embed-v1-0.6b", 512, "base64_int8", prefix="/v1"),
    "qwen": EmbeddingsDialect("text-embedding-v4", 10),
}

#: Purposes of vectors.
TASKS = ("query", "document", "similarity", "classification", "clustering", "code")

#: Characters per call, at worst one token each: the lowest limit of a provider is 120,000 tokens.
_MAX_CHARACTERS = 120_000


class EmbeddingBatch(NamedTuple):
    """The vectors of one call, in the order of its texts; usage as far as it is reported."""

    vectors: tuple[Vector, ...]
    tokens: int | None = None
    cost: Cost | None = None


def split(texts: Sequence[str], dialect: EmbeddingsDialect) -> list[tuple[str, ...]]:
    """The texts of each call, in order, within the provider's limits."""
    batches: list[tuple[str, ...]] = []
    held: list[str] = []
    size = 0
    for text in texts:
        if held and (len(held) == dialect.most or size + len(text) > _MAX_CHARACTERS):
            batches.append(tuple(held))
            held, size = [], 0
        held.append(text)
        size += len(text)
    return [*batches, tuple(held)] if held else batches


def embed_call(
    endpoint: Endpoint,
    model: str,
    texts: Sequence[str],
    dimensions: int | None = None,
    task: str | None = None,
) -> Call:
    """The request for the vectors of ``texts``."""
    dialect = DIALECTS[endpoint.provider.resources.embeddings]
    headers = request_headers(endpoint.headers, *wires.load(endpoint.wire).auth(endpoint, {}))
    if dialect.shape == "contents":
        name = model.removeprefix("models/")
        body = {"requests": [_gemini_text(name, text, dimensions, task) for text in texts]}
        path = f"/models/{quote(name, safe='')}:batchEmbedContents"
        return Call("POST", endpoint.base_url + path, headers, json_body(body))
    fields: dict[str, Any] = {"model": model, "input": [*texts]}
    if dimensions:
        fields["dimensions"] = dimensions
    if dialect.encoding:
        fields["encoding_format"] = dialect.encoding
    url = endpoint.base_url.removesuffix(dialect.prefix) + dialect.prefix + "/embeddings"
    return Call("POST", url, headers, json_body(fields))


def _gemini_text(
    model: str, text: str, dimensions: int | None, task: str | None
) -> Mapping[str, Any]:
    named: dict[str, Any] = {"model": f"models/{model}", "content": {"parts": [{"text": text}]}}
    if task:
        named["taskType"] = DIALECTS["gemini"].tasks[task]
    if dimensions:
        named["outputDimensionality"] = dimensions
    return named


def parse_batch(answer: Mapping[str, Any], endpoint: Endpoint, count: int) -> EmbeddingBatch | None:
    """The vectors of ``count`` texts; None if the answer does not match."""
    dialect = DIALECTS[endpoint.provider.resources.embeddings]
    if dialect.shape == "contents":
        found = {n: each.get("values") for n, each in enumerate(objects(answer.get("embeddings")))}
    else:
        entries = objects(answer.get("data"))
        found = {_place(each, n): each.get("embedding") for n, each in enumerate(entries)}
    read = [_vector(found.get(n), dialect.encoding) for n in range(count)]
    vectors = tuple(vector for vector in read if vector)
    if len(vectors) != count or len(found) != count or len({*map(len, vectors)}) > 1:
        return None
    usage = get_object(answer, "usage")
    tokens = parse_count(usage.get("prompt_tokens", usage.get("total_tokens")))
    return EmbeddingBatch(vectors, tokens, _told_cost(usage))


def _place(entry: Mapping[str, Any], default: int) -> int:
    index = entry.get("index", default)
    return index if isinstance(index, int) else -1


def _told_cost(usage: Mapping[str, Any]) -> Cost | None:
    """The cost that Perplexity reports, in dollars."""
    told = get_object(usage, "cost").get("total_cost")
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < 10**6:
        return None
    return Cost(round(told * 10**9), source="provider")


def _vector(value: object, encoding: str) -> Vector | None:
    if isinstance(value, list):
        numbers = [n for n in value if isinstance(n, int | float) and not isinstance(n, bool)]
        small = all(abs(n) < _LARGEST for n in numbers)
        return tuple(map(float, numbers)) if small and len(numbers) == len(value) else None
    if not isinstance(value, str):
        return None
    try:
        data = b64decode(value, validate=True)
        if encoding == "base64_int8":
            return tuple(n / 127 for n in struct.unpack(f"<{len(data)}b", data))
        floats = struct.unpack(f"<{len(data) // 4}f", data)
    except (Base64Error, ValueError, struct.error):
        return None
    return floats if all(abs(n) < _LARGEST for n in floats) else None


#: Larger than any component of a vector; excludes infinity and NaN too.
_LARGEST = 1e9
