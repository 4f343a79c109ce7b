"""``aichat profiles``: the profiles in ``config.toml``.

``path`` and ``edit`` work with a broken config; the others report the fault.
"""

import json
import tomllib
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from aichat.app.models import completion_names
from aichat.app.setup.options import current_project
from aichat.app.setup.origins import effective_values
from aichat.app.setup.registry import Registry, model_names
from aichat.app.setup.setup import Flags, resolve_setup
from aichat.core.cli.argv import JSON_OPTION, Argument, Command
from aichat.core.config.schema import PROFILE, Config
from aichat.disk.config import credentials, toml_file
from aichat.disk.files.atomic import make_private_folder
from aichat.disk.paths import CONFIG_FILE, config_dir
from aichat.errors import AichatError, Fault, config_error, suggestion, usage_error
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple


class ConfigFileOptions(NamedTuple):
    """The options of ``profiles path`` and ``profiles edit``."""

    config_dir: str | None


class ProfileOptions(NamedTuple):
    """The options of commands about one profile."""

    name: str
    config_dir: str | None


class ProfileListOptions(NamedTuple):
    """The options of ``profiles list``."""

    json: bool
    config_dir: str | None


class ProfileShowOptions(NamedTuple):
    """The options of ``profiles show``; ``name`` defaults to the default profile."""

    name: str | None
    json: bool
    config_dir: str | None


class ProfileSetOptions(NamedTuple):
    """The options of ``profiles set``."""

    name: str
    pairs: tuple[str, ...]
    config_dir: str | None


def list_profiles(world: World, options: ProfileListOptions) -> int:
    """List profiles, one per line."""
    config = _load(world, config_dir(world.environ, options.config_dir)).config
    completion_names.update_config(world, config)
    rows = [
        (name, str(p.get("provider", "-")), str(p.get("model", "-")), _default_mark(config, name))
        for name, p in config.profiles.items()
    ]
    head = ("profile", "provider", "model", "default")
    if options.json:
        world.write_json([dict(zip(head, row, strict=True)) for row in rows])
    else:
        world.write_text(
            format_table(head, rows, terminal=world.stdout_tty, columns=world.columns())
        )
    return 0


def _default_mark(config: Config, name: str) -> str:
    return "default" if name == config.default_profile else "-"


def _load(world: World, folder: Path) -> toml_file.LoadedConfig:
    loaded = toml_file.load(folder)
    for warning in credentials.file_warnings(loaded):
        world.say(f"aichat: warning: {warning}")
    return loaded


def _update_completion(world: World, folder: Path) -> None:
    """Update the names for shell completion."""
    with suppress(AichatError, OSError):  # completion is secondary to the change itself
        completion_names.update_config(world, toml_file.load(folder).config)
        completion_names.update_schemas(world, folder)


def show(world: World, options: ProfileShowOptions) -> int:
    """Show all effective values and their origins."""
    folder = config_dir(world.environ, options.config_dir)
    _load(world, folder)
    project = current_project(world)
    setup = resolve_setup(folder, world.environ, Flags(project=project), options.name)
    for notice in project.notices if project else ():
        world.say(f"aichat: {notice}")
    rows = list(effective_values(setup))
    if options.json:
        facts = {name: {"value": value, "from": origin} for name, value, origin in rows}
        world.write_json(facts)
    else:
        shown = [
            (name, value if isinstance(value, str) else json.dumps(value), origin)
            for name, value, origin in rows
        ]
        head, wide = ("setting", "value", "from"), world.columns()
        world.write_text(format_table(head, shown, terminal=world.stdout_tty, columns=wide))
    return 0


def set_values(world: World, options: ProfileSetOptions) -> int:
    """Write settings to a profile, which is created if missing."""
    name, changes = options.name, [_parse_change(pair) for pair in options.pairs]
    folder = config_dir(world.environ, options.config_dir)
    changes = _with_whole_model(world, toml_file.load(folder).config, name, changes)

    def apply(document: Any) -> None:
        profile = _subtable(_subtable(document, "profiles"), name)
        for path, value in changes:
            _set_value(profile, path, value)

    path = toml_file.edit(folder, apply)
    world.say(f"aichat: saved profile {name} to {path}")
    provider = next((value for place, value in changes if place == ["provider"]), None)
    known = Registry(toml_file.load(folder).config)
    if isinstance(provider, str) and provider not in known:
        close = suggestion(provider, known)
        world.say(f"aichat: warning: there is no provider '{provider}'{close}")
    _update_completion(world, folder)
    return 0


def _with_whole_model(
    world: World, config: Config, name: str, changes: list[tuple[list[str], Any]]
) -> list[tuple[list[str], Any]]:
    """The changes with the model's full name, unless the provider is set too.

    Errors: ``usage`` for an unknown model.
    """
    said = {path[0]: value for path, value in changes if len(path) == 1}
    model, provider = said.get("model"), said.get("provider")
    if "provider" not in said:
        provider = config.profiles.get(name, {}).get("provider")
    if not isinstance(model, str) or provider:
        return changes
    names = model_names(config, Registry(config), world.environ)
    meant = names.typed(model)
    return [(path, meant if path == ["model"] else value) for path, value in changes]


