"""TLS: who is trusted, our own certificate, and whether a refusal is due to a wrong clock."""

import contextlib
import os
import ssl
import sys
from collections.abc import Callable

from aichat.core.http.connection import ConnectionOptions
from aichat.errors import config_error

#: The value of ``ca_bundle`` for the operating system's own store.
SYSTEM_STORE = "system"

#: OpenSSL's codes for a certificate that is not yet valid, or has expired.
_VALIDITY_CODES = (9, 10)

#: From how many seconds on a wrong clock is mentioned.
DAY_SECONDS = 86_400.0


def make_context(options: ConnectionOptions) -> ssl.SSLContext:
    """A context: the user's bundle or store, else OpenSSL's variables, else the system's folder.

    The system's hashed folder is read on demand, while a bundle of all authorities
    takes half as long as importing httpx: httpx's own is the last resort.
    Errors: ``config`` if certificates, or the client's own, cannot be read.
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
        from aichat.net.httpx_library import httpx  # mostly on macOS and Windows

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
    """Where the trusted authorities come from unless a provider's table says otherwise."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if os.environ.get(name):
            return f"{name}={os.environ[name]}"
    return _hashed_folder() or "the bundle that comes with httpx"


def _error_text(error: OSError) -> str:
    return (error.strerror if not isinstance(error, ssl.SSLError) else None) or str(error)


def _system_context() -> ssl.SSLContext:
    """A context with the operating system's store; OpenSSL cannot read that of macOS."""
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
    """Load the client's certificate: one file with certificate and key, or one for each."""
    try:
        # otherwise OpenSSL would ask for a password on the terminal
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
    """What to do about a refused certificate; ``now`` is by our clock, in seconds since 1970.

    ``read_date`` asks for the server's time, if the certificate was refused for its dates.
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
    """A context that trusts anyone, only for asking a server's time."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made


def has_news(connection: ssl.SSLSocket, is_readable: bool) -> bool:
    """Whether a TLS connection has unexpected data, or was closed."""
    if not is_readable:
        return connection.pending() > 0
    try:
        connection.setblocking(False)
        connection.read(1)  # the read absorbs a session ticket, which does not count
    except ssl.SSLWantReadError:
        return False
    except (OSError, ValueError):
        pass
    return True


def is_unfinished(error: Exception) -> bool:
    """Whether a read without waiting only found that nothing has come yet."""
    return isinstance(error, ssl.SSLWantReadError)


def clock_offset(date: str, now: float, least: float = DAY_SECONDS) -> str:
    """How far off our clock is, by a ``Date`` header: ``3 days behind``.

    Empty below ``least`` seconds.
    """
    from aichat.core.text.dates import parse_http_date  # for wrong clocks only

    told = parse_http_date(date)
    if told is None or abs(seconds := told - now) < least:
        return ""
    units = ((DAY_SECONDS, "day"), (3600.0, "hour"), (60.0, "minute"))
    size, name = next((u for u in units if abs(seconds) >= u[0]), (1.0, "second"))
    count = round(abs(seconds) / size)
    from aichat.core.text.numbers import count_of

    return f"{count_of(count, name)} {'behind' if seconds > 0 else 'ahead'}"
