"""Media of turns are found wherever they stand, and base64 comes back letter for letter."""

from base64 import b64encode
from typing import Any

import pytest

from aichat.core.conversation.media import FILE_MARK, exact_base64, map_message
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Raw, Reasoning, Text, ToolResult

PNG = b64encode(b"\x89PNG\r\n\x1a\n" + bytes(100)).decode()
LONG = b64encode(bytes(60_000)).decode()
ONE, TWO = Media("image/png", b"1"), Media("image/png", b"2")
SAID = Message("tool", (Text("a"), ONE, ToolResult("i", "n", (Text("b"), TWO))))


def test_every_medium_is_changed_and_nothing_else() -> None:
    changed = map_message(SAID, lambda each: each._replace(name="x"), str.upper)
    assert changed.parts == (
        Text("a"),
        ONE._replace(name="x"),
        ToolResult("i", "n", (Text("b"), TWO._replace(name="x"))),
    )


ITEMS: dict[str, tuple[Any, Any]] = {
    "a picture": ({"result": PNG, "type": "x"}, {"result": "*", "type": "x"}),
    "in a list": ([["a", PNG]], [["a", "*"]]),
    "what is long": ({"thoughtSignature": LONG}, {"thoughtSignature": "*"}),
    "data beside its type": (
        {"inlineData": {"mimeType": "audio/L16", "data": "AAAA"}},
        {"inlineData": {"mimeType": "audio/L16", "data": "*"}},
    ),
    "a mark": ({"a": f"{FILE_MARK}x"}, {"a": "*"}),
    "short texts": ({"data": "AAAA", "a": PNG[:20]}, {"data": "AAAA", "a": PNG[:20]}),
    "numbers": ([1, None, True], [1, None, True]),
}


@pytest.mark.parametrize(("item", "wanted"), ITEMS.values(), ids=ITEMS)
def test_only_what_is_a_file_of_its_own_is_changed_in_an_item(item: Any, wanted: Any) -> None:
    message = Message("assistant", (Raw("gemini", item, replay=True),))
    (part,) = map_message(message, lambda each: each, lambda _: "*").parts
    assert part == Raw("gemini", wanted, replay=True)


def test_a_signature_is_changed_only_where_it_is_long() -> None:
    parts = (Reasoning("a", LONG), Reasoning("b", "short"), Reasoning("c"))
    changed = map_message(Message("assistant", parts), lambda each: each, lambda _: "*")
    assert [part.opaque for part in changed.parts if isinstance(part, Reasoning)] == [
        *("*", "short", None),
    ]


BASE64 = {
    "ours": (PNG, True),
    "of another alphabet": ("-_-_", False),
    "without its end": (PNG.rstrip("=") + "A", False),
    "with bits to spare": ("QUJ=", False),
    "in lines": ("QUJD\nQUJD", False),
    "not of ASCII": ("\u00e9\u00e9\u00e9\u00e9", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("text", "exact"), BASE64.values(), ids=BASE64)
def test_only_what_would_be_written_the_same_again_counts(text: str, exact: bool) -> None:
    data = exact_base64(text)
    assert (data is not None) is exact
    assert data is None or b64encode(data).decode() == text
