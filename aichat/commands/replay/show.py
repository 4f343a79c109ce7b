"""Output of two answers to each question: side by side, with differences and usage."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from aichat.commands.replay.judge import RUBRIC, Ruling
from aichat.core.billing.money import Cost, format_cost, total_cost
from aichat.core.conversation.word_diff import DiffPiece, likeness, word_diff
from aichat.core.exchange.answer import Answer, cost_json, fault_json
from aichat.core.text.cells import pad, text_width, truncate
from aichat.core.text.sanitize import sanitize, sanitize_line
from aichat.core.text.wrap import wrap
from aichat.errors import Fault, describe
from aichat.process.world import World
from aichat.values import NamedTuple

#: The least width for answers side by side, and the separator.
_WIDE, _BETWEEN = 80, " │ "

#: Marks around pieces of a difference in plain text.
_MARKS = {"same": ("", ""), "gone": ("[-", "-]"), "new": ("{+", "+}")}


class Pair(NamedTuple):
    """A question, both answers, and the judge's verdict or failed answer."""

    question: str
    before: Answer
    after: Answer
    verdict: Ruling | None = None
    failed_verdict: Answer | None = None

    @property
    def faults(self) -> list[Fault]:
        """The faults of the new answer and of the verdict."""
        answers = (self.after, self.failed_verdict)
        return [answer.fault for answer in answers if answer and answer.fault]

    @property
    def difference(self) -> list[DiffPiece]:
        """The difference between the answers."""
        return word_diff(self.before.text, self.after.text)


class ReplayPage:
    """Shows comparisons one after the other."""

    def __init__(self, world: World) -> None:
        self._world = world

    def show(self, one: Pair) -> None:
        """Show both answers, their difference, usage and verdict."""
        world, columns = self._world, self._world.columns() if self._world.stdout_tty else 0
        title = self._clean(f"## {_one_line(one.question)}")
        heads = (f"then: {_who(one.before)}", f"now: {_who(one.after)}")
        texts = tuple(self._clean(answer.text.strip()) for answer in (one.before, one.after))
        facts = tuple(map(_facts, (one.before, one.after)))
        rows = _beside if columns >= _WIDE else _below
        pieces = one.difference
        lines = [world.paint(title, "heading"), "", *rows(heads, texts, facts, columns), ""]
        lines += [f"alike: {likeness(pieces):.0%}", ""]
        if not one.after.fault and any(piece.kind != "same" for piece in pieces):
            lines += ["".join(map(self._marked, pieces)).strip(), ""]
        if one.verdict:
            lines += [*map(self._clean, _verdict_lines(one.verdict)), ""]
        world.write_text("".join(f"{line}\n" for line in lines))

    def close(self, found: Sequence[Pair]) -> None:
        """Print the total usage on stderr."""
        before, after = ([getattr(one, side) for one in found] for side in ("before", "after"))
        line = f"then {_sum_line(before)}; now {_sum_line(after)}"
        self._world.say(f"aichat: {line}")

    def _clean(self, text: str) -> str:
        return sanitize(text) if self._world.stdout_tty else text

    def _marked(self, piece: DiffPiece) -> str:
        begin, end = _MARKS[piece.kind]
        text = f"{begin}{self._clean(piece.text)}{end}"
        roles: Mapping[str, Any] = {"gone": "error", "new": "success"}
        return self._world.paint(text, roles[piece.kind]) if piece.kind in roles else text


def _beside(
    heads: Sequence[str], texts: Sequence[str], facts: Sequence[str], columns: int
) -> Iterator[str]:
    """Lines with the texts in two columns."""
    width = (columns - len(_BETWEEN)) // 2
    cells = [
        [head, "", *_rows_of(text, width), "", *_rows_of(fact, width)]
        for head, text, fact in zip(heads, texts, facts, strict=True)
    ]
    for left, right in zip_longest(*cells, fillvalue=""):
        yield f"{pad(left, width)}{_BETWEEN}{right}".rstrip()


def _rows_of(text: str, width: int) -> Iterator[str]:
    """A text wrapped to ``width`` columns; longer words are broken."""
    for line in wrap(text, width, 0).split("\n"):
        rest = line
        while text_width(rest) > width:
            row = truncate(rest, width, "") or rest[:1]
            yield row
            rest = rest[len(row) :]
        yield rest


def _below(
    heads: Sequence[str], texts: Sequence[str], facts: Sequence[str], _columns: int
) -> Iterator[str]:
    """Lines with the texts one below the other."""
    for head, text, fact in zip(heads, texts, facts, strict=True):
        yield from (f"### {head}", "", text, "", fact, "")


def _who(answer: Answer) -> str:
    return sanitize_line("/".join(filter(None, (answer.provider, answer.model))) or "unknown")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:99]}…"


def _facts(answer: Answer) -> str:
    """An answer's usage, and its fault if any."""
    if answer.fault:
        return sanitize_line(describe(answer.fault))
    known = [format_cost(answer.cost)] if answer.cost else ["price unknown"]
    known += [f"{answer.total_s:.1f} s"] if answer.total_s is not None else []
    known += [f"{answer.usage.output} tokens"] if answer.usage.output is not None else []
    return ", ".join(known)


def _verdict_lines(verdict: Ruling) -> Iterator[str]:
    for name, scores in (("then", verdict.before), ("now", verdict.after)):
        yield f"{name}: {', '.join(f'{what} {score}' for what, score in scores.items())}"
    better = {"before": "then", "after": "now"}.get(verdict.better, "neither")
    yield f"better: {better}. {_one_line(verdict.why)}"


def _sum_line(answers: Sequence[Answer]) -> str:
    cost = total_cost(answer.cost for answer in answers)
    times = [answer.total_s for answer in answers if answer.total_s is not None]
    money = format_cost(cost) if cost else "at an unknown price"
    return f"{money}, {sum(times):.1f} s" if times else money


def replay_json(conversation: str, judge: str | None, found: Sequence[Pair]) -> dict[str, Any]:
    """The ``--json`` object; ``rubric`` has the judge's instructions."""

    def total(answers: Sequence[Answer]) -> dict[str, Any]:
        cost: Cost | None = total_cost(answer.cost for answer in answers)
        return cost_json(cost)

    return {
        "version": 1,
        "command": "replay",
        "conversation": conversation,
        "judge": {"model": judge, "rubric": RUBRIC} if judge else None,
        "questions": [_comparison_json(one) for one in found],
        "cost": {
            "before": total([one.before for one in found]),
            "after": total([one.after for one in found]),
        },
    }


def _comparison_json(one: Pair) -> dict[str, Any]:
    pieces = one.difference
    return {
        "question": one.question,
        "before": _answer_json(one.before),
        "after": _answer_json(one.after),
        "diff": [[piece.kind, piece.text] for piece in pieces],
        "alike": round(likeness(pieces), 4),
        "verdict": one.verdict._asdict() if one.verdict else None,
    }


def _answer_json(answer: Answer) -> dict[str, Any]:
    return {
        "provider": answer.provider or None,
        "model": answer.model or None,
        "text": answer.text,
        "finish_reason": answer.finish_reason,
        "usage": answer.usage._asdict(),
        "cost": cost_json(answer.cost),
        "timing": {"first_token_s": answer.first_token_s, "total_s": answer.total_s},
        "error": fault_json(answer.fault) if answer.fault else None,
    }
