"""What a model takes, and the settings cut to fit it: nothing is dropped in silence."""

from aichat.values import NamedTuple

#: The one reasoning dial, least first.
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


class Card(NamedTuple):
    """What is known of one model. An empty card means: unknown, so send what was asked.

    ``control`` says how reasoning is steered: ``effort`` (levels), ``adaptive``
    (Anthropic's levels with adaptive thinking), ``budget`` (tokens, at most
    ``max_budget``, and within the output limit unless ``budget_beside``), ``switch``
    (on or off), ``fixed`` (it cannot be), ``none`` (it does not reason).
    ``rejects`` names settings that are refused; ``sampling`` is taken ``always``,
    ``never`` or ``unreasoned`` (only with effort none). ``context`` and ``max_output`` are
    in tokens; with ``needs_limit`` a limit must be sent. ``multimodal``: DashScope serves
    it on that path only. ``prefill``: it goes on with an answer that was begun for it.
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
    blind: bool = False  # it was looked whether it could see pictures, and it cannot

    @property
    def can_reason(self) -> bool:
        """Whether the model is known to reason."""
        return self.control in ("effort", "adaptive", "budget", "switch", "fixed")
