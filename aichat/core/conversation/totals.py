"""What one answer adds to the totals of its conversation, its day and its budget."""

from aichat.core.billing.totals import FAILURES, Sums, Totals
from aichat.core.conversation.turn import ending_of
from aichat.core.exchange.answer import Answer


def answer_totals(answer: Answer) -> Totals:
    """The totals of one answer, as the store adds them up: the unknown stays unknown.

    It counts as unpriced only if something arrived, since only then did it cost anything.
    """
    cost, usage = answer.cost, answer.usage
    known = (answer.first_token_s, usage.input, usage.output)
    is_answered = any(value is not None for value in known)
    sums = Sums(
        1,
        errors=int(ending_of(answer) in FAILURES),
        retries=answer.retries,
        unpriced=int(cost is None and is_answered),
        estimated=int(cost is not None and cost.estimated),
        amount=cost.amount if cost else None,
        saved=answer.saved,
        **usage._asdict(),
    )
    return Totals({cost.currency if cost else None: sums})
