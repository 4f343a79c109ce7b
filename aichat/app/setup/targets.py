"""Endpoints with their key or running engine, cached."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aichat.app.setup.endpoint import connection_options, make_endpoint
from aichat.app.setup.keys import find_key
from aichat.app.setup.setup import Setup
from aichat.core.cli.options import TransportOptions
from aichat.core.config.precedence import value_of
from aichat.core.http.connection import ConnectionOptions
from aichat.core.provider.endpoint import Endpoint, Secret
from aichat.core.provider.engine import Engine
from aichat.disk.paths import cache_dir
from aichat.net.transport.pool import ConnectionPool
from aichat.process.world import World

Tell = Callable[[str], None]


class Targets:
    """Caches endpoints with their keys, or with their engine running.

    ``tell`` gets lines about what takes a while. Connections to them are kept in ``pool``.
    """

    def __init__(self, world: World, tell: Tell = lambda _: None) -> None:
        self._world, self.tell = world, tell
        self.pool = ConnectionPool()
        self._keys: dict[tuple[str, str | None], Secret | None] = {}
        self._ahead: tuple[Setup, str, ConnectionOptions] | None = None  # last connected to
        self._engine: tuple[tuple[Any, ...], Endpoint] | None = None  # one at a time

    def endpoint_for(self, setup: Setup) -> Endpoint:
        """The endpoint of a setup. Errors: ``missing_key``; ``config`` for a missing engine."""
        runs = setup.provider.engine
        if runs is None:
            return make_endpoint(setup, self._key(setup))
        name = (setup.provider.id, setup.model, make_endpoint(setup, None).wire)
        if self._engine is None or self._engine[0] != name:
            self._engine = None
            self._engine = name, self._start_engine(setup, runs)
        return self._engine[1]

    def connect(self, setup: Setup, transport: TransportOptions) -> None:
        """Start connecting for a question, without running a ``key_command``.

        Errors: as in ``endpoint_for``.
        """
        runs = setup.provider.engine or "key_command" in setup.provider_table
        if runs and self._key_name(setup) not in self._keys:
            return
        options = connection_options(setup, transport.timeout, stream=not transport.no_stream)
        url = self.endpoint_for(setup).base_url
        self.pool.open_ahead(url, options)
        self._ahead = None if setup.provider.engine else (setup, url, options)

    def is_ready(self, setup: Setup) -> bool:
        """Whether a question could be sent now: connected, and with a known key."""
        if self._ahead is None or self._ahead[0] is not setup:
            return False
        return self.pool.is_open(*self._ahead[1:])

    def _key(self, setup: Setup) -> Secret | None:
        name = self._key_name(setup)
        if name not in self._keys:
            self._keys[name] = find_key(setup)
        return self._keys[name]

    def _key_name(self, setup: Setup) -> tuple[str, str | None]:
        return setup.provider.id, value_of(setup.target.region)

    def _start_engine(self, setup: Setup, runs: Engine) -> Endpoint:
        from aichat.app.setup import local_engine

        self.tell(_engine_message(setup))
        local = local_engine.LocalSpec(
            setup.model.value,
            setup.folder if setup.model.origin.kind == "profile" else Path(),
            cache_dir(self._world.environ),
            setup.provider_table.get("context"),
        )
        return local_engine.start_engine(
            setup.provider, runs, local, make_endpoint(setup, None).wire
        )


def _engine_message(setup: Setup) -> str:
    if setup.provider_origin.kind == "no_key":
        return (
            f"no API key is set, so a small local model ({setup.model.value}) answers; "
            "for a better one, run: aichat keys set PROVIDER"
        )
    return f"loading {setup.model.value} into llama.cpp"
