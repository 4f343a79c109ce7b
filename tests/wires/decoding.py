"""What the decode tests of all wires share: tapes, recordings, and nonsense to put into them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from aichat import providers, wires
from aichat.core.exchange.event import Event
from aichat.core.exchange.request import Settings
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint
from tests.support.running.program import RECORDED, ROOT
from tests.support.values.feeding import QUESTION, feed_body, feed_stream, read_stream
from tests.support.values.json_places import places

TAPES = ROOT / "tests" / "tapes"
#: Whose tapes they are where no folder says it, or where the folder is no provider's.
PROVIDERS = {"chat": "groq", "dashscope": "qwen", "gemini": "gemini"}

NONSENSE = (0, 1, -1, 1.5, True, "", "x", [], [0], ["x"], [[]], [None], {}, {"x": 1}, {"url": 1})
KEYS = (
    *("choices", "delta", "message", "content", "error", "code", "usage", "finish_reason", "text"),
    *("candidates", "parts", "usageMetadata", "finishReason", "index", "output", "type", "item"),
    *("url", "id"),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=10,
)


def tapes(wire: str) -> list[Path]:
    """The folders of a wire's tapes."""
    return sorted(path.parent for path in (TAPES / wire).rglob("events.json"))


def of_case(case: Path) -> str:
    """A tape's name: its wire, its provider where it has one, and what it is of."""
    return case.relative_to(TAPES).as_posix()


def name_of(value: Any) -> str:
    """The name of what holds a ``file``."""
    return Path(value.file).name if hasattr(value, "file") else str(value)


def tape_decoder(case: Path) -> wires.Decoder:
    """The decoder for a tape; ``request.json`` and ``options.json`` have what was asked."""
    wire, *rest = case.relative_to(TAPES).parts
    provider = providers.load(PROVIDERS.get(wire) or rest[0])
    asked, options = _json(case / "request.json"), _json(case / "options.json")
    request = QUESTION._replace(
        tools=tuple(Tool(name, "", {}) for name in asked.get("tools", ())),
        settings=Settings(max_tokens=asked.get("max_tokens"), options=options),
    )
    return wires.load(wire).make_decoder(request, Endpoint(provider, wire, provider.base_url))


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def read_tape(case: Path) -> list[Event]:
    """The events of a tape, fed whole."""
    if (case / "stream.sse").exists():
        return feed_stream(tape_decoder(case), (case / "stream.sse").read_bytes())
    return feed_body(tape_decoder(case), (case / "body.json").read_bytes())


def chunks_of(case: Path) -> list[Any]:
    """The payloads of a tape; a body is one."""
    if not (case / "stream.sse").exists():
        return [json.loads((case / "body.json").read_text())]
    lines = (case / "stream.sse").read_text().splitlines()
    return [json.loads(line[5:]) for line in lines if line.startswith(("data: {", "data:{"))]


def located(file: str) -> Path:
    """A recording, if there are any here."""
    path = RECORDED / file
    if not path.exists():
        pytest.skip("the recordings in ../shared are absent")
    return path


def read_recording(file: str, decoder: wires.Decoder) -> list[Event]:
    """The events of a recording, fed whole."""
    path = located(file)
    if path.suffix == ".json":
        return feed_body(decoder, path.read_bytes())
    return feed_stream(decoder, read_stream(path))


def replaced(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """``value`` with ``other`` at ``path``."""
    if not path:
        return other
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], other)
    return copy


def spots(wire: str) -> Iterator[tuple[Path, int, tuple[Any, ...]]]:
    """One place for every kind of field, in the first whole tape that has it."""
    seen: set[Any] = set()
    for case in whole_tapes(wire):
        for number, chunk in enumerate(chunks_of(case)):
            inner = (chunk.get(name) for name in ("item", "content_block", "delta"))
            kind = next((i.get("type") for i in inner if isinstance(i, dict)), None)
            for path in places(chunk):
                key = (chunk.get("type"), kind, path)
                if key not in seen:
                    seen.add(key)
                    yield case, number, path


def whole_tapes(wire: str) -> list[Path]:
    """The tapes that have payloads, all of them objects."""
    odd = ("cut", "broken", "list", "array")
    plain = (case for case in tapes(wire) if not any(word in case.name for word in odd))
    return [case for case in plain if chunks_of(case)]
