"""What a model accepts, as far as it steers a request."""

from aichat.values import NamedTuple

#: The one reasoning dial, least first.
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


class Card(NamedTuple):
    """What is known of one model. An empty card means unknown: send what was asked for.

    ``control`` says how reasoning is steered: ``effort`` (levels), ``adaptive``
    (Anthropic's levels with adaptive thinking), ``budget`` (tokens, at most
    ``max_budget``, and within the output limit unless ``budget_beside``), ``switch``
    (on or off), ``fixed`` (it cannot be), ``none`` (it does not reason).
    ``rejects`` names settings that are refused; ``sampling`` settings are accepted ``always``,
    ``never`` or ``unreasoned`` (only with effort none). ``context`` and ``max_output`` are
    in tokens; with ``needs_limit`` a limit must be sent. ``multimodal``: DashScope serves it
    only on its multimodal path. ``prefill``: it continues an answer begun for it.
    """

    id: str = ""
    max_output: int | None = None
    needs_limit: bool = False
    control: str | None = None
    efforts: tuple[str, ...] = ()
    rejects: frozenset[str] = frozenset()
    sampling: str = "always"
    retired: str | None = None  # date of shutdown
    successor: str | None = None
    max_budget: int | None = None
    budget_beside: bool = False
    multimodal: bool = False
    prefill: bool = False
    context: int | None = None
    blind: bool = False  # it was checked for image input, and has none

    @property
    def can_reason(self) -> bool:
        """Whether the model is known to reason."""
        return self.control in ("effort", "adaptive", "budget", "switch", "fixed")
