"""What `aichat api` works with, as values: addresses, pages, layout, repetitions, fields."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aichat.core.http.multipart import FormField, parse_field, part_header
from aichat.core.http.paging import PageRule, next_page
from aichat.core.http.retry import can_repeat
from aichat.core.http.url import build_url, with_parameter
from aichat.core.text.json_layout import indent_json
from aichat.errors import AichatError, Fault

BASE = "https://api.example/v1"

ADDRESSES = {
    "/models": "https://api.example/v1/models",
    "models": "https://api.example/v1/models",
    "//v2/models": "https://api.example/v2/models",
    "//evil.example/x": "https://api.example/evil.example/x",
    "///x": "https://api.example//x",
    "//": "https://api.example/",
    "/models/m:count?alt=sse&b=%20": "https://api.example/v1/models/m:count?alt=sse&b=%20",
    "/a b/ü": "https://api.example/v1/a%20b/%C3%BC",
    "/@evil.example/": "https://api.example/v1/@evil.example/",
    "/a..b/...": "https://api.example/v1/a..b/...",
    "/x?next=../y": "https://api.example/v1/x?next=../y",
}


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_path_stands_behind_the_base_url_or_its_host(path: str) -> None:
    assert build_url(BASE, path) == ADDRESSES[path]
    assert build_url(f"{BASE}/", path) == ADDRESSES[path]


REFUSED = [
    *("", "/a\r\nX-Evil: 1", "/a\nb", "/a\x00", "/a\\..\\b", "/a\u2028b"),
    *("https://evil.example/x", "HTTP://evil.example", "wss://api.example/v1/realtime"),
    *("/../x", "/a/..", "/./x", "..", "//..", "/%2e%2e/x", "/%2E./x", "/%252e%252e/", "/..;a/x"),
    *("/a/..%2fb", "/a#b", "/files/{file_id}"),
]


@pytest.mark.parametrize("path", REFUSED)
def test_a_path_that_leads_elsewhere_or_cannot_be_sent_is_refused(path: str) -> None:
    with pytest.raises(AichatError) as caught:
        build_url(BASE, path)
    assert caught.value.fault.kind == "usage"


@given(st.text())
def test_no_path_whatever_leaves_the_host(path: str) -> None:
    try:
        url = build_url(BASE, path)
    except AichatError:
        return
    assert url.startswith("https://api.example/") and url.isascii() and url.isprintable()


def test_a_query_is_added_and_a_parameter_replaced() -> None:
    assert build_url(BASE, "/x", [("a", "b c&d"), ("a", "é")]).endswith("/x?a=b%20c%26d&a=%C3%A9")
    assert build_url(BASE, "/x?y=1", [("a", "")]).endswith("/x?y=1&a=")
    assert (
        with_parameter("https://h/x?a=1&after=u&b=%26", "after", "v/w")
        == "https://h/x?a=1&b=%26&after=v%2Fw"
    )


OPENAI = PageRule("after", ("last_id", "data.-1.id"), "has_more")
TOKEN = PageRule("pageToken", ("nextPageToken",))
NUMBER = PageRule("page_no", ("output.page_no",), size="output.page_size", total="output.total")
PAGES: list[tuple[Any, PageRule, tuple[str, str] | None]] = [
    ({"has_more": True, "last_id": "b", "data": [{"id": "a"}]}, OPENAI, ("after", "b")),
    ({"has_more": True, "data": [{"id": "a"}, {"id": "b"}]}, OPENAI, ("after", "b")),
    ({"has_more": True, "data": []}, OPENAI, None),
    ({"has_more": False, "last_id": "b"}, OPENAI, None),
    ({"has_more": "yes", "last_id": "b"}, OPENAI, None),
    ({"data": [{"id": "b"}]}, OPENAI, None),
    ({"nextPageToken": "t"}, TOKEN, ("pageToken", "t")),
    ({"nextPageToken": ""}, TOKEN, None),
    ({"nextPageToken": ["t"]}, TOKEN, None),
    ({"output": {"page_no": 1, "page_size": 10, "total": 11}}, NUMBER, ("page_no", "2")),
    ({"output": {"page_no": 2, "page_size": 10, "total": 20}}, NUMBER, None),
    ({"output": {"page_no": "1", "page_size": 10, "total": 20}}, NUMBER, None),
    ([], OPENAI, None),
    ("text", TOKEN, None),
    (None, NUMBER, None),
]


@pytest.mark.parametrize(("page", "way", "expected"), PAGES)
def test_a_page_says_how_the_next_one_is_asked_for(
    page: Any, way: PageRule, expected: tuple[str, str] | None
) -> None:
    assert next_page(page, [way]) == expected


def test_json_is_laid_out_with_every_number_and_escape_as_it_was() -> None:
    text = '{"a":[1.0,1e5,{}],"b":"x, {}: \\"\\u001b\\"","c":[],"n":123456789012345678901,"a":-0}'
    assert indent_json(text) == (
        '{\n  "a": [\n    1.0,\n    1e5,\n    {}\n  ],\n  "b": "x, {}: \\"\\u001b\\"",\n'
        '  "c": [],\n  "n": 123456789012345678901,\n  "a": -0\n}'
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_json_that_is_laid_out_is_the_same_json(value: Any, indent: Any, plain: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=plain)
    assert json.loads(indent_json(text)) == value
    assert indent_json(indent_json(text)) == indent_json(text)


REPEATS = [
    # method, status, sent, keyed -> again
    *((method, 500, True, False, True) for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS")),
    *((method, None, True, False, True) for method in ("GET", "DELETE")),
    *((method, 500, True, False, False) for method in ("POST", "PATCH")),
    *(("POST", status, True, False, False) for status in (408, 409, 500, 502, 504)),
    *(("POST", status, True, False, True) for status in (429, 498, 503, 529)),
    ("POST", None, False, False, True),  # nobody had heard all of it
    ("POST", None, True, False, False),
    ("POST", 500, True, True, True),
]


@pytest.mark.parametrize(("method", "status", "sent", "keyed", "again"), REPEATS)
def test_what_may_have_been_done_is_not_done_again_unless_that_changes_nothing(
    method: str, status: int | None, sent: bool, keyed: bool, again: bool
) -> None:
    assert can_repeat(method, Fault("server", "", status=status), sent=sent, keyed=keyed) is again


FIELDS = {
    "a=b": FormField("a", "b"),
    "a=": FormField("a"),
    "a=b=c;type=x": FormField("a", "b=c;type=x"),
    "f=@x.mp3": FormField("f", file="x.mp3"),
    "f=@-;filename=a.wav": FormField("f", file="-", filename="a.wav"),
    "f=@a b;c.txt;type=text/x;filename=n;1": FormField(
        "f", file="a b;c.txt;type=text/x;filename=n;1"
    ),
    "f=@a;type=text/x;filename=n": FormField("f", file="a", filename="n", kind="text/x"),
}


@pytest.mark.parametrize("given", FIELDS)
def test_a_field_of_a_form_is_a_text_or_a_file_with_name_and_type(given: str) -> None:
    assert parse_field(given) == FIELDS[given]


def test_no_name_breaks_out_of_its_header() -> None:
    text = part_header(
        FormField('a"b\r\nX: y', file="f", filename='é"\n', kind="text/plain"), "B"
    ).decode()
    assert text == (
        '--B\r\nContent-Disposition: form-data; name="a%22b%0D%0AX: y"; filename="é%22%0A"\r\n'
        "Content-Type: text/plain\r\n\r\n"
    )
