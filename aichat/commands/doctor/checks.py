"""The doctor's checks of this machine: files, variables, terminal, versions."""

import os
import platform
import shutil
import sqlite3
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from aichat import __version__, providers
from aichat.app.setup import local_engine
from aichat.app.setup.origins import effective_values
from aichat.app.setup.setup import Flags, resolve_setup
from aichat.commands.doctor.finding import Finding
from aichat.core.http.connection import ConnectionOptions, has_host
from aichat.core.text.numbers import count_of
from aichat.core.text.redact import mask_url
from aichat.disk.config import credentials, toml_file
from aichat.disk.history import health
from aichat.disk.paths import CONFIG_FILE, CREDENTIALS_FILE, cache_dir, data_dir
from aichat.net import tls
from aichat.process.installation import install_command
from aichat.process.palette import is_dumb
from aichat.process.stdin import format_size
from aichat.process.world import World
from aichat.term.terminal import colour_system, terminal_size

#: The free space below which to warn.
_MIN_FREE_BYTES = 100_000_000

_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")

#: Optional extras, by module.
_EXTRAS = {
    "local": "xllamacpp",
    "socks": "socksio",
    "keyring": "keyring",
    "live": "websockets",
    "media": "PIL",
    "system": "truststore",
    "voice": "sounddevice",
    "yaml": "yaml",
}


def versions() -> Iterator[Finding]:
    """The versions in use."""
    parts = [f"aichat {__version__}", f"Python {platform.python_version()}"]
    for name in ("httpx", "httpx2"):
        with suppress(PackageNotFoundError):
            parts.append(f"{name} {version(name)}")
    parts += [ssl.OPENSSL_VERSION.rsplit(" ", 3)[0], f"SQLite {sqlite3.sqlite_version}"]
    parts.append(f"{platform.system()} {platform.machine()}")
    yield Finding("versions", "ok", ", ".join(parts))
    have = [name for name, module in _EXTRAS.items() if find_spec(module)]
    yield Finding("extras", "ok", ", ".join(have) or "none")


def config(folder: Path) -> Iterator[Finding]:
    """The configuration file, with all warnings about it."""
    loaded = toml_file.load(folder)
    if not loaded.path.exists():
        yield Finding("config", "ok", f"{loaded.path}: none (optional)")
        return
    profiles = count_of(len(loaded.config.profiles), "profile")
    yield Finding("config", "ok", f"{loaded.path}, {profiles}")
    for warning in loaded.warnings:
        yield Finding("config", "note", warning, "aichat profiles edit")


def settings(folder: Path, environ: Mapping[str, str]) -> Iterator[Finding]:
    """All settings of a question without options, and their origins."""
    setup = resolve_setup(folder, environ, Flags(), None)
    for name, value, origin in effective_values(setup):
        yield Finding(name, "ok", f"{value} ({origin})")


def keys(folder: Path) -> Iterator[Finding]:
    """The file of keys, and its permissions."""
    stored = credentials.read(folder)
    path = folder / CREDENTIALS_FILE
    if not path.exists():
        yield Finding("credentials", "ok", f"{path}: none")
        return
    mode = path.stat().st_mode & 0o777
    names = ", ".join(stored) or "no keys"
    if credentials.exposure_warning(folder):
        said = f"{path} can be read by others (mode {mode:03o})"
        yield Finding("credentials", "fail", said, f"chmod 600 '{path}'", "config")
    yield Finding("credentials", "ok", f"{path}, mode {mode:03o}: {names}")
    known = {*providers.names(), *toml_file.load(folder).config.providers}
    for name in stored:
        if name.partition("-")[0] not in known and name not in known:
            said = f"a key for '{name}', which is not a known provider"
            yield Finding("credentials", "note", said, f"aichat keys remove {name}")


def proxy(environ: Mapping[str, str]) -> Iterator[Finding]:
    """The proxies in the environment, which are never used for loopback."""
    found = {n: v for name in _PROXIES for n in (name, name.lower()) if (v := environ.get(n))}
    if not found:
        yield Finding("proxy", "ok", "none")
    for name, value in found.items():
        shown = _without_password(value)
        if name.upper() == "NO_PROXY":
            yield Finding("proxy", "ok", f"{name}={shown}")
        elif not has_host(value if "://" in value else f"http://{value}"):
            yield Finding(
                "proxy",
                "fail",
                f"{name}={shown} is not a valid address",
                f"unset {name}, or fix it",
                "config",
            )
        elif value.startswith("socks") and not find_spec("socksio"):
            remedy = install_command("socks")
            yield Finding(
                "proxy", "fail", f"{name}={shown} needs the extra 'socks'", remedy, "config"
            )
        else:
            yield Finding("proxy", "ok", f"{name}={shown}")


def _without_password(address: str) -> str:
    """A proxy's URL, possibly without a scheme, without its password."""
    return mask_url(address) if "//" in address else mask_url(f"//{address}")[2:]


