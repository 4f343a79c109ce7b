"""The key of a setup, and where it comes from."""

from collections.abc import Mapping

from aichat.app.setup.setup import Setup
from aichat.core.config.precedence import value_of
from aichat.core.provider.endpoint import KeyOrigin, Secret
from aichat.disk.config import credentials, toml_file
from aichat.disk.paths import CONFIG_FILE, config_dir
from aichat.errors import AichatError, Fault
from aichat.net.transport import gate
from aichat.process.world import World


def find_key(setup: Setup) -> Secret | None:
    """The provider's key. Errors: ``missing_key`` (exit 3) with the three ways to set one."""
    provider = setup.provider
    if gate.plays_back():  # nothing is sent, so no key is needed
        return placeholder_key(setup)
    try:
        found = credentials.find(provider, setup.provider_table, setup.environ, _stored_keys(setup))
    except AichatError as error:
        origin = key_origin(setup)
        if origin and origin.kind == "command":
            place = f"[providers.{provider.id}] of {setup.folder / CONFIG_FILE}"
            error.fault = error.fault._replace(hint=f"key_command stands in {place}")
        raise
    if found is None and provider.needs_key:
        raise AichatError(_missing_key_fault(setup))
    return found


def missing_key(setup: Setup) -> Fault | None:
    """The fault if there is no key, found out without running anything."""
    needed = setup.provider.needs_key and key_origin(setup) is None
    return _missing_key_fault(setup) if needed else None


def _missing_key_fault(setup: Setup) -> Fault:
    name, variable = (
        setup.provider.id,
        credentials.placeholder(setup.provider, setup.provider_table),
    )
    ways = f"set {variable}, or run: aichat keys set {name}; "
    hint = f"{ways}or set key_command in [providers.{name}]"
    return Fault("missing_key", f"no key for {name}", hint, provider=name)


def key_origin(setup: Setup) -> KeyOrigin | None:
    """Where the key would come from, without running or showing anything; None if there is none."""
    return credentials.key_origin(
        setup.provider, setup.provider_table, setup.environ, _stored_keys(setup)
    )


def _stored_keys(setup: Setup) -> Mapping[str, str]:
    """The stored keys for the setup's region."""
    every = credentials.read(setup.folder)
    return credentials.with_region_key(every, setup.provider, value_of(setup.target.region))


def placeholder_key(setup: Setup) -> Secret | None:
    """A key that is only a variable's name, for a dry run."""
    named = setup.provider.needs_key or setup.provider.engine is not None
    if not named and not credentials.key_variables(setup.provider, setup.provider_table):
        return None
    variable = credentials.placeholder(setup.provider, setup.provider_table)
    return Secret("", KeyOrigin("none", ""), variable)


def without_configured_keys(world: World, given_folder: str | None) -> World:
    """The world without the key variables named in the config, for a program of the user's.

    Such a name need not look like a key's. ``given_folder`` is ``--config-dir``.
    """
    names = toml_file.key_variables(config_dir(world.environ, given_folder))
    return world._replace(environ={n: v for n, v in world.environ.items() if n not in names})
