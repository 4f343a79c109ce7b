"""Addresses that others wrote: read with care, or said to be none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aichat.core.http.connection import has_host, host_of
from aichat.core.http.url import join_url, split_url

GOOD = {
    "http://a.example": "a.example",
    "https://a.example:8443/x?y=z#f": "a.example",
    "http://joe:pw@a.example/": "a.example",
    "http://A.Example./": "a.example.",
    "http://[::1]:80/": "::1",
    "http://[fe80::1%25eth0]/": "fe80::1%25eth0",
    "http://münchen.example/": "münchen.example",
    "http://my_host/": "my_host",
    "http://a.example/with space": "a.example",
    "http://a.example/?q=\\": "a.example",
    "http://" + "a" * 63 + ".example/": "a" * 63 + ".example",
}
BAD = [
    "http://[",
    "http://[::1",
    "http://::1]/",
    "http://[a.example]/",
    "http://a.example:0/",
    "http://a.example:99999/",
    "http://a.example:x/",
    "http://a.example:-1/",
    "http://a.example:８０/",
    "http://a\x00b/",
    "http://a.exa\nmple/",
    "http://a.example/\tx",
    "http://a.example/\x7f",
    "http://a.example/\x9bx",
    "http://a.example/\ud800",
    " http://a.example/",
    "http://a.example/ ",
    "http://a example/",
    "http://a.example\\@b.example/",
    "http://a..b/",
    "http://.a/",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 127 + "example/",
    "http://xn--é/",
    "http://\u00ad/",
    "http://" + "é" * 64 + "/",
    "http://a\u2100b/",  # one letter that is several, some of them slashes
]


@pytest.mark.parametrize(("url", "host"), GOOD.items())
def test_an_address_has_its_host(url: str, host: str) -> None:
    assert host_of(url) == host and has_host(url)


@pytest.mark.parametrize("url", BAD, ids=ascii)
def test_what_is_no_address_is_none(url: str) -> None:
    assert split_url(url) is None and not has_host(url) and host_of(url) == ""
    assert join_url("http://a.example/", url) is None


@given(
    st.text(st.sampled_from("htp:/[]@.%#?\\ \t\x00éß0123456789axn-\ud800\u2100"), max_size=40),
    st.text(max_size=20),
)
def test_nothing_that_is_written_raises(text: str, more: str) -> None:
    for url in (text, f"http://{text}", f"http://a.example/{text}{more}", more, f"//{more}"):
        parts = split_url(url)
        if parts and parts.hostname:
            name = parts.hostname
            assert ":" in name or name.encode("idna" if not name.isascii() else "ascii")
        join_url("http://a.example/b", url)
        join_url(url, more)
