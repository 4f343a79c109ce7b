"""``aichat cost``: spending, and the speed and errors of answers."""

import sqlite3

from aichat.app.history.open import open_store
from aichat.commands.cost import export
from aichat.commands.cost.report import CostOptions, Report, make_report
from aichat.core.cli.argv import JSON_OPTION, Command, Option
from aichat.core.text.sanitize import sanitize
from aichat.disk.history.ledger import GROUPINGS
from aichat.errors import config_error, usage_error
from aichat.process.world import World


def run(world: World, options: CostOptions) -> int:
    """Show the report. Errors: ``config`` if the store cannot be read."""
    if options.json and options.csv:
        raise usage_error("--json and --csv cannot be combined")
    people = world.stdout_tty and not (options.json or options.csv or world.is_read_aloud)
    try:
        report = make_report(world, options, open_store(world), drawn=people)
    except sqlite3.Error as error:
        why = f"cannot read the usage counters: {error}"
        raise config_error(why, "a newer version of aichat may have written them") from error
    if options.json:
        world.write_json(export.document(report))
    elif people:
        _draw(world, report)
    else:
        text = export.separated_text(report, csv=options.csv)
        world.write_text(sanitize(text) if world.stdout_tty else text)
    if not report.rows:
        world.say(f"aichat: no requests {report.period}")
    return 0


def _draw(world: World, report: Report) -> None:
    from aichat.commands.cost.draw import render_report
    from aichat.term.widgets.chart import chart_style

    world.write_text(render_report(report, chart_style(world)))


COMMAND = Command(
    name="cost",
    summary="Show spending by day, model or conversation.",
    examples=("aichat cost --since 7d", "aichat cost --by model --since 2026-11-01 --json"),
    options=(
        Option(
            ("--since",),
            "Start of the period: 7d, today, yesterday, week, month, 2026-11-01, all.",
            metavar="WHEN",
        ),
        Option(("--by",), "Group by this; default day.", choices=tuple(GROUPINGS)),
        JSON_OPTION,
        Option(("--csv",), "Print CSV.", bool),
        Option(("--utc",), "Use UTC days instead of local ones.", bool),
    ),
    run=run,
    reads=CostOptions,
)
