"""Which hosts are reached without a proxy: every spelling that curl, Go and people use."""

import pytest

from aichat.core.http.no_proxy import is_excepted

DIRECT = [
    ("10.9.9.9:11434", "10.0.0.0/8"),
    ("10.9.9.9", "10.1.2.3/8"),  # bits of the host do no harm
    ("10.9.9.9", "10.9.9.9"),
    ("10.9.9.9", "10.*"),
    ("10.9.9.9", "192.168.0.0/16,10.0.0.0/8"),
    ("10.9.9.9", "a.example  b.example\t10.0.0.0/8"),
    ("10.9.9.9", " 10.9.9.9 , x"),
    ("10.9.9.9:8080", "10.9.9.9:8080"),
    ("10.9.9.9:8080", "10.0.0.0/8:8080"),
    ("[::ffff:10.9.9.9]", "10.0.0.0/8"),
    ("[fd00::5]:11434", "fd00::/8"),
    ("[fd00::5]", "[fd00::]/8"),
    ("[fd00::5]", "fd00::5"),
    ("[fd00::5]", "[fd00::5]"),
    ("[fd00::5]:81", "[fd00::5]:81"),
    ("[FD00:0:0::5]", "fd00::0005"),
    ("[fe80::1%25eth0]", "fe80::/10"),
    ("llm.corp.example", "*.corp.example"),
    ("a.b.corp.example", "*.corp.example"),
    ("llm.corp.example", ".corp.example"),
    ("corp.example", ".corp.example"),
    ("llm.corp.example", "corp.example"),
    ("LLM.Corp.Example", "corp.EXAMPLE"),
    ("llm.corp.example.", "corp.example"),
    ("llm.corp.example", "corp.example."),
    ("llm.corp.example", "llm.*.example"),
    ("llm.corp.example:8080", "corp.example:8080"),
    ("llm.corp.example", "corp.example:80"),  # http's own
    ("llm-7.corp.example", "llm-*"),
    ("münchen.example", "xn--mnchen-3ya.example"),
    ("xn--mnchen-3ya.example", "MÜNCHEN.example"),
    ("anything.example", "*"),
    ("[fd00::5]", "*"),
    ("anything.example", "x, *"),
    ("joe:secret@llm.corp.example", "corp.example"),
]
PROXIED = [
    ("11.9.9.9", "10.0.0.0/8"),
    ("10.9.9.9", "10.0.0.0/33"),
    ("10.9.9.9", "10.0.0.0/"),
    ("10.9.9.9", "9.9.9"),
    ("10.9.9.9", "9"),
    ("110.9.9.9", "10.9.9.9"),
    ("10.9.9.9:81", "10.9.9.9:80"),
    ("10.example", "10.0.0.0/8"),
    ("[fe00::5]", "fd00::/8"),
    ("[fd00::5]:82", "[fd00::5]:81"),
    ("[fd00::5]", "fd00::/129"),
    ("[fd00::5]", "10.0.0.0/8"),
    ("corp.example", "*.corp.example"),
    ("notcorp.example", "corp.example"),
    ("corp.example.org", "corp.example"),
    ("llm.corp.example", "corp.example:8080"),
    ("llmXcorp.example", "llm.corp.example"),
    ("llm.corp.example", ""),
    ("llm.corp.example", ", ,"),
    ("llm.corp.example", "."),
    ("llm.corp.example", "[,[]:1,:80,/8,a..b"),
]


@pytest.mark.parametrize(("host", "no_proxy"), DIRECT)
def test_an_exception_is_heeded(host: str, no_proxy: str) -> None:
    assert is_excepted(f"http://{host}/v1", no_proxy)


@pytest.mark.parametrize(("host", "no_proxy"), PROXIED)
def test_what_is_no_exception_is_none(host: str, no_proxy: str) -> None:
    assert not is_excepted(f"http://{host}/v1", no_proxy)


def test_the_port_that_a_scheme_implies_is_the_one_that_counts() -> None:
    assert is_excepted("https://llm.example", "llm.example:443")
    assert not is_excepted("https://llm.example", "llm.example:80")


@pytest.mark.parametrize("url", ["http://[", "http://", "", "http://a:b/"])
def test_what_is_no_address_is_no_exception(url: str) -> None:
    assert not is_excepted(url, "*")
