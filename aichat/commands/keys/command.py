"""``aichat keys``: the origins of keys, and the file that holds some of them.

It works with a broken config too, since it is the remedy for a missing key.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aichat.app.setup.registry import Registry
from aichat.app.setup.setup import provider_target
from aichat.core.cli.argv import JSON_OPTION, Argument, Command, Option
from aichat.core.config.schema import Config
from aichat.core.provider.provider import Provider
from aichat.core.text.cells import text_width
from aichat.core.text.numbers import count_of
from aichat.core.text.redact import last_four, mask_url
from aichat.disk.config import credentials, keyring, toml_file
from aichat.disk.paths import config_dir, expand_path
from aichat.errors import AichatError, config_error, suggestion, usage_error
from aichat.process import stdin
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple

_HEAD = ("provider", "key", "from", "variables", "base_url", "wire", "default_model")


class KeyOptions(NamedTuple):
    """The options of ``keys set`` and ``keys remove``."""

    provider: str
    config_dir: str | None


class KeyListOptions(NamedTuple):
    """The options of ``keys list``."""

    json: bool
    config_dir: str | None


class KeyImportOptions(NamedTuple):
    """The options of ``keys import``."""

    file: str
    force: bool
    config_dir: str | None


def _open(world: World, given_folder: str | None) -> tuple[Path, Config, dict[str, Provider]]:
    """The folder, the config (empty if broken), and the providers."""
    folder = config_dir(world.environ, given_folder)
    try:
        config = toml_file.load(folder).config
        known = dict(Registry(config))
    except AichatError as error:
        world.say(f"aichat: warning: {error.fault.message}")
        config = Config()
        known = dict(Registry(config))
    if warning := credentials.exposure_warning(folder):
        world.say(f"aichat: warning: {warning}")
    return folder, config, known


def _find_provider(name: str, known: Mapping[str, Provider]) -> Provider:
    if name not in known:
        raise config_error(f"unknown provider '{name}'{suggestion(name, known)}")
    return known[name]


def _regional_provider(entry: str, known: Mapping[str, Provider]) -> Provider | None:
    """The provider of an entry such as ``qwen-intl``, whose key is for that region only."""
    provider, _, region = entry.partition("-")
    found = known.get(provider)
    return found if found and region in found.regions else None


def set_key(world: World, options: KeyOptions) -> int:
    """Store one key, typed without echo or piped in."""
    folder, config, known = _open(world, options.config_dir)
    entry = options.provider
    provider = _regional_provider(entry, known) or _find_provider(entry, known)
    value = _read_key(world, provider)
    from aichat.app.calls.new_key import store_key  # it loads the net, unlike other commands

    own = config.providers.get(provider.id, {})
    ringed = bool(own.get("keyring")) and entry == provider.id
    world.say(f"aichat: {store_key(folder, entry, value, in_keyring=ringed)}")
    rest = {k: v for k, v in own.items() if k != "keyring" or not ringed}
    if above := credentials.key_origin(provider, rest, world.environ, {}):
        world.say(f"aichat: note: {above.label} is set and takes precedence")
    return 0


def _read_key(world: World, provider: Provider) -> str:
    if world.stdin_tty:
        from getpass import getpass

        try:
            value = getpass(f"Key for {provider.name} (not shown): ").strip()
        except EOFError:
            value = ""
    else:
        value = stdin.read(world, 100_000).removesuffix("\r")
    if not value:
        raise usage_error("no key given; nothing was changed")
    return value


def list_keys(world: World, options: KeyListOptions) -> int:
    """List all providers, with the origin of each key."""
    folder, config, known = _open(world, options.config_dir)
    stored = credentials.read(folder)
    rows = [_row(provider, config, world.environ, stored) for provider in known.values()]
    if options.json:
        world.write_json([dict(zip(_HEAD, row, strict=True)) for row in rows])
    else:
        world.write_text(_keys_table(rows, world.columns() if world.stdout_tty else 0))
    return 0


def _keys_table(rows: Sequence[Sequence[str]], width: int) -> str:
    """The table; with only the columns about keys if it does not fit in ``width``."""
    whole = format_table(_HEAD, rows, terminal=width > 0)
    if not width or max(map(text_width, whole.splitlines())) <= width:
        return whole
    return format_table(_HEAD[:4], [row[:4] for row in rows], terminal=True, columns=width)


def _row(
    provider: Provider, config: Config, environ: Mapping[str, str], stored: Mapping[str, str]
) -> tuple[str, ...]:
    own = config.providers.get(provider.id, {})
    region = own.get("region", "")
    found = credentials.configured_origin(provider, config, environ, stored)
    there = credentials.with_region_key(stored, provider, region)
    address, wire = _address_in_force(provider, config, environ)
    value = ""
    if found and found.kind == "file":
        value = there[provider.id]
    elif variable := credentials.set_variable(provider, own, environ):
        value = environ[variable]
    return (
        provider.id,
        last_four(value) if value else ("?" if found else "-"),
        found.label if found else ("-" if provider.needs_key else "needs none"),
        " ".join(credentials.key_variables(provider, own)) or "-",
        mask_url(address),
        wire,
        provider.default_model or "-",
    )


def _address_in_force(
    provider: Provider, config: Config, environ: Mapping[str, str]
) -> tuple[str, str]:
    """The URL and wire in use for a provider."""
    try:
        target = provider_target(provider, config, environ)
    except AichatError:  # an unknown region, which other commands report
        return provider.base_url, provider.wires[0]
    return target.base_url.value, target.wire.value


def remove_key(world: World, options: KeyOptions) -> int:
    """Remove a stored key."""
    folder, config, _ = _open(world, options.config_dir)
    stored = credentials.read(folder)
    name = options.provider
    ringed = config.providers.get(name, {}).get("keyring") and keyring.remove(name)
    if name not in stored:
        if ringed:
            world.say(f"aichat: removed the key for {name} from the keyring")
            return 0
        raise usage_error(f"no stored key for '{name}'{suggestion(name, stored)}")
    credentials.change(folder, lambda there: {k: v for k, v in there.items() if k != name})
    world.say(f"aichat: removed the key for {name}")
    return 0


def import_keys(world: World, options: KeyImportOptions) -> int:
    """Import keys with known names from a ``.env`` file."""
    from aichat.app.question.attachments import read_text  # the other commands read no text

    folder, config, known = _open(world, options.config_dir)
    path = expand_path(options.file)
    text = read_text(path)
    names = {
        variable: name
        for name, provider in known.items()
        for variable in credentials.key_variables(provider, config.providers.get(name, {}))
    }
    found, unknown = credentials.parse_env_file(text, names)
    for name, value in found.items():
        credentials.validate(value, f"the key for {name} in {path}")
    new: dict[str, str] = {}

    def add(stored: dict[str, str]) -> Mapping[str, str]:
        new.update({n: v for n, v in found.items() if options.force or n not in stored})
        return {**stored, **new} if new else stored

    if found:
        credentials.change(folder, add)
    kept = sorted(found.keys() - new.keys())
    world.say(f"aichat: imported: {', '.join(sorted(new)) or 'nothing'}")
    if kept:
        world.say(f"aichat: already stored, not replaced (use --force): {', '.join(kept)}")
    if unknown:
        world.say(f"aichat: {count_of(len(unknown), 'other name')} ignored")
    return 0


_PROVIDER = (Argument("provider", "Provider id, e.g. groq."),)

COMMAND = Command(
    name="keys",
    summary="Set, list, remove and import API keys.",
    examples=("aichat keys list", "aichat keys set groq"),
    commands=(
        Command(
            "set",
            "Store a key, from a hidden prompt or stdin.",
            ("aichat keys set groq", "pass show groq | aichat keys set groq"),
            arguments=_PROVIDER,
            run=set_key,
            reads=KeyOptions,
        ),
        Command(
            "list",
            "List providers: last characters of the key, its source, defaults.",
            ("aichat keys list", "aichat keys list --json"),
            options=(JSON_OPTION,),
            run=list_keys,
            reads=KeyListOptions,
        ),
        Command(
            "remove",
            "Remove a stored key.",
            ("aichat keys remove groq", "aichat keys remove box"),
            arguments=_PROVIDER,
            run=remove_key,
            reads=KeyOptions,
        ),
        Command(
            "import",
            "Import known names from a .env file; stored keys are kept.",
            ("aichat keys import .env", "aichat keys import .env --force"),
            options=(Option(("--force",), "Replace stored keys.", bool),),
            arguments=(Argument("file", "The .env file."),),
            run=import_keys,
            reads=KeyImportOptions,
        ),
    ),
)