def _set_value(table_: Any, path: list[str], value: Any) -> None:
    """Set a value, or remove it if None, creating missing tables."""
    for key in path[:-1]:
        if value is None and key not in table_:
            return
        table_ = _subtable(table_, key)
    if value is None:
        table_.pop(path[-1], None)
    else:
        table_[path[-1]] = value


def _subtable(table_: Any, key: str) -> Any:
    found = table_.setdefault(key, {})
    if not isinstance(found, MutableMapping):
        raise config_error(f"'{key}' is not a table, so it has no keys to set")
    return table_[key]


def _parse_change(pair: str) -> tuple[list[str], Any]:
    """Parse ``KEY=VALUE``: a TOML value or else text; empty removes it. Errors: ``usage``."""
    key, equals, text = pair.partition("=")
    path = key.split(".")
    if not equals or not all(path):
        raise usage_error(f"{pair}: expected KEY=VALUE", "example: temperature=0.2")
    if path[0] not in PROFILE:
        raise usage_error(f"unknown setting '{path[0]}'{suggestion(path[0], PROFILE)}")
    if not text:
        return path, None
    try:
        document = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return path, text
    return path, document["value"] if document.keys() == {"value"} and "\n" not in text else text


def use(world: World, options: ProfileOptions) -> int:
    """Make a profile the default."""
    name, folder = options.name, config_dir(world.environ, options.config_dir)
    _require_profile(world, folder, name)

    def apply(document: Any) -> None:
        document["default_profile"] = name

    path = toml_file.edit(folder, apply)
    world.say(f"aichat: {name} is now the default profile ({path})")
    return 0


def remove(world: World, options: ProfileOptions) -> int:
    """Remove a profile, and its role as the default."""
    name, folder = options.name, config_dir(world.environ, options.config_dir)
    _require_profile(world, folder, name)

    def apply(document: Any) -> None:
        del document["profiles"][name]
        if document.get("default_profile") == name:
            del document["default_profile"]

    path = toml_file.edit(folder, apply)
    world.say(f"aichat: removed profile {name} from {path}")
    _update_completion(world, folder)
    return 0


def _require_profile(world: World, folder: Path, name: str) -> None:
    have = _load(world, folder).config.profiles
    if name not in have:
        raise config_error(f"unknown profile '{name}'{suggestion(name, have)}")


def path(world: World, options: ConfigFileOptions) -> int:
    """Print the config file's path."""
    world.write_text(f"{config_dir(world.environ, options.config_dir) / CONFIG_FILE}\n")
    return 0


def edit(world: World, options: ConfigFileOptions) -> int:
    """Open the config in the editor, then check it."""
    from aichat.app.setup.keys import without_configured_keys
    from aichat.process import editor

    folder = config_dir(world.environ, options.config_dir)
    make_private_folder(folder)
    shown = without_configured_keys(world, options.config_dir)
    code = editor.edit_file(shown, folder / CONFIG_FILE)
    if code:
        raise AichatError(Fault("usage", f"the editor exited with status {code}"))
    completion_names.update_config(world, _load(world, folder).config)
    return 0


_NAME = Argument("name", "The profile.")

COMMAND = Command(
    name="profiles",
    summary="Manage profiles: list, show, set, use, remove, edit.",
    examples=("aichat profiles list", "aichat profiles set work provider=groq temperature=0.2"),
    commands=(
        Command(
            "list",
            "List profiles, one per line.",
            ("aichat profiles list", "aichat profiles list --json"),
            options=(JSON_OPTION,),
            run=list_profiles,
            reads=ProfileListOptions,
        ),
        Command(
            "show",
            "Show every effective value and where it came from.",
            ("aichat profiles show", "aichat profiles show work"),
            options=(JSON_OPTION,),
            arguments=(
                Argument("name", "Profile; defaults to the default profile.", required=False),
            ),
            run=show,
            reads=ProfileShowOptions,
        ),
        Command(
            "set",
            "Change settings of a profile; KEY= removes one.",
            (
                "aichat profiles set work provider=groq temperature=0.2",
                "aichat profiles set work temperature=",
            ),
            arguments=(
                _NAME,
                Argument("pairs", "KEY=VALUE; a TOML value or plain text.", many=True),
            ),
            run=set_values,
            reads=ProfileSetOptions,
        ),
        Command(
            "use",
            "Make a profile the default.",
            ("aichat profiles use work", "aichat profiles use home"),
            arguments=(_NAME,),
            run=use,
            reads=ProfileOptions,
        ),
        Command(
            "remove",
            "Remove a profile.",
            ("aichat profiles remove work", "aichat profiles remove home"),
            arguments=(_NAME,),
            run=remove,
            reads=ProfileOptions,
        ),
        Command(
            "edit",
            "Open the config in $VISUAL or $EDITOR, then check it.",
            ("aichat profiles edit", "EDITOR=nano aichat profiles edit"),
            run=edit,
            reads=ConfigFileOptions,
        ),
        Command(
            "path",
            "Print the config file's path.",
            ("aichat profiles path", 'cat "$(aichat profiles path)"'),
            run=path,
            reads=ConfigFileOptions,
        ),
    ),
)
