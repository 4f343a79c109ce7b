"""The options that ``sh`` and ``fix`` share, and what they say of the shell that is meant."""

import os
import sys

from aichat.core.cli.argv import Option
from aichat.core.cli.options import (
    CHAT_OPTIONS,
    INPUT,
    TRANSPORT,
    AskOptions,
    MoneyOptions,
    OutputOptions,
    SamplingOptions,
    TargetOptions,
    TransportOptions,
)
from aichat.core.cli.shell.instructions import ShellPlace
from aichat.process.world import World
from aichat.values import NamedTuple

_SHARED = frozenset(
    ("model", "provider", "profile", "effort", "quiet", "max_cost", "timeout", "retries", "debug")
)
NO_STDIN = next(option for option in INPUT if option.name == "no_stdin")

SHELL_OPTIONS = (
    *(option for option in CHAT_OPTIONS if option.name in _SHARED),
    next(option for option in TRANSPORT if option.name == "dry_run"),
    Option(("--print",), "Print the command alone, as in a pipe; ask nothing.", bool),
    Option(("--shell",), "The shell that it is for; default $SHELL.", metavar="NAME"),
)


class ShellOptions(NamedTuple):
    """What these options say. ``print``: the command alone, whoever looks on."""

    model: str | None
    target: TargetOptions
    sampling: SamplingOptions
    money: MoneyOptions
    output: OutputOptions
    transport: TransportOptions
    config_dir: str | None
    print: bool
    shell: str | None

    @property
    def asking(self) -> AskOptions:
        """How the model is asked."""
        return AskOptions(
            self.model,
            self.target,
            sampling=self.sampling,
            money=self.money,
            output=self.output,
            transport=self.transport,
            config_dir=self.config_dir,
        )


_SYSTEMS = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}


def shell_program(world: World, given: str | None) -> str:
    """The shell that is meant: a name, or a path."""
    default = "powershell" if os.name == "nt" else "/bin/sh"
    return given or world.environ.get("SHELL") or default


def shell_place(world: World, given: str | None) -> ShellPlace:
    """Where a command is to run: all that a model is told of this machine."""
    name = os.path.basename(shell_program(world, given))  # noqa: PTH119  also of no path
    return ShellPlace(_SYSTEMS.get(sys.platform, sys.platform), name)
