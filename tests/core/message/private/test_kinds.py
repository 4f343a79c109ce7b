"""What counts as private, what does not, and that no text makes the search long."""

import time

import pytest

from aichat.core.message.private.kinds import find_private
from tests.support.running.marks import one_test_of

RUN = "a1B2c3D4e5F6g7H8i9J0" * 4
HEX = "0123456789abcdef" * 4

#: What is planted, bare: nothing around it says that it is a secret.
SECRETS = {
    "openai": f"sk-proj-{RUN[:48]}",
    "openai of old": f"sk-{RUN[:48]}",
    "anthropic": f"sk-ant-api03-{RUN[:60]}-AA",
    "openrouter": f"sk-or-v1-{HEX}",
    "groq": f"gsk_{RUN[:52]}",
    "xai": f"xai-{RUN}",
    "perplexity": f"pplx-{RUN[:48]}",
    "google": f"AIza{RUN[:35]}",
    "hugging face": f"hf_{RUN[:34]}",
    "nvidia": f"nvapi-{RUN[:64]}",
    "replicate": f"r8_{RUN[:37]}",
    "aws": "AKIAIOSFODNN7EXAMPLE",
    "aws, for a session": "ASIAIOSFODNN7EXAMPLE",
    "github": f"ghp_{RUN[:36]}",
    "github, an app": f"ghs_{RUN[:36]}",
    "github, fine": f"github_pat_{RUN[:22]}_{RUN[:59]}",
    "gitlab": f"glpat-{RUN[:20]}",
    "slack": "xoxb-123456789012-123456789012-abcdefghijklmnop",
    "slack, an app": "xapp-1-A012345-678901-abcdef0123456789",
    "slack, a hook": "hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnop",
    "stripe": f"sk_live_{RUN[:24]}",
    "stripe, to test": f"sk_test_{RUN[:24]}",
    "stripe, a hook": f"whsec_{RUN[:32]}",
    "sendgrid": f"SG.{RUN[:22]}.{RUN[:43]}",
    "npm": f"npm_{RUN[:36]}",
    "pypi": f"pypi-AgEIcHlwaS5vcmc{RUN}",
    "docker": f"dckr_pat_{RUN[:27]}",
    "shopify": f"shpat_{HEX[:32]}",
    "digital ocean": f"dop_v1_{HEX}",
    "square": f"sq0atp-{RUN[:22]}",
    "linear": f"lin_api_{RUN[:40]}",
    "vault": f"hvs.{RUN[:40]}",
    "google, for an hour": f"ya29.{RUN}",
    "telegram": f"123456789:AA{RUN[:33]}",
    "age": "AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHC",
    "a token": f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{RUN[:43]}",
    "a private key": f"-----BEGIN PRIVATE KEY-----\n{RUN}\n{RUN}\n-----END PRIVATE KEY-----",
    "a private key, cut": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{RUN}\n{RUN}",
}

#: What is a secret for what stands before it.
NAMED = {
    "password = hunter2!": "hunter2!",
    "DB_PASSWORD=correct-Horse9": "correct-Horse9",
    '"api_key": "0a1b2c3d4e5f"': "0a1b2c3d4e5f",
    "client_secret: Zx9-Yw8-Vu7": "Zx9-Yw8-Vu7",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY": (
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    ),
    "AccountKey=aGVsbG8gd29ybGQ=": "aGVsbG8gd29ybGQ=",
    "Authorization: Bearer 0123456789abcdef": "0123456789abcdef",
    "authorization: basic dXNlcjpwYXNzd29yZA==": "dXNlcjpwYXNzd29yZA==",
    "postgres://admin:s3cr3t@db.internal/x": "s3cr3t",
}

EMAILS = (
    *("bob@example.com", "bob.o'neil+tag@mail.example.co.uk", "b@x.io", "BOB@EXAMPLE.COM"),
    *(
        "b\u00f6b@ex\u00e4mple.de",
        "\u7528\u6237@\u4f8b\u5b50.\u516c\u53f8",
        "a@xn--p1b6ci4b.xn--p1ai",
    ),
    *("bob%40example.com", "bob\\u0040example.com", "bob&#64;example.com", "bob@[192.168.0.1]"),
    *('"bob.smith"@example.com', "bob\uff20example.com", "first-last_1@sub-domain.example.museum"),
)

#: The same with what nobody sees in it.
UNSEEN = ("bob\u200b@example.com", "bob@\u00adexample.com")

#: What looks like something private at a glance.
HARMLESS = (
    *("sk-learn is a library", "password: ", "the token is valid", "max_tokens: 4096"),
    *("token = get_token(user)", "api_key: $API_KEY", "secret=<your secret>", "key: value"),
    *("password: changeit", "api_key=settings.api_key", "a @ b", "@decorator", "x@y", "3@4.5"),
    *("https://example.com/a:b@c", "user@localhost", "password=********", "import hashlib"),
)


@one_test_of(*SECRETS.items())
def test_a_secret_is_known_by_its_looks(_name: str, secret: str) -> None:
    for around in ("{}", "it is {}, as I said", '{{"a": "{}"}}', "({})\n", "\u00e9{}\u00e9"):
        found = find_private("secret", around.format(secret))
        assert any(secret in one for one in found), around


@one_test_of(*NAMED.items())
def test_a_secret_is_known_by_what_stands_before_it(text: str, secret: str) -> None:
    assert secret in find_private("secret", text)


@one_test_of(*((address,) for address in (*EMAILS, *UNSEEN)))
def test_an_address_is_found_however_it_is_spelled(address: str) -> None:
    for around in ("{}", "<{}>", "mail to:{}.", "'{}'", "\n{}\n", "({})", "a {}, b"):
        assert [*find_private("email", around.format(address))] == [address], around


@one_test_of(*((text,) for text in HARMLESS))
def test_what_is_harmless_stays(text: str) -> None:
    assert [*find_private("secret", text), *find_private("email", text)] == []


#: Texts that make expressions go back and forth, by the piece that they repeat.
HOSTILE = (
    *("a", "a.", "a@", "a.a@", "@a.", "-", "eyJ", "eyJa-", "eyJ.", "sk-", "xox", '"a', "password"),
    *("password=", "a_", "://", "://a:", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "bearer "),
    *("1:AA", "AKIA", "a%40", "&#64;", "\u00e9@\u00e9."),
)


@pytest.mark.parametrize("kind", ["email", "secret"])
def test_no_text_takes_longer_than_its_length_says(kind: str) -> None:
    def seconds(text: str) -> float:
        before = time.thread_time()
        assert len([*find_private(kind, text)]) >= 0
        return time.thread_time() - before

    for piece in HOSTILE:
        short, long = (piece * (size // len(piece)) for size in (1_000, 4_000))
        least = min(seconds(short) for _ in range(3))
        assert min(seconds(long) for _ in range(3)) < 12 * least + 0.01, piece
