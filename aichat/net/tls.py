"""Who is trusted, who we say that we are, and what a refused certificate has to do with a clock."""

import contextlib
import os
import ssl
import sys
from collections.abc import Callable

from aichat.core.http.connection import ConnectionOptions
from aichat.errors import config_error

#: The value of ``ca_bundle`` that stands for the operating system's own store.
SYSTEM_STORE = "system"

#: OpenSSL's codes of a certificate that is not valid yet, or no more.
_VALIDITY_CODES = (9, 10)

#: How far off a clock is before we speak of it, in seconds.
DAY_SECONDS = 86_400.0


def make_context(options: ConnectionOptions) -> ssl.SSLContext:
    """One context: the user's bundle or store, else OpenSSL's variables, else the system's folder.

    The system's hashed folder is read as it is needed, where a bundle of all
    authorities costs half an import of httpx: its own is the last resort.
    Errors: ``config`` where certificates or the client's own cannot be read.
    """
    made = (
        _system_context()
        if options.ca_bundle == SYSTEM_STORE
        else _bundle_context(options.ca_bundle)
    )
    if options.client_cert:
        _load_client_cert(made, options.client_cert)
    return made


def _bundle_context(bundle: str | None) -> ssl.SSLContext:
    bundle = bundle or os.environ.get("SSL_CERT_FILE")
    folder = None if bundle else os.environ.get("SSL_CERT_DIR") or _hashed_folder()
    if not bundle and not folder:
        from aichat.net.library import httpx  # macOS and Windows mostly

        return httpx.create_ssl_context()
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        made.load_verify_locations(bundle, folder)
    except (OSError, ssl.SSLError) as error:
        raise config_error(
            f"cannot read the certificates in {bundle or folder}: {_error_text(error)}"
        ) from None
    return made


def trust_source() -> str:
    """Where the authorities come from unless a provider's table says otherwise."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if os.environ.get(name):
            return f"{name}={os.environ[name]}"
    return _hashed_folder() or "the bundle that comes with httpx"


def _error_text(error: OSError) -> str:
    return (error.strerror if not isinstance(error, ssl.SSLError) else None) or str(error)


def _system_context() -> ssl.SSLContext:
    """The operating system's store; OpenSSL reads all but that of macOS."""
    try:
        import truststore
    except ImportError:
        if sys.platform == "darwin":
            from aichat.process.installation import install_command

            raise config_error(
                "ca_bundle = \"system\" needs the extra 'system'",
                install_command("system"),
            ) from None
        return ssl.create_default_context()
    made: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return made


def _load_client_cert(made: ssl.SSLContext, files: tuple[str, ...]) -> None:
    """Show the server who we are: one file of certificate and key, or a file of each."""
    try:
        # without a password OpenSSL would ask for one on the terminal
        made.load_cert_chain(files[0], files[1] if files[1:] else None, lambda: "")
    except (OSError, ssl.SSLError, ValueError) as error:
        why = _error_text(error) if isinstance(error, OSError) else error
        raise config_error(
            f"cannot read the client certificate in {' and '.join(files)}: {why}",
            "client_cert in [providers.ID] must name PEM files with an unencrypted key",
        ) from None


def _hashed_folder() -> str | None:
    folder = ssl.get_default_verify_paths().capath
    if folder is None:
        return None
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        if any(entry.name.endswith(".0") for entry in entries):
            return folder
    return None


def hint(error: ssl.SSLError, read_date: Callable[[], str], now: float) -> str:
    """What to do about a refused certificate; ``now`` is our clock's, in seconds since 1970.

    ``read_date`` asks the server for its own, where the certificate is refused for its dates.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _VALIDITY_CODES and (off := clock_offset(read_date(), now)):
            return f"your clock is {off}: correct it"
        return (
            "for a private CA, set ca_bundle in [providers.ID] (a file, or 'system'), "
            "or SSL_CERT_FILE"
        )
    if "CERTIFICATE_REQUIRED" in str(error) or "HANDSHAKE_FAILURE" in str(error):
        return "if it asks for a client certificate, set client_cert in [providers.ID]"
    return ""


def unchecked_context() -> ssl.SSLContext:
    """One that trusts anybody: for a server's clock, and for nothing that is sent or believed."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made


def has_news(connection: ssl.SSLSocket, is_readable: bool) -> bool:
    """Whether a TLS connection has data that nobody asked for, or its end."""
    if not is_readable:
        return connection.pending() > 0
    try:
        connection.setblocking(False)
        connection.read(1)  # a ticket for the next session is no news, but the read takes it in
    except ssl.SSLWantReadError:
        return False
    except (OSError, ValueError):
        pass
    return True


def is_unfinished(error: Exception) -> bool:
    """Whether a read without waiting only found that nothing has come yet."""
    return isinstance(error, ssl.SSLWantReadError)


def clock_offset(date: str, now: float, least: float = DAY_SECONDS) -> str:
    """``3 days behind`` by a ``Date`` header; empty where it is less than ``least`` seconds."""
    from aichat.core.text.dates import parse_http_date  # of no use where the clock is right

    told = parse_http_date(date)
    if told is None or abs(seconds := told - now) < least:
        return ""
    units = ((DAY_SECONDS, "day"), (3600.0, "hour"), (60.0, "minute"))
    size, name = next((u for u in units if abs(seconds) >= u[0]), (1.0, "second"))
    count = round(abs(seconds) / size)
    from aichat.core.text.numbers import count_of

    return f"{count_of(count, name)} {'behind' if seconds > 0 else 'ahead'}"
