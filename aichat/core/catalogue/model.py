"""A model and what is known of it: the rows of the catalogue, as ``aichat models`` shows them."""

from collections.abc import Mapping

from aichat.core.billing.price import Price, Service
from aichat.core.catalogue.card import Card
from aichat.values import NamedTuple

#: What a model can be; ``not an id``: a name in the documentation that no request can use.
STATUSES = ("current", "preview", "deprecated", "retired", "not an id")

#: What a model can be for.
USES = ("chat", "image", "video", "speech", "transcribe", "embed", "moderate", "realtime")

#: Short names that each provider has a model for: ``-m anthropic/cheap``.
ROLES = ("default", "cheap", "best")


class RateLimit(NamedTuple):
    """A published rate limit: at most ``amount`` of ``unit``; None is published as unlimited.

    ``unit`` is ``requests/minute``, ``requests/day``, ``tokens/minute``, ``context`` or
    ``output`` (tokens of one request); ``tier`` is the provider's name of the account's level.
    """

    tier: str
    unit: str
    amount: int | None
    source: str = ""
    date: str = ""


class Model(NamedTuple):
    """One model. ``None`` and empty mean unknown.

    ``context`` and ``max_output`` are in tokens; ``shared_window``: output counts towards
    the context. ``inputs`` and ``outputs`` are some of text, image, audio, video and pdf.
    ``search``: the provider's own web search; ``structured``: answers held to a JSON
    schema. Days are ISO: ``released``, ``deprecated`` (advised against since),
    ``retires`` (past or to come). ``aliases``: other ids that the server accepts for it.
    ``roles``: some of ``ROLES``. ``sources``: who says so, and when that was read.
    """

    provider: str
    id: str
    name: str = ""
    status: str = "current"
    context: int | None = None
    max_output: int | None = None
    shared_window: bool = False
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    tools: bool | None = None
    search: bool | None = None
    structured: bool | None = None
    released: str | None = None
    deprecated: str | None = None
    retires: str | None = None
    successor: str | None = None
    aliases: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    note: str = ""
    card: Card = Card()
    prices: tuple[Price, ...] = ()
    limits: tuple[RateLimit, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    uses: tuple[str, ...] = ()

    @property
    def what_for(self) -> frozenset[str]:
        """What it is for, of ``USES``: as published, else judged by its inputs and outputs."""
        if self.uses:
            return frozenset(self.uses)
        takes_text = not self.inputs or "text" in self.inputs  # sound alone is no question
        gives = {"image": "image", "video": "video", "vector": "embed"}
        found = {use for output, use in gives.items() if output in self.outputs}
        if self.can_chat:
            found.add("chat" if takes_text else "transcribe")
        elif "audio" in self.outputs:
            found.add("speech")
        return frozenset(found)

    @property
    def can_chat(self) -> bool:
        """Whether it answers in text, as far as is known."""
        return not self.outputs or "text" in self.outputs

    @property
    def is_offered(self) -> bool:
        """Whether it may be suggested: it can chat, and is still served."""
        return "chat" in self.what_for and self.status not in ("retired", "not an id")


class Catalogue(NamedTuple):
    """All that is known of one provider's models. ``date``: the day it was put together."""

    provider: str
    date: str
    models: Mapping[str, Model]
    services: tuple[Service, ...] = ()
    limits: tuple[RateLimit, ...] = ()  # of every model, or published without naming one
    regions: Mapping[str, str] = {}  # other names of the regions that prices are for
