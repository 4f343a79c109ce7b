"""Who decides about a call: a rule, the user, or nobody, which means no."""

import shlex
from collections.abc import Callable, Sequence

from aichat.app.tools.toolkit import PlannedCall, Toolkit
from aichat.core.config.tool_rule import ToolRule, parse_rule
from aichat.core.exchange.event import Approval, Event
from aichat.core.tools.rules import Decision, ToolRules, decide, rule_for
from aichat.core.tools.tool import ToolOutcome, text_outcome
from aichat.errors import AichatError, Fault
from aichat.values import NamedTuple

#: After so many identical calls in a row the user is asked, whatever a rule says.
_REPEATS = 3

#: The most calls per turn; further ones are not run.
MOST_CALLS = 100


class ApprovalQuestion(NamedTuple):
    """A call to ask about: its number out of how many, and why it is asked.

    ``rule`` is the one that ``for this chat`` would add.
    """

    planned: PlannedCall
    number: int
    total: int
    why: str
    rule: str


class ApprovalReply(NamedTuple):
    """The user's answer: ``once``, ``always`` (in this chat), ``edit``, ``no`` or ``stop``.

    ``text`` is the reason for a no, or the edited arguments.
    """

    word: str
    text: str = ""


#: Asks the user; None if there is nobody to ask.
Ask = Callable[[ApprovalQuestion], ApprovalReply | None]


class Verdict(NamedTuple):
    """A decided call: it is to be run, or ``outcome`` is its result."""

    planned: PlannedCall
    outcome: ToolOutcome | None = None


class Approver:
    """Decides about a conversation's calls, by ``rules`` and what the user has allowed in it.

    ``tell`` gets what nobody could be asked about; ``is_strict``: that is an error.
    """

    def __init__(
        self, rules: ToolRules, ask: Ask, tell: Callable[[str], object], *, is_strict: bool = False
    ) -> None:
        self.rules = rules
        self.allowed: tuple[ToolRule, ...] = ()
        self._ask, self._tell, self._is_strict = ask, tell, is_strict
        self._last, self._repeats, self._count = "", 0, 0

    @property
    def every_rule(self) -> ToolRules:
        """All rules in force."""
        return self.rules._replace(allow=(*self.rules.allow, *self.allowed))

    def allow(self, rule: ToolRule) -> None:
        """Stop asking about what ``rule`` allows."""
        self.allowed = (*self.allowed, rule)

    def begin_turn(self) -> None:
        """Start counting calls."""
        self._last, self._repeats, self._count = "", 0, 0

    def verdicts(
        self, kit: Toolkit, calls: Sequence[PlannedCall], show: Callable[[list[Event]], object]
    ) -> list[Verdict]:
        """The verdict on each call, in order.

        Errors: ``Interrupted`` if the user stops the turn; ``invalid_request`` if nobody can be
        asked and that is an error.
        """
        return [
            self._verdict(kit, planned, (number, len(calls)), show)
            for number, planned in enumerate(calls, 1)
        ]

    def _verdict(
        self,
        kit: Toolkit,
        planned: PlannedCall,
        place: tuple[int, int],
        show: Callable[[list[Event]], object],
    ) -> Verdict:
        self._count += 1
        if planned.fault:
            return Verdict(planned, text_outcome(planned.fault, "error"))
        if self._count > MOST_CALLS:
            why = f"not run: a turn has at most {MOST_CALLS} calls"
            return Verdict(planned, text_outcome(why, "denied"))
        decision = self._decide(planned)
        if decision.effect == "allow":
            show([_event(planned, "allow", "rule", decision.rule)])
            return Verdict(planned)
        if decision.effect == "deny":
            show([_event(planned, "deny", "rule", decision.rule)])
            why = decision.why or f"the rule {decision.rule} denies it"
            return Verdict(planned, text_outcome(f"not run: {why}", "denied"))
        return self._put(kit, planned, place, decision, show)

    def _decide(self, planned: PlannedCall) -> Decision:
        """The rules' decision, except that repeated identical calls are asked about."""
        self._repeats = self._repeats + 1 if planned.identity == self._last else 1
        self._last = planned.identity
        decision = decide(self.every_rule, planned.tool, planned.subject, planned.arguments)
        if decision.effect == "allow" and self._repeats >= _REPEATS:
            return Decision("ask", decision.rule, f"it is asked for {self._repeats} times in a row")
        return decision

    def _put(
        self,
        kit: Toolkit,
        planned: PlannedCall,
        place: tuple[int, int],
        decision: Decision,
        show: Callable[[list[Event]], object],
    ) -> Verdict:
        """Ask the user, and again after each edit."""
        rule = rule_for(planned.tool, planned.subject)
        reply = self._ask(ApprovalQuestion(planned, *place, decision.why, rule))
        if reply is None:
            show([_event(planned, "deny", "nobody", decision.rule)])
            return self._nobody(planned, decision, rule)
        if reply.word == "edit":
            again = kit.plan(planned.call, reply.text)
            if again.fault or again.subject.refusal:
                self._tell(f"that cannot run: {again.fault or again.subject.refusal}")
                again = planned
            else:
                decision = decision._replace(why="you edited it")
            return self._put(kit, again, place, decision, show)
        if reply.word == "always":
            self.allow(parse_rule(rule))
        if reply.word in ("once", "always"):
            show([_event(planned, "allow", "user", rule if reply.word == "always" else None)])
            return Verdict(planned)
        show([_event(planned, "deny", "user", None)])
        because = f": {reply.text}" if reply.text else ""
        return Verdict(planned, text_outcome(f"not run: the user said no{because}", "denied"))

    def _nobody(self, planned: PlannedCall, decision: Decision, rule: str) -> Verdict:
        why = f"{planned.tool.name} was not run, for nobody could be asked"
        hint = f"allow it with --allow {shlex.quote(rule)}"
        if decision.rule is not None or planned.subject.caution:
            hint = decision.why
        if self._is_strict:
            raise AichatError(Fault("invalid_request", why, hint))
        self._tell(f"{why}; {hint}")
        return Verdict(planned, text_outcome("not run: nobody could be asked", "denied"))


def _event(planned: PlannedCall, decision: str, by: str, rule: str | None) -> Approval:
    return Approval(planned.call.id, decision, by, rule, planned.identity)
