"""Hosts: which one a URL names, and whether it is this machine."""

import pytest

from aichat.core.http.connection import has_host, host_of, is_loopback

HOSTS = {
    "https://api.example/v1": ("api.example", True),
    "http://user:word@API.example:8080": ("api.example", True),
    "http://[::1]:1/": ("::1", True),
    "http://a.example:0/": ("", False),
    "http://a.example:65536/": ("", False),
    "http://:80/": ("", False),
    "http://[::1": ("", False),
    "api.example": ("", False),
    "": ("", False),
}
LOOPBACK = ["localhost", "::1", "127.0.0.1", "127.255.0.9"]
ELSEWHERE = ["", "localhost.example", "::2", "127.0.0.1.example", "127.0.1", "128.0.0.1", "x::1"]


@pytest.mark.parametrize("url", HOSTS)
def test_the_host_of_a_url_and_whether_it_can_be_reached(url: str) -> None:
    assert (host_of(url), has_host(url)) == HOSTS[url]


@pytest.mark.parametrize("host", [*LOOPBACK, *ELSEWHERE])
def test_only_this_machine_is_this_machine(host: str) -> None:
    assert is_loopback(host) is (host in LOOPBACK)
