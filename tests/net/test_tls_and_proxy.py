"""Certificates of a private authority, and proxies."""

import datetime
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aichat.core.http.call import Call
from aichat.core.http.connection import ConnectionOptions
from aichat.errors import AichatError
from aichat.net import http
from aichat.net.pages.web_page import fetch_page
from tests.support.answering.server import Pause, Reply, Server, SilentReply, chat_stream
from tests.support.running.program import SENTINEL, Program, Result
from tests.support.running.whole_runs import configure_box, hold_forever, stderr_lines

FAR = "api.example.invalid"
GOOD = chat_stream(["Fine."])


# A certificate authority of our own


class Authority(NamedTuple):
    """Files: the authority's certificate, and a server's and a client's, each with its key.

    ``untimely`` are servers' whose certificates are not valid yet, and no more.
    """

    ca: Path
    server: Path
    client: Path
    untimely: tuple[Path, Path]


Key = ec.EllipticCurvePrivateKey


def name_of(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(
    subject: str,
    key: Key,
    issuer: str,
    issuer_key: Key,
    *extensions: x509.ExtensionType,
    days: tuple[int, int] = (-1, 1),
) -> bytes:
    """A certificate in PEM; it is valid between two ``days``, counted from now."""
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(subject))
        .issuer_name(name_of(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
    )
    for extension in extensions:
        critical = isinstance(extension, x509.BasicConstraints)
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def key_bytes(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("ca")
    ca_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = certificate(
        "our CA", ca_key, "our CA", ca_key, x509.BasicConstraints(ca=True, path_length=None)
    )
    names = x509.SubjectAlternativeName(
        [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName(FAR)]
    )

    def signed(name: str, days: tuple[int, int] = (-1, 1)) -> Path:
        made = certificate(name, server_key, "our CA", ca_key, names, days=days)
        path = folder / f"{name}.pem"
        path.write_bytes(key_bytes(server_key) + made)
        return path

    untimely = (signed("early", (10, 20)), signed("late", (-20, -10)))
    (folder / "ca.pem").write_bytes(ca)
    return Authority(folder / "ca.pem", signed("server"), signed("client"), untimely)


def of_server(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def secure(authority: Authority) -> Iterator[Server]:
    """A TLS server whose certificate our authority signed, for 127.0.0.1 and ``FAR``."""
    with Server(default=GOOD, ssl_context=of_server(authority.server)) as server:
        yield server


def test_a_private_authority_is_not_trusted_and_the_error_says_how(
    aichat: Program, secure: Server
) -> None:
    result = aichat.point_groq_at(secure.url).run("ask", "hi")
    assert (result.stdout, result.code, len(stderr_lines(result))) == (b"", 8, 2)
    assert "certificate" in stderr_lines(result)[0]
    assert "ca_bundle" in stderr_lines(result)[1] and "SSL_CERT_FILE" in stderr_lines(result)[1]
    assert secure.requests == []


def test_ca_bundle_in_the_config_makes_it_trusted(
    aichat: Program, secure: Server, authority: Authority
) -> None:
    configure_box(aichat, secure.url, f'ca_bundle = "{authority.ca}"\n')
    result = aichat.invoke("ask", "-p", "box", "hi")
    assert (result.text, result.stderr, result.code) == ("Fine.\n", "", 0)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("begun", [False, True], ids=["silent", "in the body"])
def test_a_connection_is_cut_from_another_thread(
    tls: bool, begun: bool, authority: Authority
) -> None:
    """However long the server would have held it, and before it has said anything too."""
    waits = [b"data: x\n\n", hold_forever()] if begun else [hold_forever()]
    reply = Reply(body=waits) if begun else SilentReply()
    context = of_server(authority.server) if tls else None
    made: list[Callable[[], None]] = []
    link = ConnectionOptions(ca_bundle=str(authority.ca), on_connect=made.append)
    faults: list[str] = []

    def read(url: str) -> None:
        try:
            with http.send(Call("POST", f"{url}/v1", (), (b"{}",)), link) as response:
                list(response.chunks())
        except AichatError as error:
            faults.append(error.fault.kind)

    with Server(reply, ssl_context=context) as server:
        reader = threading.Thread(target=read, args=(server.url,), daemon=True)
        reader.start()
        server.wait_requests(1, 15)
        assert len(made) == 1 + tls  # the socket, and the one that takes its place
        for cut in made:
            cut()
        reader.join(10)
        assert not reader.is_alive() and faults == ["network"]


def test_a_relative_ca_bundle_starts_at_the_configs_folder(
    aichat: Program, secure: Server, authority: Authority
) -> None:
    configure_box(aichat, secure.url, 'ca_bundle = "ca.pem"\n')
    (aichat.config_dir / "ca.pem").write_bytes(authority.ca.read_bytes())
    assert aichat.invoke("ask", "-p", "box", "hi").code == 0


def test_ca_bundle_is_its_own_providers_only(
    aichat: Program, secure: Server, authority: Authority
) -> None:
    configure_box(aichat, "http://127.0.0.1:9", f'ca_bundle = "{authority.ca}"\n')
    assert aichat.point_groq_at(secure.url).invoke("ask", "-p", "groq", "hi").code == 8


def test_ssl_cert_file_makes_it_trusted(
    aichat: Program, secure: Server, authority: Authority
) -> None:
    aichat.point_groq_at(secure.url).environ["SSL_CERT_FILE"] = str(authority.ca)
    assert aichat.invoke("ask", "hi").text == "Fine.\n"


def test_ssl_cert_dir_makes_it_trusted(
    aichat: Program, secure: Server, authority: Authority, tmp_path: Path
) -> None:
    name = x509.load_pem_x509_certificate(authority.ca.read_bytes()).subject
    folder = tmp_path / "certs"
    folder.mkdir()
    (folder / f"{openssl_hash(name):08x}.0").write_bytes(authority.ca.read_bytes())
    aichat.point_groq_at(secure.url).environ["SSL_CERT_DIR"] = str(folder)
    assert aichat.invoke("ask", "hi").text == "Fine.\n"


def openssl_hash(name: x509.Name) -> int:
    """The file name under which OpenSSL looks an authority up: SHA-1 of its canonical name."""
    from hashlib import sha1

    text = name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value.lower().encode()
    attribute = b"\x06\x03\x55\x04\x03" + b"\x0c" + bytes([len(text)]) + text
    sequence = b"\x30" + bytes([len(attribute)]) + attribute
    canonical = b"\x31" + bytes([len(sequence)]) + sequence
    return int.from_bytes(sha1(canonical).digest()[:4], "little")


def test_a_certificate_for_another_name_is_not_trusted(
    aichat: Program, secure: Server, authority: Authority
) -> None:
    configure_box(aichat, f"https://localhost:{secure.port}", f'ca_bundle = "{authority.ca}"\n')
    result = aichat.invoke("ask", "-p", "box", "hi")
    assert result.code == 8 and "localhost" in stderr_lines(result)[0]
    assert secure.requests == []


def test_a_bundle_that_is_not_there_is_a_configuration_fault(
    aichat: Program, secure: Server
) -> None:
    configure_box(aichat, secure.url, 'ca_bundle = "/nowhere/ca.pem"\n')
    result = aichat.invoke("ask", "-p", "box", "hi")
    assert result.code == 3 and "/nowhere/ca.pem" in result.stderr


def test_https_to_a_server_that_speaks_http_says_tls(aichat: Program) -> None:
    with Server(default=GOOD) as plain:
        result = aichat.point_groq_at(f"https://127.0.0.1:{plain.port}").invoke(
            "ask", "hi", "--retries", "0"
        )
    assert result.code == 8 and "TLS" in stderr_lines(result)[0]


def test_the_systems_own_store_can_be_asked_for(
    aichat: Program, secure: Server, authority: Authority
) -> None:
    """``SSL_CERT_FILE`` is where OpenSSL finds the system's store, with truststore or without."""
    configure_box(aichat, secure.url, 'ca_bundle = "system"\n')
    assert aichat.invoke("ask", "-p", "box", "hi", "--retries", "0").code == 8
    aichat.environ["SSL_CERT_FILE"] = str(authority.ca)
    assert aichat.invoke("ask", "-p", "box", "hi").text == "Fine.\n"
    script = (
        "import sys; sys.modules['truststore'] = None\n"
        "from aichat.core.http.connection import ConnectionOptions\nfrom aichat.net import tls\n"
        "print(len(tls.make_context(ConnectionOptions(ca_bundle='system')).get_ca_certs()))"
    )
    command = [sys.executable, "-c", script]
    assert subprocess.check_output(command, env=aichat.environ, text=True) == "1\n"


def test_a_client_certificate_is_shown_and_missed_where_it_is_not_set(
    aichat: Program, authority: Authority
) -> None:
    context = of_server(authority.server)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.ca)
    with Server(default=GOOD, ssl_context=context) as server:
        trusted = f'ca_bundle = "{authority.ca}"\n'
        configure_box(aichat, server.url, trusted)
        result = aichat.invoke("ask", "-p", "box", "hi")
        assert (result.code, len(stderr_lines(result))) == (8, 2)
        assert "client_cert" in stderr_lines(result)[1]
        whole = authority.client.read_text()
        (aichat.config_dir / "whole.pem").write_text(whole)
        key, mark, rest = whole.partition("-----END PRIVATE KEY-----\n")
        (aichat.config_dir / "key.pem").write_text(key + mark)
        (aichat.config_dir / "cert.pem").write_text(rest)
        for given in ('"whole.pem"', '["whole.pem"]', '["cert.pem", "key.pem"]'):
            configure_box(aichat, server.url, f"{trusted}client_cert = {given}\n")
            assert aichat.invoke("ask", "-p", "box", "hi").text == "Fine.\n", given
        configure_box(aichat, server.url, f'{trusted}client_cert = "cert.pem"\n')
        result = aichat.invoke("ask", "-p", "box", "hi")
        assert (
            result.code == 3
            and "cert.pem" in stderr_lines(result)[0]
            and len(stderr_lines(result)) == 2
        )


@pytest.mark.parametrize(
    ("which", "days", "told"),
    [
        (0, 15, "your clock is 15 days behind: correct it"),
        (0, 0, "ca_bundle"),  # the clock is right, so it is the certificate
        (1, -15, "your clock is 15 days ahead: correct it"),
    ],
)
def test_a_clock_that_is_off_is_what_an_untimely_certificate_is_blamed_on(
    which: int, days: int, told: str, aichat: Program, authority: Authority
) -> None:
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    dated = Reply(headers={"date": format_datetime(now, usegmt=True)}, body=[], length=True)
    context = of_server(authority.untimely[which])
    with Server(default=dated, ssl_context=context) as server:
        configure_box(aichat, server.url, f'ca_bundle = "{authority.ca}"\n')
        result = aichat.invoke("ask", "-p", "box", "hi")
        assert result.code == 8 and told in stderr_lines(result)[1]
        assert [(seen.method, seen.body) for seen in server.requests] == [("HEAD", b"")]
        assert "authorization" not in server.requests[0].headers


def test_the_clock_is_asked_through_the_proxy_that_the_request_went_through(
    aichat: Program, authority: Authority
) -> None:
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=15)
    dated = Reply(headers={"date": format_datetime(now, usegmt=True)}, body=[], length=True)
    with Server(default=dated, ssl_context=of_server(authority.untimely[0])) as server:
        proxy = Proxy(server.port)
        configure_box(aichat, f"https://{FAR}", f'ca_bundle = "{authority.ca}"\n')
        environ = {"HTTPS_PROXY": f"http://{proxy.address}"}
        result = aichat.invoke("ask", "-p", "box", "hi", environ=environ)
        proxy.close()
        assert proxy.asked == [f"CONNECT {FAR}:443"] * 2
        assert [(seen.method, seen.path) for seen in server.requests] == [("HEAD", "/")]
    assert result.code == 8 and "your clock is 15 days behind" in result.stderr
    assert FAR in stderr_lines(result)[0] and "127.0.0.1" not in stderr_lines(result)[0]


TRICKLES = {
    "headers": Reply(
        framing="raw",
        body=[b"HTTP/1.1 200 OK\r\nx: ", *[s for _ in range(1200) for s in (Pause(0.05), b"a")]],
    ),
    "nothing": SilentReply(),
    "interim answers": Reply(
        framing="raw",
        body=[s for _ in range(99) for s in (Pause(0.6), b"HTTP/1.1 103 Hints\r\n\r\n")],
    ),
}


@pytest.mark.parametrize("reply", TRICKLES.values(), ids=TRICKLES)
def test_the_question_for_the_clock_has_a_deadline(
    reply: Reply, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_CLOCK_SECONDS", 0.3)
    with Server(default=reply, ssl_context=of_server(authority.untimely[0])) as server:
        began = time.monotonic()
        with (
            pytest.raises(AichatError) as caught,
            http.send(
                Call("POST", server.url, (), (b"{}",)),
                ConnectionOptions(ca_bundle=str(authority.ca)),
            ),
        ):
            pass
        assert time.monotonic() - began < 30
    assert caught.value.fault.kind == "network" and "ca_bundle" in caught.value.fault.hint


# Proxies


class Proxy:
    """A proxy double: everything it is asked for comes from one loopback port."""

    def __init__(self, target: int, refuse: bytes = b"") -> None:
        self._target, self._refuse = target, refuse
        self.heads: list[bytes] = []  # of requests, as they came
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def asked(self) -> list[str]:
        """Method and target of every request."""
        return [" ".join(head.decode().split(" ")[:2]) for head in self.heads]

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += near.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        self.heads.append(head)
        with near, socket.create_connection(("127.0.0.1", self._target)) as far:
            if self._refuse:
                near.sendall(self._refuse)
                return
            if head.startswith(b"CONNECT"):
                near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                far.sendall(head + b"\r\n\r\n" + body)
            back = threading.Thread(target=pour, args=(far, near), daemon=True)
            back.start()
            pour(near, far)
            back.join(10)


def pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def far() -> Iterator[Server]:
    """The server that the proxy reaches, whatever its name."""
    with Server(default=GOOD) as server:
        yield server


@pytest.fixture
def proxy(far: Server) -> Iterator[Proxy]:
    double = Proxy(far.port)
    yield double
    double.close()


def asked_far(
    aichat: Program,
    environ: dict[str, str],
    more: str = "",
    run: Callable[..., Result] | None = None,
) -> Result:
    """Ask a server that only the proxy can reach."""
    configure_box(aichat, f"http://{FAR}", f"allow_http = true\n{more}")
    return (run or aichat.invoke)("ask", "-p", "box", "hi", "--retries", "0", environ=environ)


THROUGH = {
    "HTTP_PROXY": "http://{}",
    "http_proxy": "http://{}",
    "ALL_PROXY": "http://{}",
    "all_proxy": "http://{}",
}


@pytest.mark.parametrize("variable", THROUGH)
def test_a_proxy_of_the_environment_is_used(variable: str, aichat: Program, proxy: Proxy) -> None:
    result = asked_far(aichat, {variable: THROUGH[variable].format(proxy.address)})
    assert (result.text, result.stderr, result.code) == ("Fine.\n", "", 0)
    assert proxy.asked == [f"POST http://{FAR}/v1/chat/completions"]


def test_a_proxy_without_a_scheme_is_an_http_proxy_as_for_curl(
    aichat: Program, proxy: Proxy
) -> None:
    assert asked_far(aichat, {"HTTP_PROXY": proxy.address}).text == "Fine.\n"


def test_the_user_and_password_of_a_proxy_are_sent_to_it(aichat: Program, proxy: Proxy) -> None:
    result = asked_far(aichat, {"HTTP_PROXY": f"http://joe:pa%20ss@{proxy.address}"})
    assert result.code == 0
    assert b"proxy-authorization: basic am9lOnBhIHNz" in proxy.heads[0].replace(
        b"Proxy-Authorization: Basic", b"proxy-authorization: basic"
    )


def test_a_proxy_for_another_scheme_is_not_used(aichat: Program, proxy: Proxy) -> None:
    result = asked_far(aichat, {"HTTPS_PROXY": f"http://{proxy.address}"})
    assert result.code == 8 and proxy.asked == []


@pytest.mark.parametrize(
    "excepted", [FAR, "*", "example.invalid", ".example.invalid", f"x.y, {FAR}"]
)
def test_no_proxy_is_honoured(excepted: str, aichat: Program, proxy: Proxy) -> None:
    result = asked_far(aichat, {"HTTP_PROXY": f"http://{proxy.address}", "NO_PROXY": excepted})
    assert result.code == 8 and "DNS" in result.stderr and proxy.asked == []


def test_the_providers_own_proxy_wins_over_the_environment(aichat: Program, proxy: Proxy) -> None:
    environ = {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "*"}
    result = asked_far(aichat, environ, f'proxy = "http://{proxy.address}"\n')
    assert result.text == "Fine.\n" and len(proxy.asked) == 1


def test_https_goes_through_a_tunnel_that_sees_neither_key_nor_path(
    aichat: Program, secure: Server, authority: Authority
) -> None:
    proxy = Proxy(secure.port)
    aichat.point_groq_at(f"https://{FAR}").environ |= {
        "HTTPS_PROXY": f"http://{proxy.address}",
        "SSL_CERT_FILE": str(authority.ca),
    }
    result = aichat.invoke("ask", "hi")
    proxy.close()
    assert (result.text, result.stderr, result.code) == ("Fine.\n", "", 0)
    assert proxy.asked == [f"CONNECT {FAR}:443"]
    assert SENTINEL.encode() not in proxy.heads[0]
    assert secure.requests[0].headers["authorization"] == f"Bearer {SENTINEL}"


NEED_LOGIN = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses_is_exit_8_and_named(
    scheme: str, aichat: Program, far: Server
) -> None:
    proxy = Proxy(far.port, refuse=NEED_LOGIN)
    configure_box(aichat, f"{scheme}://{FAR}", "allow_http = true\n")
    environ = {f"{scheme.upper()}_PROXY": f"http://{proxy.address}"}
    result = aichat.invoke("ask", "-p", "box", "hi", "--retries", "0", environ=environ)
    proxy.close()
    assert result.code == 8
    assert "proxy" in stderr_lines(result)[0].lower() and "407" in stderr_lines(result)[0]


def test_a_proxy_that_is_not_there_is_exit_8(aichat: Program) -> None:
    result = asked_far(aichat, {"HTTP_PROXY": "http://127.0.0.1:9"})
    assert result.code == 8 and "refused" in stderr_lines(result)[0]
    assert "proxy" in result.stderr


def test_loopback_goes_through_no_proxy_of_the_environment(
    aichat: Program, far: Server, proxy: Proxy
) -> None:
    environ = dict.fromkeys(("HTTP_PROXY", "ALL_PROXY"), f"http://{proxy.address}")
    result = aichat.point_groq_at(far.url).invoke("ask", "hi", environ=environ)
    assert result.text == "Fine.\n" and proxy.asked == []


def test_loopback_goes_through_the_proxy_that_is_set_for_the_provider(
    aichat: Program, proxy: Proxy
) -> None:
    configure_box(aichat, "http://127.0.0.1:9", f'proxy = "http://{proxy.address}"\n')
    assert aichat.invoke("ask", "-p", "box", "hi").text == "Fine.\n"
    assert proxy.asked == ["POST http://127.0.0.1:9/v1/chat/completions"]


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_without_its_package_names_the_extra(
    scheme: str, aichat: Program, tmp_path: Path
) -> None:
    blocker = tmp_path / "blocker"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text("import sys\nsys.modules['socksio'] = None\n")
    path = f"{blocker}:{aichat.environ['PYTHONPATH']}"
    environ = {"ALL_PROXY": f"{scheme}://127.0.0.1:9", "PYTHONPATH": path}
    result = asked_far(aichat, environ, run=aichat.run)
    assert result.code == 3 and len(stderr_lines(result)) == 2
    assert "socks" in stderr_lines(result)[0].lower() and "aichat-shell[socks]" in result.stderr


@pytest.mark.parametrize("proxy_url", ["ftp://127.0.0.1:9", "http://127.0.0.1:port"])
def test_a_proxy_that_is_no_proxy_is_a_configuration_fault(proxy_url: str, aichat: Program) -> None:
    result = asked_far(aichat, {"HTTP_PROXY": proxy_url})
    assert result.code == 3 and "proxy" in stderr_lines(result)[0].lower()


# pages of the web


def test_the_address_that_was_looked_at_is_dialled_for_the_name_that_was_given(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, secure: Server
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    monkeypatch.setattr(socket, "getaddrinfo", only_once(socket.getaddrinfo))
    url = f"https://{FAR}:{secure.port}/a?b=c"
    with pytest.raises(AichatError, match="address of this machine"):
        fetch_page(url)
    assert "Fine." in fetch_page(url, lambda _: True).text
    (seen,) = secure.requests
    assert (seen.headers["host"], seen.path) == (f"{FAR}:{secure.port}", "/a?b=c")


def only_once(real: Callable[..., Any]) -> Callable[..., Any]:
    """The name of the certificate is here; whoever dials it by name again finds nothing."""

    def found(host: str, port: object, *rest: Any, **more: Any) -> Any:
        if host == FAR:
            assert port is None
            return real("127.0.0.1", port)
        return real(host, port, *rest, **more)

    return found


PROXIED = [
    (f"http://{FAR}/a", "Fine."),
    ("http://printer/", "cannot resolve printer"),
    ("http://metadata.google.internal/", "cannot resolve metadata.google.internal"),
    ("http://10.1.2.3/", "address of this machine or its network"),
    ("http://0x7f.1/", "address of this machine or its network"),
]


@pytest.mark.parametrize(("url", "words"), PROXIED, ids=[url for url, _ in PROXIED])
def test_a_page_comes_through_the_proxy_of_the_environment(
    url: str, words: str, monkeypatch: pytest.MonkeyPatch, proxy: Proxy
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{proxy.address}")
    try:
        found = fetch_page(url).text
    except AichatError as error:
        found = error.fault.message
    assert words in found
    assert len(proxy.heads) == (words == "Fine.")


def test_no_proxy_keeps_a_page_from_the_proxy(
    monkeypatch: pytest.MonkeyPatch, proxy: Proxy
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{proxy.address}")
    monkeypatch.setenv("no_proxy", FAR)
    with pytest.raises(AichatError, match="cannot resolve"):
        fetch_page(f"http://{FAR}/a")
    assert not proxy.heads
