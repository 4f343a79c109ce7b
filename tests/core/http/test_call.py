"""A call as data: its body, its headers, and the command that sends the same."""

import json
from collections.abc import Iterator

import pytest

from aichat.app.calls.curl import as_curl
from aichat.core.http.call import Blob, Call, Header, blob_marker, json_body, request_headers
from aichat.core.http.multipart import MEDIA_TYPES, FormField, closing_boundary, part_header
from aichat.core.http.paging import is_sendable, value_at
from aichat.core.http.rate_limits import rate_limits
from aichat.core.http.url import build_url, parse_pair, with_query
from aichat.errors import AichatError

URL = "https://a.example/v1"


class Streamed:
    """A body that is read while it is sent."""

    size = 7
    curl = (("--form", "f=@it's"),)

    def __iter__(self) -> Iterator[bytes]:
        return iter([b"content"])


def test_a_size_is_that_of_the_whole_body() -> None:
    assert Call("POST", URL, (), (b"abc", b"de")).size == 5
    assert Call("POST", URL, (), Streamed()).size == 7
    assert Call("GET", URL, ()).size == 0


def test_blobs_stand_as_base64_where_their_markers_were() -> None:
    first, lost, second = Blob(b"\0\1"), Blob(b"lost"), Blob(b"\2")
    value = {"a": f"x{blob_marker(first)}y", "b": blob_marker(second), "é": "\ud800"}
    pieces = json_body(value, [first, lost, second])
    assert pieces == (b'{"a":"x', b"AAE=", b'y","b":"', b"Ag==", '","é":"\ufffd"}'.encode())


def test_a_header_of_the_users_replaces_ours_of_that_name_and_is_not_printed() -> None:
    ours = Header("Accept", "a"), Header("x-key", "b", "$KEY")
    assert request_headers([("X-Key", "c")], *ours) == (
        Header("content-type", "application/json"),
        Header("Accept", "a"),
        Header("X-Key", "c", "$HEADER_X_KEY"),
    )
    assert request_headers([], *ours, json_content=False) == ours
    assert request_headers([("Content-Type", "t")]) == (
        Header("Content-Type", "t", "$HEADER_CONTENT_TYPE"),
    )


CURL = {
    "a get": (Call("GET", URL, ()), f"curl -sS -N -X GET '{URL}'"),
    "a head waits for no body": (Call("HEAD", URL, ()), f"curl -sS -N --head '{URL}'"),
    "a port that the shell fills in": (
        Call("GET", "http://h:$PORT/`a`", ()),
        'curl -sS -N -X GET "http://h:$PORT/\\`a\\`"',
    ),
    "a secret is a variable": (
        Call("GET", URL, (Header("a", "it's"), Header("k", "secret", 'Bearer $K"\\'))),
        f"curl -sS -N -X GET '{URL}' \\\n  -H 'a: it'\\''s' \\\n  -H \"k: Bearer $K\\\"\\\\\"",
    ),
    "a body as it reads": (
        Call("POST", URL, (), (b'{"a":', b'"\xc3\xa9"}')),
        f"curl -sS -N -X POST '{URL}' \\\n  --data-binary @- <<'JSON'\n"
        '{\n  "a": "é"\n}\nJSON',
    ),
    "a body that is streamed": (
        Call("POST", URL, (), Streamed()),
        f"curl -sS -N -X POST '{URL}' \\\n  --form 'f=@it'\\''s'",
    ),
}


@pytest.mark.parametrize(("call", "command"), CURL.values(), ids=CURL)
def test_a_call_is_a_command(call: Call, command: str) -> None:
    assert as_curl(call) == command


def test_options_of_the_command_stand_before_those_of_the_body() -> None:
    command = as_curl(Call("POST", URL, (), Streamed()), [("--proxy", "http://p")])
    assert command.splitlines()[1:] == ["  --proxy 'http://p' \\", "  --form 'f=@it'\\''s'"]


LIMITS = {
    "x-ratelimit-remaining-tokens": True,
    "anthropic-ratelimit-requests-reset": True,
    "anthropic-priority-input-tokens-limit": True,
    "retry-after": True,
    "msh-cooldown-seconds": True,
    "x-ratelimit-": False,
    "ratelimit-limit": False,
    "x-request-id": False,
    "x-ratelimit-remaining-tokens2": False,
}


