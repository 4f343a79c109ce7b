"""Output of fine-tuning jobs: a table, one with its curve, a line for each event."""

from collections.abc import Iterator, Sequence
from typing import Any

from aichat.app.calls.resource import ResourceContext, document
from aichat.commands.tune.jobs import Measured
from aichat.core.text.dates import format_time
from aichat.core.text.sanitize import sanitize_line
from aichat.term.widgets.chart import chart_style
from aichat.term.widgets.curve import Series, draw_curve
from aichat.term.widgets.table import format_table
from aichat.wires.resources.account.fine_tuning import TuningEvent, TuningJob

_HEAD = ("job", "state", "model", "created", "result")


def print_jobs(context: ResourceContext, jobs: Sequence[TuningJob], *, as_json: bool) -> None:
    """Print a line for each job."""
    world = context.world
    if as_json:
        world.write_json(
            document(context.endpoint, "tune list", jobs=[job._asdict() for job in jobs])
        )
        return
    rows = [
        (job.id, job.state, job.model, _time(job.created), job.tuned or job.error or "-")
        for job in jobs
    ]
    columns = world.columns()
    world.write_text(format_table(_HEAD, rows, terminal=world.stdout_tty, columns=columns))


def print_job(context: ResourceContext, found: Measured, *, as_json: bool) -> None:
    """Print a job's details, and on a terminal the curve of its loss."""
    world = context.world
    if as_json:
        losses = [event._asdict() for event in found.events if event.loss is not None]
        kept = [each._asdict() for each in found.checkpoints]
        about = {"job": found.job._asdict(), "losses": losses, "checkpoints": kept}
        world.write_json(document(context.endpoint, "tune show", **about))
        return
    facts = [(name, sanitize_line(text)) for name, text in _facts(found)]
    if not world.stdout_tty:
        world.write_text("".join(f"{name}\t{text}\n" for name, text in facts))
        return
    world.print_entries((f"{name:<10}", text) for name, text in facts)
    curve = "" if world.is_read_aloud else draw_curve(_series(found), chart_style(world))
    if curve:
        world.write_text(f"\n{curve}")


def _facts(found: Measured) -> Iterator[tuple[str, str]]:
    job = found.job
    yield "job", job.id
    yield "state", job.state + ("" if job.raw_state.lower() == job.state else f" ({job.raw_state})")
    told = {
        "model": job.model,
        "method": job.method,
        "tuned": job.tuned,
        "error": job.error,
        "created": job.created and _time(job.created),
        "finished": job.finished and _time(job.finished),
        "trained on": job.tokens and f"{job.tokens:,} tokens",
    }
    yield from ((name, text) for name, text in told.items() if text)
    measured = [event for event in found.events if event.loss is not None]
    if measured:
        last = measured[-1]
        valid = "" if last.valid_loss is None else f", {last.valid_loss:.4g} of the validation"
        yield "loss", f"{last.loss:.4g} at step {last.step}{valid}"
    for each in found.checkpoints:
        yield f"step {each.step}", each.model


def _series(found: Measured) -> dict[str, Series]:
    """The training and validation losses by step."""
    steps = [event for event in found.events if event.step is not None]
    train = [(e.step, e.loss) for e in steps if e.step is not None and e.loss is not None]
    valid = [
        (e.step, e.valid_loss) for e in steps if e.step is not None and e.valid_loss is not None
    ]
    return {"training loss": train, "validation loss": valid}


def print_event(context: ResourceContext, event: TuningEvent, *, as_json: bool) -> None:
    """Print an event in one line."""
    world = context.world
    if as_json:
        world.write_json({"type": "event", **event._asdict()})
        return
    at = _time(event.at) if event.at else ""
    level = "" if event.level == "info" else f"{event.level}: "
    cells: tuple[Any, ...] = (at, sanitize_line(f"{level}{event.message}"))
    world.write_text(("  " if world.stdout_tty else "\t").join(filter(None, cells)) + "\n")


def _time(at: float | None) -> str:
    return "-" if at is None else format_time(at)