def certificates(environ: Mapping[str, str]) -> Iterator[Finding]:
    """The certificate authorities in use."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        path = environ.get(name)
        if path and not Path(path).exists():
            yield Finding(
                "certificates", "fail", f"{name}={path} does not exist", f"unset {name}", "config"
            )
            return
    tls.make_context(ConnectionOptions())
    yield Finding("certificates", "ok", tls.trust_source())


def terminal(world: World) -> Iterator[Finding]:
    """The terminal's abilities, as far as they are known."""
    environ = world.environ
    streams = {"stdin": world.stdin_tty, "stdout": world.stdout_tty, "stderr": world.stderr_tty}
    piped = [name for name, tty in streams.items() if not tty]
    if piped:
        said = f"{', '.join(piped)} {'is' if len(piped) == 1 else 'are'} not a terminal"
        yield Finding("terminal", "ok", f"{said}: answers are plain text there")
    if not world.stdout_tty:
        return
    wide, tall = terminal_size(world)
    term = environ.get("TERM") or "not set"
    colours = "no colours" if world.theme.is_plain else f"{colour_system(environ)} colours"
    yield Finding("terminal", "ok", f"TERM {term}, {wide}x{tall}, {colours}, {world.encoding}")
    if is_dumb(environ):
        yield Finding(
            "terminal",
            "note",
            "TERM says the terminal has no capabilities",
            "export TERM=xterm-256color",
        )
    if world.encoding.lower().replace("-", "") != "utf8":
        said = f"its encoding is {world.encoding}: other characters become ?"
        yield Finding("terminal", "note", said, "export LC_ALL=C.UTF-8")


def store(environ: Mapping[str, str]) -> Iterator[Finding]:
    """The store of conversations: intact, private, writable, with free space."""
    folder = data_dir(environ)
    found = health.check_store(folder)
    if found is None:
        yield Finding("store", "ok", f"{folder}: no conversations yet")
    elif found.wrong:
        remedy = f"save what you can: aichat history export --all; then move {found.path} away"
        yield Finding("store", "fail", f"{found.path} is damaged: {found.wrong}", remedy, "config")
    elif found.newer:
        said = f"{found.path} is from a newer version: chat works, but nothing is stored"
        yield Finding("store", "fail", said, install_command(newer=True), "config")
    else:
        counts = f"{count_of(found.conversations, 'conversation')}, {count_of(found.turns, 'turn')}"
        yield Finding("store", "ok", f"{found.path}, {format_size(found.size)}, {counts}")
    if found and found.mode & 0o077 and os.name == "posix":
        said = f"{found.path} can be read by others (mode {found.mode:03o})"
        yield Finding("store", "fail", said, f"chmod 600 '{found.path}'", "config")
    if found and found.left:
        said = f"{len(found.left)} leftover copies or logs next to it, such as {found.left[0]}"
        yield Finding("store", "note", said, "check them, then delete them")
    yield from _check_room(folder)


def _check_room(folder: Path) -> Iterator[Finding]:
    if not health.is_writable(folder):
        remedy = f"chmod u+rwx '{folder}', or set AICHAT_DATA_DIR"
        yield Finding("store", "fail", f"{folder} cannot be written", remedy, "config")
    place = next((f for f in (folder, *folder.parents) if f.exists()), folder)
    free = shutil.disk_usage(place).free
    if free < _MIN_FREE_BYTES:
        said = f"{format_size(free)} free on its disk"
        yield Finding("store", "fail", said, "free some space, or set AICHAT_DATA_DIR", "output")


def local(environ: Mapping[str, str]) -> Iterator[Finding]:
    """The local model, which is optional, so its absence is not a failure."""
    for name in providers.names():
        runs = providers.load(name).engine
        if runs is None:
            continue
        ready = local_engine.is_ready(runs)
        said = f"{runs.bundled.name} is installed" if ready else "not installed"
        remedy = "" if ready else f"{runs.install}; {runs.bundled.install}"
        yield Finding(name, "ok" if ready else "note", said, remedy)
    cache = cache_dir(environ)
    place = next((f for f in (cache, *cache.parents) if f.exists()), cache)
    if not os.access(place, os.W_OK | os.X_OK):
        said = f"{cache} is not writable: nothing is cached"
        yield Finding("cache", "note", said, f"chmod u+rwx '{place}', or set XDG_CACHE_HOME")


def remedies(folder: Path) -> Mapping[str, str]:
    """The remedies for checks that fail as a whole, by check."""
    return {
        "config": f"aichat profiles edit ({folder / CONFIG_FILE})",
        "credentials": f"fix or remove {folder / CREDENTIALS_FILE}; then: aichat keys set PROVIDER",
        "store": "move the file away (the next question creates a new one), or set AICHAT_DATA_DIR",
        "certificates": "unset SSL_CERT_FILE and SSL_CERT_DIR, or fix what they point to",
    }
