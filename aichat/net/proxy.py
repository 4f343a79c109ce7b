"""Which proxy to use for a URL: the provider's own, the environment's, or the system's."""

import os
import sys

from aichat.core.http.connection import ConnectionOptions, host_of, is_loopback
from aichat.core.http.url import split_url


def proxy_for(url: str, options: ConnectionOptions) -> str | None:
    """The proxy for ``url``: the provider's own, else the environment's; none for loopback."""
    if options.proxy:
        return _with_scheme(options.proxy)
    parts = split_url(url)
    if parts is None or is_loopback(parts.hostname or "") or not _are_there_any():
        return None
    if _is_excepted(url):
        return None
    from urllib.request import getproxies

    proxies = getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    return _with_scheme(found) if found else None


def _are_there_any() -> bool:
    """Whether any proxy is set; looking closer loads a lot."""
    has_settings = sys.platform in ("darwin", "win32")
    return has_settings or any(name.lower().endswith("_proxy") for name in os.environ)


def _is_excepted(url: str) -> bool:
    """Whether a URL bypasses the proxy, by the environment if it sets any, else by the system."""
    from urllib.request import getproxies_environment, proxy_bypass

    environ = getproxies_environment()
    if not environ:
        return bool(proxy_bypass(host_of(url)))
    if not environ.get("no"):
        return False
    from aichat.core.http.no_proxy import is_excepted  # here, since few have exceptions

    return is_excepted(url, environ["no"])


def _with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"
