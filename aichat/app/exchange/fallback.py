"""Who answers where the one that was asked cannot: the profile's ``fallback``."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from aichat.app.exchange.turn import Others, Way, way_of
from aichat.app.question.prepare import Prepared, for_another, setup_for
from aichat.app.setup.registry import aimed
from aichat.app.setup.targets import Targets
from aichat.errors import AichatError, config_error
from aichat.process.world import World

Tell = Callable[[str], object]

#: What was typed for one provider and means nothing to another, or is none of its business.
_OWN: Mapping[str, Any] = {"wire": None, "region": None, "header": (), "option": ()}


class Fallback(NamedTuple):
    """What another endpoint is found and asked with."""

    world: World
    values: Mapping[str, Any]
    targets: Targets

    def of(self, prepared: Prepared) -> Others:
        """The endpoints for a question. Errors: ``config``, while nothing has failed yet."""
        setup = prepared.setup
        for name in setup.value("fallback"):
            try:
                aimed(setup.loaded.config, name)
            except AichatError as error:
                where = f"{setup.values['fallback'].origin}: fallback"
                fault = error.fault
                raise config_error(f"{where}: {fault.message}", fault.hint) from None
        return lambda missed, tell: self._ways(prepared, missed, tell)

    def _ways(self, prepared: Prepared, missed: Way, tell: Tell) -> Iterator[Way]:
        """Those that can be asked, in their order; ``tell`` hears which cannot, and why.

        An answer that was cut is finished by the one that began it.
        """
        tried = {missed.who[:2]}
        for name in prepared.setup.value("fallback") if not missed.asked.cut else ():
            try:
                way = self._way(prepared, name, tell)
            except AichatError as error:
                tell(f"fallback {name} is left out: {error.fault.message}")
                continue
            if way.who[:2] not in tried:
                tried.add(way.who[:2])
                yield way

    def _way(self, prepared: Prepared, name: str, tell: Tell) -> Way:
        before = prepared.setup
        provider, model = aimed(before.loaded.config, name)
        values = {**self.values, "provider": provider, "model": model}
        if provider != before.provider.id:
            typed = ", ".join(f"--{key}" for key, unset in _OWN.items() if values[key] != unset)
            if typed:
                tell(f"{typed}: typed for {before.provider.id}, so {provider} does not get it")
            values |= _OWN
        setup = setup_for(self.world, values, prepared.recalled)
        target = self.targets.of(setup)
        asked = for_another(prepared, setup, values)
        return way_of(asked, target, self.world.clock.now(), values)
