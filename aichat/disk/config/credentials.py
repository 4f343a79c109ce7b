"""API keys: where they come from, and the one file that stores them (0600)."""

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aichat.core.config.schema import Config
from aichat.core.provider.endpoint import KeyOrigin, Secret, env_variable
from aichat.core.provider.provider import Provider
from aichat.disk.config.toml_file import LoadedConfig
from aichat.disk.files.atomic import write_whole
from aichat.disk.files.lock import lock_changes
from aichat.disk.paths import CREDENTIALS_FILE
from aichat.errors import AichatError, config_error, usage_error

#: How long a ``key_command`` may take: long enough to unlock a password store.
COMMAND_SECONDS = 30.0


def read(folder: Path) -> dict[str, str]:
    """The stored keys by provider id. Errors: ``config`` (exit 3)."""
    path = folder / CREDENTIALS_FILE
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise config_error(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise config_error(f"{path} is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        # tomllib's message may quote one character, but never the value
        raise config_error(f"{path}: {error}") from None
    except (ValueError, RecursionError):
        raise config_error(f"{path} is not valid TOML") from None
    keys = document.get("keys", {})
    if not isinstance(keys, dict) or not all(isinstance(v, str) for v in keys.values()):
        raise config_error(f"{path}: values in [keys] must be strings")
    return keys


def change(folder: Path, changed: Callable[[dict[str, str]], Mapping[str, str]]) -> None:
    """Change the stored keys, while no other process does.

    The file is 0600 from its first byte on. Errors: ``config``, ``output``.
    """
    import tomli_w

    with lock_changes(folder):
        before = read(folder)
        after = changed(before)
        if after is not before:
            document = tomli_w.dumps({"keys": dict(sorted(after.items()))})
            write_whole(folder / CREDENTIALS_FILE, document.encode(), private=True)


def exposure_warning(folder: Path) -> str | None:
    """A warning if others can read the file, else None."""
    path = folder / CREDENTIALS_FILE
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        return None
    if os.name != "posix" or not mode & 0o077:
        return None
    return f"{path} can be read by others (mode {mode:03o}); run: chmod 600 '{path}'"


def file_warnings(loaded: LoadedConfig) -> tuple[str, ...]:
    """Warnings about the config, and about keys that others can read."""
    exposed = exposure_warning(loaded.path.parent)
    return (*loaded.warnings, exposed) if exposed else loaded.warnings


def with_region_key(
    stored: Mapping[str, str], provider: Provider, region: str | None
) -> Mapping[str, str]:
    """The stored keys, with a region's own (``qwen-intl``) in place of its provider's."""
    own = stored.get(f"{provider.id}-{region}")
    return {**stored, provider.id: own} if own else stored


def key_variables(provider: Provider, table: Mapping[str, Any]) -> tuple[str, ...]:
    """The environment variables that may hold the key, the configured one first."""
    own = (table["key_env"],) if "key_env" in table else ()
    return own + tuple(name for name in provider.key_variables if name not in own)


def key_origin(
    provider: Provider,
    table: Mapping[str, Any],
    environ: Mapping[str, str],
    stored: Mapping[str, str],
) -> KeyOrigin | None:
    """Where the key would come from, without running or showing anything; None if there is none."""
    if variable := set_variable(provider, table, environ):
        return KeyOrigin("variable", f"${variable}")
    if "key_command" in table:
        return KeyOrigin("command", "key_command")
    if table.get("keyring"):
        return KeyOrigin("keyring", "keyring")
    return KeyOrigin("file", CREDENTIALS_FILE) if stored.get(provider.id) else None


def set_variable(
    provider: Provider, table: Mapping[str, Any], environ: Mapping[str, str]
) -> str | None:
    """The variable that holds the key, if one does."""
    return next((name for name in key_variables(provider, table) if environ.get(name)), None)


def configured_origin(
    provider: Provider, config: Config, environ: Mapping[str, str], stored: Mapping[str, str]
) -> KeyOrigin | None:
    """The same for the region in the config, which is the default."""
    table = config.providers.get(provider.id, {})
    return key_origin(
        provider, table, environ, with_region_key(stored, provider, table.get("region"))
    )


def find(
    provider: Provider,
    table: Mapping[str, Any],
    environ: Mapping[str, str],
    stored: Mapping[str, str],
) -> Secret | None:
    """The key: environment, then ``key_command``, then the keyring, then the credentials file.

    Errors: ``config`` if the command or keyring fails, or the key does not fit into a header.
    """
    found = key_origin(provider, table, environ, stored)
    value: str | None
    if found is None:
        return None
    if found.kind == "command":
        try:
            value = key_from_command(table["key_command"])
        except AichatError as error:
            raise config_error(f"{provider.id}: {error.fault.message}") from None
    elif found.kind == "keyring":
        value = _key_from_keyring(provider, optional=table["keyring"] == "optional")
        if value is None:
            return find(provider, {**table, "keyring": False}, environ, stored)
    elif variable := set_variable(provider, table, environ):
        value = environ[variable]
    else:
        value = stored[provider.id]
    validate(value, f"the key for {provider.id} ({found.label})")
    return Secret(value, found, placeholder(provider, table))


def _key_from_keyring(provider: Provider, *, optional: bool) -> str | None:
    """The key in the keyring; with ``optional`` a lack or a failure is None, else an error."""
    from aichat.disk.config import keyring

    try:
        found = keyring.read(provider.id)
    except AichatError:
        if optional:
            return None
        raise
    if found is None and not optional:
        raise config_error(
            f"the keyring has no key for {provider.id}", f"run: aichat keys set {provider.id}"
        )
    return found


def placeholder(provider: Provider, table: Mapping[str, Any]) -> str:
    """The variable shown in place of the key."""
    named = key_variables(provider, table)
    return named[0] if named else env_variable(provider.id, "API_KEY")


def validate(value: str, what: str) -> None:
    """Check that a key fits into a header; its value is never shown. Errors: ``config``."""
    for place, char in enumerate(value, 1):
        if not "!" <= char <= "~":
            kind = "a space or line break" if char.isspace() else "a character that is not ASCII"
            kind = (
                "a control character"
                if char.isprintable() is False and not char.isspace()
                else kind
            )
            raise config_error(f"{what} has {kind} at position {place}")


def key_from_command(command: str | Sequence[str]) -> str:
    """The one line that ``command`` prints, without its newline. Never a shell.

    Its stderr is the terminal's, since a password store may prompt there. Errors: ``config``.
    """
    import shlex
    import subprocess

    from aichat.process.programs.environment import (
        store_environment,  # here, since few have a command
    )

    try:
        argv = shlex.split(command) if isinstance(command, str) else list(command)
    except ValueError as error:
        raise config_error(f"key_command cannot run: {error}") from None
    name = f"key_command '{argv[0] if argv else ''}'"
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,  # ours may contain the prompt
            stdout=subprocess.PIPE,
            env=store_environment(os.environ),
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise config_error(f"{name} printed no key within {COMMAND_SECONDS:.0f} s") from None
    except (OSError, ValueError, IndexError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise config_error(f"{name} cannot run: {why}") from None
    if done.returncode:
        raise config_error(f"{name} failed with exit status {done.returncode}")
    return _single_line(done.stdout, name)


def _single_line(output: bytes, name: str) -> str:
    line = output.removesuffix(b"\n").removesuffix(b"\r")
    if not line or b"\n" in line or b"\r" in line:
        raise config_error(f"{name} must print the key and nothing else, on one line")
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise config_error(f"{name} printed something that is not UTF-8") from None


def parse_env_file(text: str, known: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """``(keys by provider id, unknown names)`` in the text of a ``.env`` file.

    ``known`` maps variables to provider ids. ``export``, quotes and comments
    are understood; nothing is expanded.
    """
    keys: dict[str, str] = {}
    unknown: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        name, value = _parse_assignment(line, number)
        if name in known:
            keys.setdefault(known[name], value)
        elif name:
            unknown.append(name)
    return {provider: value for provider, value in keys.items() if value}, unknown


def _parse_assignment(line: str, number: int) -> tuple[str, str]:
    words = line.strip().split(None, 1)
    line = words[1] if words[:1] == ["export"] and len(words) > 1 else line.strip()
    if not line or line.startswith("#"):
        return "", ""
    name, equals, value = line.partition("=")
    if not equals:
        raise usage_error(f"line {number} is not NAME=value")
    value = value.strip()
    if value[:1] in ("'", '"') and value.count(value[0]) > 1:
        return name.strip(), value[1 : value.index(value[0], 1)]
    return name.strip(), value.partition(" #")[0].strip()
