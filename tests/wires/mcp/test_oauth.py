"""What servers say of logins, read with care; RFC 9728, 8414, 6750."""

import pytest

from aichat.wires.mcp.oauth import (
    Challenge,
    OAuthClient,
    OAuthRefusal,
    Tokens,
    issuer_metadata_urls,
    parse_challenge,
    read_registration,
    read_resource,
    read_tokens,
    refresh_call,
    resource_metadata_urls,
)

CHALLENGES = {
    'Bearer resource_metadata="https://a/m", scope="r w"': Challenge("https://a/m", "r w"),
    'Basic realm="x", Bearer error=invalid_token': Challenge(error="invalid_token"),
    "bearer": Challenge(),
    'Basic realm="Bearer of news"': Challenge(),
    "": Challenge(),
}


@pytest.mark.parametrize(("header", "found"), CHALLENGES.items())
def test_a_challenge_says_what_is_wanted(header: str, found: Challenge) -> None:
    assert parse_challenge(header) == found


def test_metadata_are_looked_for_where_they_have_to_be() -> None:
    place = "https://a.org/.well-known"
    name = f"{place}/oauth-protected-resource"
    assert [*resource_metadata_urls("https://a.org/mcp", Challenge())] == [f"{name}/mcp", name]
    assert [*resource_metadata_urls("https://a.org", Challenge())] == [name]
    assert [*resource_metadata_urls("https://a.org/mcp", Challenge("https://b/"))] == ["https://b/"]
    assert [*issuer_metadata_urls("https://a.org")] == [
        f"{place}/oauth-authorization-server",
        f"{place}/openid-configuration",
    ]
    assert [*issuer_metadata_urls("https://a.org/one")] == [
        f"{place}/oauth-authorization-server/one",
        f"{place}/openid-configuration/one",
        "https://a.org/one/.well-known/openid-configuration",
    ]


@pytest.mark.parametrize(
    ("resource", "is_ours"),
    [
        ("https://a.org/mcp", True),
        ("https://a.org/mcp/", True),
        ("https://a.org", True),
        ("https://a.org/mc", False),
        ("http://a.org/mcp", False),
        ("https://a.org:444/mcp", False),
        ("https://a.org.evil/mcp", False),
        ("", False),
    ],
)
def test_a_resource_is_the_server_or_what_it_lies_in(resource: str, *, is_ours: bool) -> None:
    document = {"resource": resource, "authorization_servers": ["https://b.org"]}
    if is_ours:
        assert read_resource("https://a.org/mcp", document).issuers == ("https://b.org",)
        return
    with pytest.raises(OAuthRefusal):
        read_resource("https://a.org/mcp", document)


BAD_TOKENS = (
    {},
    {"access_token": 7},
    {"access_token": "a b"},
    {"access_token": "a\r\nX: y"},
    {"access_token": "a", "token_type": "mac"},
    {"access_token": "a" * 20_000},
)


@pytest.mark.parametrize("document", BAD_TOKENS)
def test_a_token_that_no_header_takes_is_none(document: dict[str, object]) -> None:
    with pytest.raises(OAuthRefusal):
        read_tokens(document)


@pytest.mark.parametrize("seconds", [None, "60", True, -1, float("inf")])
def test_a_time_that_is_none_is_unknown(seconds: object) -> None:
    document = {"access_token": "a", "token_type": "bearer", "expires_in": seconds}
    assert read_tokens(document) == Tokens("a")


def test_a_secret_goes_where_the_issuer_wants_it() -> None:
    basic, post = (
        refresh_call("https://b/t", OAuthClient("i:d", "s&", f"client_secret_{method}"), "r", "u")
        for method in ("basic", "post")
    )
    headers = {header.name: header.value for header in basic.headers}
    assert headers["Authorization"] == "Basic aSUzQWQ6cyUyNg=="
    assert b"secret" not in basic.body[0]  # type: ignore[index]
    assert b"client_id=i%3Ad&client_secret=s%26" in post.body[0]  # type: ignore[index]


def test_a_registration_without_a_name_is_told() -> None:
    with pytest.raises(OAuthRefusal, match="invalid_redirect_uri"):
        read_registration({"error": "invalid_redirect_uri"})