@pytest.mark.parametrize(("name", "is_limit"), LIMITS.items())
def test_a_header_that_tells_of_a_limit_is_kept(name: str, is_limit: bool) -> None:
    assert rate_limits({name: "1"}) == ({name: "1"} if is_limit else {})


@pytest.mark.parametrize(("length", "kept"), [(64, True), (65, False)])
def test_a_limit_of_more_than_64_characters_is_none(length: int, kept: bool) -> None:
    assert bool(rate_limits({"retry-after": "1" * length})) is kept


def test_the_last_line_of_a_form_ends_it() -> None:
    assert part_header(FormField("a"), "B") == (
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
    )
    assert closing_boundary("B") == b"--B--\r\n"


def test_files_that_the_library_does_not_name_everywhere_have_their_kinds() -> None:
    assert " ".join(f"{ending}={kind}" for ending, kind in MEDIA_TYPES.items()) == (
        ".flac=audio/flac .jsonl=application/jsonl .m4a=audio/mp4 .md=text/markdown "
        ".mp4=video/mp4 .ogg=audio/ogg .opus=audio/ogg .webm=audio/webm .webp=image/webp"
    )


@pytest.mark.parametrize(
    ("cursor", "sendable"),
    [("", True), ("c" * 4096, True), ("c" * 4097, False), ("\ud800", False), ("é", True)],
    ids=["empty", "longest", "too long", "no UTF-8", "any letter"],
)
def test_a_cursor_makes_an_address_or_is_none(cursor: str, sendable: bool) -> None:
    assert is_sendable(cursor) is sendable


@pytest.mark.parametrize(
    ("place", "found"),
    [
        *(("a.0", 1), ("a.1", 2), ("a.-1", 2), ("a.-2", 1)),
        *(("a.2", None), ("a.-3", None), ("a.x", None), ("a.²", None), ("e.0", None)),
        *(("b.c", 3), ("b.d", None), ("b.c.d", None)),
    ],
)
def test_a_place_in_a_page_is_found_or_is_nothing(place: str, found: int | None) -> None:
    assert value_at({"a": [1, 2], "b": {"c": 3}, "e": []}, place) == found


MESSAGES = {
    "https://x/y": "PATH is a whole URL: the key is for the provider's own host",
    "WSS://x/y": "PATH is a WebSocket, which aichat api does not support: the key is for the "
    "provider's own host",
    "ws://x": "PATH is a WebSocket, which aichat api does not support: the key is for the "
    "provider's own host",
    "": "PATH is empty or has characters that are not allowed",
    "/a\\b": "PATH is empty or has characters that are not allowed",
    "/a#b": "PATH has a '#', which is never sent",
    "/a/../b": "PATH has a '.' or '..' segment: write the full path",
    "/f/{id}": "PATH still has {id}: replace it with a real value",
}
HINTS = {
    "": "PATH starts with / and is appended to the base URL: /models; //v1/models: the host root",
    "https://x/y": "PATH starts with / and is appended to the base URL: /models; //v1/models: "
    "the host root",
    "/a#b": "write %23 instead",
}


@pytest.mark.parametrize(("path", "message"), MESSAGES.items())
def test_why_a_path_is_refused_is_said(path: str, message: str) -> None:
    with pytest.raises(AichatError) as caught:
        build_url(URL, path)
    assert caught.value.fault.message == message
    assert caught.value.fault.hint == HINTS.get(path, caught.value.fault.hint)


def test_braces_in_a_query_are_sent() -> None:
    assert build_url(URL, "/a?b={c}") == f"{URL}/a?b=%7Bc%7D"


@pytest.mark.parametrize("given", ["a", "=b", ""])
def test_a_pair_has_a_name_and_a_value(given: str) -> None:
    with pytest.raises(AichatError) as caught:
        parse_pair(given, "--query")
    assert caught.value.fault.message == f"--query {given}: expected name=value"


def test_nothing_is_added_where_there_is_nothing() -> None:
    assert with_query(URL, []) == URL
    assert json.loads(b"".join(json_body({}))) == {}
