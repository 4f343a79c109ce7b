"""Who answers where the one that was asked cannot: the profile's ``fallback``."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from aichat.app.exchange.turn import Attempt, FallbackAttempts, make_attempt
from aichat.app.question.prepare import PreparedQuestion, retarget, setup_from_options
from aichat.app.setup.registry import parse_target
from aichat.app.setup.targets import Targets
from aichat.errors import AichatError, config_error
from aichat.process.world import World

Tell = Callable[[str], object]

#: What was typed for one provider and means nothing to another, or is none of its business.
_PROVIDER_OPTIONS: Mapping[str, Any] = {"wire": None, "region": None, "header": (), "option": ()}


class Fallback(NamedTuple):
    """What another endpoint is found and asked with."""

    world: World
    values: Mapping[str, Any]
    targets: Targets

    def attempts_for(self, prepared: PreparedQuestion) -> FallbackAttempts:
        """The endpoints for a question. Errors: ``config``, while nothing has failed yet."""
        setup = prepared.setup
        for name in setup.value("fallback"):
            try:
                parse_target(setup.config_file.config, name)
            except AichatError as error:
                where = f"{setup.values['fallback'].origin}: fallback"
                fault = error.fault
                raise config_error(f"{where}: {fault.message}", fault.hint) from None
        return lambda missed, tell: self._attempts(prepared, missed, tell)

    def _attempts(
        self, prepared: PreparedQuestion, failed: Attempt, tell: Tell
    ) -> Iterator[Attempt]:
        """Those that can be asked, in their order; ``tell`` hears which cannot, and why.

        An answer that was cut is finished by the one that began it.
        """
        tried = {failed.identity[:2]}
        for name in prepared.setup.value("fallback") if not failed.pending.unfinished else ():
            try:
                way = self._attempt(prepared, name, tell)
            except AichatError as error:
                tell(f"fallback {name} is left out: {error.fault.message}")
                continue
            if way.identity[:2] not in tried:
                tried.add(way.identity[:2])
                yield way

    def _attempt(self, prepared: PreparedQuestion, name: str, tell: Tell) -> Attempt:
        before = prepared.setup
        provider, model = parse_target(before.config_file.config, name)
        values = {**self.values, "provider": provider, "model": model}
        if provider != before.provider.id:
            typed = ", ".join(
                f"--{key}" for key, unset in _PROVIDER_OPTIONS.items() if values[key] != unset
            )
            if typed:
                tell(f"{typed}: typed for {before.provider.id}, so {provider} does not get it")
            values |= _PROVIDER_OPTIONS
        setup = setup_from_options(self.world, values, prepared.recalled_options)
        target = self.targets.endpoint_for(setup)
        asked = retarget(prepared, setup, values)
        return make_attempt(asked, target, self.world.clock.now(), values)
