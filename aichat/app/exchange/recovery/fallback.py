"""Fallbacks: which endpoint answers if the first one cannot."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aichat.app.question.prepare import PreparedQuestion
from aichat.app.question.request import Attempt, make_attempt
from aichat.app.setup.options import setup_from_options
from aichat.app.setup.registry import parse_target
from aichat.app.setup.setup import Setup
from aichat.app.setup.targets import Targets
from aichat.core.cli.options import AskOptions
from aichat.errors import AichatError, config_error
from aichat.process.world import World
from aichat.values import NamedTuple

Tell = Callable[[str], object]

#: Options that were meant for one provider only, with their unset values.
_PROVIDER_OPTIONS: Mapping[str, Any] = {"wire": None, "region": None, "header": (), "option": ()}


class Fallback(NamedTuple):
    """The fallback endpoints ``names``, and the setup to find them with."""

    world: World
    options: AskOptions
    targets: Targets
    question: PreparedQuestion
    setup: Setup  # of the one that was asked
    names: tuple[str, ...]

    def attempts(self, failed: Attempt, tell: Tell) -> Iterator[Attempt]:
        """The attempts for those that can be asked, in order; ``tell`` is told why others cannot.

        A cut-off answer can only be finished by the endpoint that began it.
        """
        tried = {failed.identity[:2]}
        for name in self.names if not failed.pending.unfinished else ():
            try:
                attempt = self._attempt(name, tell)
            except AichatError as error:
                tell(f"fallback {name} is skipped: {error.fault.message}")
                continue
            if attempt.identity[:2] not in tried:
                tried.add(attempt.identity[:2])
                yield attempt

    def _attempt(self, name: str, tell: Tell) -> Attempt:
        before = self.setup
        provider, model = parse_target(before.config_file.config, name)
        options = self.options.with_changes(provider=provider, model=model)
        if provider != before.provider.id:
            typed = ", ".join(
                f"--{option}"
                for option, unset in _PROVIDER_OPTIONS.items()
                if options.option_value(option) != unset
            )
            if typed:
                tell(f"{typed}: set for {before.provider.id}, not passed on to {provider}")
            options = options.with_changes(**_PROVIDER_OPTIONS)
        setup = setup_from_options(self.world, options, self.question.recalled_options)
        target = self.targets.endpoint_for(setup)
        return make_attempt(self.question, setup, options, target, self.world.clock.now())


def fallback_names(setup: Setup) -> tuple[str, ...]:
    """The profile's ``fallback``, checked before anything has failed. Errors: ``config``."""
    fallback = setup.conduct.fallback
    if fallback is None:
        return ()
    for name in fallback.value:
        try:
            parse_target(setup.config_file.config, name)
        except AichatError as error:
            where = f"{fallback.origin.label}: fallback"
            fault = error.fault
            raise config_error(f"{where}: {fault.message}", fault.hint) from None
    return tuple(fallback.value)
